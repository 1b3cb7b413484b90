"""Reads the API's bodies tolerantly: profiles, lists of profiles, and both shapes of error.

The vendor adds properties and changes lengths without notice (vendor README, "Formats"), documents lists as a bare
array of ``{"data": {…}}`` items, and has two live shapes of error ("Errors").
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from straitsx_bulk.io.straitsx.answers import RemoteProfile

UNREADABLE = object()
"""Stands for a body that is not JSON; ``None`` is a JSON value of its own."""


_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")
"""Half a surrogate pair, as servers leave one that cut a text inside an emoji: no file and no ledger takes it. A zero
byte is UTF-16 or UTF-32, where it is not worth telling."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """One error as the API words it.

    Attributes:
        code: ``error_code``, or empty.
        text: ``error`` and ``error_handling`` word for word, joined by a dash. It can hold personal values.
    """

    code: str
    text: str = field(repr=False)


def parse_json(body: bytes) -> object:
    """Read a body as JSON.

    Args:
        body: The bytes as received.

    Returns:
        The value, half surrogate pairs in it replaced by ``?``; or UNREADABLE.
    """
    try:
        value = json.loads(body)
        if _MAY_BE_HALF.search(body):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value  # noqa: TRY300 - both lines above may fail
    except (ValueError, RecursionError):  # not JSON, not UTF-8, or nested beyond reason
        return UNREADABLE


def read_errors(value: object) -> tuple[ApiError, ...]:
    """Find the errors in a body, in either shape.

    Args:
        value: The parsed body.

    Returns:
        The errors in order; empty where the body holds none.
    """
    if not isinstance(value, Mapping):
        return ()
    several = value.get("errors")
    items = several if isinstance(several, list) else [value]
    found = (_read_error(item) for item in items if isinstance(item, Mapping))
    return tuple(error for error in found if error is not None)


def _read_error(item: Mapping[str, object]) -> ApiError | None:
    words = [_as_text(item.get(name)) for name in ("error", "error_handling")]
    code = _as_text(item.get("error_code"))
    text = " — ".join(word for word in words if word)
    return ApiError(code, text) if code or text else None


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_profile(value: object) -> RemoteProfile | None:
    """Read one profile out of ``{"data": {…}}`` or a bare resource.

    Args:
        value: The parsed body, or an item of a list.

    Returns:
        The profile, or None where there is no id to be found.
    """
    if isinstance(value, Mapping) and isinstance(value.get("data"), Mapping):
        value = value["data"]
    if not isinstance(value, Mapping):
        return None
    found, attributes = value.get("id"), value.get("attributes")
    if not isinstance(found, str) or not found.strip():
        return None
    held: Mapping[str, object] = attributes if isinstance(attributes, Mapping) else {}
    status = held.get("verificationStatus")
    return RemoteProfile(
        id=found,
        attributes=MappingProxyType(dict(held)),
        verification_status=status if isinstance(status, str) else "",
        created_at=_read_instant(held.get("createdAt")),
    )


def read_profiles(value: object) -> tuple[RemoteProfile, ...] | None:
    """Read a list: a bare array of ``{"data": {…}}`` items, or ``{"data": […]}``.

    Args:
        value: The parsed body.

    Returns:
        The profiles in order, or None where this is no list or an item has no id: a page that hides one of its profiles
        must not pass for a page.
    """
    if isinstance(value, Mapping):
        value = value.get("data")
    if not isinstance(value, list):
        return None
    profiles = tuple(_read_whole(value))
    return profiles if len(profiles) == len(value) else None


def _read_whole(items: list[object]) -> Iterator[RemoteProfile]:
    for item in items:
        profile = read_profile(item)
        if profile is not None:
            yield profile


def _read_instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
