"""Pages: exact values, types kept, long cells cut for the screen only."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from lsp_jupyter.portal.pages import page_bytes


def read(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()


def test_a_page_is_what_the_result_holds() -> None:
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), metadata={"ucd": "meta.id"}),
            pa.field("text", pa.string()),
            pa.field("bits", pa.bool_()),
            pa.field("time", pa.timestamp("us")),
            pa.field("point", pa.list_(pa.float64(), 2)),
        ],
        metadata={"lsp:job": "j1"},
    )
    rows = [
        {"id": (1 << 62) + 1, "text": "é" * 10, "bits": True, "time": 5, "point": [1.0, 2.0]},
        {"id": None, "text": None, "bits": None, "time": None, "point": None},
    ]
    table = pa.Table.from_pylist(rows, schema)
    page = read(page_bytes(table, 10))
    assert page.equals(table, check_metadata=False)
    assert page.schema.field("id").metadata == {b"ucd": b"meta.id"}
    assert page.schema.metadata == {b"lsp:job": b"j1"}


@pytest.mark.parametrize(
    ("kind", "long", "short"),
    [
        (pa.string(), "é" * 11, "é" * 10 + "…"),
        (pa.large_string(), "x" * 5000, "x" * 10 + "…"),
        (pa.binary(), b"x" * 11, b"x" * 10),
        (pa.list_(pa.int32()), list(range(11)), list(range(10))),
        (pa.large_list(pa.int32()), list(range(11)), list(range(10))),
        (pa.list_(pa.float32(), 16), [1.0] * 16, [1.0] * 10),
    ],
)
def test_long_cells_are_cut_and_named(kind: pa.DataType, long: object, short: object) -> None:
    same = long if pa.types.is_fixed_size_list(kind) else long[:3]
    table = pa.table(
        {
            "ß": pa.chunked_array([pa.array([long, None], kind), pa.array([same], kind)]),
            "n": [1, 2, 3],
        }
    )
    page = read(page_bytes(table, 10))
    assert page.column("ß").to_pylist() == [short, None, same[:10]]
    assert page.column("n").to_pylist() == [1, 2, 3]
    assert json.loads(page.schema.metadata[b"lsp:cut"]) == ["ß"]


def test_an_empty_page_has_its_columns() -> None:
    table = pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.list_(pa.int8()))})
    page = read(page_bytes(table, 10))
    assert page.num_rows == 0
    assert page.column_names == ["a", "b"]
