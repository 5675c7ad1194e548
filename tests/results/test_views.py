"""Results sorted and filtered: against NumPy, through the real engine."""

# ruff: noqa: E501 - tables of cases are easier to read with one a line
from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.errors import ParameterError, ResultNotFoundError, StateError
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import ROW_COLUMN, Views
from tests.engines.sky import FIRST_ID, Loop, stars
from tests.results.conftest import Growth

ROWS = 20_000


@pytest.fixture(scope="module")
def run() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def engine(run: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    tmp = tmp_path_factory.mktemp("engine")
    config = LspConfig(state_dir=str(tmp), interactive_workers=1, scan_workers=0)
    engine = DuckDBEngine(config, tmp / "spool")
    run(engine.start())
    yield engine
    run(engine.close())


@pytest.fixture(scope="module")
def table() -> pa.Table:
    table = stars(ROWS).select(["id", "ra", "dec", "mag", "n", "name"])
    n = np.arange(ROWS)
    return (
        table.append_column("even", pa.array(n % 2 == 0))
        .append_column("at", pa.array(n * 86_400_000_000, pa.timestamp("us")))
        .append_column("pair", pa.array([[1, 2]] * ROWS, pa.list_(pa.int32(), 2)))
        .append_column("quote\"d 'col", pa.array(n[::-1], pa.int16()))
    )


@pytest.fixture
def views(store: ResultStore, engine: DuckDBEngine) -> Views:
    return Views(store, engine)


def numbers(run: Loop, views: Views, name: str, view: View, count: int = 10**9) -> list[int]:
    """The row numbers of a view, after checking that the rows are those rows."""
    page, total = run(views.rows(name, view, 0, count))
    rows = page[ROW_COLUMN].to_pylist()
    assert page.schema.field(ROW_COLUMN).type == pa.int32()
    assert [FIRST_ID + row for row in rows] == page["id"].to_pylist()
    assert len(rows) == min(total, count)
    return rows


FILTERS: list[tuple[list[Any], Callable[[pa.Table], Any]]] = [
    (["mag", "<", 6], lambda t: pc.less(pc.if_else(pc.is_nan(t["mag"]), None, t["mag"]), 6)),
    (["mag", ">", 19.5], lambda t: pc.greater(pc.if_else(pc.is_nan(t["mag"]), None, t["mag"]), 19.5)),
    (["mag", "isnull"], lambda t: pc.or_kleene(pc.is_null(t["mag"]), pc.is_nan(t["mag"]))),
    (["mag", "notnull"], lambda t: pc.is_finite(t["mag"])),
    (["mag", "between", [7, 8.5]], lambda t: pc.and_(pc.greater_equal(t["mag"], 7), pc.less_equal(t["mag"], 8.5))),
    (["ra", ">=", "359.5"], lambda t: pc.greater_equal(t["ra"], 359.5)),
    (["n", "=", 17], lambda t: pc.equal(t["n"], 17)),
    (["n", "!=", 17], lambda t: pc.not_equal(t["n"], 17)),
    (["n", "<=", 10.5], lambda t: pc.less_equal(t["n"], 10)),
    (["n", "in", [1, "2", 3.0, 10**12]], lambda t: pc.is_in(t["n"], pa.array([1, 2, 3], pa.int32()))),
    (["n", "in", []], lambda t: pc.less(t["n"], 0)),
    # Neighbours that are the same number as doubles.
    (["id", "=", str(FIRST_ID + 5)], lambda t: pc.equal(t["n"], 5)),
    (["id", "<", FIRST_ID + 2], lambda t: pc.less(t["n"], 2)),
    (["id", "in", [str(FIRST_ID + 1), FIRST_ID + 4]], lambda t: pc.is_in(t["n"], pa.array([1, 4], pa.int32()))),
    (["name", "=", "Star 7"], lambda t: pc.equal(t["n"], 7)),
    (["name", "contains", "TAR 12"], lambda t: pc.match_substring(t["name"], "Star 12")),
    (["name", "startswith", "star 19"], lambda t: pc.starts_with(t["name"], "Star 19")),
    (["name", "=", "x' OR '1'='1"], lambda t: pc.less(t["n"], 0)),
    (["even", "=", True], lambda t: t["even"]),
    (["even", "=", "false"], lambda t: pc.invert(t["even"])),
    (["at", "<", "1970-01-03T12:00:00"], lambda t: pc.less(t["n"], 3)),
    (["pair", "isnull"], lambda t: pc.less(t["n"], 0)),
    (["quote\"d 'col", "<", 3], lambda t: pc.greater(t["n"], ROWS - 4)),
]  # fmt: skip


class TestFilter:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        FILTERS,
        ids=lambda x: str(x)[:40] if isinstance(x, list) else "",
    )
    def test_against_arrow(
        self,
        run: Loop,
        views: Views,
        keep: Callable[..., str],
        table: pa.Table,
        condition: list[Any],
        expected: Callable[[pa.Table], Any],
    ) -> None:
        name = keep(table, 7000)
        view = View.parse(json.dumps({"filter": [condition]}))
        mask = pc.fill_null(expected(table), False)
        assert numbers(run, views, name, view) == np.flatnonzero(mask.to_numpy()).tolist()

    def test_all_must_hold(
        self, run: Loop, views: Views, keep: Callable[..., str], table: pa.Table
    ) -> None:
        view = View.parse({"filter": [["n", ">", 10], ["n", "<", 14], ["even", "=", True]]})
        assert numbers(run, views, keep(table), view) == [12]


class TestSort:
    @pytest.mark.parametrize("way", ["asc", "desc"])
    @pytest.mark.parametrize("column", ["ra", "mag", "id", "name", "at"])
    def test_missing_values_come_last(
        self,
        run: Loop,
        views: Views,
        keep: Callable[..., str],
        table: pa.Table,
        column: str,
        way: str,
    ) -> None:
        found = numbers(run, views, keep(table), View.parse({"sort": [[column, way]]}))
        values = table[column].to_pylist()
        present = [n for n in range(ROWS) if values[n] is not None and values[n] == values[n]]
        missing = [n for n in range(ROWS) if values[n] is None or values[n] != values[n]]
        present.sort(key=lambda n: values[n], reverse=way == "desc")
        assert found == present + missing

    def test_ties_are_broken_by_the_next_key_and_then_the_result(
        self, run: Loop, views: Views, keep: Callable[..., str], table: pa.Table
    ) -> None:
        name = keep(table)
        found = numbers(run, views, name, View.parse({"sort": [["even", "desc"]]}))
        assert found == [*range(0, ROWS, 2), *range(1, ROWS, 2)]
        found = numbers(run, views, name, View.parse({"sort": [["even", "asc"], ["n", "desc"]]}))
        assert found == [*range(ROWS - 1, 0, -2), *range(ROWS - 2, -1, -2)]

    def test_pages(
        self, run: Loop, views: Views, keep: Callable[..., str], table: pa.Table
    ) -> None:
        name = keep(table, 3000)
        view = View.parse({"sort": [["n", "desc"]], "filter": [["n", "<", 100]]})
        page, total = run(views.rows(name, view, 10, 5))
        assert total == 100
        assert page[ROW_COLUMN].to_pylist() == [89, 88, 87, 86, 85]
        page, total = run(views.rows(name, view, 98, 50))
        assert (page[ROW_COLUMN].to_pylist(), total) == ([1, 0], 100)
        page, total = run(views.rows(name, view, 500, 5))
        assert (page.num_rows, total) == (0, 100)
        order = run(views.order(name, view))
        assert order is not None
        assert order.tolist() == [*range(99, -1, -1)]
        assert run(views.order(name, View())) is None


class TestLife:
    def test_plain_view_follows_a_growing_result(
        self, run: Loop, views: Views, store: ResultStore, table: pa.Table
    ) -> None:
        growth = Growth(store, table.schema)
        first, second = table.combine_chunks().to_batches(max_chunksize=ROWS // 2)
        growth.add(first)
        page, total = run(views.rows(growth.id, View(), ROWS // 2 - 2, 10))
        assert (page.num_rows, total) == (2, ROWS // 2)
        with pytest.raises(StateError, match="still grows"):
            run(views.rows(growth.id, View.parse({"sort": [["n", "asc"]]}), 0, 10))
        growth.add(second)
        page, total = run(views.rows(growth.id, View(), ROWS // 2 - 2, 10))
        assert (page.num_rows, total) == (10, ROWS)

    def test_an_order_is_computed_once(
        self,
        run: Loop,
        store: ResultStore,
        engine: DuckDBEngine,
        keep: Callable[..., str],
        table: pa.Table,
    ) -> None:
        calls: list[object] = []

        class Counting:
            async def arrange(self, *args: Any, **kwargs: Any) -> int:
                calls.append(args)
                return await engine.arrange(*args, **kwargs)

        views = Views(store, Counting())
        name = keep(table)
        view = View.parse({"sort": [["ra", "asc"]]})

        async def together() -> list[int]:
            pages = await asyncio.gather(*(views.rows(name, view, n, 1) for n in range(20)))
            return [page["n"][0].as_py() for page, _ in pages]

        found = run(together())
        assert found == np.argsort(table["ra"].to_numpy())[:20].tolist()
        # Other instances of the same store share it too; another view does not.
        run(Views(store, Counting()).rows(name, view, 0, 1))
        assert len(calls) == 1
        run(views.rows(name, View.parse({"sort": [["ra", "desc"]]}), 0, 1))
        assert len(calls) == 2

    def test_deleting_a_result_ends_what_is_computed_for_it(
        self,
        run: Loop,
        store: ResultStore,
        engine: DuckDBEngine,
        keep: Callable[..., str],
        table: pa.Table,
    ) -> None:
        started = asyncio.Event()
        ended: list[str] = []

        class Slow:
            async def arrange(self, *args: Any, **kwargs: Any) -> int:
                started.set()
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    ended.append("cancelled")
                    raise
                return 0

        views = Views(store, Slow())
        name = keep(table)

        async def work() -> None:
            page = asyncio.create_task(views.rows(name, View.parse({"sort": [["n", "asc"]]}), 0, 1))
            await started.wait()
            await asyncio.to_thread(store.delete, name)
            with pytest.raises(ResultNotFoundError):
                await page

        run(work())
        assert ended == ["cancelled"]

    def test_a_reader_who_leaves_does_not_end_it_for_others(
        self, run: Loop, views: Views, keep: Callable[..., str], table: pa.Table
    ) -> None:
        name = keep(table)
        view = View.parse({"sort": [["dec", "asc"]]})

        async def work() -> int:
            first = asyncio.create_task(views.rows(name, view, 0, 1))
            second = asyncio.create_task(views.rows(name, view, 0, 1))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            page, _ = await second
            return page.num_rows

        assert run(work()) == 1

    def test_few_orders_are_kept(
        self, run: Loop, views: Views, store: ResultStore, keep: Callable[..., str], table: pa.Table
    ) -> None:
        name = keep(table)
        for n in range(12):
            view = View.parse({"filter": [["n", "<", n]]})
            assert numbers(run, views, name, view) == list(range(n))
        assert len(list(store.root.glob("*.order"))) == 8
        store.delete(name)
        assert list(store.root.iterdir()) == []


class TestBadViews:
    @pytest.mark.parametrize(
        "text",
        [
            "{", "[]", "7", '"x"', '{"order": []}', '{"sort": {}}', '{"sort": [["n"]]}',
            '{"sort": [["n", "up"]]}', '{"sort": [[1, "asc"]]}', '{"sort": "n"}',
            '{"filter": [["n", "~", 1]]}', '{"filter": [["n", "<"]]}', '{"filter": [["n", "in", 1]]}',
            '{"filter": [["n", "between", [1]]]}', '{"filter": [["n", "between", "ab"]]}',
            '{"filter": ["n"]}', "[" * 100_000,
            json.dumps({"sort": [["n", "asc"]] * 17}),
            json.dumps({"filter": [["n", "<", 1]] * 65}),
            json.dumps({"filter": [["n", "in", list(range(10_001))]]}),
        ],
    )  # fmt: skip
    def test_form(self, text: str) -> None:
        with pytest.raises(ParameterError) as caught:
            View.parse(text)
        assert caught.value.parameter == "view"

    @pytest.mark.parametrize(
        "view",
        [
            {"sort": [["nope", "asc"]]},
            {"filter": [["nope", "<", 1]]},
            {"filter": [["__row__", "<", 1]]},
            {"filter": [["n", "<", "x"]]},
            {"filter": [["n", "<", True]]},
            {"filter": [["n", "<", None]]},
            {"filter": [["n", "<", [1]]]},
            {"filter": [["n", "<", float("nan")]]},
            {"filter": [["n", "<", float("inf")]]},
            {"filter": [["n", "<", 2**63]]},
            {"filter": [["n", "<", "1" * 5000]]},
            {"filter": [["n", "contains", "1"]]},
            {"filter": [["mag", "in", [1, "x"]]]},
            {"filter": [["even", "=", "yes"]]},
            {"filter": [["at", "<", "yesterday"]]},
            {"filter": [["at", "<", 7]]},
            {"filter": [["pair", "=", 1]]},
            {"filter": [["name", "=", None]]},
        ],
    )
    def test_against_the_result(
        self, run: Loop, views: Views, keep: Callable[..., str], table: pa.Table, view: Any
    ) -> None:
        name = keep(table.slice(0, 10))
        with pytest.raises(ParameterError) as caught:
            run(views.rows(name, View.parse(view), 0, 1))
        assert caught.value.parameter == "view"

    @pytest.mark.parametrize("text", ["", None, "null", "{}", '{"sort": [], "filter": null}'])
    def test_nothing_is_the_result_itself(self, text: str | None) -> None:
        assert not View.parse(text)

    def test_unknown_result(self, run: Loop, views: Views) -> None:
        with pytest.raises(ResultNotFoundError):
            run(views.rows("0" * 32, View(), 0, 1))
