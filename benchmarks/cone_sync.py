"""A small cone through TAP sync of a real server against the engine alone.

The peer runs the SQL that the platform makes of the query, on the same native
file, and fetches it as Arrow. The difference is HTTP, authentication, the
language, the job store, the worker and VOTable.
"""

from __future__ import annotations

from urllib.parse import urlencode

from benchmarks.harness import Goal, Row, compare
from benchmarks.world import World

QUERY = """SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.source
WHERE CONTAINS(POINT(ra, dec), CIRCLE(56.75, 24.12, 0.5)) = 1"""


def run(world: World) -> list[Row]:
    server = world.server
    compiled = world.demo.compile(QUERY)
    connection = world.demo.raw(compiled)
    body = urlencode({"LANG": "ADQL", "QUERY": QUERY, "FORMAT": "csv"}).encode()
    votable = urlencode({"LANG": "ADQL", "QUERY": QUERY}).encode()
    form = "application/x-www-form-urlencoded"

    def raw() -> int:
        return connection.cursor().sql(compiled.sql).to_arrow_table().num_rows

    def sync() -> int:
        return server.request("POST", "tap/sync", body, form)[1].count(b"\n") - 1

    def sync_votable() -> None:
        server.request("POST", "tap/sync", votable, form)

    samples = compare(
        {"csv": sync, "votable": sync_votable, "peer": raw}, rounds=world.rounds(60), warm=5
    )
    goal = Goal(factor=2, seconds=0.005)
    return [
        Row(f"cone_sync, {kind}", samples[kind], samples["peer"], "DuckDB alone, to Arrow", goal)
        for kind in ("votable", "csv")
    ]
