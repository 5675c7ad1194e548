"""A hundred small cones at once through TAP sync, and the list of a thousand jobs."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient

from benchmarks.harness import Goal, Row, Sample
from benchmarks.regions import places
from benchmarks.world import Server, World

CONE = """SELECT source_id, ra, dec FROM gaia.source
WHERE CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, 0.2)) = 1"""

#: Cones at once.
CROWD = 100
#: Jobs in the list.
JOBS = 1000

_FORM = "application/x-www-form-urlencoded"


def run(world: World) -> list[Row]:
    server = world.server
    slowest, middle = asyncio.run(_crowds(server, world.rounds(5)))
    return [
        Row(f"cone of {CROWD} at once, slowest", slowest, None, "", Goal(seconds=5)),
        Row(f"cone of {CROWD} at once, median", middle, None, ""),
        _job_list(server, world.rounds(15)),
    ]


async def _crowds(server: Server, rounds: int) -> tuple[Sample, Sample]:
    client = AsyncHTTPClient(force_instance=True, max_clients=CROWD)
    # Other places each round, so that no answer can be an old one.
    cones = iter(places(CROWD * (rounds + 1), 11))

    async def ask(ra: float, dec: float) -> float:
        body = urlencode({"LANG": "ADQL", "QUERY": CONE.format(ra=ra, dec=dec)})
        start = time.perf_counter()
        # A status of 400 or more raises: none may fail.
        await client.fetch(
            f"http://127.0.0.1:{server.port}/lsp_jupyter/tap/sync",
            method="POST",
            body=body,
            headers={"Authorization": f"Bearer {server.token}", "Content-Type": _FORM},
            request_timeout=60,
        )
        return time.perf_counter() - start

    slowest, middle = [], []
    for turn in range(rounds + 1):
        times = sorted(await asyncio.gather(*(ask(*next(cones)) for _ in range(CROWD))))
        if turn:
            slowest.append(times[-1])
            middle.append(times[CROWD // 2])
    client.close()
    return Sample(tuple(slowest)), Sample(tuple(middle))


def _job_list(server: Server, rounds: int) -> Row:
    body = urlencode({"LANG": "ADQL", "QUERY": CONE.format(ra=56.75, dec=24.12)}).encode()
    present = _listed(server)
    for _ in range(JOBS - present):
        server.request("POST", "tap/async", body, _FORM)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        count = _listed(server)
        times.append(time.perf_counter() - start)
        if count < JOBS:
            raise RuntimeError(f"The list has {count} jobs instead of {JOBS}.")
    return Row(f"list of {JOBS:,} jobs", Sample(tuple(times)), None, "", Goal(seconds=0.1))


def _listed(server: Server) -> int:
    return server.request("GET", "tap/async")[1].count(b"<uws:jobref ")
