"""A cone by position index and chord² against a full scan with haversine.

Both run in the engine alone, in this process, on the same native file.
"""

from __future__ import annotations

from benchmarks.harness import Goal, Row, compare
from benchmarks.world import World

QUERY = """SELECT COUNT(*) AS n FROM gaia.source
WHERE CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, {radius})) = 1"""

HAVERSINE = """SELECT COUNT(*) AS n FROM {table}
WHERE pow(sin(radians(dec - {dec}) / 2), 2)
    + cos(radians({dec})) * cos(radians(dec)) * pow(sin(radians(ra - {ra}) / 2), 2)
    <= pow(sin(radians({radius}) / 2), 2)"""

#: Right ascension, declination, radius, all degrees: a small cone, one over 0 h, a big one.
CONES = ((56.75, 24.12, 1.0), (359.9, -5.0, 2.0), (266.4, -28.9, 20.0))


def run(world: World) -> list[Row]:
    rows = []
    for ra, dec, radius in CONES:
        place = {"ra": ra, "dec": dec, "radius": radius}
        compiled = world.demo.compile(QUERY.format(**place))
        connection = world.demo.raw(compiled)
        name = ".".join(f'"{part}"' for part in compiled.tables[0].source)
        haversine = HAVERSINE.format(table=name, **place)

        def count(sql: str, connection=connection) -> int:  # type: ignore[no-untyped-def]
            return int(connection.cursor().sql(sql).fetchall()[0][0])

        samples = compare(
            {"ours": lambda sql=compiled.sql: count(sql), "peer": lambda sql=haversine: count(sql)},
            rounds=world.rounds(15),
        )
        rows.append(
            Row(
                f"cone, {radius:g}°",
                samples["ours"],
                samples["peer"],
                "haversine, full scan",
                Goal(factor=0.5),
            )
        )
    return rows
