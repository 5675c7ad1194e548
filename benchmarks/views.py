"""What a table viewer asks of ten million rows, against plain DuckDB with the rows in memory.

Ours goes the whole way: compile the view, ask a worker process, keep the order of the rows,
and gather a page.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.charts import catalogue, kept
from benchmarks.harness import Row, compare
from benchmarks.world import World, tell
from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.results.statistics import QUANTILES, Statistics
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import Views

ROWS, PAGE = 10_000_000, 200
COLOUR: dict[str, Any] = {"derive": [["colour", "gmag - rmag"]]}
#: Seconds until the first page of a new order, and of any other page.
FIRST, JUMP = 4.0, 0.2


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
            return _rows(world, runner, config, store, engine)
        finally:
            runner.run(engine.close())


def _rows(
    world: World,
    runner: asyncio.Runner,
    config: LspConfig,
    store: ResultStore,
    engine: DuckDBEngine,
) -> list[Row]:
    tell(f"views of {ROWS:,} rows")
    table = catalogue(ROWS)
    name = kept(store, table)
    views = Views(store, engine)
    connection = duckdb.connect(config={"threads": str(config.worker_threads)})
    connection.register("shown", pa.Table.from_batches(table.to_batches(max_chunksize=122_880)))

    def page(start: int = 0, *, anew: bool = False, **view: Any) -> int:
        if anew:
            for path in store.root.glob("*.order"):
                path.unlink()
        found, total = runner.run(views.rows(name, View.parse(view), start, PAGE))
        assert found.num_rows == PAGE
        return int(total)

    def plain(sql: str) -> int:
        return len(connection.sql(f"SELECT id FROM shown WHERE {sql}").to_arrow_table())

    def statistics() -> float:
        async def one() -> float:
            found = Statistics(views, engine).of(name, View(), ["rmag"])
            return float((await anext(found))["median"])

        return runner.run(one())

    def summary() -> float:
        shares = list(QUANTILES.values())
        found = connection.sql(
            f"""SELECT quantile_cont(rmag, {shares}), count(rmag), min(rmag), max(rmag), avg(rmag),
            stddev(rmag), skewness(rmag), kurtosis(rmag), approx_count_distinct(rmag) FROM shown"""
        ).fetchall()
        return float(found[0][0][shares.index(0.5)])

    by = [["colour", "desc"]]
    rounds = world.rounds(3)
    rows = []
    for text, ours, peer in (
        (
            "first page of a sort",
            lambda: page(anew=True, sort=[["gmag", "asc"]]),
            lambda: plain("TRUE ORDER BY gmag"),
        ),
        (
            "first page of a filter",
            lambda: page(anew=True, filter=[["rmag", "<", 20]]),
            lambda: plain("rmag < 20"),
        ),
        (
            "first page, computed, filtered and sorted",
            lambda: page(anew=True, **COLOUR, where=["colour > 1"], sort=by),
            lambda: plain("NOT isnan(gmag) AND gmag - rmag > 1 ORDER BY gmag - rmag DESC"),
        ),
    ):
        found = compare({"ours": ours, "peer": peer}, rounds=rounds, warm=1)
        goal = world.goal(seconds=FIRST)
        rows.append(Row(text, found["ours"], found["peer"], "DuckDB, rows in memory", goal))
    for text, view in (
        ("another page of a sort", {"sort": [["gmag", "asc"]]}),
        ("another page with a computed column", {**COLOUR, "sort": by}),
    ):
        page(**view)
        alone = compare(
            {"ours": lambda view=view: page(ROWS // 3, **view)}, rounds=world.rounds(9), warm=1
        )
        rows.append(Row(text, alone["ours"], None, "", world.goal(seconds=JUMP)))
    found = compare({"ours": statistics, "peer": summary}, rounds=rounds, warm=1)
    rows.append(Row("statistics of a column", found["ours"], found["peer"], "DuckDB, one SELECT"))
    store.delete(name)
    connection.close()
    return rows
