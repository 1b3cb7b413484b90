"""What a list call asks for (OpenAPI 1.4.0, query of ``GET /kyc/customer_profiles``).

Decisions where the document is silent: a page holds at most 100 profiles, more are asked for in vain; ``after`` and
``before`` exclude the moment itself and compare whole seconds, as the answers show them; a moment without zone is
UTC, one without time or day is the beginning of its day, month or year; parameters that nobody knows are ignored.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from straitsx_bulk.io.sandbox.answers import RefusedError
from straitsx_bulk.io.sandbox.store import Page, normalise_id

DEFAULT_SIZE = 10
LARGEST_SIZE = 100
ORDERS = {
    "created_at": "created, seq",
    "-created_at": "created DESC, seq DESC",
    "updated_at": "updated, seq",
    "-updated_at": "updated DESC, seq DESC",
}
MOMENTS = {
    "filter[created_after]": "created > ?",
    "filter[created_before]": "created < ?",
    "filter[updated_after]": "updated > ?",
    "filter[updated_before]": "updated < ?",
}
_COUNT = re.compile(r"0*[1-9][0-9]*")
_REGISTRATION_ID = re.compile(r"[a-zA-Z0-9/\-?:().,'+ ]{4,35}")
_MOMENT = re.compile(
    r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])"
    r"(T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)


def read_list_query(query: bytes) -> Page:
    """Read the raw query string of a list call.

    Args:
        query: As it came, still encoded.

    Returns:
        Which profiles are asked for.

    Raises:
        RefusedError: 400 XFE12 for the first parameter that is invalid.
    """
    try:
        asked = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError as error:
        raise RefusedError(400, "XFE12", "The query is invalid") from error
    condition, values = _read_filters(asked)
    order = ORDERS.get(asked.get("sort", "created_at"))
    if order is None:
        raise _refuse("sort")
    size = min(_read_count(asked, "page[size]", DEFAULT_SIZE), LARGEST_SIZE)
    return Page(condition, values, order, size, _read_count(asked, "page[number]", 1))


def _refuse(name: str) -> RefusedError:
    return RefusedError(400, "XFE12", f"{name} is invalid")


def _read_count(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name)
    if text is None:
        return default
    if not _COUNT.fullmatch(text) or len(text) > 18:
        raise _refuse(name)
    return int(text)


def _read_filters(asked: Mapping[str, str]) -> tuple[str, tuple[object, ...]]:
    conditions: list[str] = []
    values: list[object] = []
    for name, condition in MOMENTS.items():
        if name in asked:
            conditions.append(condition)
            values.append(_read_moment(name, asked[name], is_after=name.endswith("after]")))
    wanted = asked.get("filter[registration_id]")
    if wanted is not None:
        if not _REGISTRATION_ID.fullmatch(wanted):
            raise _refuse("filter[registration_id]")
        conditions.append("key = ?")
        values.append(normalise_id(wanted))
    return " AND ".join(conditions), tuple(values)


def _read_moment(name: str, text: str, *, is_after: bool) -> int:
    parts = _MOMENT.fullmatch(text)
    if not parts:
        raise _refuse(name)
    year, month, day, time = parts.groups()
    try:
        moment = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}{(time or 'T00:00:00').upper()}")
    except ValueError as error:  # 30 February, year 0
        raise _refuse(name) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = int((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1)
    has_fraction = aware.microsecond > 0
    return whole + 1 if has_fraction and not is_after else whole
