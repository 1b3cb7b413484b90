"""Which processes are certainly gone."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from straitsx_bulk.io.ledger.owners import Owner, seen_dead, this_process


def test_this_process_lives() -> None:
    assert this_process().pid == os.getpid()
    assert not seen_dead(this_process(), local_ledger=True)


def test_a_process_that_ended_is_dead_even_before_its_parent_looked() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = replace(this_process(), pid=child.pid, started="")
    assert not seen_dead(owner, local_ledger=True)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert seen_dead(owner, local_ledger=True)
    child.communicate()
    assert seen_dead(owner, local_ledger=True)


@pytest.mark.skipif(not this_process().started, reason="this system does not say when a process started")
def test_another_process_of_the_same_number_is_not_it() -> None:
    assert seen_dead(replace(this_process(), started="1"), local_ledger=True)


def test_another_users_process_lives() -> None:
    assert not seen_dead(replace(this_process(), pid=1, started=""), local_ledger=True)


@pytest.mark.parametrize("local_ledger", [True, False])
def test_of_another_machine_nothing_is_seen(*, local_ledger: bool) -> None:
    owner = replace(this_process(), machine="elsewhere/pid:[1]", pid=999_999_999)
    assert not seen_dead(owner, local_ledger=local_ledger)


@pytest.mark.skipif(not this_process().boot, reason="this system does not say when it started")
def test_another_start_of_the_machine_is_an_earlier_one_only_where_the_ledger_is_its_own() -> None:
    owner = replace(this_process(), boot="another")
    assert seen_dead(owner, local_ledger=True)
    assert not seen_dead(owner, local_ledger=False)


def test_a_machine_that_does_not_say_when_it_started_is_judged_by_its_processes() -> None:
    owner = Owner(this_process().machine, "", 999_999_999, "")
    assert not seen_dead(owner, local_ledger=True)
