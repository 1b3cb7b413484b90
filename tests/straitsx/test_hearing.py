"""How long the API has been silent, in virtual time; and over a real socket."""

import asyncio

import pytest
from sandbox_open import open_sandbox, unlimited
from straitsx_client import QUICK, create, get, open_client
from straitsx_raw_server import RawServer, error, hang_up, in_loop
from straitsx_virtual_time import VirtualClock, run_virtually

from straitsx_bulk.io.straitsx import Answer, Kind
from straitsx_bulk.io.straitsx.hearing import Hearing

FAILED = Answer(Kind.FAILED, calls=1)
GOOD = Answer(Kind.OK, 200, calls=1)
THROTTLED = Answer(Kind.NOT_SENT, 429, calls=1)


def listen(*story: object) -> float:
    """Live through a story: seconds pass, ``ask`` and ``drop`` are said, answers come; give the silence at its end."""

    async def main() -> float:
        hearing = Hearing(VirtualClock())
        for event in story:
            if isinstance(event, Answer):
                hearing.judge(event)
            elif isinstance(event, str):
                getattr(hearing, event)()
            else:
                await asyncio.sleep(float(str(event)))
        return hearing.silent_for()

    return run_virtually(main())


@pytest.mark.parametrize(
    ("story", "silence"),
    [
        ((5,), 0.0),
        (("ask", 5), 5.0),
        (("ask", 5, GOOD, 60), 0.0),
        (("ask", 5, Answer(Kind.REFUSED, 400), 60), 0.0),
        (("ask", 5, THROTTLED, 60), 0.0),
        (("ask", 5, FAILED, 60), 65.0),
        (("ask", 5, Answer(Kind.IN_DOUBT, 500), "ask", 5, FAILED, 5), 15.0),
        (("ask", 5, FAILED, 20, "ask", 1, GOOD), 0.0),
        (("ask", 5, "ask", 5, GOOD, 7), 7.0),
        (("ask", 5, "drop", 60), 0.0),
        (("ask", 5, FAILED, 1, "ask", "drop", 5), 11.0),
    ],
)
def test_silence_is_the_time_in_which_who_asks_hears_nothing_of_use(story: tuple[object, ...], silence: float) -> None:
    assert listen(*story) == silence


@in_loop
async def test_errors_and_broken_connections_are_silence_until_an_answer_comes() -> None:
    script = [hang_up, error(500, "STXE-9100")]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        await create(api)
        first = api.silent_for()
        await create(api)
        assert 0 < first < api.silent_for()
        await create(api)
        assert api.silent_for() == 0.0


def test_an_attempt_that_a_pause_put_off_is_no_silence() -> None:
    async def main(base_url: str) -> tuple[Kind, float]:
        async with open_client(base_url, patience=QUICK) as api:
            answers = await asyncio.gather(*(get(api) for _ in range(8)))
            return answers[0].kind, api.silent_for()

    with open_sandbox(unlimited(faults="429@1+3,retry-after=1")) as (server, _):
        assert asyncio.run(main(server.base_url)) == (Kind.NOT_FOUND, 0.0)
