"""What the shards of a run came to, put together in the order of the whole run's input.

The ledger, which every worker shares, has each row's outcome; it names nobody and keeps none of the API's words. Those
are in the shards' journals: a worker that sees the whole run's folder (one machine, a shared disk) leaves a copy there,
and of any other the merged report names the folder that has them.
"""

import bisect
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from straitsx_bulk.flows.delivery.gathering import Decided
from straitsx_bulk.flows.delivery.journal import read_journal
from straitsx_bulk.flows.delivery.loop import known_of
from straitsx_bulk.flows.delivery.planning import existing_result, plan_row
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.rows import Result, Row, read_rows
from straitsx_bulk.flows.delivery.settling import IN_DOUBT
from straitsx_bulk.flows.shards.orders import ShardOrder, name_shard_run
from straitsx_bulk.flows.shards.parts import count_shards, find_whole_run
from straitsx_bulk.io.ledger import Account, Known, Ledger, RowOutcome, Run, State
from straitsx_bulk.io.spool import open_private
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import Outcome

JOURNALS = "answers-*.jsonl"
NOTE = "shards.json"
SPEAKING = frozenset({Outcome.REFUSED, Outcome.CONFLICT, Outcome.NOT_FOUND, Outcome.IN_DOUBT})
"""Outcomes that have something to say to a person."""


def name_words_folder(spool: Path, shard: int) -> Path:
    """Name the folder in the whole run's spool where a shard leaves its words."""
    return spool / f"shard-{shard:04d}"


def hand_words_over(journals: Path, order: ShardOrder) -> None:
    """Leave a shard's words in the whole run's spool, where that can be seen from here.

    Args:
        journals: The shard's own spool.
        order: Which shard of which run.
    """
    spool = Path(order.folder) / "spool"
    if not (spool / NOTE).exists():
        return
    folder = name_words_folder(spool, order.shard)
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in sorted(journals.glob(JOURNALS)):
        shutil.copy2(path, folder / path.name)


class ShardWords:
    """A shard's words by the position of its rows, asked for in ascending order.

    Args:
        folder: Where they were left; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._firsts = sorted(int(path.stem.removeprefix("answers-")) for path in folder.glob(JOURNALS))
        self._loaded = -1
        self._told: dict[int, Result] = {}

    def find(self, place: int) -> Result | None:
        """Give what the shard's journal holds of a row; None where the shard left nothing."""
        index = bisect.bisect_right(self._firsts, place) - 1
        if index < 0:
            return None
        if self._firsts[index] != self._loaded:
            self._loaded = self._firsts[index]
            self._told = read_journal(self._folder, self._loaded)
        return self._told.get(place)


class ShardResults:
    """The results of a run's rows as its shards left them; chunks come in input order.

    Args:
        ledger: Has the outcomes.
        account: The account's part of it.
        run_id: The whole run.
        shards: How many there are.
        policy: What the user allowed.
        spool: The whole run's.
    """

    def __init__(self, ledger: Ledger, account: Account, run_id: str, shards: int, policy: Policy, spool: Path) -> None:
        self._ledger, self._account, self._policy = ledger, account, policy
        self._run_id, self._shards = run_id, shards
        names = [name_shard_run(run_id, shard, shards) for shard in range(shards)]
        runs = find_runs(ledger, names)
        self._own = frozenset(names)
        self._runs = [runs.get(name) for name in names]
        self._decided = [Decided(ledger.row_outcomes(name)) for name in names]
        self._words = [ShardWords(name_words_folder(spool, shard)) for shard in range(shards)]
        self._counted = [0] * shards
        self.calls = 0

    def take_results(self, first: int, chunk: CheckedBatch) -> dict[int, Result]:
        """Give the results of a chunk by position over the whole run; rows without one were not attempted."""
        rows = list(read_rows(chunk, first, self._account.digests))
        known = known_of(rows, self._account)
        results: dict[int, Result] = {}
        for row, shard, place in count_shards(iter(rows), self._shards, self._counted):
            result = self._find_result(row, known.get(row.position), shard, place)
            if result is not None:
                results[row.position] = result
                self.calls += result.api_calls
        return results

    def _find_result(self, row: Row, known: Known | None, shard: int, place: int) -> Result | None:
        told = self._words[shard].find(place)
        outcome = next(iter([*self._decided[shard].take_before(place + 1)]), None)
        if outcome is not None:
            return self._tell_decided(row, known, outcome, told, self._runs[shard])
        if told is not None and told.api_calls == 0:
            return replace(told, position=row.position)
        if known is not None and known.state in {State.SENDING, State.IN_DOUBT}:
            return self._tell_doubt(row, known)
        return plan_row(row, known, self._policy, self._account.digests).result

    def _tell_decided(
        self, row: Row, known: Known | None, outcome: RowOutcome, told: Result | None, run: Run | None
    ) -> Result:
        """Tell what a shard decided: the ledger's truth with the journal's words, or where those are."""
        if told is None or told.outcome != outcome.outcome:
            told = self._guess_words(row, known, outcome, run)
        return replace(
            told,
            position=row.position,
            outcome=Outcome(outcome.outcome),
            customer_profile_id=outcome.customer_profile_id,
            verification_status=outcome.verification_status,
            http_status=outcome.http_status,
            api_code=outcome.api_code,
            api_calls=outcome.api_calls,
            finished_at=outcome.finished_at,
        )

    def _guess_words(self, row: Row, known: Known | None, outcome: RowOutcome, run: Run | None) -> Result:
        """Say what can be said of a row without its shard's journal."""
        ending = Outcome(outcome.outcome)
        if ending in SPEAKING:
            message = describe_place(outcome, run)
            return Result(row.position, ending, rail=row.rail, usd_gaps=row.usd_gaps, message=message)
        if known is None or ending is Outcome.CREATED:
            return Result(row.position, ending, rail=row.rail, usd_gaps=row.usd_gaps)
        return existing_result(row, known, ending, self._account.digests)

    def _tell_doubt(self, row: Row, known: Known) -> Result | None:
        """Tell of a row that a shard was sending when it died; another run's doubt is not this run's."""
        if known.run_id not in self._own:
            return None
        doubt = Result(row.position, Outcome.IN_DOUBT, row.profile_id, rail=row.rail, usd_gaps=row.usd_gaps)
        return replace(doubt, message=IN_DOUBT)

    def forget(self) -> None:
        """Let the ledger forget the shards' outcomes, once the whole run's reports are there."""
        forget_outcomes(self._ledger, self._run_id, self._shards)


def forget_outcomes(ledger: Ledger, run_id: str, shards: int) -> None:
    """Let the ledger forget what became of the rows of a run's shards."""
    for shard in range(shards):
        ledger.forget_rows(name_shard_run(run_id, shard, shards))


def note_shards(spool: Path, shards: int, policy: Policy) -> None:
    """Note that a run's rows are delivered by shards, for whoever has to write its reports after a kill."""
    with open(spool / NOTE, "w", encoding="utf-8", opener=open_private) as stream:
        json.dump({"shards": shards, "policy": asdict(policy)}, stream)


def recall_shards(ledger: Ledger, account: Account, run_id: str, spool: Path) -> ShardResults | None:
    """Find what the shards of a dead run came to; None for a run without shards."""
    note = spool / NOTE
    if not note.exists():
        return None
    noted = json.loads(note.read_text(encoding="utf-8"))
    return ShardResults(ledger, account, run_id, noted["shards"], Policy(**noted["policy"]), spool)


def is_worked_on(run_id: str, spool: Path, live: Collection[str]) -> bool:
    """Say whether a dead run is not to be finished yet: a shard whose whole run lives, or one whose shards live.

    Args:
        run_id: The dead run.
        spool: Its spool.
        live: Runs that live.
    """
    if find_whole_run(spool) in live:
        return True
    note = spool / NOTE
    shards = json.loads(note.read_text(encoding="utf-8"))["shards"] if note.exists() else 0
    return any(name_shard_run(run_id, shard, shards) in live for shard in range(shards))


def find_runs(ledger: Ledger, names: Sequence[str]) -> Mapping[str, Run]:
    """Find runs in the ledger by their ids."""
    wanted = frozenset(names)
    return {run.run_id: run for run in ledger.runs() if run.run_id in wanted}


def describe_place(outcome: RowOutcome, run: Run | None) -> str:
    """Say where a row's words are that did not come to the whole run's machine."""
    told = f"HTTP {outcome.http_status}" if outcome.http_status else "No answer"
    code = f" {outcome.api_code}" if outcome.api_code else ""
    place = f"{run.folder} on {run.machine.partition('/')[0]}" if run is not None else "its shard's folder"
    return f"{told}{code}. What the API said is in the reports of the shard that sent this row: {place}."
