"""What queries cost in catalogues of a tenth, once and five times as many rows.

A small cone costs the same in each but for the rows it finds, a scan as much
more as there are more rows.
"""

from __future__ import annotations

import itertools

from benchmarks.harness import Row, Sample, compare
from benchmarks.regions import CONE, SUMMARY, places
from benchmarks.scans import COUNT
from benchmarks.sky import CENTRE, TABLE, Sky
from benchmarks.world import World


def run(world: World) -> list[Row]:
    sizes = [world.rows // 10, world.rows, world.rows * 5]
    names = {"g": "g_psfMag", "r": "r_psfMag", "i": "i_psfMag", "e": "refExtendedness"}
    circle = f"CONTAINS(POINT(coord_ra, coord_dec), CIRCLE({CENTRE[0]}, {CENTRE[1]}, 0.1)) = 1"
    asked = {
        "cone of 0.1°": (SUMMARY + circle, 15),
        "count with a predicate": (COUNT.format(table=TABLE, **names), 5),
    }
    cones = [(ra, dec) for ra, dec in places(world.rounds(100), 9)]
    found: dict[str, dict[int, Sample]] = {}
    for size in sizes:
        sky = world.sky(size)
        queries = [CONE.format(ra=ra, dec=dec, radius=1 / 60) for ra, dec in cones]
        found.setdefault("cone of an arcminute", {})[size] = _measure(sky, queries, len(cones))
        for name, (query, rounds) in asked.items():
            found.setdefault(name, {})[size] = _measure(sky, [query], world.rounds(rounds))
    least = sizes[0]
    rows = []
    for name, samples in found.items():
        for size, sample in samples.items():
            goal = None
            if size != least and not name.startswith("cone of 0.1"):
                # Twice as much, or as many times as there are more rows and a half.
                flat = name.startswith("cone")
                goal = world.goal(2, 0.002) if flat else world.goal(1.5 * size / least)
            peer = None if size == least else samples[least]
            beside = f"{least:,} rows" if peer else ""
            rows.append(Row(f"{name}, {size:,} rows", sample, peer, beside, goal))
    return rows


def _measure(sky: Sky, queries: list[str], rounds: int) -> Sample:
    compiled = [sky.compile(query) for query in queries]
    connection = sky.raw(compiled[0])
    turn = itertools.cycle([query.sql for query in compiled])

    def ask() -> None:
        connection.cursor().sql(next(turn)).to_arrow_table()

    return compare({"ours": ask}, rounds=rounds, warm=max(2, len(queries)))["ours"]
