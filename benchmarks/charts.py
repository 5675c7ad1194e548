"""What charts ask of a large result, against plain DuckDB and NumPy.

Ours goes the whole way: compile the expressions, ask a worker process, read its answer. The
peers have the columns in their own memory already.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.harness import Row, Sample, compare
from benchmarks.world import World, tell
from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.arrow_stream import StreamWriter
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.protocol import Batch, State, Status
from lsp_jupyter.results.analysis import Analysis
from lsp_jupyter.results.drawn import Region
from lsp_jupyter.results.histogram import Histograms
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import Views

SIDE = 512
BOX = (-1.0, 3.0, 16.0, 24.0)
COLOUR = "gmag - rmag"
#: A lasso of 60 vertices around a half of the rows.
LASSO = [
    (1 + (0.6 + 0.1 * (k % 2)) * np.cos(k * np.pi / 30), 20 + 2.1 * np.sin(k * np.pi / 30))
    for k in range(60)
]
#: Seconds of each at ten million rows, and of the lasso at one million.
DENSITY, LASSO_GOAL = 0.5, 1.0


def catalogue(rows: int) -> pa.Table:
    """Two magnitudes and an identifier, some of them missing."""
    rng = np.random.default_rng(1)
    g = rng.normal(20.5, 2, rows)
    r = g - rng.normal(1, 0.7, rows)
    g[::100] = np.nan
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), metadata={"datatype": "long"}),
            pa.field("gmag", pa.float64(), metadata={"datatype": "double", "unit": "mag"}),
            pa.field("rmag", pa.float64(), metadata={"datatype": "double", "unit": "mag"}),
        ]
    )
    arrays = [pa.array(np.arange(rows)), pa.array(g), pa.array(r)]
    return pa.Table.from_arrays(arrays, schema=schema)


def kept(store: ResultStore, table: pa.Table) -> str:
    """The table as a finished result."""
    result_id = store.new()
    writer = StreamWriter(store.path(result_id), table.schema)
    for batch in table.to_batches(max_chunksize=1 << 20):
        writer.write(batch)
    digest = writer.close()
    batches = tuple(Batch(*place) for place in writer.places)
    told = {"header": writer.header, "rows": writer.rows, "size": writer.size, "sha256": digest}
    store.finish(result_id, Status(state=State.DONE, batches=batches, **told))
    return result_id


def run(world: World) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        config = LspConfig(state_dir=folder)
        store = ResultStore(Path(folder) / "results", config)
        engine = DuckDBEngine(config, Path(folder) / "spool")

        async def start() -> None:
            await engine.start()
            await engine.warm((), wait=True)

        runner.run(start())
        try:
            return [
                row
                for rows in (1_000_000, 10_000_000)
                for row in _rows(world, runner.run, config, store, engine, rows)
            ]
        finally:
            runner.run(engine.close())


def _rows(
    world: World,
    await_: Callable[[Coroutine[Any, Any, Any]], Any],
    config: LspConfig,
    store: ResultStore,
    engine: DuckDBEngine,
    rows: int,
) -> list[Row]:
    tell(f"charts of {rows:,} rows")
    table = catalogue(rows)
    name = kept(store, table)
    views = Views(store, engine)
    analysis, histograms = Analysis(views, engine), Histograms(views, engine)
    g, r = table["gmag"].to_numpy(), table["rmag"].to_numpy()
    connection = duckdb.connect(config={"threads": str(config.worker_threads)})
    pieces = pa.Table.from_batches(table.to_batches(max_chunksize=122_880))
    connection.register("shown", pieces)
    x0, x1, y0, y1 = BOX

    def density() -> int:
        found = await_(
            analysis.density(name, View(), COLOUR, "gmag", width=SIDE, height=SIDE, box=BOX)
        )
        return int(found.rows)

    def grouped() -> int:
        sql = f"""SELECT CAST(least(floor((y - {y0}) * {SIDE / (y1 - y0)}), {SIDE - 1}) AS INTEGER)
            * {SIDE} + CAST(least(floor((x - {x0}) * {SIDE / (x1 - x0)}), {SIDE - 1}) AS INTEGER)
            AS cell, COUNT(*) AS n FROM (SELECT gmag - rmag AS x, gmag AS y FROM shown)
            WHERE x BETWEEN {x0} AND {x1} AND y BETWEEN {y0} AND {y1} GROUP BY cell"""
        return int(np.sum(connection.sql(sql).to_arrow_table()["n"].to_numpy()))

    def histogram2d() -> int:
        counts, _, _ = np.histogram2d(g, g - r, SIDE, [[y0, y1], [x0, x1]])
        return int(counts.sum())

    def points() -> int:
        box = (0.99, 1.01, 20.0, 20.2)
        found = await_(
            analysis.points(
                name, View(), COLOUR, "gmag", box=box, columns={"id": "id"}, limit=20_000
            )
        )
        return int(found.rows)

    def lasso() -> int:
        found = await_(analysis.region(name, View(), COLOUR, "gmag", Region(polygon=LASSO)))
        return int((found[:, 1] - found[:, 0]).sum())

    def pick() -> float:
        near = (0.05, 0.05)
        return float(
            await_(analysis.pick(name, View(), COLOUR, "gmag", (1.0, 20.0), near))["distance"]
        )

    def counted() -> int:
        found = await_(histograms.count(name, View(), COLOUR, bins=100, low=-1.0, high=3.0))
        return int(np.sum(found.counts))

    def numbered() -> int:
        colour = g - r
        return int(np.histogram(colour[np.isfinite(colour)], 100, (-1.0, 3.0))[0].sum())

    goal = partial(world.goal)
    many = rows >= 10_000_000
    rounds = world.rounds(5 if many else 9)
    label = f"{rows // 1_000_000}M rows"
    found = compare({"ours": density, "peer": grouped}, rounds=rounds)
    seconds = DENSITY if many else DENSITY / 5
    out = [
        Row(f"density, {label}", found["ours"], found["peer"], "GROUP BY", goal(seconds=seconds))
    ]
    found = compare({"ours": density, "peer": histogram2d}, rounds=max(3, rounds // 2), warm=1)
    out.append(Row(f"density, {label}", found["ours"], found["peer"], "numpy.histogram2d"))
    found = compare({"ours": counted, "peer": numbered}, rounds=rounds, warm=1)
    out.append(Row(f"histogram, {label}", found["ours"], found["peer"], "numpy.histogram"))
    for text, contender, limit in (
        (f"points of a small box, {label}", points, DENSITY),
        (f"the nearest row, {label}", pick, DENSITY),
        (f"lasso of a half, {label}", lasso, LASSO_GOAL * (10 if many else 1)),
    ):
        alone: dict[str, Sample] = compare({"ours": contender}, rounds=rounds, warm=1)
        out.append(Row(text, alone["ours"], None, "", goal(seconds=limit)))
    store.delete(name)
    connection.close()
    return out
