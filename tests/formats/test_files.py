"""Parquet and Arrow, and the names of all formats."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.formats.arrow import OVERFLOW
from lsp_jupyter.formats.fields import arrow_type, vo_field
from lsp_jupyter.formats.registry import FORMATS, TableHeader, writer_for
from tests.formats.conftest import EVERY_TYPE, document, write

PROVENANCE = {"QUERY": "SELECT *", "JOB": "j1"}


def same(read: pa.Table, column: str) -> None:
    assert read[column].to_pylist() == EVERY_TYPE[column].to_pylist(), column
    kept, wanted = (table.schema.field(column).metadata for table in (read, EVERY_TYPE))
    assert (kept or None) == wanted


@pytest.mark.req("LSP-REQ-0017")
def test_arrow_keeps_types_metadata_and_provenance() -> None:
    data = write(EVERY_TYPE, "arrow", infos=PROVENANCE)
    read = pa.ipc.open_stream(data).read_all()
    assert read.schema.equals(EVERY_TYPE.schema)
    for column in EVERY_TYPE.column_names:
        same(read, column)
    assert read.schema.metadata == {b"lsp:query": b"SELECT *", b"lsp:job": b"j1"}


@pytest.mark.parametrize("cut", [True, False])
def test_arrow_tells_of_an_overflow_at_the_end(cut: bool) -> None:
    reader = pa.ipc.open_stream(write(EVERY_TYPE, "arrow", overflow=lambda: cut))
    last = None
    rows = 0
    while True:
        try:
            batch, last = reader.read_next_batch_with_custom_metadata()
        except StopIteration:
            break
        rows += batch.num_rows
    assert rows == 3
    assert (last is not None and last.get(OVERFLOW) == b"true") is cut


@pytest.mark.req("LSP-REQ-0017")
def test_parquet_keeps_values_and_metadata() -> None:
    table = EVERY_TYPE.drop(["view", "nothing"])
    data = write(table, "parquet", infos=PROVENANCE, overflow=True)
    read = pq.read_table(io.BytesIO(data))
    for column in table.column_names:
        same_values = read[column].to_pylist() == table[column].to_pylist()
        assert same_values, column
    assert read.schema.field("f32").metadata[b"ucd"] == b"phot.mag;em.opt.V"
    frame = pd.read_parquet(io.BytesIO(data), dtype_backend="numpy_nullable")
    assert frame["i64"].tolist()[2] == 2**63 - 1


def test_parquet_footer_holds_a_votable(stilts: Callable[..., str]) -> None:
    """The IVOA Note VOParquet: a VOTable without data under an agreed key."""
    data = write(EVERY_TYPE, "parquet", infos=PROVENANCE, overflow=lambda: True)
    footer = pq.read_metadata(io.BytesIO(data)).metadata
    assert footer[b"IVOA.VOTable-Parquet.version"] == b"1.0"
    head = footer[b"IVOA.VOTable-Parquet.content"]
    table = document(head).get_first_table()
    assert [field.name for field in table.fields] == EVERY_TYPE.column_names
    assert b'value="OVERFLOW"' in head
    assert b'nrows="3"' in head


def test_parquet_is_written_in_pieces() -> None:
    rows = 400_000
    table = pa.table({"id": np.arange(rows)})
    pieces = list(writer_for("parquet").write(TableHeader(table.schema), table.to_batches()))
    data = b"".join(pieces)
    assert pq.read_table(io.BytesIO(data))["id"].to_numpy().tolist() == list(range(rows))
    assert pq.read_metadata(io.BytesIO(data)).num_row_groups == len(pieces) > 2


@pytest.mark.parametrize(
    "name", [item.name for item in FORMATS if item.name not in {"arrow", "parquet"}]
)
def test_no_columns_no_crash(name: str) -> None:
    assert write(pa.table({"a": pa.array([], pa.string())}), name)


@pytest.mark.parametrize(
    ("text", "name", "mime"),
    [
        ("votable", "votable", "application/x-votable+xml"),
        ("VOTable", "votable", "application/x-votable+xml"),
        ("application/x-votable+xml", "votable", "application/x-votable+xml"),
        ("text/xml", "votable", "application/x-votable+xml"),
        (
            "application/x-votable+xml; serialization=BINARY2",
            "votable/b2",
            "application/x-votable+xml;serialization=binary2",
        ),
        (
            'application/x-votable+xml;serialization="tabledata"',
            "votable/td",
            "application/x-votable+xml;serialization=tabledata",
        ),
        ("votable/td", "votable/td", "application/x-votable+xml;serialization=tabledata"),
        ("csv", "csv", "text/csv;header=present"),
        ("text/csv", "csv", "text/csv;header=present"),
        ("text/csv; charset=UTF-8; header=present", "csv", "text/csv;header=present"),
        ("text/tab-separated-values", "tsv", "text/tab-separated-values"),
        ("application/vnd.apache.parquet", "parquet", "application/vnd.apache.parquet"),
        ("application/vnd.apache.arrow.stream", "arrow", "application/vnd.apache.arrow.stream"),
        (" arrow ", "arrow", "application/vnd.apache.arrow.stream"),
    ],
)
def test_names_of_formats(text: str, name: str, mime: str) -> None:
    found = writer_for(text)
    assert (found.name, found.mime) == (name, mime)


@pytest.mark.parametrize("text", ["pdf", "", "votable/fits", "text/csv;header=absent", "x" * 5000])
def test_unknown_formats_name_what_exists(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        writer_for(text)
    assert caught.value.parameter == "RESPONSEFORMAT"
    assert "csv" in caught.value.hint
    assert "parquet" in caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("datatype", "arraysize", "xtype"),
    [
        ("boolean", "", ""),
        ("unsignedByte", "", ""),
        ("unsignedByte", "*", ""),
        ("short", "", ""),
        ("int", "", ""),
        ("long", "", ""),
        ("long", "3", ""),
        ("float", "", ""),
        ("double", "", ""),
        ("double", "2", "point"),
        ("double", "*", "polygon"),
        ("unicodeChar", "*", ""),
        ("char", "*", "timestamp"),
    ],
)
def test_votable_types_there_and_back(datatype: str, arraysize: str, xtype: str) -> None:
    hint = {"datatype": datatype, "arraysize": arraysize, "xtype": xtype}
    vo = vo_field(pa.field("x", arrow_type(datatype, arraysize, xtype), metadata=hint))
    assert (vo.datatype, vo.arraysize, vo.xtype) == (datatype, arraysize, xtype)
