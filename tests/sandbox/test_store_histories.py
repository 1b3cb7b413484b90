"""Any history of creates, changes and verdicts leaves the store as a plain dictionary would be."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from straitsx_bulk.io.sandbox.store import DuplicateError, Page, ProfileStore, normalise_id

KINDS = st.sampled_from(["personal", "business"])
IDS = st.sampled_from(["ab 12", "AB  12", " ab 12", "cd34", "CD34", "ef56"])


class StoreHistory(RuleBasedStateMachine):
    """A store in memory beside a model of it."""

    profiles = Bundle("profiles")

    def __init__(self) -> None:
        super().__init__()
        self.store = ProfileStore(None)
        self.model: dict[str, dict[str, object]] = {}
        self.statuses: dict[str, str] = {}
        self.clock = 0

    def teardown(self) -> None:
        self.store.close()

    def holds_key(self, kind: object, registration_id: object, but: str = "") -> bool:
        return any(
            (kept["registrationType"], normalise_id(str(kept["registrationId"])))
            == (kind, normalise_id(str(registration_id)))
            for profile_id, kept in self.model.items()
            if profile_id != but
        )

    @rule(target=profiles, kind=KINDS, registration_id=IDS)
    def create(self, kind: str, registration_id: str) -> str:
        attributes: dict[str, object] = {"registrationType": kind, "registrationId": registration_id}
        self.clock += 1
        try:
            profile = self.store.insert_profile(attributes, "pending", self.clock)
        except DuplicateError:
            assert self.holds_key(kind, registration_id)
            return ""
        assert not self.holds_key(kind, registration_id)
        self.model[profile.id] = attributes
        self.statuses[profile.id] = "pending"
        return profile.id

    @rule(profile_id=profiles, registration_id=IDS, name=st.none() | st.sampled_from(["Ann", "Bo"]))
    def change(self, profile_id: str, registration_id: str, name: str | None) -> None:
        changes: dict[str, object] = {"registrationId": registration_id, "customerName": name}
        self.clock += 1
        try:
            changed = self.store.change_profile(profile_id, lambda _: changes, self.clock)
        except DuplicateError:
            assert self.holds_key(self.model[profile_id]["registrationType"], registration_id, but=profile_id)
            return
        assert (changed is None) == (profile_id not in self.model)
        if changed is not None:
            merged = {**self.model[profile_id], **changes}
            self.model[profile_id] = {key: value for key, value in merged.items() if value is not None}

    @rule(profile_id=consumes(profiles), status=st.sampled_from(["verified", "rejected"]))
    def judge(self, profile_id: str, status: str) -> None:
        self.clock += 1
        judged = self.store.set_status(profile_id, status, self.clock)
        assert (judged is None) == (profile_id not in self.model)
        if judged is not None:
            self.statuses[profile_id] = status

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        listed = self.store.list_profiles(Page())
        assert {profile.id: dict(profile.attributes) for profile in listed} == self.model
        assert {profile.id: profile.status for profile in listed} == self.statuses
        assert [profile.id for profile in listed] == list(self.model)
        assert self.store.count_profiles() == len(self.model)


StoreHistory.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestStoreHistories = StoreHistory.TestCase
