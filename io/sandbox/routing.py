"""Which call a request is."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

PREFIX = "/v1"
COLLECTION = f"{PREFIX}/kyc/customer_profiles"
_ONE = re.compile(rf"{COLLECTION}/([^/]+)")
_SANDBOX_ONE = re.compile(rf"{PREFIX}/sandbox/kyc/customer_profiles/([^/]+)")


class Call(StrEnum):
    """The kinds of call, as counted and as named in fault specifications."""

    CREATE = "create"
    LIST = "list"
    GET = "get"
    PATCH = "patch"
    VERIFY = "verify"
    OTHER = "other"  # a path or method that does not exist


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request leads.

    Attributes:
        call: Which call it is.
        profile_id: The id in the path; empty where it has none.
        is_known_path: Whether the path exists, with whatever method.
    """

    call: Call
    profile_id: str = ""
    is_known_path: bool = True


_ON_COLLECTION = {"POST": Route(Call.CREATE), "GET": Route(Call.LIST)}
_ON_ONE = {"GET": Call.GET, "PATCH": Call.PATCH}
_ON_SANDBOX_ONE = {"PUT": Call.VERIFY}
_WRONG_METHOD = Route(Call.OTHER)
_NOWHERE = Route(Call.OTHER, is_known_path=False)


def find_route(method: str, raw_path: str) -> Route:
    """Find the call that a request makes.

    Args:
        method: In upper case.
        raw_path: Still encoded, without query.
    """
    if raw_path == COLLECTION:
        return _ON_COLLECTION.get(method, _WRONG_METHOD)
    for pattern, methods in ((_ONE, _ON_ONE), (_SANDBOX_ONE, _ON_SANDBOX_ONE)):
        found = pattern.fullmatch(raw_path)
        if found:
            call = methods.get(method, Call.OTHER)
            return Route(call, unquote(found[1]))
    return _NOWHERE
