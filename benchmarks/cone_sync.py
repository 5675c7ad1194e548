"""A small cone through TAP sync of a real server against the engine alone.

The peer runs the SQL that the platform makes of the query, on the same native
file, and fetches it as Arrow. The difference is HTTP, authentication, the
language, the job store, the worker and VOTable. Every cone has a centre of its
own, so that no answer is a stored one; what that saves is the last row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from urllib.parse import urlencode

from benchmarks.harness import Goal, Row, compare
from benchmarks.world import World

QUERY = """SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.source
WHERE CONTAINS(POINT(ra, dec), CIRCLE({ra:.5f}, 24.12, 0.5)) = 1"""

_FORM = "application/x-www-form-urlencoded"


def run(world: World) -> list[Row]:
    server = world.server
    rounds = world.rounds(60)
    # Within a thousandth of a degree: as good as the same rows.
    centres = itertools.count(56.75, 0.00001)
    statements = [world.demo.compile(QUERY.format(ra=next(centres))) for _ in range(rounds + 5)]
    connection = world.demo.raw(statements[0])
    raw_queries = iter([statement.sql for statement in statements])

    def raw() -> None:
        connection.cursor().sql(next(raw_queries)).to_arrow_table()

    def sync(form: str, query: str = "") -> Callable[[], None]:
        def ask() -> None:
            adql = query or QUERY.format(ra=next(centres))
            body = urlencode({"LANG": "ADQL", "QUERY": adql, "FORMAT": form})
            server.request("POST", "tap/sync", body.encode(), _FORM)

        return ask

    samples = compare(
        {
            "votable": sync("votable"),
            "csv": sync("csv"),
            "asked again": sync("votable", QUERY.format(ra=56.75)),
            "peer": raw,
        },
        rounds=rounds,
        warm=5,
    )
    goal = Goal(factor=2, seconds=0.005)
    return [
        Row(f"cone_sync, {kind}", samples[kind], samples["peer"], "DuckDB alone, to Arrow", goal)
        for kind in ("votable", "csv", "asked again")
    ]
