"""Other processes that use a ledger, to race with and to kill.

As a program: ``python ledger_process.py MODE URL HOME ARGUMENT…``; see the functions.
"""

import os
import random
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

from ledger_backends import Backend, create_intent, created, make_keys, start_account

GROUP = 20
"""Keys in one transaction."""


def start_process(mode: str, backend: Backend, *arguments: object) -> "subprocess.Popen[str]":
    """Start this file as another process."""
    command = [sys.executable, __file__, mode, backend.url, *map(str, arguments)]
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    environment = {**os.environ, **backend.environment, "PYTHONPATH": path}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(what: object) -> None:
    """Write a line for the process that started this one."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def race(backend: Backend, count: int) -> None:
    """Begin every key in groups, in an order of one's own, and print those acquired."""
    with backend.open() as ledger:
        account = start_account(ledger)
        keys = make_keys(account, count)
        random.Random(os.getpid()).shuffle(keys)
        say("ready")
        sys.stdin.readline()
        for start in range(0, count, GROUP):
            group = keys[start : start + GROUP]
            for key in account.begin([create_intent(account, key) for key in group]):
                say(key.hex())
        say("done")
        sys.stdin.readline()


def open_together(backend: Backend) -> None:
    """Open the ledger at a signal."""
    say("ready")
    sys.stdin.readline()
    with backend.open() as ledger:
        say(ledger.secret.check_value)


def hold_lock(backend: Backend) -> None:
    """Hold the write lock until told to end."""
    with backend.open() as ledger, ledger._store.write():
        say("ready")
        sys.stdin.readline()


def take_turns(backend: Backend, rate: float, count: int) -> None:
    """Take turns of the account's rate, and print between which instants each came: the ledger looked in between."""
    with backend.open() as ledger:
        account = ledger.account("api.example", "default")
        say("ready")
        sys.stdin.readline()
        for _ in range(count):
            asked = time.monotonic()
            wait = account.reserve_slot(rate)
            say(f"{asked + wait} {time.monotonic() + wait}")
            time.sleep(wait)


def churn(backend: Backend, seed: int, diary: int) -> None:
    """Begin and settle groups of keys for ever, telling what returned."""
    with backend.open() as ledger:
        account = start_account(ledger, run_id=f"{seed:032x}")
        keys = make_keys(account, 4_000, f"{seed}-")
        for start in range(0, len(keys), GROUP):
            group = keys[start : start + GROUP]
            begun = account.begin([create_intent(account, key) for key in group])
            os.write(diary, f"begun {len(begun)} {start}\n".encode())
            account.settle([created(account, key, position=start + at) for at, key in enumerate(group)])
            os.write(diary, f"settled {len(group)} {start}\n".encode())


def kill_churners(backend: Backend, kills: int, folder: Path) -> None:
    """Fork a process that churns and kill it at a random moment, many times over; keep what it told."""
    if backend.url.startswith("postgresql"):
        import_module("psycopg")  # once, and not in each child
    chance = random.Random(kills)
    for seed in range(kills):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            churn(backend, seed, write)
            os._exit(1)
        os.close(write)
        with os.fdopen(read, "rb", buffering=0) as diary:
            # Killed at a moment that does not depend on how busy the machine is: some way in, and a little later.
            told = b"".join(diary.readline() for _ in range(chance.randrange(8)))
            time.sleep(chance.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            (folder / f"diary-{seed}").write_bytes(told + diary.read())
    say("done")


def main() -> None:
    mode, url, *arguments = sys.argv[1:]
    backend = Backend(url, dict(os.environ))
    if mode == "race":
        race(backend, int(arguments[0]))
    elif mode == "open":
        open_together(backend)
    elif mode == "lock":
        hold_lock(backend)
    elif mode == "turns":
        take_turns(backend, float(arguments[0]), int(arguments[1]))
    else:
        kill_churners(backend, int(arguments[0]), Path(arguments[1]))


if __name__ == "__main__":
    main()
