"""Regions of the sky against Q3C: small cones one by one, large ones, a polygon.

Both engines answer with rows or numbers to this process; ours through DuckDB
alone, PostgreSQL through psql's own clock.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from benchmarks.harness import Row, Sample, Timed, compare
from benchmarks.peers.postgres import Session
from benchmarks.sky import CENTRE, HALF, TABLE, Sky
from benchmarks.world import World

_COLUMNS = ("objectId", "coord_ra", "coord_dec", "g_psfMag", "r_psfMag", "refExtendedness")
CONE = f"""SELECT {", ".join(_COLUMNS)} FROM {TABLE}
WHERE CONTAINS(POINT(coord_ra, coord_dec), CIRCLE({{ra}}, {{dec}}, {{radius}})) = 1"""
Q3C_CONE = f"""SELECT {", ".join(f'"{name}"' for name in _COLUMNS)} FROM object
WHERE q3c_radial_query(coord_ra, coord_dec, {{ra}}, {{dec}}, {{radius}})"""

SUMMARY = f"SELECT COUNT(*), AVG(g_psfMag), MAX(r_psfMag) FROM {TABLE} WHERE "
Q3C_SUMMARY = 'SELECT COUNT(*), AVG("g_psfMag"), MAX("r_psfMag") FROM object WHERE '


def places(count: int, seed: int) -> list[tuple[float, float]]:
    """Positions, half of them in the dense field, degrees."""
    rng = np.random.default_rng(seed)
    dense = [
        tuple(CENTRE[axis] + rng.uniform(-0.9, 0.9) * HALF for axis in (0, 1))
        for _ in range(count // 2)
    ]
    other = [
        (rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-1, 1))))
        for _ in range(count - count // 2)
    ]
    return [(float(ra), float(dec)) for pair in zip(dense, other, strict=False) for ra, dec in pair]


def pentagon() -> list[tuple[float, float]]:
    """Corners of a polygon in the dense field, about 1.5 degrees across, degrees."""
    angles = [math.radians(90 + 72 * corner) for corner in range(5)]
    ra, dec = CENTRE
    return [
        (ra + 0.8 * math.cos(one) / math.cos(math.radians(dec)), dec + 0.8 * math.sin(one))
        for one in angles
    ]


def small(world: World, sky: Sky, session: Session | None) -> list[Row]:
    """Many cones of an arcminute, each once, both contenders turn by turn."""
    cones = places(world.rounds(300), 3)
    queries = [sky.compile(CONE.format(ra=ra, dec=dec, radius=1 / 60)) for ra, dec in cones]
    connection = sky.raw(queries[0])
    ours = itertools.cycle([query.sql for query in queries])
    contenders = {"ours": lambda: len(connection.execute(next(ours)).fetchall())}
    if session is not None:
        theirs = itertools.cycle(
            [Q3C_CONE.format(ra=ra, dec=dec, radius=1 / 60) for ra, dec in cones]
        )
        contenders["peer"] = lambda: counted(session.ask(next(theirs)))
    samples = compare(contenders, rounds=len(cones), warm=len(cones))
    peer = samples.get("peer")
    slow = Sample((samples["ours"].p95,))
    return [
        Row("cone of an arcminute, median", samples["ours"], peer, "Q3C", world.goal(factor=1.5)),
        Row(
            "cone of an arcminute, 95 of 100",
            slow,
            Sample((peer.p95,)) if peer else None,
            "Q3C",
            world.goal(seconds=0.010),
        ),
    ]


def counted(answer: Timed) -> Timed:
    """The number of rows instead of the rows."""
    assert isinstance(answer.answer, list)
    return Timed(len(answer.answer), answer.seconds)


def first_number(answer: Timed) -> Timed:
    """The first column of the only row, a whole number."""
    assert isinstance(answer.answer, list)
    return Timed(int(answer.answer[0].partition("|")[0]), answer.seconds)


def run(world: World) -> list[Row]:
    sky = world.sky()
    session = world.postgres.session() if world.postgres else None
    rows = small(world, sky, session)
    ra, dec = CENTRE
    circle = "CONTAINS(POINT(coord_ra, coord_dec), CIRCLE({}, {}, {})) = 1"
    corners = [number for corner in pentagon() for number in corner]
    inside = f"POLYGON({', '.join(map(repr, corners))})"
    array = f"ARRAY[{', '.join(map(repr, corners))}]"
    for name, where, theirs, factor in (
        (
            "cone of 1°",
            circle.format(ra, dec, 1),
            f"q3c_radial_query(coord_ra, coord_dec, {ra}, {dec}, 1)",
            1 / 10,
        ),
        (
            "polygon of 5 corners",
            f"CONTAINS(POINT(coord_ra, coord_dec), {inside}) = 1",
            f"q3c_poly_query(coord_ra, coord_dec, {array})",
            1 / 5,
        ),
        (
            "cone of 53°",
            circle.format(ra, dec, 53),
            f"q3c_radial_query(coord_ra, coord_dec, {ra}, {dec}, 53)",
            1 / 15,
        ),
    ):
        rows.append(summary(world, sky, session, name, where, theirs, factor))
    return rows


def summary(
    world: World,
    sky: Sky,
    session: Session | None,
    name: str,
    where: str,
    theirs: str,
    factor: float,
) -> Row:
    """The numbers of a region, by both."""
    query = sky.compile(SUMMARY + where)
    connection = sky.raw(query)
    contenders = {"ours": lambda: int(connection.execute(query.sql).fetchall()[0][0])}
    if session is not None:
        contenders["peer"] = lambda: first_number(session.ask(Q3C_SUMMARY + theirs))
    count = contenders["ours"]()
    samples = compare(contenders, rounds=world.rounds(7))
    return Row(
        f"{name}: {count:,} rows",
        samples["ours"],
        samples.get("peer"),
        "Q3C",
        world.goal(factor=factor),
    )
