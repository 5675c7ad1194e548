from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable.tree import Info

from lsp_jupyter.errors import AdqlError, LspError, QueryError, QueryTimeoutError
from lsp_jupyter.formats.binary2 import Base64
from lsp_jupyter.formats.registry import TableHeader, error_document, provenance, writer_for
from tests.formats.conftest import EVERY_TYPE, document, element, write

BOTH = pytest.mark.parametrize("name", ["votable", "votable/td", "votable/b"])

#: What astropy reads back, `None` where it is masked.
EXPECTED: dict[str, list[object]] = {
    "flag": [True, None, False],
    "u8": [0, None, 255],
    "i8": [-128, None, 127],
    "i16": [-32768, None, 32767],
    "u16": [0, None, 65535],
    "i32": [-(2**31), None, 2**31 - 1],
    "u32": [0, None, 2**32 - 1],
    "i64": [-(2**63), None, 2**63 - 1],
    "u64": [0, None, 2**63 - 1],
    "f32": [np.float32(0.1), None, np.float32(3.0e38)],
    "ra": [0.1, None, 1.7976931348623157e308],
    "dec_": [12.5, None, -0.01],
    "d18": [10**17, None, -1],
    "huge": [2**62, None, -1],
    "text": ["plain", "", 'a<b & "c">d ]]>'],
    "wide": ["Ωmega 星 🔭", "", "naïve"],
    "color": ["red", "", "blue"],
    "view": ["view", "", ""],
    "epoch": ["1991-04-02T00:00:00", "", "2025-06-30T01:02:03.45"],
    "instant": ["2000-01-01T12:00:00Z", "", "2016-01-01T00:00:00Z"],
    "day": ["2016-01-01", "", "1582-10-15"],
    "nested": ['{"a":1,"b":"x"}', "", '{"a":null,"b":"é"}'],
    "uuid": [
        "00000000-0000-0000-0000-000000000007",
        "",
        "00000000-0000-0000-0000-000000000008",
    ],
    "nothing": ["", "", ""],
}
ARRAYS: dict[str, list[list[float | None] | None]] = {
    "floats": [[1.5, None, 3.0], None, []],
    "ints": [[1, None], None, [2, 3, 4]],
    "point": [[10.0, 20.0], None, [30.0, -40.0]],
    "pair": [[1, 2], None, [3, 4]],
    "bytes": [[0, 255], None, [97, 98, 99]],
}


@BOTH
@pytest.mark.parametrize("column", EXPECTED)
def test_every_type_comes_back(name: str, column: str) -> None:
    array = element(write(EVERY_TYPE, name)).array[column]
    wanted = EXPECTED[column]
    got = [
        None
        if masked and not isinstance(want, str)
        else str(value)
        if isinstance(want, str)
        else value
        for value, masked, want in zip(array.data, np.ma.getmaskarray(array), wanted, strict=True)
    ]
    assert got == wanted


@pytest.mark.req("API-REQ-0011", "API-REQ-0012")
@BOTH
@pytest.mark.parametrize("column", ARRAYS)
def test_arrays_come_back(name: str, column: str) -> None:
    array = element(write(EVERY_TYPE, name)).array[column]
    for got, want in zip(array, ARRAYS[column], strict=True):
        values = np.ma.masked_invalid(np.ma.atleast_1d(np.ma.asarray(got)), copy=False).tolist()
        if want is None:
            assert all(value is None for value in values)
        else:
            assert values == want


@BOTH
def test_a_document_has_no_lint(name: str, stilts: Callable[..., str]) -> None:
    data = write(EVERY_TYPE, name, infos={"QUERY": 'SELECT "a" < 3\n\x00'}, rows=3, overflow=True)
    assert stilts("votlint", data, "version=1.4", "votable={}") == ""


@BOTH
def test_stilts_reads_what_we_wrote(name: str, stilts: Callable[..., str]) -> None:
    """A second reader, of another language: missing numbers are missing, ids exact."""
    text = stilts("tpipe", write(EVERY_TYPE, name), "in={}", "ifmt=votable", "ofmt=csv")
    first, second, third = csv.DictReader(io.StringIO(text))
    assert (third["i64"], first["i64"]) == (str(2**63 - 1), str(-(2**63)))
    assert first["wide"] == "Ωmega 星 🔭"
    assert third["text"] == 'a<b & "c">d ]]>'
    assert (first["flag"], third["flag"]) == ("true", "false")
    assert first["epoch"] == "1991-04-02T00:00:00"
    assert third["pair"] == "(3, 4)"
    missing = {key for key, value in second.items() if value == ""}
    assert missing >= {"flag", "u8", "i16", "i32", "i64", "f32", "ra", "text", "epoch", "huge"}


def test_both_serialisations_agree_on_fields() -> None:
    heads = [write(EVERY_TYPE, name).split(b"<DATA>")[0] for name in ("votable", "votable/td")]
    assert heads[0] == heads[1]


@pytest.mark.req("LSP-REQ-0008")
def test_metadata_travels() -> None:
    table = element(write(EVERY_TYPE, "votable"))
    f32, ra, point = (table.get_field_by_id(name) for name in ("f32", "ra", "point"))
    assert (f32.datatype, str(f32.unit), f32.ucd) == ("float", "mag", "phot.mag;em.opt.V")
    assert (ra.ref, point.ref, f32.ref) == ("ICRS", "ICRS", None)
    assert (point.xtype, point.arraysize) == ("point", "2")
    assert table.get_field_by_id("i16").datatype == "int", "a hint may widen"
    assert table.get_field_by_id("text").datatype == "char"
    assert table.get_field_by_id("wide").description == 'Größe < 3 & "quoted"\ufffd'


def infos(data: bytes) -> list[tuple[str, str, str]]:
    names = ElementTree.fromstring(data).iter("{http://www.ivoa.net/xml/VOTable/v1.3}INFO")
    return [(item.get("name", ""), item.get("value", ""), item.text or "") for item in names]


@BOTH
@pytest.mark.req("API-REQ-0010")
def test_overflow_is_told_after_the_table(name: str) -> None:
    cut = False

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal cut
        yield from EVERY_TYPE.to_batches()
        cut = True

    header = TableHeader(EVERY_TYPE.schema, overflow=lambda: cut, infos={"JOB": "a1"})
    data = b"".join(writer_for(name).write(header, batches()))
    assert infos(data) == [
        ("QUERY_STATUS", "OK", ""),
        ("JOB", "a1", ""),
        ("QUERY_STATUS", "OVERFLOW", ""),
    ]
    assert data.index(b"</TABLE>") < data.index(b"OVERFLOW")


@BOTH
@pytest.mark.parametrize("good", [0, 1], ids=["before the first batch", "after one batch"])
def test_a_failure_half_way_ends_a_legal_document(name: str, good: int) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield from EVERY_TYPE.to_batches()[:good]
        raise QueryTimeoutError("The query took too long.", hint="Use an asynchronous job.")

    data = b"".join(writer_for(name).write(TableHeader(EVERY_TYPE.schema), batches()))
    assert infos(data)[-1] == (
        "QUERY_STATUS",
        "ERROR",
        "The query took too long. Use an asynchronous job.",
    )
    assert len(element(data).array) == 3 * good


@BOTH
def test_no_rows(name: str) -> None:
    data = write(EVERY_TYPE.slice(0, 0), name)
    assert len(element(data).array) == 0
    assert infos(data) == [("QUERY_STATUS", "OK", "")]


@BOTH
def test_nan_is_a_value_and_null_is_none(name: str) -> None:
    table = pa.table({"x": pa.array([float("nan"), None, float("inf"), -float("inf")])})
    data = write(table, name)
    got = np.ma.getdata(element(data).array["x"])
    assert np.isnan(got[:2]).all()
    assert got[2:].tolist() == [np.inf, -np.inf]
    if name == "votable/td":
        assert re.findall(rb"<TD>(.*?)</TD>", data) == [b"NaN", b"", b"+Inf", b"-Inf"]
    else:
        stream = re.search(rb"<STREAM[^>]*>\s*(.*?)\s*</STREAM>", data, re.DOTALL)
        assert stream
        import base64

        if name == "votable/b":
            assert len(base64.b64decode(stream[1])) == 4 * 8
            return
        rows = np.frombuffer(base64.b64decode(stream[1]), [("flag", "u1"), ("x", ">f8")])
        assert rows["flag"].tolist() == [0, 0x80, 0, 0]


@pytest.mark.parametrize("columns", [1, 7, 8, 9, 17])
def test_null_flags_of_many_columns(columns: int) -> None:
    """The flag bytes grow with the columns, the first column at the highest bit."""
    rows = 5
    table = pa.table(
        {
            f"c{column}": pa.array(
                [None if (row + column) % 3 == 0 else row * 100 + column for row in range(rows)],
                pa.int32(),
            )
            for column in range(columns)
        }
    )
    array = element(write(table, "votable")).array
    for column in range(columns):
        wanted = [None if (row + column) % 3 == 0 else row * 100 + column for row in range(rows)]
        assert array[f"c{column}"].tolist() == wanted


@pytest.mark.parametrize("code", [0, 1, 8, 11, 12, 14, 31, 0x7F, 0xFFFE, 0xFFFF, 0xFFFD, 13, 9, 10])
def test_characters_that_xml_forbids_are_replaced(code: int) -> None:
    sign = chr(code)
    table = pa.table(
        {"s": [f"a{sign}b"]},
        schema=pa.schema([pa.field("s", pa.string(), metadata={"description": f"x{sign}y"})]),
    )
    legal = code in (9, 10, 13, 0x7F, 0xFFFD)
    document_ = element(write(table, "votable/td", infos={"Q": f"q{sign}r"}))
    assert str(document_.array["s"][0]) == (f"a{sign}b" if legal else "a\ufffdb")


def test_ascii_columns_that_are_not_become_unicode() -> None:
    """A wrong hint loses no character."""
    schema = pa.schema([pa.field("s", pa.string(), metadata={"datatype": "char"})])
    table = pa.table({"s": ["ascii", "é"]}, schema=schema)
    read = element(write(table, "votable"))
    assert read.get_field_by_id("s").datatype == "unicodeChar"
    assert read.array["s"].tolist() == ["ascii", "é"]


@pytest.mark.parametrize(
    ("column", "type_", "hint"),
    [
        ([2**64 - 1], pa.uint64(), {}),
        ([2**70], pa.decimal128(38, 0), {"datatype": "long"}),
        ([[1.0, 2.0, 3.0]], pa.list_(pa.float64()), {"arraysize": "2"}),
    ],
)
def test_values_that_do_not_fit_are_told(
    column: list[object], type_: pa.DataType, hint: dict[str, str]
) -> None:
    table = pa.table(
        {"x": pa.array(column, type_)}, schema=pa.schema([pa.field("x", type_, metadata=hint)])
    )
    for name in ("votable", "votable/td"):
        status = infos(write(table, name))[-1]
        assert status[1] == "ERROR"
        assert 'Column "x"' in status[2]


def test_slices_of_larger_batches_are_right() -> None:
    """Offsets into Arrow buffers are respected for every type."""
    batch = EVERY_TYPE.combine_chunks().to_batches()[0]
    for name in ("votable", "votable/td", "csv"):
        parts = [
            b"".join(
                writer_for(name).write(
                    TableHeader(EVERY_TYPE.schema),
                    [pa.RecordBatch.from_pylist(sliced.to_pylist(), schema=sliced.schema)]
                    if copy
                    else [sliced],
                )
            )
            for sliced in (batch.slice(2, 1),)
            for copy in (False, True)
        ]
        assert parts[0] == parts[1]


def test_base64_carries_the_rest() -> None:
    import base64

    data = bytes(range(256)) * 3
    for size in (1, 2, 3, 4, 5, 7, 100):
        encoder = Base64()
        view = memoryview(data)
        pieces = [
            text
            for start in range(0, len(data), size)
            for text in encoder.feed(view[start : start + size])
        ]
        assert b"".join([*pieces, encoder.finish()]) == base64.b64encode(data)


@pytest.mark.parametrize(
    "error",
    [
        AdqlError("There is no column “rra”.", line=2, column=8, hint="Did you mean “ra”?"),
        QueryError("Division <by> zero & more.\x00"),
        LspError(""),
    ],
)
def test_error_document(error: LspError, stilts: Callable[..., str]) -> None:
    data = error_document(error)
    assert stilts("votlint", data, "votable={}") == ""
    (status,) = infos(data)
    assert status[:2] == ("QUERY_STATUS", "ERROR")
    assert status[2] == (str(error).replace("\x00", "\ufffd") or "InternalError")
    resource = document(data).resources[0]
    assert resource.type == "results"
    assert isinstance(resource.infos[0], Info)


def test_provenance_of_a_schema() -> None:
    schema = EVERY_TYPE.schema.with_metadata(
        {"lsp:job": "j1", "lsp:query": "SELECT 1", "other": "x"}
    )
    assert provenance(schema) == {"QUERY": "SELECT 1", "JOB": "j1"}


@BOTH
def test_a_large_table_is_a_stream(name: str) -> None:
    """Pieces stay small whatever the batch, and rows come back in order."""
    rows = 200_000
    table = pa.table({"id": np.arange(rows), "s": [f"star {row}" for row in range(rows)]})
    pieces = list(writer_for(name).write(TableHeader(table.schema), table.to_batches()))
    assert max(map(len, pieces)) < 8 << 20
    assert len(pieces) >= 4
    if name == "votable":
        array = element(b"".join(pieces)).array
        assert array["id"].tolist() == list(range(rows))
        assert array["s"][-1] == f"star {rows - 1}"
