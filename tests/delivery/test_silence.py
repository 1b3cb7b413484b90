"""A person is told that the API does not answer, once, and once that it does again."""

import asyncio
import re

from e2e_exports import body_of, person
from sandbox_open import open_sandbox, unlimited
from straitsx_client import open_client

from straitsx_bulk.flows.run.listening import telling_of_silence
from straitsx_bulk.io.straitsx import Kind, Patience

PATIENT = Patience(attempts=2000, total=60.0, first_wait=0.01, longest_wait=0.02, jitter=0.0)


def hear(faults: str, after: float) -> tuple[list[Kind], list[str]]:
    """Read and create while the API fails, and keep what is said."""
    said: list[str] = []

    async def main(base_url: str) -> list[Kind]:
        async with (
            open_client(base_url, patience=PATIENT) as api,
            telling_of_silence(api, said.append, after=after, every=0.002),
        ):
            kinds = [(await api.page(1, 10)).kind for _ in range(3)]
            kinds.append((await api.create(body_of(person(1)))).kind)
            while len(said) % 2:  # noqa: ASYNC110 - a poll: whoever listens decides, and knows nothing of us
                await asyncio.sleep(0.002)
            return kinds

    with open_sandbox(unlimited(faults=faults)) as (server, _):
        return asyncio.run(main(server.base_url)), said


def test_a_silence_is_told_once_and_its_end_once() -> None:
    kinds, said = hear("outage@2+60", 0.2)
    assert kinds == [Kind.OK] * 4
    assert len(said) == 2
    told = r"The API has not answered since [\d:]{8}, or only with errors; trying again until about [\d:]{8}\. "
    assert re.match(told, said[0])
    assert re.fullmatch(r"The API answers again, after \d+ s\.", said[1])


def test_a_short_silence_is_not_worth_a_word() -> None:
    assert hear("outage@2+3", 10.0) == ([Kind.OK] * 4, [])
