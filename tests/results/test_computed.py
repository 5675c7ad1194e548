"""Views with computed columns, conditions and subsets: against NumPy, through the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.errors import AdqlError, LspError, ParameterError
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import ROW_COLUMN, Views
from tests.engines.sky import Loop

ROWS = 5000


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


def _field(name: str, kind: pa.DataType, **notes: str) -> pa.Field:
    return pa.field(name, kind, metadata=notes)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(5)
    g = rng.normal(20, 1, ROWS)
    g[::50] = np.nan
    arrays = [
        pa.array(np.arange(ROWS) + (1 << 60), pa.int64()),
        pa.array(g),
        pa.array(rng.normal(19, 1, ROWS), mask=np.arange(ROWS) % 70 == 0),
        pa.array([f"it's {n % 7}" for n in range(ROWS)]),
    ]
    schema = pa.schema(
        [
            _field("id", pa.int64(), datatype="long"),
            _field("g mag", pa.float64(), datatype="double", unit="mag"),
            _field("r", pa.float64(), datatype="double", unit="mag"),
            _field("name", pa.string(), datatype="char", arraysize="*"),
        ]
    )
    return pa.Table.from_arrays(arrays, schema=schema)


@pytest.fixture
def name(keep: Callable[..., str], table: pa.Table) -> str:
    return keep(table, 1500)


@pytest.fixture
def subsets(tmp_path: Path) -> dict[str, Path]:
    out = {}
    for key, ranges in {"few": [[10, 20], [4000, 4100]], "early one": [[0, 2000]]}.items():
        out[key] = tmp_path / f"{key}.ranges"
        np.array(ranges, "<i8").tofile(out[key])
    return out


@pytest.fixture
def views(store: ResultStore, engine: DuckDBEngine, subsets: dict[str, Path]) -> Views:
    return Views(store, engine, lambda _, key: subsets[key])


def page(run: Loop, views: Views, name: str, start: int = 0, **view: Any) -> tuple[pa.Table, int]:
    rows: tuple[pa.Table, int] = run(views.rows(name, View.parse(view), start, 10_000))
    return rows


COLOUR = ["g_r", '"g mag" - r', "mag"]


def test_a_computed_column_follows_the_stored_ones(
    run: Loop, views: Views, name: str, table: pa.Table
) -> None:
    found, total = page(run, views, name, 4990, derive=[COLOUR, ["twice", "2 * g_r"]])
    assert total == ROWS
    assert found.column_names == [*table.column_names, "g_r", "twice", ROW_COLUMN]
    assert found[ROW_COLUMN].to_pylist() == list(range(4990, ROWS))
    assert found.schema.field("g_r").metadata[b"unit"] == b"mag"
    assert found.schema.field("g_r").metadata[b"datatype"] == b"double"
    g, r = table["g mag"].to_pylist()[4990:], table["r"].to_pylist()[4990:]
    wanted = [None if a != a or b is None else a - b for a, b in zip(g, r, strict=True)]
    assert found["g_r"].to_pylist() == wanted
    assert found["twice"].to_pylist() == [None if one is None else 2 * one for one in wanted]


def test_it_sorts_and_filters_like_a_stored_one(
    run: Loop, views: Views, name: str, table: pa.Table
) -> None:
    g, r = table["g mag"].to_numpy(), table["r"].to_pandas().to_numpy()
    colour = g - r
    found, total = page(
        run, views, name, derive=[COLOUR], filter=[["g_r", ">", 1.5]], sort=[["g_r", "desc"]]
    )
    (wanted,) = np.nonzero(colour > 1.5)
    wanted = wanted[np.argsort(-colour[wanted], kind="stable")]
    assert total == wanted.size > 100
    assert found[ROW_COLUMN].to_pylist() == wanted.tolist()
    assert found["g_r"].to_pylist() == colour[wanted].tolist()


def test_a_condition_leaves_out_what_is_missing(
    run: Loop, views: Views, name: str, table: pa.Table
) -> None:
    found, _ = page(run, views, name, where=['"g mag" > 20 OR id = 1152921504606846976 + 1'])
    (wanted,) = np.nonzero((table["g mag"].to_numpy() > 20) | (np.arange(ROWS) == 1))
    assert found[ROW_COLUMN].to_pylist() == wanted.tolist()


def test_a_column_that_is_only_shown_costs_no_new_order(
    run: Loop, views: Views, name: str, store: ResultStore
) -> None:
    for derive in ([], [COLOUR], [COLOUR, ["x", "g_r + 1"]]):
        page(run, views, name, derive=derive, sort=[["r", "asc"]])
    assert len(list(store.root.glob("*.order"))) == 1
    page(run, views, name, derive=[COLOUR], sort=[["g_r", "asc"]])
    assert len(list(store.root.glob("*.order"))) == 2


def test_pages_do_not_use_up_processes(
    run: Loop, views: Views, name: str, engine: DuckDBEngine
) -> None:
    page(run, views, name, derive=[COLOUR])
    before = engine._lanes._workers
    for start in range(0, ROWS, 250):
        page(run, views, name, start, derive=[COLOUR])
    assert engine._lanes._workers <= before + 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("few", [*range(10, 20), *range(4000, 4100)]),
        ('few and "early one"', list(range(10, 20))),
        ('NOT "early one" AND NOT few', [n for n in range(2000, ROWS) if not 4000 <= n < 4100]),
        ('few AND (NOT "early one" OR few)', [*range(10, 20), *range(4000, 4100)]),
    ],
)
def test_subsets_are_combined(
    run: Loop, views: Views, name: str, text: str, wanted: list[int]
) -> None:
    found, total = page(run, views, name, subset=text)
    assert found[ROW_COLUMN].to_pylist() == wanted
    assert total == len(wanted)


def test_a_subset_that_changes_is_read_anew(
    run: Loop, views: Views, name: str, subsets: dict[str, Path]
) -> None:
    assert page(run, views, name, subset="few")[1] == 110
    np.array([[0, 3]], "<i8").tofile(subsets["few"])
    assert page(run, views, name, subset="few")[1] == 3


@pytest.mark.parametrize(
    ("view", "error", "words"),
    [
        ({"derive": [["x", "g_mag + 1"]]}, AdqlError, "no column g_mag"),
        ({"derive": [["x", "AVG(r)"]]}, AdqlError, "cannot stand"),
        ({"derive": [["x", "r FROM job"]]}, AdqlError, "end of the expression"),
        ({"derive": [["R", "r + 1"]]}, ParameterError, "already"),
        ({"derive": [["a", "b"], ["b", "r"]]}, AdqlError, "no column b"),
        ({"derive": [["", "r"]]}, ParameterError, "name"),
        ({"derive": "r"}, ParameterError, "'derive' must be a list"),
        ({"where": ["r"]}, AdqlError, "condition"),
        ({"where": ["id IN (SELECT id FROM x)"]}, AdqlError, "holds no query"),
        ({"where": ["(" * 3000 + "r > 1" + ")" * 3000]}, AdqlError, "nested"),
        ({"subset": "few AND"}, ParameterError, "name of a subset"),
        ({"subset": "few many"}, ParameterError, "AND or OR"),
        ({"subset": "(" * 100 + "few" + ")" * 100}, ParameterError, "nested"),
        ({"subset": 5}, ParameterError, "subset"),
    ],
)
def test_what_is_wrong_is_told(
    run: Loop, views: Views, name: str, view: dict[str, Any], error: type[LspError], words: str
) -> None:
    with pytest.raises(error, match=words):
        page(run, views, name, **view)
