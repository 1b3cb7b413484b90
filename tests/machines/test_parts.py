"""Which rows are a shard's: each row one shard's, whatever their number, in the order of the input."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from check_help import PERSON, check_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.flows.breakers import RefusalBreaker
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.machines.brakes import dump_breaker, load_breaker
from straitsx_bulk.flows.options import Options
from straitsx_bulk.flows.shards.merging import is_worked_on, note_shards
from straitsx_bulk.flows.shards.orders import ShardOrder, name_shard_run
from straitsx_bulk.flows.shards.parts import mark_part, pick_shard
from straitsx_bulk.io.ledger import Digests, Secret
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.dates import today_in_singapore
from straitsx_bulk.schemas.keys import KeyIndex
from straitsx_bulk.schemas.outcomes import Outcome

DIGESTS = Digests(Secret(b"5" * 32, "a test"), "an account")
IDS = st.sampled_from([f"S{number:07d}A" for number in range(30)])


def check_into(folder: Path, batches: list[list[str]]) -> CheckedRun:
    """Check rows with these ids; an empty one is rejected, one that comes again a duplicate."""
    spool, keys = Spool(folder), KeyIndex()
    for ids in batches:
        checked = check_rows([PERSON | {"registrationId": name} for name in ids])
        spool.write(checked)
        keys.add(checked)
    return CheckedRun(spool, keys.resolve())


def make_order(shard: int, shards: int) -> ShardOrder:
    return ShardOrder(
        run_id="ab" * 16,
        command="import",
        shard=shard,
        shards=shards,
        files=["users.csv"],
        options=Options(),
        exports="",
        today=today_in_singapore(),
        folder="runs",
    )


@given(
    batches=st.lists(st.lists(st.one_of(IDS, st.just("")), min_size=1, max_size=12), min_size=1, max_size=3),
    shards=st.integers(2, 5),
)
@settings(max_examples=10)
def test_every_accepted_row_is_in_one_shard_in_the_order_of_the_input(batches: list[list[str]], shards: int) -> None:
    with TemporaryDirectory() as name:
        whole = check_into(Path(name) / "whole", batches)
        wanted = [
            (first + int(at), batch.values["registrationId"].iloc[at])
            for first, batch in whole.batches()
            for at in np.flatnonzero(batch.accepted)
        ]
        found = []
        for shard in range(shards):
            spool = Path(name) / f"shard-{shard}"
            picked = pick_shard(check_into(spool, batches), DIGESTS, make_order(shard, shards))
            own = [text for _, batch in picked.batches() for text in batch.values["registrationId"]]
            assert all(batch.accepted.all() for _, batch in picked.batches())
            assert picked.tally().accepted == picked.spool.rows == len(own)
            places = {text: place for place, text in wanted}
            assert [places[text] for text in own] == sorted(places[text] for text in own)
            found += own
        assert sorted(found) == sorted(text for _, text in wanted)


def test_rows_are_spread_evenly() -> None:
    ids = [f"S{number:07d}A" for number in range(2_000)]
    with TemporaryDirectory() as name:
        sizes = [
            pick_shard(check_into(Path(name) / str(shard), [ids]), DIGESTS, make_order(shard, 4)).spool.rows
            for shard in range(4)
        ]
    assert sum(sizes) == 2_000
    assert min(sizes) > 400


def test_a_dead_run_is_left_alone_while_its_shards_or_its_whole_run_work(tmp_path: Path) -> None:
    run_id = "ab" * 16
    shard_run = name_shard_run(run_id, 1, 3)
    note_shards(tmp_path, 3, Policy(creates=True))
    assert is_worked_on(run_id, tmp_path, {shard_run})
    assert not is_worked_on(run_id, tmp_path, {"cd" * 16})
    part = tmp_path / "shard"
    part.mkdir()
    mark_part(part, run_id)
    assert is_worked_on(shard_run, part, {run_id})
    assert not is_worked_on(shard_run, part, set())
    assert not is_worked_on(run_id, tmp_path / "gone", {shard_run})


@given(outcomes=st.lists(st.sampled_from([Outcome.CREATED, Outcome.REFUSED, Outcome.EXISTS]), max_size=60))
def test_a_breaker_that_is_written_down_after_each_answer_stops_where_one_in_memory_does(
    outcomes: list[Outcome],
) -> None:
    kept, counters = RefusalBreaker(5), dump_breaker(RefusalBreaker(5))
    for outcome in outcomes:
        written = load_breaker(counters, 5)
        assert written.see(outcome, 1) == kept.see(outcome, 1)
        counters = dump_breaker(written)
