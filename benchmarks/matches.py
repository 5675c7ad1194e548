"""Cross-matches against Q3C, STILTS and LSDB: a list with the catalogue, and the catalogue
with itself."""

from __future__ import annotations

from benchmarks.harness import Row, compare
from benchmarks.regions import first_number
from benchmarks.sky import CENTRE, TABLE, TARGETS
from benchmarks.world import World

MATCH = f"""SELECT COUNT(*) FROM {TARGETS} AS t JOIN {TABLE} AS o
ON DISTANCE(t.ra, t.dec, o.coord_ra, o.coord_dec) <= 1/3600."""
Q3C_MATCH = """SELECT COUNT(*) FROM target AS t, object AS o
WHERE q3c_join(t.ra, t.dec, o.coord_ra, o.coord_dec, 1/3600.)"""

NEIGHBOURS = f"""SELECT COUNT(*) FROM {TABLE} AS a JOIN {TABLE} AS b
ON DISTANCE(a.coord_ra, a.coord_dec, b.coord_ra, b.coord_dec) < 5/3600.
AND a.objectId < b.objectId
WHERE CONTAINS(POINT(a.coord_ra, a.coord_dec), CIRCLE({CENTRE[0]}, {CENTRE[1]}, 0.5)) = 1"""
#: With + 0, or its planner would go through all objects by their number.
Q3C_NEIGHBOURS = f"""SELECT COUNT(*) FROM object AS a, object AS b
WHERE q3c_radial_query(a.coord_ra, a.coord_dec, {CENTRE[0]}, {CENTRE[1]}, 0.5)
AND q3c_join(a.coord_ra, a.coord_dec, b.coord_ra, b.coord_dec, 5/3600.)
AND a."objectId" + 0 < b."objectId" + 0"""


def run(world: World) -> list[Row]:
    sky = world.sky()
    match, neighbours = sky.compile(MATCH), sky.compile(NEIGHBOURS)
    connection = sky.raw(match)
    (count,) = connection.execute(sky.compile(f"SELECT COUNT(*) FROM {TARGETS}").sql).fetchone()

    def ours() -> int:
        return int(connection.execute(match.sql).fetchall()[0][0])

    contenders = {"ours": ours}
    postgres, stilts, lsdb = world.postgres, world.stilts, world.lsdb
    if postgres is not None:
        session = postgres.session()
        contenders["Q3C"] = lambda: first_number(session.ask(Q3C_MATCH))
    if stilts is not None:
        contenders["STILTS"] = lambda: stilts.match(1.0)
    if lsdb is not None:
        contenders["LSDB"] = lambda: lsdb.match(1.0)
    samples = compare(contenders, rounds=world.rounds(3), warm=1)
    factors = {"Q3C": 1 / 2, "STILTS": 1 / 10, "LSDB": 1 / 15}
    name = f"match of {count:,} at 1″"
    rows = [
        Row(name, samples["ours"], samples[peer], peer, world.goal(factor=factor))
        for peer, factor in factors.items()
        if peer in samples
    ] or [Row(name, samples["ours"], None, "")]

    near = {"ours": lambda: int(connection.execute(neighbours.sql).fetchall()[0][0])}
    if postgres is not None:
        near["peer"] = lambda: first_number(session.ask(Q3C_NEIGHBOURS))
    samples = compare(near, rounds=world.rounds(5))
    rows.append(
        Row(
            "neighbours < 5″ in 0.5°",
            samples["ours"],
            samples.get("peer"),
            "Q3C, tuned",
            world.goal(factor=1 / 5),
        )
    )
    return rows
