"""Statistics of columns: against NumPy, through the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.results.statistics import Statistics
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import Views
from tests.engines.sky import Loop

ROWS = 10_000
RNG = np.random.default_rng(3)
X = RNG.gamma(2.0, 3.0, ROWS) + 50_000.0
IDS = RNG.integers(1 << 60, 1 << 61, ROWS)
BROKEN = np.where(np.arange(ROWS) % 10 == 0, np.nan, RNG.normal(size=ROWS))
BROKEN[5], BROKEN[6] = np.inf, -np.inf
START = datetime(2025, 1, 1)


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


@pytest.fixture
def ask(
    run: Loop, store: ResultStore, engine: DuckDBEngine, keep: Callable[..., str]
) -> Callable[..., dict[str, Any]]:
    kinds = {pa.float64(): "double", pa.int64(): "long", pa.int16(): "short", pa.bool_(): "boolean"}

    def ask(values: pa.Array, **view: Any) -> dict[str, Any]:
        notes = {"datatype": kinds.get(values.type, "char"), "unit": "mag"}
        if pa.types.is_timestamp(values.type):
            notes["xtype"] = "timestamp"
        field = pa.field("v", values.type, metadata=notes)
        name = keep(pa.Table.from_arrays([values], schema=pa.schema([field])), 3000)
        statistics = Statistics(Views(store, engine), engine)

        async def one() -> dict[str, Any]:
            found = [each async for each in statistics.of(name, View.parse(view))]
            return found[0]

        told: dict[str, Any] = run(one())
        return told

    return ask


def test_numbers(ask: Callable[..., dict[str, Any]]) -> None:
    told = ask(pa.array(X))
    assert (told["kind"], told["unit"]) == ("number", "mag")
    assert (told["count"], told["nulls"], told["infinite"]) == (ROWS, 0, 0)
    assert (told["min"], told["max"]) == (X.min(), X.max())
    assert told["mean"] == pytest.approx(X.mean(), rel=1e-12)
    assert told["sigma"] == pytest.approx(X.std(ddof=1), rel=1e-9)
    assert told["median"] == pytest.approx(np.median(X), rel=1e-12)
    for name, value in told["quantiles"].items():
        assert value == pytest.approx(np.quantile(X, int(name[1:]) / 100), rel=1e-12)
    z = (X - X.mean()) / X.std(ddof=1)
    assert told["skew"] == pytest.approx((z**3).mean(), rel=1e-6)
    assert told["kurtosis"] == pytest.approx((z**4).mean() - 3, rel=1e-6)
    histogram = told["histogram"]
    wanted, _ = np.histogram(X, histogram["edges"])
    assert np.abs(np.array(histogram["counts"]) - wanted).sum() <= 4
    assert sum(histogram["counts"]) + histogram["below"] + histogram["above"] == ROWS


def test_missing_and_infinite_values_are_counted_and_left_out(
    ask: Callable[..., dict[str, Any]],
) -> None:
    told = ask(pa.array(BROKEN))
    finite = BROKEN[np.isfinite(BROKEN)]
    assert (told["count"], told["nulls"], told["infinite"]) == (9000, 1000, 2)
    assert (told["min"], told["max"]) == (finite.min(), finite.max())
    assert told["mean"] == pytest.approx(finite.mean())


def test_long_identifiers_stay_exact(ask: Callable[..., dict[str, Any]]) -> None:
    told = ask(pa.array(IDS))
    assert (told["min"], told["max"]) == (str(IDS.min()), str(IDS.max()))
    assert told["median"] in set(map(str, IDS))
    assert sum(told["histogram"]["counts"]) == ROWS


def test_few_whole_numbers_have_a_bar_each(ask: Callable[..., dict[str, Any]]) -> None:
    told = ask(pa.array(np.arange(ROWS) % 6, pa.int16()))
    assert told["histogram"]["edges"] == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert told["histogram"]["counts"] == [1667, 1667, 1667, 1667, 1666, 1666]


def test_a_sentinel_does_not_flatten_the_histogram(ask: Callable[..., dict[str, Any]]) -> None:
    values = RNG.normal(20, 1, ROWS)
    values[:10] = -999
    told = ask(pa.array(values))
    assert told["min"] == -999
    assert told["histogram"]["below"] == 10
    assert max(told["histogram"]["counts"]) < ROWS / 5


def test_times(ask: Callable[..., dict[str, Any]]) -> None:
    values = [START + timedelta(hours=n) for n in range(101)]
    told = ask(pa.array([*values, None], pa.timestamp("us")))
    assert (told["kind"], told["nulls"]) == ("time", 1)
    assert (told["min"], told["max"]) == ("2025-01-01T00:00:00", "2025-01-05T04:00:00")
    assert told["median"] == told["mean"] == "2025-01-03T02:00:00"
    assert told["sigma"] == pytest.approx(3600 * np.arange(101).std(ddof=1))
    assert told["histogram"]["edges"][0] == told["min"]


def test_texts_and_truth_values_have_common_ones(ask: Callable[..., dict[str, Any]]) -> None:
    told = ask(pa.array(["x'y"] * 5 + ["b"] * 3 + [None, "<b>" * 100]))
    assert told["top"][:2] == [{"value": "x'y", "count": 5}, {"value": "b", "count": 3}]
    assert len(told["top"][2]["value"]) == 200
    assert (told["shortest"], told["longest"], told["distinct"]) == (1, 300, 3)
    told = ask(pa.array([True, None, True, False]))
    assert told["top"] == [{"value": True, "count": 2}, {"value": False, "count": 1}]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([], pa.float64()),
        pa.array([None, None], pa.float64()),
        pa.array([], pa.string()),
        pa.array([7.0]),
        pa.array([1e300, -1e300, 1e308]),
        pa.array([0, 2**63 - 1, -(2**63)], pa.int64()),
        pa.array([[1.0], None], pa.list_(pa.float64())),
        pa.array([5e-324, 0.0]),
    ],
)
def test_nothing_breaks_it(ask: Callable[..., dict[str, Any]], values: pa.Array) -> None:
    told = ask(values)
    assert told["count"] == len(values) - values.null_count


def test_of_a_view(ask: Callable[..., dict[str, Any]]) -> None:
    told = ask(pa.array(X), where=["v > 50010"], sort=[["v", "asc"]])
    assert told["count"] == (X > 50010).sum()


def test_of_a_column_that_is_not_there(
    run: Loop, store: ResultStore, engine: DuckDBEngine, keep: Callable[..., str]
) -> None:
    name = keep(pa.table({"a": [1]}))
    found = Statistics(Views(store, engine), engine).of(name, View(), ["b"])
    with pytest.raises(ParameterError, match="no column 'b'"):
        run(anext(found))


def test_a_column_that_is_computed_anew_is_measured_anew(
    run: Loop, store: ResultStore, engine: DuckDBEngine, keep: Callable[..., str]
) -> None:
    field = pa.field("v", pa.float64(), metadata={"datatype": "double"})
    name = keep(pa.Table.from_arrays([pa.array([1.0, 2.0])], schema=pa.schema([field])))
    statistics = Statistics(Views(store, engine), engine)

    async def largest(text: str) -> Any:
        view = View.parse({"derive": [["w", text]]})
        (told,) = [each async for each in statistics.of(name, view, ["w"])]
        return told["max"]

    assert [run(largest(text)) for text in ("v + 1", "v + 2", "v + 1")] == [3, 4, 3]
