"""What the engine says a query will cost, against what it costs."""

from __future__ import annotations

import asyncio

from benchmarks.harness import Goal, Row, Sample
from benchmarks.matches import MATCH, NEIGHBOURS
from benchmarks.pool import Pool
from benchmarks.regions import CONE, SUMMARY, places
from benchmarks.scans import COUNT, MAP
from benchmarks.sky import CENTRE, TABLE
from benchmarks.world import World


def _queries() -> dict[str, str]:
    names = {"g": "g_psfMag", "r": "r_psfMag", "i": "i_psfMag", "e": "refExtendedness"}
    circle = "CONTAINS(POINT(coord_ra, coord_dec), CIRCLE({}, {}, {})) = 1"
    ra, dec = CENTRE
    queries = {
        f"rows of a cone of {radius:.3g}°": CONE.format(ra=ra, dec=dec, radius=radius)
        for radius in (1 / 60, 0.05, 0.2, 0.5, 1, 2)
    }
    for number, (a, d) in enumerate(places(6, 21), 1):
        queries[f"rows of a cone of 0.5°, place {number}"] = CONE.format(ra=a, dec=d, radius=0.5)
    for radius in (0.1, 1, 4, 20, 53):
        queries[f"numbers of a cone of {radius}°"] = SUMMARY + circle.format(ra, dec, radius)
    fainter = "FLOOR(g_psfMag * 10)"
    return queries | {
        "first rows": f"SELECT TOP 1000 * FROM {TABLE}",
        "bright rows": f"SELECT objectId, coord_ra, coord_dec FROM {TABLE} WHERE g_psfMag < 20",
        "all columns of some rows": f"SELECT * FROM {TABLE} "
        "WHERE i_psfMag BETWEEN 21 AND 21.2 AND refExtendedness = 0",
        "one row by its number": f"SELECT objectId FROM {TABLE} WHERE objectId = 4711",
        "brightest rows": f"SELECT TOP 100 * FROM {TABLE} ORDER BY r_psfMag",
        "few groups": f"SELECT refBand, COUNT(*), AVG(g_psfMag - r_psfMag) FROM {TABLE} "
        "GROUP BY refBand",
        "many groups": f"SELECT tract, COUNT(*) AS n FROM {TABLE} GROUP BY tract ORDER BY n DESC",
        "histogram": f"SELECT {fainter} AS bin, COUNT(*) FROM {TABLE} GROUP BY {fainter}",
        "count with a predicate": COUNT.format(table=TABLE, **names),
        "density map": MAP,
        "match": MATCH,
        "neighbours": NEIGHBOURS,
    }


def run(world: World) -> list[Row]:
    return asyncio.run(_run(world))


async def _run(world: World) -> list[Row]:
    sky = world.sky()
    queries = {name: sky.compile(query) for name, query in _queries().items()}
    rows, factors = [], []
    async with Pool(sky, world.scratch / "estimates", [*queries.values()]) as pool:
        for name, query in queries.items():
            estimate = await pool.engine.estimate(pool.task(query))
            await pool.run(query)
            sample = Sample(tuple([await pool.run(query) for _ in range(world.rounds(3))]))
            seconds = estimate.seconds or 0.0
            factors.append(max(seconds / sample.median, sample.median / max(seconds, 1e-6)))
            rows.append(Row(name, sample, Sample((seconds,)), "estimate"))
    factor = Sample(tuple(factors))
    return [*rows, Row("estimate, typical factor", factor, None, "", Goal(seconds=3), unit="x")]
