"""Arrow files become frames and tables with every digit, unit and null."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from astropy.table import MaskedColumn, QTable, Table

from lsp_jupyter.notebook.arrays import to_numpy
from lsp_jupyter.notebook.column import columns_of, provenance_of
from lsp_jupyter.notebook.rows import Rows
from lsp_jupyter.notebook.source import Source, map_file
from lsp_jupyter.notebook.to_table import parse_unit

BIG = 2**63 - 1
WHEN = dt.datetime(2026, 3, 1, 12, 0, 0, 5)

FIELDS: list[tuple[str, pa.DataType, list[Any], dict[str, str]]] = [
    ("id", pa.int64(), [BIG, -BIG, 1], {"ucd": "meta.id;meta.main"}),
    ("ra", pa.float64(), [0.1, float("nan"), 359.9], {"unit": "deg", "description": "Where."}),
    ("mag", pa.float32(), [1.5, None, 3.5], {"unit": "mag", "utype": "a:b"}),
    ("hits", pa.int64(), [BIG, None, 3], {"unit": "bananas"}),
    ("count", pa.int64(), [BIG, 2, 3], {"unit": "ct"}),
    ("small", pa.int16(), [1, 2, 3], {}),
    ("huge", pa.uint64(), [2**64 - 1, 0, None], {}),
    ("flag", pa.bool_(), [True, False, True], {}),
    ("maybe", pa.bool_(), [True, None, False], {}),
    ("name", pa.string(), ["a", None, "ünï"], {"description": "<b>x</b>"}),
    ("full", pa.string(), ["a", "", "'"], {}),
    ("when", pa.timestamp("us"), [WHEN, None, WHEN], {"xtype": "timestamp"}),
    ("always", pa.timestamp("us"), [WHEN, WHEN, WHEN], {}),
    ("cov", pa.list_(pa.float64(), 2), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], {"unit": "deg**2"}),
    ("list", pa.list_(pa.int32()), [[1], None, [2, 3]], {}),
    ("blob", pa.binary(), [b"\x00\xff", b"", None], {}),
    ("void", pa.null(), [None, None, None], {}),
]

ABOUT = {"lsp:query": "SELECT 1", "lsp:job": "abc", "lsp:release": "demo"}


def arrow() -> pa.Table:
    """Three rows of every kind of column."""
    schema = pa.schema([pa.field(name, kind, metadata=meta) for name, kind, _, meta in FIELDS])
    columns = [pa.array(values, kind) for _, kind, values, _ in FIELDS]
    return pa.table(columns, schema=schema.with_metadata(ABOUT))


def write(path: Path, table: pa.Table, batch: int | None = None) -> dict[str, Any]:
    """Write a result file, and what the server would tell of it."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch)
    size = path.stat().st_size
    return {"path": str(path), "size": size, "rows": table.num_rows, "complete": True}


def same(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables are alike; NaN is like NaN here."""
    alike = one.schema.equals(other.schema, check_metadata=True)
    return alike and repr(one.to_pylist()) == repr(other.to_pylist())


class Mapped(Rows):
    """Rows of a file, without a server."""

    def __init__(self, source: Source) -> None:
        self.source = source

    columns = property(lambda self: columns_of(self.source.table.schema))  # type: ignore[assignment]
    provenance = property(lambda self: provenance_of(self.source.table.schema))  # type: ignore[assignment]
    overflow = False  # type: ignore[assignment]

    def __len__(self) -> int:
        return int(self.source.table.num_rows)

    def to_arrow(self) -> pa.Table:
        return self.source.table

    def _private(self) -> Any:
        return self.source.private()


@pytest.fixture(params=["one batch", "three batches", "in memory"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Mapped:
    if request.param == "in memory":
        return Mapped(Source(arrow()))
    batch = 1 if request.param == "three batches" else None
    source = map_file(write(tmp_path / "r.arrow", arrow(), batch))
    assert source is not None
    return Mapped(source)


def test_arrow_has_all_metadata(rows: Mapped) -> None:
    table = rows.to_arrow()
    assert same(table, arrow())
    assert rows.provenance == {"query": "SELECT 1", "job": "abc", "release": "demo"}
    assert rows.columns[1].unit == "deg"
    assert rows.columns[1].arrow == "double"


def test_pandas_keeps_types_nulls_and_units(rows: Mapped) -> None:
    frame = rows.to_pandas()
    types = {
        "id": "int64",
        "ra": "float64",
        "mag": "float32",
        "hits": "Int64",
        "small": "int16",
        "huge": "UInt64",
        "flag": "bool",
        "maybe": "boolean",
        "when": "datetime64[us]",
        "always": "datetime64[us]",
    }
    assert {name: str(frame[name].dtype) for name in types} == types
    assert frame["id"].tolist() == [BIG, -BIG, 1]
    assert frame["hits"].tolist() == [BIG, pd.NA, 3]
    assert frame["huge"].tolist() == [2**64 - 1, 0, pd.NA]
    assert frame["mag"].isna().tolist() == [False, True, False]
    assert frame["name"].isna().tolist() == [False, True, False]
    assert frame["name"][2] == "ünï"
    assert frame["when"].isna().tolist() == [False, True, False]
    assert frame["when"][0] == pd.Timestamp(WHEN)
    assert frame["cov"][1].tolist() == [3.0, 4.0]
    assert frame["list"][2].tolist() == [2, 3]
    assert frame["blob"][0] == b"\x00\xff"
    assert frame.attrs["units"] == {
        "ra": "deg",
        "mag": "mag",
        "hits": "bananas",
        "count": "ct",
        "cov": "deg**2",
    }
    assert frame.attrs["ucds"] == {"id": "meta.id;meta.main"}
    assert frame.attrs["descriptions"]["ra"] == "Where."
    assert frame.attrs["provenance"]["query"] == "SELECT 1"
    json.dumps(frame.attrs)


def test_astropy_keeps_types_nulls_and_units(rows: Mapped) -> None:
    table = rows.to_table()
    assert type(table) is Table
    assert table["id"].tolist() == [BIG, -BIG, 1]
    assert table["id"].meta == {"ucd": "meta.id;meta.main"}
    assert table["ra"].unit == u.deg
    assert table["ra"].description == "Where."
    assert not isinstance(table["ra"], MaskedColumn)
    assert np.isnan(table["ra"][1])
    assert table["mag"].mask.tolist() == [False, True, False]
    assert table["mag"].meta == {"utype": "a:b"}
    assert table["hits"].tolist() == [BIG, None, 3]
    assert table["hits"].dtype == np.int64
    assert isinstance(table["hits"].unit, u.UnrecognizedUnit)
    assert str(table["hits"].unit) == "bananas"
    assert table["maybe"].tolist() == [True, None, False]
    assert table["name"].tolist() == ["a", None, "ünï"]
    assert table["full"].dtype.kind == "U"
    assert table["when"].mask.tolist() == [False, True, False]
    assert table["when"].meta == {"xtype": "timestamp"}
    assert table["cov"].shape == (3, 2)
    assert table["cov"].unit == u.deg**2
    assert table["list"].tolist()[1] is None
    assert table["blob"][0] == b"\x00\xff"
    assert table["void"].mask.all()
    assert table.meta["query"] == "SELECT 1"
    assert table.meta["rows"] == 3
    assert table.meta["overflow"] is False
    assert len(str(table).splitlines()) == 6


def test_quantities_on_request(rows: Mapped) -> None:
    table = rows.to_table(quantities=True)
    assert type(table) is QTable
    assert table["ra"].unit == u.deg
    assert table["ra"][0] == 0.1 * u.deg
    assert isinstance(table["ra"], u.Quantity)
    assert table["mag"].mask.tolist() == [False, True, False]
    assert table["mag"].unit == u.mag
    assert table["count"].value.tolist() == [BIG, 2, 3]
    assert table["count"].dtype == np.int64
    assert table["hits"].unmasked.value[0] == BIG
    assert str(table["hits"].unit) == "bananas"
    assert table["ra"].info.description == "Where."


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("deg", u.deg),
        ("mas.yr**-1", u.mas / u.yr),
        ("mas/yr", u.mas / u.yr),
        ("Angstrom", u.AA),
        ("nmgy", u.nmgy),
        ("electron", u.electron),
        ("mag(AB)", u.ABmag),
        ("<script>", None),
        ("bananas.s**-1", None),
        ("", None),
    ],
)
def test_units(text: str, unit: u.UnitBase | None) -> None:
    found = parse_unit(text)
    if unit is not None or not text:
        assert found == unit
    else:
        assert isinstance(found, u.UnrecognizedUnit)
        assert found.to_string() == text


def test_polars_and_whoever_speaks_arrow(rows: Mapped) -> None:
    frame = rows.to_polars()
    assert frame["id"].to_list() == [BIG, -BIG, 1]
    assert frame["hits"].to_list() == [BIG, None, 3]
    assert pl.DataFrame(rows)["name"].to_list() == ["a", None, "ünï"]
    assert same(pa.table(rows), arrow())


CONVERSIONS: list[tuple[Callable[[Rows], Any], Callable[[Any], Any]]] = [
    (lambda rows: rows.to_pandas(), lambda frame: frame["id"].to_numpy()),
    (lambda rows: rows.to_table(), lambda table: np.asarray(table["id"])),
]


@pytest.mark.parametrize(("convert", "values"), CONVERSIONS, ids=["pandas", "astropy"])
def test_what_is_changed_changes_nothing_else(
    rows: Mapped, convert: Callable[[Rows], Any], values: Callable[[Any], Any]
) -> None:
    before = rows.source.path.read_bytes() if rows.source.path else b""
    first, second = convert(rows), convert(rows)
    first["id"] += 1
    for name in ("ra", "cov", "flag", "hits", "mag", "small"):
        first[name] = first[name]
    first["small"] *= 2
    assert values(first).tolist()[2] == 2
    assert values(second).tolist() == [BIG, -BIG, 1]
    assert values(convert(rows)).tolist() == [BIG, -BIG, 1]
    assert same(rows.to_arrow(), arrow())
    assert not rows.source.path or rows.source.path.read_bytes() == before


@pytest.mark.parametrize(("convert", "values"), CONVERSIONS, ids=["pandas", "astropy"])
def test_cells_can_be_written(
    rows: Mapped, convert: Callable[[Rows], Any], values: Callable[[Any], Any]
) -> None:
    made = convert(rows)
    if isinstance(made, pd.DataFrame):
        made.loc[0, "ra"] = 5.0
        made.loc[1, "mag"] = 2.0
        made.loc[1, "when"] = pd.Timestamp(WHEN)
        made.loc[1, "hits"] = 2
        assert made["ra"][0] == 5.0
        assert made["mag"].tolist() == [1.5, 2.0, 3.5]
        assert made["hits"].tolist() == [BIG, 2, 3]
    else:
        made["ra"][0] = 5.0
        made["mag"][1] = 2.0
        assert made["ra"][0] == 5.0
        assert made["mag"].tolist() == [1.5, 2.0, 3.5]
    assert rows.to_arrow()["ra"][0].as_py() == 0.1


def test_numbers_of_one_batch_are_not_copied(tmp_path: Path) -> None:
    source = map_file(write(tmp_path / "r.arrow", arrow()))
    assert source is not None
    private = source.private()
    assert private is not None
    for name in ("id", "ra", "mag", "hits", "when"):
        values = to_numpy(source.table[name], private)
        assert np.shares_memory(values, np.frombuffer(private._map, np.uint8))
    frame = Mapped(source).to_pandas()
    assert not frame["id"].to_numpy().flags.owndata


def test_conversion_outlives_its_file(tmp_path: Path) -> None:
    told = write(tmp_path / "r.arrow", arrow())
    source = map_file(told)
    assert source is not None
    frame = Mapped(source).to_pandas()
    (tmp_path / "r.arrow").unlink()
    assert frame["id"].tolist() == [BIG, -BIG, 1]
    assert Mapped(source).to_table()["id"].tolist() == [BIG, -BIG, 1]
    write(tmp_path / "r.arrow", arrow().slice(0, 1))
    assert Mapped(source).to_table()["id"].tolist() == [BIG, -BIG, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows(tmp_path: Path, count: int) -> None:
    source = map_file(write(tmp_path / "r.arrow", arrow().slice(0, count)))
    assert source is not None
    rows = Mapped(source)
    assert len(rows.to_pandas()) == len(rows.to_table()) == len(rows.to_polars()) == count
    assert rows.to_table().colnames == [name for name, *_ in FIELDS]


def test_long_text_does_not_make_every_cell_long(tmp_path: Path) -> None:
    text = pa.array(["x" * 1_000_000, *["y"] * 50])
    source = map_file(write(tmp_path / "r.arrow", pa.table({"text": text})))
    assert source is not None
    column = Mapped(source).to_table()["text"]
    assert column.dtype == object
    assert len(column[0]) == 1_000_000


@pytest.mark.parametrize(
    "change",
    [
        {"path": "relative.arrow"},
        {"path": "/nowhere/at/all.arrow"},
        {"path": "/dev/zero", "size": 0},
        {"size": 17},
        {"rows": 4},
        {"complete": False},
        {"path": None},
        {"rows": None},
    ],
)
def test_a_file_that_is_not_that_result_is_not_mapped(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    assert map_file(write(tmp_path / "r.arrow", arrow()) | change) is None


@pytest.mark.parametrize("kind", ["link", "garbage", "short", "empty"])
def test_a_file_that_is_no_result_is_not_mapped(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "r.arrow"
    told = write(path, arrow())
    if kind == "link":
        (tmp_path / "link").symlink_to(path)
        told["path"] = str(tmp_path / "link")
    else:
        data = path.read_bytes()
        damaged = {"garbage": b"\x7f" * len(data), "short": data[:200], "empty": b""}[kind]
        path.write_bytes(damaged)
        told["size"] = len(damaged)
    assert map_file(told) is None
