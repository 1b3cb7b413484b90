"""The floor of a delivery: httpx, a body a row, nothing kept, nothing retried. ``URL EXPORT CLIENTS CONNECTIONS``."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from benchmarks.peers.reading import read_bodies


async def send_all(url: str, bodies: Iterator[dict[str, object]], clients: int, connections: int) -> int:
    """Create every profile; count the successes."""
    headers = {"X-XFERS-APP-API-KEY": "bare-loop"}
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)

    async def work(client: httpx.AsyncClient) -> int:
        done = 0
        for body in bodies:
            done += (await client.post("/kyc/customer_profiles", json=body)).status_code == 200
        return done

    async with AsyncExitStack() as stack:
        made = [
            httpx.AsyncClient(base_url=url, headers=headers, limits=limits, trust_env=False) for _ in range(clients)
        ]
        opened = [await stack.enter_async_context(client) for client in made]
        return sum(await asyncio.gather(*(work(client) for client in opened for _ in range(connections))))


def main(url: str, export: Path, clients: int, connections: int) -> None:
    """Send, and say how long that took."""
    bodies = list(read_bodies(export))
    before, processor = time.perf_counter(), time.process_time()
    created = asyncio.run(send_all(url, iter(bodies), clients, connections))
    seconds, used = time.perf_counter() - before, time.process_time() - processor
    if created != len(bodies):
        raise SystemExit(f"{created} of {len(bodies)} were created")
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": used, "rows": created}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
