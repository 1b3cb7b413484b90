"""Turns what calamine raises into errors for people, and keeps what its Rust code prints from the terminal."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from python_calamine import CalamineError, PasswordError

from straitsx_bulk.io.readers.formats import explain_os_error
from straitsx_bulk.schemas.errors import FileError

_STDERR = 2
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def explain_damage(source: str) -> Iterator[None]:
    """Say for people why a workbook cannot be read.

    Args:
        source: The file as the user named it.

    Raises:
        FileError: Instead of whatever calamine raised.
    """
    try:
        yield
    except PasswordError as error:
        raise FileError(source, "is protected by a password; save a copy without one.") from error
    except OSError as error:
        raise FileError(source, explain_os_error(error)) from error
    except (CalamineError, ValueError, OverflowError, MemoryError) as error:
        raise FileError(source, "is damaged and cannot be read as a workbook. Open and save it again.") from error
    except BaseException as error:
        if not _is_panic(error):
            raise
        raise FileError(source, "is damaged and cannot be read as a workbook. Open and save it again.") from error


@contextmanager
def explain_load(source: str) -> Iterator[None]:
    """Say for people why a workbook cannot be loaded, as ``explain_damage``, and hold back what a panic prints.

    Rust writes a panic's message past Python to the process's standard error before it can be caught. Whatever else is
    written there meanwhile comes out afterwards.

    Args:
        source: The file as the user named it.

    Raises:
        FileError: Instead of whatever calamine raised.
    """
    with explain_damage(source), _ONE_AT_A_TIME, tempfile.TemporaryFile() as held:
        try:
            terminal = os.dup(_STDERR)
        except OSError:  # standard error is closed: there is nothing to keep clean
            yield
            return
        os.dup2(held.fileno(), _STDERR)
        panicked = False
        try:
            yield
        except BaseException as error:
            panicked = _is_panic(error)
            raise
        finally:
            os.dup2(terminal, _STDERR)
            os.close(terminal)
            if not panicked:
                _pass_on(held.fileno())


def _is_panic(error: BaseException) -> bool:
    """Tell a panic in calamine's Rust code, which is a BaseException of a class that cannot be imported."""
    return type(error).__name__ == "PanicException"


def _pass_on(held: int) -> None:
    os.lseek(held, 0, os.SEEK_SET)
    while block := os.read(held, 65_536):
        os.write(_STDERR, block)
