"""Looks a key up in the API's filtered list; what it says decides whether a row is sent, so it never guesses.

A personal and a business profile may share a registrationId (vendor README, "Endpoints"), so the list can hold both.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from straitsx_bulk.io.straitsx.answers import Answer, Kind, RemoteProfile

PAGE = 10
"""Profiles a page of a look-up: the API's own default, so that a short page surely is the last one. A larger size that
a server silently cut down would look like the end of the list, and an existing profile like none."""
PAGES = 1000
"""Pages that a look-up walks at most; a filter that lets this much through is not working."""

ENDLESS = "The API's filtered list does not end, so nobody can say whether it holds this row."

Query = Callable[[Mapping[str, str]], Awaitable[Answer]]
Get = Callable[[str], Awaitable[Answer]]


def fold_id(registration_id: str) -> str:
    """Give the form in which registration ids are compared: upper case, white space collapsed (contract, Keys).

    Args:
        registration_id: As written.

    Returns:
        As compared.
    """
    return " ".join(registration_id.split()).upper()


def key_of(profile: RemoteProfile) -> tuple[str, str] | None:
    """Give a profile's key.

    Args:
        profile: As read.

    Returns:
        registrationType as it is, and registrationId as compared; None where the answer does not carry both.
    """
    kind, number = _key_parts(profile)
    return None if kind is None or number is None else (kind, number)


def _key_parts(profile: RemoteProfile) -> tuple[str | None, str | None]:
    kind, number = (profile.attributes.get(name) for name in ("registrationType", "registrationId"))
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)  # the API sends numbers for text elsewhere (phoneNo)
    return kind if isinstance(kind, str) else None, fold_id(number) if isinstance(number, str) else None


def _contradicts(profile: RemoteProfile, key: tuple[str, str]) -> bool:
    """Say whether what an item carries of its key already shows that it is another profile."""
    return any(part is not None and part != wanted for part, wanted in zip(_key_parts(profile), key, strict=True))


class LookUp:
    """One look-up of one key, walking the filtered list until it is found or surely not there.

    Args:
        query: Reads one page of the list.
        get: Reads one profile, where an item of the list does not carry its whole key.
        registration_type: ``personal`` or ``business``.
        registration_id: As in the row.
    """

    def __init__(self, query: Query, get: Get, registration_type: str, registration_id: str) -> None:
        self._query = query
        self._get = get
        self._filter = registration_id
        self._key = (registration_type, fold_id(registration_id))
        self._seen: set[str] = set()
        self._calls = 0

    async def run(self) -> Answer:
        """Walk the list.

        Returns:
            OK with the profile, and in ``profiles`` every exact match of its page; NOT_FOUND only when the list was
            read to its end; or the answer that ended the walk.
        """
        for number in range(1, PAGES + 1):
            page = await self._read_page(number)
            if page.kind is not Kind.OK:
                return self._end(page)
            settled = await self._match(page)
            if settled is not None:
                return self._end(settled)
            if len(page.profiles) < PAGE:
                return self._end(Answer(Kind.NOT_FOUND, page.status))
            ids = {profile.id for profile in page.profiles}
            if ids <= self._seen:
                break
            self._seen |= ids
        return self._end(Answer(Kind.FAILED, message=ENDLESS))

    async def _read_page(self, number: int) -> Answer:
        query = {"filter[registration_id]": self._filter, "page[number]": str(number), "page[size]": str(PAGE)}
        page = await self._query(query)
        self._calls += page.calls
        return page

    async def _match(self, page: Answer) -> Answer | None:
        """Give the exact matches of a page, or the answer that kept us from telling, or None for no match."""
        matches = []
        for item in page.profiles:
            if _contradicts(item, self._key):
                continue
            profile: RemoteProfile | None = item
            if key_of(item) is None:
                answer = await self._get(item.id)
                self._calls += answer.calls
                if answer.kind not in {Kind.OK, Kind.NOT_FOUND}:
                    return answer
                profile = answer.profile
            if profile is not None and key_of(profile) == self._key:
                matches.append(profile)
        return replace(page, profile=matches[0], profiles=tuple(matches)) if matches else None

    def _end(self, answer: Answer) -> Answer:
        return replace(answer, calls=self._calls)
