"""The five calls: what each does with the store, and what it answers.

Nothing here waits: a call is checked, committed and answered at one stroke, so that calls cannot come between each
other.
"""

import json
from collections.abc import Callable, Mapping

from straitsx_bulk.io.sandbox.answers import Answer, RefusedError, answer_json
from straitsx_bulk.io.sandbox.formats import Attributes, check_change, check_create
from straitsx_bulk.io.sandbox.listing import read_list_query
from straitsx_bulk.io.sandbox.rendering import render_profile
from straitsx_bulk.io.sandbox.routing import Call, Route
from straitsx_bulk.io.sandbox.settings import Duplicates, SandboxSettings
from straitsx_bulk.io.sandbox.store import DuplicateError, Profile, ProfileStore

VERDICTS = frozenset({"verified", "rejected"})


class ProfileApi:
    """The customer profile endpoints over a store.

    Args:
        settings: How it behaves.
        store: The profiles.
        partial: Calls whose answers leave out what the vendor's samples leave out.
    """

    def __init__(self, settings: SandboxSettings, store: ProfileStore, partial: frozenset[Call] = frozenset()) -> None:
        self._settings = settings
        self._store = store
        self._partial = partial
        self._duplicates = 0

    def handle_call(self, route: Route, query: bytes, body: bytes, now: int) -> Answer:
        """Do one call.

        Args:
            route: Which call, and the id in its path.
            query: The raw query string.
            body: The exact bytes.
            now: The server's clock, Unix seconds.

        Returns:
            The answer, once what it says is committed.

        Raises:
            RefusedError: If the API refuses the call.
        """
        if route.call is Call.CREATE:
            return self._create_profile(body, now)
        if route.call is Call.LIST:
            return self._list_profiles(query)
        if route.call is Call.GET:
            return self._get_profile(route.profile_id)
        if route.call is Call.PATCH:
            return self._patch_profile(route.profile_id, body, now)
        if route.call is Call.VERIFY:
            return self._verify_profile(route.profile_id, body, now)
        status, text = (405, "405 Method Not Allowed") if route.is_known_path else (404, "404 Not Found")
        return answer_json({"error": text}, status)

    def _create_profile(self, body: bytes, now: int) -> Answer:
        attributes = check_create(_read_object(body), strict=self._settings.strict)
        status = "verified" if self._settings.verified else "pending"
        try:
            profile = self._store.insert_profile(attributes, status, now)
        except DuplicateError as error:
            raise self._refuse_duplicate() from error
        return self._show_profile(profile, Call.CREATE)

    def _list_profiles(self, query: bytes) -> Answer:
        partial = Call.LIST in self._partial
        found = self._store.list_profiles(read_list_query(query))
        shown = [render_profile(profile, as_list=True, partial=partial) for profile in found]
        if self._settings.list_in_data:
            return answer_json({"data": [one["data"] for one in shown]})
        return answer_json(shown)

    def _get_profile(self, profile_id: str) -> Answer:
        profile = self._store.find_profile(profile_id)
        if profile is None:
            raise RefusedError(400, "XFE13", "Customer profile not found")
        return self._show_profile(profile, Call.GET)

    def _patch_profile(self, profile_id: str, body: bytes, now: int) -> Answer:
        try:
            profile = self._store.change_profile(profile_id, _plan_change(_read_object(body)), now)
        except DuplicateError as error:
            raise self._refuse_duplicate() from error
        if profile is None:
            raise RefusedError(404, "STXE-5000", "Customer profile not found")
        return self._show_profile(profile, Call.PATCH)

    def _verify_profile(self, profile_id: str, body: bytes, now: int) -> Answer:
        if self._settings.live:
            raise RefusedError(403, "STXE-6000", "This endpoint is available in the sandbox only")
        profile = self._store.set_status(profile_id, _read_verdict(_read_object(body)), now)
        if profile is None:
            raise RefusedError(404, "XFE13", "Customer profile not found")
        return answer_json(render_profile(profile, as_list=True))

    def _show_profile(self, profile: Profile, call: Call) -> Answer:
        return answer_json(render_profile(profile, partial=call in self._partial))

    def _refuse_duplicate(self) -> RefusedError:
        self._duplicates += 1
        style = self._settings.duplicates
        if style is Duplicates.STXE or (style is Duplicates.ALTERNATE and self._duplicates % 2):
            return RefusedError(422, "STXE-7000", "Record Existed")
        return RefusedError(400, "XFE16", "Customer profile already exists")


def _plan_change(body: Mapping[str, object]) -> Callable[[Profile], Attributes]:
    return lambda profile: check_change(body, str(profile.attributes["registrationType"]))


def _read_object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "STXE-3000", "The request body is not JSON") from error
    if not isinstance(value, dict):
        raise RefusedError(400, "STXE-3000", "The request body is not a JSON object")
    return value


def _read_verdict(body: Mapping[str, object]) -> str:
    data = body.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    verdict = attributes.get("verificationStatus") if isinstance(attributes, dict) else None
    if verdict is None:
        raise RefusedError(400, "XFE15", "data[attributes][verificationStatus] is missing")
    if not isinstance(verdict, str) or verdict not in VERDICTS:
        raise RefusedError(400, "XFE12", "data[attributes][verificationStatus] is invalid")
    return verdict
