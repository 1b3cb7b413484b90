"""The entry point: it listens for signals first, and only then imports what the commands are made of."""

import sys
from typing import TYPE_CHECKING, Any

from straitsx_bulk.flows.signals import LISTENER

if TYPE_CHECKING:
    from straitsx_bulk.flows.command.commands import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    LISTENER.listen()
    from straitsx_bulk.flows.command.commands import app
    from straitsx_bulk.flows.streams import let_go, tell

    try:
        app(prog_name="straitsx-bulk")
    except OSError as error:  # of help or version: a command's own are told where it ends
        tell(f"straitsx-bulk: standard output cannot be written ({(error.strerror or 'no reason given').lower()}).")
        sys.exit(1)
    finally:
        let_go()


def __getattr__(name: str) -> Any:
    """Give the Typer app, which is made once somebody asks for it."""
    if name != "app":
        raise AttributeError(name)
    from straitsx_bulk.flows.command import commands

    return commands.app


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value] # typer exits by itself
