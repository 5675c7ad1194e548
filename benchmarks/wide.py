"""1,519 rows of 1,000 columns through TAP sync: what a query for whole objects brings."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa

from benchmarks.client import Client
from benchmarks.harness import Goal, Row, Sample
from benchmarks.store import Store
from benchmarks.world import Server, World
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.publish import publish
from lsp_jupyter.catalogs.release import Release, TableSpec

ROWS, COLUMNS = 1519, 1000
FORMATS = ("votable/b2", "votable/td", "csv")
QUERY = "SELECT * FROM wide.object WHERE id >= -{number}"

#: The types of the columns, in turn.
_TYPES = (("double", np.float64), ("float", np.float32), ("int", np.int32), ("long", np.int64))
_RELEASE = Release(name="wide", title="A wide table", license="CC0-1.0")


def run(world: World) -> list[Row]:
    store = Store(world.scratch / "wide")
    _publish(store)
    server = Server(world.scratch / "wide-server", store.config.state())
    client = Client(server.port, "/lsp_jupyter", server.token)
    # Another query each time, so that no answer can be an old one.
    numbers = itertools.count(1)
    try:
        rows = []
        for form in FORMATS:
            done = [
                client.sync(QUERY.format(number=next(numbers)), form)
                for _ in range(world.rounds(7) + 1)
            ][1:]
            name = f"{ROWS:,} rows x {COLUMNS:,}, {form}"
            first = Sample(tuple(each.first for each in done))
            last = Sample(tuple(each.last for each in done))
            rows.append(Row(f"{name}, first byte", first, None, ""))
            rows.append(Row(name, last, None, "", Goal(seconds=2)))
        return rows
    finally:
        client.close()
        server.stop()
        store.close()


def _publish(store: Store) -> None:
    rng = np.random.default_rng(1519)
    columns = [Column("id", "long", ucd="meta.id;meta.main")]
    values: dict[str, object] = {"id": np.arange(ROWS, dtype=np.int64)}
    for number in range(1, COLUMNS):
        word, kind = _TYPES[number % len(_TYPES)]
        name = f"measure_{number:04d}"
        columns.append(Column(name, word, unit="nJy", description=f"Measurement {number}"))
        missing = rng.random(ROWS) < 0.05
        values[name] = pa.array((1e6 * rng.normal(size=ROWS)).astype(kind), mask=missing)
    spec = TableSpec("wide", "object", tuple(columns), title="Objects")
    publish(store.catalog, _RELEASE, [(spec, [pa.RecordBatch.from_pydict(values)])])
