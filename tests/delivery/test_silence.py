"""A person is told that the API does not answer, once, and once that it does again; in virtual time."""

import asyncio
import re

import pytest
from e2e_exports import body_of, person
from straitsx_client import open_client
from straitsx_raw_server import PROFILE_ID, RawServer, answer, created, hang_up
from straitsx_virtual_time import in_virtual_time

from straitsx_bulk.flows.run.listening import LISTEN_SECONDS, SILENCE_SECONDS, telling_of_silence
from straitsx_bulk.io.straitsx import Kind, Patience

PAUSES = Patience(attempts=100, first_wait=1.0, longest_wait=1.0, jitter=0.0)
"""Each repeat comes a second later."""


async def hear(failures: int) -> list[str]:
    """Read and create while the API fails so often in the midst of it, and give what is said."""
    said: list[str] = []
    page, profile = answer(200, []), created(PROFILE_ID, **body_of(person(1)))
    script = [page, *[hang_up] * failures, page, page, profile]
    async with (
        RawServer(script) as server,
        open_client(server.base_url, patience=PAUSES) as api,
        telling_of_silence(api, said.append),
    ):
        kinds = [(await api.page(1, 10)).kind for _ in range(3)]
        await asyncio.sleep(2 * LISTEN_SECONDS)  # of the virtual clock: whoever listens has looked again
        kinds.append((await api.create(body_of(person(1)))).kind)
        assert kinds == [Kind.OK] * 4
    return said


@pytest.mark.parametrize("seconds", [SILENCE_SECONDS + 1, SILENCE_SECONDS + 50])
@in_virtual_time
async def test_a_silence_is_told_once_and_its_end_once(seconds: float) -> None:
    begin, end = await hear(int(seconds))
    told = r"The API has not answered since [\d:]{8}, or only with errors; trying again until about [\d:]{8}\. "
    assert re.match(told, begin)
    assert re.fullmatch(r"The API answers again, after \d+ s\.", end)


@in_virtual_time
async def test_a_short_silence_is_not_worth_a_word() -> None:
    assert await hear(int(SILENCE_SECONDS) - 1) == []
