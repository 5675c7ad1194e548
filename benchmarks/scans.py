"""Questions to all rows against PostgreSQL: a count, and a map of the sky.

A preview is measured against the query itself.
"""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Row, compare
from benchmarks.regions import counted, first_number
from benchmarks.sky import TABLE, Sky
from benchmarks.world import World

COUNT = "SELECT COUNT(*) FROM {table} WHERE {g} - {r} > 0.5 AND {i} < 23 AND {e} = 1"
MAP = f"""SELECT ivo_healpix_index(8, coord_ra, coord_dec) AS cell, COUNT(*) AS n
FROM {TABLE} GROUP BY ivo_healpix_index(8, coord_ra, coord_dec)"""
SUMMARY = f"""SELECT patch, COUNT(*) AS n, AVG(g_psfMag - r_psfMag) AS colour, SUM(epoch) AS total
FROM {TABLE} WHERE i_psfMag < 26 GROUP BY patch"""
#: From the cell of order 29 that is stored: PostgreSQL has no function for it.
PEER_MAP = "SELECT hpx29 >> 42 AS cell, COUNT(*) AS n FROM object GROUP BY hpx29 >> 42"


def run(world: World) -> list[Row]:
    sky = world.sky()
    session = world.postgres.session() if world.postgres else None
    names = {"g": "g_psfMag", "r": "r_psfMag", "i": "i_psfMag", "e": "refExtendedness"}
    count = sky.compile(COUNT.format(table=TABLE, **names))
    peer = COUNT.format(table="object", **{key: f'"{name}"' for key, name in names.items()})
    cells = sky.compile(MAP)
    connection = sky.raw(count)

    counts = {"ours": lambda: int(connection.execute(count.sql).fetchall()[0][0])}
    maps = {"ours": lambda: connection.cursor().sql(cells.sql).to_arrow_table().num_rows}
    if session is not None:
        counts["peer"] = lambda: first_number(session.ask(peer))
        maps["peer"] = lambda: counted(session.ask(PEER_MAP))
    rows = []
    for name, contenders, factor in (
        ("count with a predicate", counts, 1 / 8),
        ("density map of order 8", maps, 1 / 20),
    ):
        samples = compare(contenders, rounds=world.rounds(7))
        rows.append(
            Row(name, samples["ours"], samples.get("peer"), "PostgreSQL", world.goal(factor=factor))
        )
    rows.append(preview(world, sky))
    return rows


def preview(world: World, sky: Sky) -> Row:
    """A summary of many groups, estimated from the sample and from all rows."""
    queries = {"ours": sky.compile(SUMMARY, preview=True), "peer": sky.compile(SUMMARY)}
    connection = sky.raw(*queries.values())

    def ask(name: str) -> int:
        return len(connection.execute(queries[name].sql).fetchall())

    contenders = {name: partial(ask, name) for name in queries}
    samples = compare(contenders, rounds=world.rounds(15))
    return Row(
        "preview of 1 %",
        samples["ours"],
        samples["peer"],
        "the full scan",
        world.goal(factor=1 / 5),
    )
