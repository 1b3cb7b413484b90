"""The runbook of the README, done by its own commands: a backup put back, ledgers of other versions."""

import re
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from e2e_exports import as_csv, people, sgd_only
from e2e_program import Ended, Machine, StartSandbox, make_machine
from e2e_warm import WarmProgram
from readme_blocks import README
from sandbox_gate import Gate
from sandbox_open import settle

from straitsx_bulk.flows.window import parse_window
from straitsx_bulk.io.ledger.migrations import NEWEST_VERSION
from straitsx_bulk.io.sandbox.server import SandboxServer

ROWS = 14
DEPLOYMENTS = yaml.safe_load((README.parent / "prefect.yaml").read_text("utf-8"))["deployments"]


@pytest.fixture
def machine(tmp_path: Path, warm: WarmProgram) -> Machine:
    return make_machine(tmp_path, warm)


def find_commands(paragraph: str) -> str:
    """The block of shell commands that follows the README's paragraph of that name."""
    found = re.search(rf"^\*\*{paragraph}.*?^```\w+\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None, f"the README does not say how: {paragraph}"
    return found[1]


def type_commands(machine: Machine, paragraph: str) -> None:
    """Type a paragraph's commands into a shell that ends at the first one that fails."""
    command = ["bash", "-ec", find_commands(paragraph)]
    done = subprocess.run(command, cwd=machine.folder, env=machine.environment({}), stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()


def words(sandbox: SandboxServer, *more: str) -> list[str]:
    """An import's command line."""
    return ["import", "people.csv", "--env", "local", "--base-url", sandbox.base_url, "--reports", "results", *more]


def kill_midway(machine: Machine, sandbox: SandboxServer) -> None:
    """Kill an import once it has made some calls, so that rows are done, under way, and not begun."""
    with Gate(sandbox, 6) as gate:
        started = machine.start(*words(sandbox, "--concurrency", "4"))
        gate.wait_for(4)
        started.send_signal(signal.SIGKILL)
        started.wait()
    settle(sandbox)


@pytest.mark.parametrize("is_lost", [False, True])
def test_an_old_backup_put_back_creates_nothing_twice(machine: Machine, sandbox: SandboxServer, is_lost: bool) -> None:
    """On the machine where SQLite left its log, with a reconcile; and on a new one, by somebody who forgot it."""
    machine.write("people.csv", as_csv(sgd_only(people(ROWS))))
    assert machine.run(*words(sandbox, "--limit", "3")).code == 0
    type_commands(machine, "Backing up")
    machine.write("people.csv", as_csv(people(ROWS)))  # from here on three are upgraded, the others created
    kill_midway(machine, sandbox)
    ledger = machine.folder / ".straitsx-bulk/ledger.db"
    assert ledger.with_name("ledger.db-wal").stat().st_size > 0

    if is_lost:
        for path in (ledger.parent, machine.home / ".config", machine.folder / "runs"):
            shutil.rmtree(path)
    type_commands(machine, "Putting a backup back")
    assert (ledger.stat().st_mode & 0o077, ledger.parent.stat().st_mode & 0o077) == (0, 0)
    if not is_lost:
        known = machine.run("reconcile", *words(sandbox)[2:6])
        assert known.code == 3, known.stderr
    again = machine.run(*words(sandbox))
    assert again.code == 0, again.stderr
    assert sum(again.reports.outcomes.values()) == ROWS
    assert set(again.reports.outcomes) <= {"created", "upgraded", "unchanged"}
    assert len({profile.attributes["registrationId"] for profile in sandbox.profiles()}) == ROWS
    assert len(sandbox.profiles()) == sandbox.stats().count_calls("create", "200") == ROWS
    calls = sandbox.stats().calls
    assert machine.run(*words(sandbox)).reports.outcomes == {"unchanged": ROWS}
    assert sandbox.stats().calls == calls


def change_ledger(machine: Machine, *statements: str) -> None:
    with closing(sqlite3.connect(machine.folder / ".straitsx-bulk/ledger.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_ledgers_of_other_versions_are_brought_up_to_date_or_left_alone_with_the_mend(
    machine: Machine, start_sandbox: StartSandbox
) -> None:
    sandbox = start_sandbox()
    machine.write("people.csv", as_csv(people(3)))
    assert machine.run(*words(sandbox)).code == 0
    calls = sandbox.stats().calls

    def run_again() -> Ended:
        ended = machine.run(*words(sandbox))
        assert sandbox.stats().calls == calls
        return ended

    change_ledger(machine, "DROP TABLE ledger_rate", "DELETE FROM ledger_migrations WHERE version > 1")  # version 1's
    assert run_again().reports.outcomes == {"unchanged": 3}
    change_ledger(machine, f"INSERT INTO ledger_migrations VALUES ({NEWEST_VERSION + 1}, 0)")
    refused = run_again()
    assert (refused.code, refused.folders) == (2, []), refused.stderr
    assert "a newer straitsx-bulk has written it. Install that version, or a later one." in refused.stderr
    assert "Traceback" not in refused.stderr
    change_ledger(machine, f"DELETE FROM ledger_migrations WHERE version > {NEWEST_VERSION}")
    assert run_again().reports.outcomes == {"unchanged": 3}


def test_the_table_of_machines_says_how_long_the_rate_takes() -> None:
    text = README.read_text("utf-8").split("\n### More than one machine\n")[1].split("\n#")[0]
    lines = re.findall(r"^\| ([\d,]+) \| (\d+) \| (\d+).*? \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(lines) >= 4
    for rows, rate, machines, hours in lines:
        assert float(hours) == round(int(rows.replace(",", "")) / int(rate) / 3600, 1)
        assert int(rate) <= 50 * int(machines)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=itemgetter("name"))
def test_a_deployment_as_it_stands_starts_a_flow_inside_its_own_window(deployment: dict[str, Any]) -> None:
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(import_module(module), name)
    if "parameters" in deployment:  # of a shard, the whole run gives them
        flow.validate_parameters(deployment["parameters"])
    window = deployment.get("parameters", {}).get("options", {}).get("window")
    for schedule in deployment.get("schedules", ()):
        if window is not None:
            minute, hour, *_ = schedule["cron"].split()
            fires = datetime(2026, 3, 1, int(hour), int(minute), tzinfo=ZoneInfo(schedule["timezone"]))
            assert parse_window(window).seconds_left(fires) > 7 * 3600
