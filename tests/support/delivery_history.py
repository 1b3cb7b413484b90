"""Histories: the same export imported again and again over an API that fails, by processes that are killed.

After each history the sandbox tells what really happened: what it holds, what was asked of it and how fast.
"""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery_killed import MOMENTS, STEPS, VARIABLE, KillableProgram
from e2e_exports import as_csv, body_of, person
from e2e_program import DEADLINE, Ended, Machine, Reports, make_machine, wait_until
from ledger_backends import SECRET, Backend
from sandbox_open import settle, unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.sandbox.settings import Duplicates
from straitsx_bulk.io.sandbox.store import DuplicateError, Profile

NEW = [*(person(n) for n in range(1, 7)), *({**person(n), "dateOfBirth": ""} for n in range(7, 10))]
"""Six people complete for USD and three who are not."""
LACKING = [person(10), person(11, gender="MALE")]
"""Two whose profiles exist and lack something."""
DIFFERING = person(12)
SAME = person(13)
REJECTED = [person(14, registrationId="?"), person(15, customerName="")]
DUPLICATE = person(1)
ROWS = [*NEW[:4], REJECTED[0], *LACKING, *NEW[4:], DIFFERING, SAME, REJECTED[1], DUPLICATE]
FINAL = {
    **{one["registrationId"]: {"created", "unchanged"} for one in NEW},
    **{one["registrationId"]: {"upgraded", "unchanged"} for one in LACKING},
    DIFFERING["registrationId"]: {"conflict"},
    SAME["registrationId"]: {"unchanged"},
}
"""Registration id of each row that is sent to the outcomes that it may come to in the end."""
ENDS = {0, 3}
WORKERS = 4
IN_FLIGHT = 2 * WORKERS
"""Requests of two programs that arrive at once where the sandbox was not let run meanwhile; the pace itself, to the
request, is held in virtual time (tests/straitsx/test_pacing.py)."""
SECRET_VARIABLE = "STRAITSX_BULK_LEDGER_SECRET"
DIARY = os.environ.get("DELIVERY_TESTS_LOG", "")
"""A file to which each kill is added with its labelled point, so that a long run can be counted."""


def expected_profiles() -> dict[str, dict[str, Any]]:
    """What the sandbox has to hold in the end, by registration id."""
    there = [*NEW, *LACKING, person(12, nationality="SG"), SAME]
    return {one["registrationId"]: body_of(one) for one in there}


@dataclass(slots=True)
class Story:
    """One machine, one sandbox, one export, and what has happened so far.

    Attributes:
        machine: Where commands run.
        sandbox: The API.
        rate: Requests a second that all processes together may make; 0 where they send as fast as they can.
        told: What was done, for whoever reads a failure.
        created: Keys that were created, each time the sandbox was asked to: whether it did.
        kills: How many processes were killed.
        ledger: What keeps it: ``sqlite`` or ``postgresql``.
    """

    machine: Machine
    sandbox: SandboxServer
    rate: int
    told: list[str] = field(default_factory=list)
    created: dict[str, list[bool]] = field(default_factory=dict)
    kills: int = 0
    ledger: str = "sqlite"

    @property
    def target(self) -> tuple[str, ...]:
        """The options that say which API."""
        paced = ("--rate", str(self.rate)) if self.rate else ()
        return ("--env", "local", "--base-url", self.sandbox.base_url, *paced)

    @property
    def command(self) -> tuple[str, ...]:
        """The one command that is given again and again."""
        return ("import", "people.csv", *self.target, "--concurrency", str(WORKERS), "--quiet")

    def run(self, *, kill_at: str = "", command: tuple[str, ...] = ()) -> Ended:
        """Run a command to its end, its own or a killed one."""
        environ = {VARIABLE: kill_at} if kill_at else {}
        ended = self.machine.run(*(command or self.command), **environ)
        self.note(f"{(command or self.command)[0]} {kill_at}", ended.code, kill_at)
        assert "Traceback" not in ended.stderr, self.explain(ended.stderr)
        assert "defect" not in ended.stderr, self.explain(ended.stderr)
        return ended

    def kill_from_outside(self, calls: int, seconds: float, number: signal.Signals = signal.SIGKILL) -> int:
        """Start an import and send it a signal some calls and some time later; give its exit status."""
        seen = self.sandbox.stats().calls
        errors = self.machine.home.with_name("started.err")
        errors.unlink(missing_ok=True)
        process = self.machine.start(*self.command)
        wait_until(errors.exists, "the program has begun")
        while self.sandbox.stats().calls < seen + calls and process.poll() is None:
            time.sleep(0.001)  # a poll: the sandbox decides
        time.sleep(seconds)
        process.send_signal(number)
        code = process.wait(DEADLINE)
        self.note(f"import, {number.name} after {calls} calls and {seconds:.3f} s", code, "from outside//")
        assert "Traceback" not in self.machine.started_stderr, self.explain(self.machine.started_stderr)
        return code

    def run_two(self, kill_at: str) -> None:
        """Run two imports at once, of which one may be killed."""
        first = self.machine.start(*self.command, **({VARIABLE: kill_at} if kill_at else {}))
        self.run()
        self.note(f"at once: import {kill_at}", first.wait(DEADLINE), kill_at)

    def note(self, what: str, code: int, kill_at: str = "") -> None:
        """Keep what was done; the sandbox is done with it too."""
        settle(self.sandbox)
        self.told.append(f"{what} -> {code}")
        if code == -signal.SIGKILL:
            self.kills += 1
            if DIARY:
                with Path(DIARY).open("a", encoding="utf-8") as diary:
                    diary.write(f"{self.ledger}\t{kill_at.rpartition('/')[0]}\n")

    def explain(self, more: str = "") -> str:
        """Tell the history, for a failed assertion."""
        return "\n".join([*self.told, more])

    def finish(self) -> None:
        """Give the command until it has come to its end, then look at everything."""
        for _ in range(8):
            ended = self.run()
            if ended.code in ENDS and not {"in_doubt", "not_attempted"} & ended.reports.outcomes.keys():
                break
        self.check_end(ended)
        self.check_sandbox()
        self.check_folders()
        self.check_repeat()

    def check_end(self, ended: Ended) -> None:
        """The last run has every row at its end."""
        sent = [row for row in ended.reports.rows if row["outcome"] != "rejected"]
        outcomes = {row["registration_id"]: row["outcome"] for row in sent}
        assert outcomes.keys() == FINAL.keys(), self.explain(ended.stderr)
        wrong = {number: outcome for number, outcome in outcomes.items() if outcome not in FINAL[number]}
        assert wrong == {}, self.explain(str(wrong))
        assert ended.reports.outcomes["rejected"] == len(REJECTED) + 1
        assert ended.code == 3

    def check_sandbox(self) -> None:
        """Each valid row has one profile with the right parameters, no rejected row has one, the rate was kept."""
        held = {str(profile.attributes["registrationId"]): profile for profile in self.sandbox.profiles()}
        assert {number: dict(p.attributes) for number, p in held.items()} == expected_profiles(), self.explain()
        assert len(self.sandbox.profiles()) == len(held)
        asked_again = {
            one["registrationId"]: self.created[one["registrationId"]]
            for one in NEW
            if self.created[one["registrationId"]] != [True]
        }
        assert asked_again == {}, self.explain("a create of a profile that was there already")
        stats = self.sandbox.stats()
        assert not self.rate or stats.max_attempted_with_grace <= self.rate + IN_FLIGHT, self.explain(str(stats))

    def check_folders(self) -> None:
        """Every run has its reports, whole, and they say nothing that the sandbox does not say."""
        held = {profile.id: profile for profile in self.sandbox.profiles()}
        made: Counter[str] = Counter()
        for folder in self.machine.list_runs():
            left = {path.name for path in folder.iterdir()}
            if left <= {".gitignore", "spool", "reconcile.csv"}:
                assert not any((folder / "spool").glob("*")), self.explain(f"{folder} {sorted(left)}")
                continue
            assert "results.csv" in left, self.explain(f"{folder} {sorted(left)}")
            assert not {name for name in left if name.endswith(".part") or name == "spool"}, self.explain(str(left))
            reports = Reports(folder)
            assert len(reports.rows) == sum(reports.outcomes.values()) == reports.summary["rows_read"] == len(ROWS)
            made.update(self.check_rows(reports.rows, held))
        assert set(made.values()) <= {1}, self.explain(f"created twice: {made}")

    def check_rows(self, rows: list[dict[str, str]], held: Mapping[str, Profile]) -> Iterator[str]:
        """Hold one run's results against the sandbox; give the keys that it says it created."""
        for row in rows:
            if row["outcome"] == "rejected":
                continue
            profile_id = row["customer_profile_id"]
            if profile_id:
                assert held[profile_id].attributes["registrationId"] == row["registration_id"], self.explain()
            if row["outcome"] in {"created", "upgraded", "unchanged", "conflict"}:
                assert profile_id, self.explain(json.dumps(row))
            if row["outcome"] == "created":
                yield row["registration_id"]

    def check_repeat(self) -> None:
        """Everything is known: only the conflict is read again; nothing is in doubt."""
        before = self.sandbox.stats()
        ended = self.run()
        after = self.sandbox.stats()
        writes = [(stats.count_calls("create"), stats.count_calls("patch")) for stats in (before, after)]
        assert writes[0] == writes[1], self.explain("something was written again")
        assert ended.reports.outcomes == {"unchanged": len(FINAL) - 1, "conflict": 1, "rejected": 3}, self.explain()
        status = self.machine.run("status")
        assert (status.code, "in doubt" in status.stderr) == (0, False), self.explain(status.stderr)


@contextmanager
def tell_story(
    place: Path,
    program: KillableProgram,
    *,
    faults: str = "",
    rate: int = 50,
    strict: bool = False,
    backend: Backend | None = None,
) -> Iterator[Story]:
    """Set a story up: some profiles are there already, and the export is written.

    Args:
        place: An empty folder.
        program: Forks the commands.
        faults: What the sandbox does wrong.
        rate: Requests a second; 0 for as many as there can be.
        strict: Whether the sandbox refuses profiles that are incomplete for USD.
        backend: A PostgreSQL ledger, or None for the file that is the default.
    """
    with ExitStack() as stack:
        settings = unlimited(faults=faults, duplicates=Duplicates.STXE, strict=strict)
        sandbox = stack.enter_context(SandboxServer(settings))
        machine = make_machine(place, program)
        story = Story(machine, sandbox, rate, [f"faults {faults}"])
        if backend is not None:
            machine.environ |= {"STRAITSX_BULK_LEDGER": backend.url, SECRET_VARIABLE: SECRET}
            story.ledger = "postgresql"
        store = sandbox._running().store
        for one in LACKING:
            there = {name: text for name, text in one.items() if name not in {"dateOfBirth", "gender", "nationality"}}
            store.insert_profile(body_of(there), "pending", 0)
        store.insert_profile(body_of(person(12, nationality="SG")), "pending", 0)
        store.insert_profile(body_of(SAME), "pending", 0)
        watch_creates(sandbox, story)
        machine.write("people.csv", as_csv(ROWS))
        yield story


def watch_creates(sandbox: SandboxServer, story: Story) -> None:
    """Keep, by registration id, every create that comes to the sandbox's store and whether it made a profile."""
    store: Any = sandbox._running().store
    insert = store.insert_profile

    def watched(attributes: Mapping[str, object], status: str, now: int) -> Profile:
        asked = story.created.setdefault(str(attributes["registrationId"]), [])
        try:
            profile: Profile = insert(attributes, status, now)
        except DuplicateError:
            asked.append(False)
            raise
        asked.append(True)
        return profile

    store.insert_profile = watched


LOST = [
    "500-before", "500-after", "424-after", "502-after", "503-before", "504-after", "drop-before", "drop-after",
    "timeout-before", "timeout-after", "html", "garbage", "truncate", "cut", "no-id", "429",
]  # fmt: skip


def draw_faults(chance: random.Random) -> str:
    """Make a fault specification: creates fail often, all else seldom (its repeats take seconds)."""
    creates = [f"{fault}:create={chance.uniform(0.02, 0.15):.3f}" for fault in chance.sample(LOST, 4)]
    others = [f"{chance.choice(LOST[:10])}:{call}=0.02" for call in ("patch", "list", "get")]
    partial = chance.choice(["", "partial=list", "partial=create+list+get+patch"])
    return ",".join(filter(None, [f"seed={chance.randrange(1 << 30)}", "hold=0.05", *creates, *others, partial]))


def draw_point(chance: random.Random) -> str:
    """Choose a labelled point."""
    return f"{chance.choice(list(STEPS))}/{chance.choice(MOMENTS)}/{chance.choice([1, 1, 1, 1, 2, 3, 5])}"


def live_through(story: Story, chance: random.Random, kills: int) -> None:
    """Kill so many processes, in ways that chance chooses; some end before they can be killed."""
    for _ in range(kills):
        match chance.randrange(8):
            case 0 | 1 | 2:
                story.run(kill_at=draw_point(chance))
            case 3 | 4:
                story.kill_from_outside(chance.randrange(18), chance.uniform(0, 0.03))
            case 5:
                story.kill_from_outside(chance.randrange(15), 0.0, chance.choice([signal.SIGINT, signal.SIGTERM]))
            case 6:
                story.run_two(chance.choice(["", draw_point(chance)]))
            case _:
                reconcile = ("reconcile", *chance.choice([(), ("people.csv",)]), *story.target)
                story.run(kill_at=draw_point(chance), command=chance.choice([("status",), reconcile]))
