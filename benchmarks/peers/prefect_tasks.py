"""Prefect as its examples have it: a task for each row, ten side by side. ``deliver EXPORT OUT URL``."""

import sys
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
from prefect import flow, task
from prefect.futures import PrefectFuture, wait
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from benchmarks.peers.reading import read_bodies
from benchmarks.peers.sending import create_profile, open_client

RUNNER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=10))


@cache
def find_client(url: str) -> httpx.Client:
    """Give the one client that all tasks share."""
    return open_client(url)


@task(retries=2, retry_delay_seconds=1, persist_result=False)
def create(url: str, body: dict[str, object]) -> str:
    """Create one profile."""
    return create_profile(find_client(url), body)


@flow(task_runner=RUNNER, log_prints=False)
def import_profiles(export: Path, url: str) -> None:
    """Create a profile for every row that passes."""
    futures = [create.submit(url, body) for body in read_bodies(export)]
    wait(futures)
    for future in futures:
        future.result()


if __name__ == "__main__":
    import_profiles(Path(sys.argv[2]), sys.argv[4])
