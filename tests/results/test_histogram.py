"""Histograms: against NumPy, through the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.errors import LspError
from lsp_jupyter.results.histogram import GROUPS, Histograms
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import Views
from tests.engines.sky import Loop

ROWS = 6000
WHOLE = View()


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
    rng = np.random.default_rng(9)
    flux = rng.lognormal(0, 1, ROWS)
    flux[::40], flux[1::400], flux[2::100] = np.nan, np.inf, -1
    kinds = np.array(["it's", "<b>", "\0", None], dtype=object)[np.arange(ROWS) % 10 // 3]
    columns = [
        ("flux", pa.array(flux), {"datatype": "double"}),
        ("kind", pa.array(kinds, pa.string()), {"datatype": "char", "arraysize": "*"}),
        ("many", pa.array(np.arange(ROWS) % 20, pa.int64()), {"datatype": "long"}),
    ]
    schema = pa.schema([pa.field(name, one.type, metadata=notes) for name, one, notes in columns])
    return pa.Table.from_arrays([one for _, one, _ in columns], schema=schema)


@pytest.fixture
def name(keep: Callable[..., str], table: pa.Table) -> str:
    return keep(table, 2500)


@pytest.fixture
def histograms(store: ResultStore, engine: DuckDBEngine) -> Histograms:
    return Histograms(Views(store, engine), engine)


def test_rows_are_counted_between_edges(
    run: Loop, histograms: Histograms, name: str, table: pa.Table
) -> None:
    flux = table["flux"].to_numpy()
    found = run(histograms.count(name, WHOLE, "flux", bins=40, low=0, high=2))
    counts, edges = np.histogram(flux[np.isfinite(flux)], 40, (0, 2))
    assert found.counts == [counts.tolist()]
    np.testing.assert_allclose(found.edges, edges)
    assert found.groups == [""]
    assert found.below == (flux == -1).sum()
    assert found.above == ((flux > 2) & np.isfinite(flux)).sum()
    assert found.missing == (~np.isfinite(flux)).sum()
    assert found.below + found.above + found.missing + counts.sum() == ROWS


def test_without_edges_every_finite_row_is_counted(
    run: Loop, histograms: Histograms, name: str, table: pa.Table
) -> None:
    flux = table["flux"].to_numpy()
    view = View.parse({"where": ["many < 10"]})
    found = run(histograms.count(name, view, "flux", bins=7, log=True))
    good = flux[(np.arange(ROWS) % 20 < 10) & np.isfinite(flux)]
    positive = good[good > 0]
    assert found.edges[0] == positive.min()
    assert found.edges[-1] == positive.max()
    counts, _ = np.histogram(np.log10(positive), 7)
    assert found.counts == [counts.tolist()]
    assert found.below == found.above == 0


def test_groups_are_told_apart_and_the_rest_is_one(
    run: Loop, histograms: Histograms, name: str, table: pa.Table
) -> None:
    found = run(histograms.count(name, WHOLE, "flux", bins=5, low=0, high=9, by="kind"))
    assert found.groups == ["\0", "<b>", "it's", None]
    assert not found.others
    frame = table.to_pandas()
    for group, counts in zip(found.groups, found.counts, strict=True):
        rows = frame["kind"].isna() if group is None else frame["kind"] == group
        wanted, _ = np.histogram(frame["flux"][rows & np.isfinite(frame["flux"])], 5, (0, 9))
        assert counts == wanted.tolist()
    found = run(histograms.count(name, WHOLE, "1", bins=1, by="many"))
    assert found.others
    assert len(found.groups) == GROUPS
    assert [one for (one,) in found.counts] == [ROWS // 20] * GROUPS + [ROWS // 20 * (20 - GROUPS)]


def test_texts_are_counted_by_value(
    run: Loop, histograms: Histograms, name: str, table: pa.Table
) -> None:
    found = run(histograms.count(name, WHOLE, "kind", bins=2, by="MOD(many, 2)"))
    assert found.values == ["\0", "<b>"]
    assert sorted(found.groups) == ["0", "1"]
    assert np.sum(found.counts) == 2 * 3 * ROWS // 10
    assert found.above == 3 * ROWS // 10
    assert found.missing == table["kind"].null_count


@pytest.mark.parametrize("view", [{"filter": [["many", "<", -1]]}, {"where": ["flux IS NULL"]}])
@pytest.mark.parametrize("x", ["flux", "kind"])
def test_nothing_gives_empty_bins(
    run: Loop, histograms: Histograms, name: str, view: dict[str, Any], x: str
) -> None:
    view = View.parse({**view, "filter": [["many", "<", -1]]})
    found = run(histograms.count(name, view, x, bins=3, by="kind"))
    assert found.counts == []
    assert found.missing == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"x": "flux +"}, "end"),
        ({"x": "flux", "low": 2, "high": 1}, "above"),
        ({"x": "flux", "low": 0, "log": True}, "above zero"),
        ({"x": "flux", "by": "nothing"}, "no column"),
    ],
)
def test_what_is_wrong_is_told(
    run: Loop, histograms: Histograms, name: str, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(LspError, match=words):
        run(histograms.count(name, WHOLE, asked.pop("x"), bins=3, **asked))


def test_one_value_has_one_bin(run: Loop, histograms: Histograms, name: str) -> None:
    found = run(histograms.count(name, WHOLE, "3", bins=2))
    assert found.edges[0] < 3 < found.edges[-1]
    assert np.sum(found.counts) == ROWS
