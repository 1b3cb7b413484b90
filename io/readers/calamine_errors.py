"""Turns what calamine raises into errors for people."""

from collections.abc import Iterator
from contextlib import contextmanager

from python_calamine import CalamineError, PasswordError

from straitsx_bulk.io.readers.formats import explain_os_error
from straitsx_bulk.schemas.errors import FileError


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
        # A panic in calamine's Rust code arrives as a BaseException of a class that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise FileError(source, "is damaged and cannot be read as a workbook. Open and save it again.") from error
