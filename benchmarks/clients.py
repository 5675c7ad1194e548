"""Eight clients that ask for small cones, while another one has all rows read."""

from __future__ import annotations

import asyncio
import itertools
import time

from benchmarks.harness import Row, Sample
from benchmarks.pool import Pool
from benchmarks.regions import CONE, places
from benchmarks.sky import TABLE
from benchmarks.world import World
from lsp_jupyter.engines.protocol import Queue

_CLIENTS = 8
_SECONDS = 3.0
SCAN = f"""SELECT AVG(g_psfMag - r_psfMag), MAX(i_psfMag), AVG(z_psfMagErr), AVG(y_cModelMag)
FROM {TABLE} WHERE refExtendedness = 0 AND SIN(coord_ra) * COS(coord_dec) > -2"""


def run(world: World) -> list[Row]:
    return asyncio.run(_run(world))


async def _run(world: World) -> list[Row]:
    sky = world.sky()
    cones = [sky.compile(CONE.format(ra=ra, dec=dec, radius=1 / 60)) for ra, dec in places(400, 5)]
    scan = sky.compile(SCAN)
    async with Pool(sky, world.scratch / "clients", [scan]) as pool:
        await pool.run(scan, Queue.SCAN)
        times: dict[bool, list[float]] = {False: [], True: []}
        for scanning in (False, True) * world.rounds(5):
            times[scanning].append(await _window(pool, cones, scan if scanning else None))
    return [
        Row("cone, of 8 clients", Sample(tuple(times[False])), None, ""),
        Row(
            "cone, of 8 clients beside a scan",
            Sample(tuple(times[True])),
            None,
            "",
            world.goal(seconds=1 / 150),
        ),
    ]


async def _window(pool: Pool, cones, scan) -> float:  # type: ignore[no-untyped-def]
    """Seconds a cone while all clients are busy."""
    end = time.perf_counter() + _SECONDS
    queries = itertools.cycle(cones)
    done = 0

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await pool.run(next(queries))
            done += 1

    async def scanner() -> None:
        while scan is not None and time.perf_counter() < end:
            await pool.run(scan, Queue.SCAN)

    start = time.perf_counter()
    scanning = asyncio.create_task(scanner())
    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    taken = time.perf_counter() - start
    await scanning
    return taken / done
