"""Reading fault specifications, and when each fault comes."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.io.sandbox import faults as faults_module
from straitsx_bulk.io.sandbox.fault_spec import read_faults
from straitsx_bulk.io.sandbox.faults import KINDS, FaultSource
from straitsx_bulk.io.sandbox.routing import Call
from straitsx_bulk.io.sandbox.settings import SandboxError

CALLS = list(Call)


def name_faults(text: str, calls: list[Call], elapsed: float = 0.0) -> list[str]:
    """The faults that come, by name; empty where none does."""
    source = FaultSource(read_faults(text))
    chosen = [source.choose_fault(call, elapsed) for call in calls]
    return ["" if fault is None else fault.name for fault in chosen]


def test_settings_are_read() -> None:
    plan = read_faults("seed=7, retry-after=date:2,hold=1.5,latency=0.05,partial=list+get,500-before=0.5")
    assert (plan.seed, plan.retry_after, plan.hold, plan.latency) == (7, "date:2", 1.5, 0.05)
    assert plan.partial == {Call.LIST, Call.GET}
    assert len(plan.rules) == 1


def test_nothing_goes_wrong_without_a_specification() -> None:
    assert name_faults("", [Call.CREATE] * 50) == [""] * 50


def test_a_moment_is_a_call_by_its_number() -> None:
    assert name_faults("401@3", [Call.CREATE] * 5) == ["", "", "401", "", ""]


def test_a_span_is_as_many_calls() -> None:
    assert name_faults("outage@2+3", [Call.GET] * 6) == ["", "outage", "outage", "outage", "", ""]


def test_a_fault_kept_to_one_call_counts_only_these() -> None:
    calls = [Call.LIST, Call.CREATE, Call.LIST, Call.CREATE, Call.LIST]
    assert name_faults("cut:create@2,no-id:list@1", calls) == ["no-id", "", "", "cut", ""]


def test_a_span_of_seconds_begins_at_the_start() -> None:
    elapsed = {now: name_faults("outage@10s+5s", [Call.GET], now)[0] for now in (9.9, 10.0, 14.9, 15.0)}
    assert elapsed == {9.9: "", 10.0: "outage", 14.9: "outage", 15.0: ""}


def test_moments_go_before_rates() -> None:
    assert name_faults("drop-before=1,403@2", [Call.GET] * 3) == ["drop-before", "403", "drop-before"]


def test_the_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    spec = "500-after=0.2,drop-before=0.2"
    runs = [name_faults(f"seed={seed},{spec}", [Call.CREATE] * 200) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_faults_come_at_their_rates() -> None:
    names = Counter(name_faults("seed=3,500-before=0.1,timeout-after:create=0.3", [Call.CREATE, Call.GET] * 2000))
    assert 300 < names["500-before"] < 500
    assert 500 < names["timeout-after"] < 700


def test_other_spellings_of_the_same_kind() -> None:
    assert [KINDS[name] for name in ("html", "garbage")] == [KINDS["html-after"], KINDS["garbage-after"]]


def test_every_kind_is_documented() -> None:
    text = faults_module.__doc__ or ""
    stems = {name.removesuffix("-before").removesuffix("-after") for name in KINDS}
    assert {stem for stem in stems if f"``{stem}" not in text} == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("500-befor=0.1", "500-before"),
        ("drop=0.1", "drop-"),
        ("500-before", "a rate from 0 to 1"),
        ("500-before=", "a rate"),
        ("500-before=2", "a rate"),
        ("500-before=-0.1", "a rate"),
        ("500-before=nan", "a rate"),
        ("500-before@0", "a call"),
        ("500-before@5+0", "calls"),
        ("500-before@x", "a call"),
        ("outage@10s", "seconds"),
        ("outage@10s+5", "seconds"),
        ("outage@-1s+5s", "seconds"),
        ("500-before:delete=0.1", "create, list, get"),
        ("seed=x", "whole number"),
        ("retry-after=soon", "retry-after=2"),
        ("retry-after=²", "retry-after=2"),
        ("hold=inf", "seconds"),
        ("latency=-1", "seconds"),
        ("partial=verify", "partial=list"),
        ("partial=", "partial=list"),
        ("500-before=0.6,500-after=0.6", "add up"),
        ("=", "no fault"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_mend(text: str, words: str) -> None:
    with pytest.raises(SandboxError, match="fault") as caught:
        read_faults(text)
    assert words in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        outcome = str(read_faults(text))
    except SandboxError as error:
        outcome = str(error)
    assert outcome.endswith((".", ")"))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 30), st.integers(1, 5)), max_size=5))
def test_moments_come_exactly_when_they_are_due(spans: list[tuple[str, int, int]]) -> None:
    text = ",".join(f"{kind}@{start}+{length}" for kind, start, length in spans)
    due = [
        next((KINDS[kind].name for kind, start, length in spans if start <= number < start + length), "")
        for number in range(1, 41)
    ]
    assert name_faults(text, [Call.PATCH] * 40) == due
