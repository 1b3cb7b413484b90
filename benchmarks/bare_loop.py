"""The floor of a delivery: httpx at its best setting, a body a row, nothing kept, nothing retried."""

import asyncio
import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

CONNECTIONS = 10
LEFT_OUT = {"reference", "segment"}


def read_bodies(path: Path) -> Iterator[dict[str, object]]:
    """Read clean rows as bodies."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield make_body(row)


def make_body(row: Mapping[str, str]) -> dict[str, object]:
    """Nest the address; leave out what is empty."""
    address = {name.partition(".")[2]: text for name, text in row.items() if name.startswith("address.") and text}
    flat = {name: text for name, text in row.items() if "." not in name and text and name not in LEFT_OUT}
    return {**flat, "address": address}


async def send_all(url: str, path: Path) -> int:
    """Create every profile; count the successes."""
    bodies = read_bodies(path)
    headers = {"X-XFERS-APP-API-KEY": "bare-loop"}
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, trust_env=False) as client:

        async def work() -> int:
            done = 0
            for body in bodies:
                done += (await client.post("/kyc/customer_profiles", json=body)).status_code == 200
            return done

        return sum(await asyncio.gather(*(work() for _ in range(CONNECTIONS))))


if __name__ == "__main__":
    created = asyncio.run(send_all(sys.argv[1], Path(sys.argv[2])))
    sys.exit(0 if created == int(sys.argv[3]) else 1)
