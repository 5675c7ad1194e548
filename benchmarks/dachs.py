"""The same stars from us and from DaCHS, over HTTP: a cone, downloads, and a job.

It runs when it is asked for by name: DaCHS needs a database that is set up by hand.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pyarrow as pa

from benchmarks.client import Client
from benchmarks.harness import Goal, Row, Timed, compare
from benchmarks.peers.dachs import TABLE, Dachs
from benchmarks.world import World, tell

CONE = """SELECT source_id, ra, dec, phot_g_mean_mag FROM {table}
WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', {ra}, 24.12, 0.5)) = 1"""
DOWNLOAD = "SELECT * FROM {table} WHERE phot_g_mean_mag > {limit}"
ROWS = 100_000
FORMATS = ("votable/td", "votable/b2", "csv", "tsv", "fits")

#: At least five times faster.
GOAL = Goal(factor=1 / 5)


def run(world: World) -> list[Row]:
    compiled = world.demo.compile("SELECT * FROM gaia.source")
    reader = world.demo.raw(compiled).sql(compiled.sql).to_arrow_reader()
    schema = pa.schema(
        field.with_metadata(dict(column.metadata()))
        for field, column in zip(reader.schema, compiled.columns, strict=True)
    )
    connection = world.demo.raw(compiled)
    count = int(connection.sql(f"SELECT COUNT(*) FROM ({compiled.sql})").fetchall()[0][0])
    try:
        dachs = Dachs(reader, schema, count)
    except FileNotFoundError as error:
        tell(f"DaCHS is not installed; {error}")
        return []
    server = world.server
    ours = (Client(server.port, "/lsp_jupyter", server.token), "gaia.source")
    try:
        return _rows(world, {"ours": ours, "peer": (dachs.client(), TABLE)})
    finally:
        dachs.stop()


def _rows(world: World, both: dict[str, tuple[Client, str]]) -> list[Row]:
    # Something else each time, so that no answer can be an old one.
    numbers = itertools.count(1)

    def cone(client: Client, table: str) -> None:
        ra = 56.75 + 0.0001 * next(numbers)
        client.sync(CONE.format(table=table, ra=ra), "csv")

    def job(client: Client, table: str) -> None:
        ra = 56.75 + 0.0001 * next(numbers)
        path = client.run(CONE.format(table=table, ra=ra), "votable/td")
        client.download("GET", path)

    def download(form: str) -> Callable[[Client, str], Timed]:
        def work(client: Client, table: str) -> Timed:
            limit = 3 + 0.00001 * next(numbers)
            done = client.sync(DOWNLOAD.format(table=table, limit=limit), form, ROWS)
            return Timed(None, done.last)

        return work

    works: list[tuple[str, Callable[[Client, str], object], int]] = [
        ("sync cone", cone, 30),
        *((f"{ROWS:,} rows, {form}", download(form), 5) for form in FORMATS),
        ("async cone, turnaround", job, 5),
    ]
    rows = []
    for name, work, rounds in works:
        tell(f"dachs: {name}")
        contenders = {
            who: lambda work=work, place=place: work(*place) for who, place in both.items()
        }
        try:
            samples = compare(contenders, rounds=world.rounds(rounds), warm=1)
        except RuntimeError as error:
            tell(f"left out: {error}")
            continue
        rows.append(Row(name, samples["ours"], samples["peer"], "DaCHS", GOAL))
    return rows
