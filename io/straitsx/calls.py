"""Builds calls: the exact path, query and body that are signed and sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

PROFILES = "/kyc/customer_profiles"
SANDBOX_PROFILES = "/sandbox/kyc/customer_profiles"
_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to be sent any number of times. Path, query and body can be personal: hidden from ``repr``.

    Attributes:
        method: The HTTP method, upper case.
        path: Below the base URL, encoded.
        query: Encoded, without the question mark.
        body: The exact bytes.
        listing: Whether the answer is a list of profiles.
    """

    method: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)
    listing: bool = False

    @property
    def writes(self) -> bool:
        """Whether it would change something at the API."""
        return self.method != "GET"


def build_call(
    method: str,
    path: str = PROFILES,
    *,
    profile_id: str | None = None,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, object] | None = None,
) -> Call | None:
    """Build a call.

    Args:
        method: The HTTP method, upper case.
        path: The endpoint.
        profile_id: The customer_profile_id that the call is about, or None.
        query: Parameters of a list, or None where the call is for no list.
        body: Parameters to send as JSON, or None.

    Returns:
        The call, or None where it cannot be sent: the id would lead to another address, or a text is no Unicode.
    """
    try:
        if profile_id is not None:
            if profile_id.strip(".") == "":
                return None  # "" would ask for the list, "." and ".." for another address
            path = f"{path}/{quote(profile_id, safe='')}"
        return Call(
            method,
            path,
            urlencode(query or {}, quote_via=quote, safe=""),
            b"" if body is None else _write_json(body).encode(),
            listing=query is not None,
        )
    except UnicodeEncodeError:  # half a surrogate pair; the exception itself would carry the text
        return None
