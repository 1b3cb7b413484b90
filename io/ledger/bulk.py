"""Writing many rows with one statement, without SQLAlchemy's work for each of them.

SQLAlchemy builds a dictionary of processed values for every row; a group of a hundred answers spends more on that than
on its commit. The statement is still SQLAlchemy's, compiled once for each database; the driver gets rows as they are.
"""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Delete, Dialect, Insert, Update

RowObject = TypeVar("RowObject")


@cache
def _compile(statement: Insert | Update | Delete, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, list[str]]:
    columns = list(names) if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    return str(compiled), list(getattr(compiled, "positiontup", None) or [])


def write_objects(
    connection: Connection, statement: Insert | Update, names: dict[str, str], objects: Sequence[RowObject]
) -> None:
    """Run a statement once for each object.

    Args:
        connection: In a transaction that writes.
        statement: Made once, at the module's level: it is compiled once.
        names: Name of the statement's parameter to the object's attribute.
        objects: With attributes that the driver takes as they are.
    """
    text, positions = _compile(statement, connection.dialect, tuple(names))
    if positions:
        read: Callable[[RowObject], Any] = attrgetter(*(names[name] for name in positions))
        connection.exec_driver_sql(text, [read(entry) for entry in objects])
    else:
        read = attrgetter(*names.values())
        connection.exec_driver_sql(text, [dict(zip(names, read(entry), strict=True)) for entry in objects])
