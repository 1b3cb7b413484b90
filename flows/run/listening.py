"""An API that does not answer is told of while the run still tries: minutes without a word look like a hang."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from straitsx_bulk.flows.presenting import describe_duration
from straitsx_bulk.io.straitsx import CustomerProfiles

SILENCE_SECONDS = 10.0
"""How long nothing of use must have come before a person is told."""

LISTEN_SECONDS = 0.5
"""How often somebody listens."""


@asynccontextmanager
async def telling_of_silence(
    client: CustomerProfiles,
    say: Callable[[str], None],
    *,
    after: float = SILENCE_SECONDS,
    every: float = LISTEN_SECONDS,
) -> AsyncIterator[None]:
    """Tell once when the API has been silent for a while, and once when it answers again.

    Args:
        client: Whose calls.
        say: Tells a person; a terminal that is gone must not stop a delivery.
        after: Seconds.
        every: Seconds between two looks.
    """
    task = asyncio.create_task(_listen(client, say, after, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(client: CustomerProfiles, say: Callable[[str], None], after: float, every: float) -> None:
    while True:
        silence = await _wait_for(lambda: client.silent_for() >= after, client, every)
        began = datetime.now().astimezone() - timedelta(seconds=silence)
        with suppress(OSError):
            say(word_silence(began, began + timedelta(seconds=client.patience)))
        await _wait_for(lambda: client.silent_for() < after, client, every)
        with suppress(OSError):
            say(word_answer(datetime.now().astimezone() - began))


async def _wait_for(condition: Callable[[], bool], client: CustomerProfiles, every: float) -> float:
    while not condition():  # noqa: ASYNC110 - a silence grows without anybody who could wake us
        await asyncio.sleep(every)
    return client.silent_for()


def word_silence(since: datetime, until: datetime) -> str:
    """Say that the API does not answer."""
    return (
        f"The API has not answered since {since:%H:%M:%S}, or only with errors; trying again until about "
        f"{until:%H:%M:%S}. Nothing is lost: Ctrl-C ends the run, and the same command goes on."
    )


def word_answer(silence: timedelta) -> str:
    """Say that it does again."""
    return f"The API answers again, after {describe_duration(silence.total_seconds())}."
