"""Tables in files that others wrote: astropy, pyarrow, and hands."""

from __future__ import annotations

import base64
import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from lsp_jupyter.engines.duckdb_table import duckdb_table
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.registry import writer_for
from lsp_jupyter.formats.sources.opening import is_duckdb, open_file
from lsp_jupyter.formats.sources.source import Options, Source, join

ROWS = 3000
BIG = 9_000_000_000_000_000_001


def sky() -> Table:
    """A table with what files commonly hold."""
    random = np.random.default_rng(1)
    table = Table(
        {
            "id": np.arange(ROWS) + BIG,
            "ra": random.uniform(0, 360, ROWS),
            "mag": random.normal(20, 1, ROWS).astype(np.float32),
            "name": [f"star {row}" for row in range(ROWS)],
            "good": random.random(ROWS) < 0.5,
            "shape": random.random((ROWS, 3)),
            "n": random.integers(-100, 100, ROWS).astype(np.int16),
        }
    )
    table["n"] = MaskedColumn(table["n"], mask=np.arange(ROWS) % 10 == 0)
    table["mag"].unit = "mag"
    table["mag"].description = "Brightness"
    return table


def write(path: Path) -> None:
    """`sky` in the format the name says."""
    table = sky()
    suffix = path.name.partition(".")[2]
    if suffix.endswith("vot"):
        kind = suffix.removesuffix("vot").strip(".") or "binary2"
        if kind == "binary":
            table["n"] = table["n"].filled(-999)
        table.write(path, format="votable", tabledata_format=kind)
        if kind == "binary":
            text = path.read_text().replace('name="n"/>', 'name="n"><VALUES null="-999"/></FIELD>')
            path.write_text(text)
    elif suffix in {"fits", "fits.gz", "parquet", "ecsv"}:
        table.write(path)
    elif suffix == "comma.ecsv":
        table.write(path, delimiter=",")
    else:
        write(path.with_name("x.parquet"))
        source = open_file(path.with_name("x.parquet"), Options())
        whole = pa.Table.from_batches(source.read(), source.schema)
        options = pa.ipc.new_file if suffix == "arrow" else pa.ipc.new_stream
        with options(path, whole.schema) as writer:
            writer.write_table(whole)


@pytest.mark.parametrize(
    "name",
    [
        *("t.parquet", "t.arrow", "t.arrows", "t.fits", "t.fits.gz", "t.ecsv", "t.comma.ecsv"),
        *("t.tabledata.vot", "t.binary.vot", "t.binary2.vot"),
    ],
)
def test_values_units_and_missing_ones(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path)
    source = open_file(path, Options())
    table = pa.Table.from_batches(source.read(), source.schema)
    wanted = sky()
    assert table.num_rows == ROWS
    assert source.rows in (None, ROWS)
    assert table["id"].to_pylist() == wanted["id"].tolist()
    assert np.array_equal(table["ra"].to_numpy(), wanted["ra"])
    assert np.array_equal(table["mag"].to_numpy(), wanted["mag"])
    assert table["name"].to_pylist() == wanted["name"].tolist()
    assert table["good"].to_pylist() == wanted["good"].tolist()
    assert np.array_equal(np.array(table["shape"].to_pylist()), wanted["shape"])
    assert table["n"].to_pylist() == wanted["n"].tolist()
    assert table["n"].null_count == ROWS // 10
    words = table.schema.field("mag").metadata
    assert words[b"unit"] == b"mag"
    assert b"Brightness" in words.get(b"description", b"Brightness")
    # Any number of times.
    assert sum(batch.num_rows for batch in source.read()) == ROWS


@pytest.mark.parametrize("form", ["votable", "votable/td", "parquet", "arrow", "csv", "tsv"])
def test_what_we_write_we_read(tmp_path: Path, form: str) -> None:
    data = pa.table(
        {
            "id": pa.array([BIG, BIG + 1, None]),
            "x": pa.array([0.1, None, -3e300]),
            "name": pa.array(['a,b\n"c"', "é𝛼", None]),
            "flag": pa.array([True, None, False]),
            "at": pa.array([0, None, 1_800_000_000_123_456], pa.timestamp("us")),
        }
    )
    data = data.cast(
        pa.schema([field.with_metadata({"description": "What & why"}) for field in data.schema])
    )
    header = TableHeader(data.schema, False, rows=3)
    path = tmp_path / "file"
    path.write_bytes(b"".join(writer_for(form).write(header, data.to_batches())))
    source = open_file(path, Options())
    read = pa.Table.from_batches(source.read(), source.schema)
    for name in ("id", "x", "name", "flag"):
        assert read[name].to_pylist() == data[name].to_pylist(), name
    # A VOTable holds times as text of their xtype.
    kind = source.schema.field("at").type
    assert (
        kind == pa.timestamp("us") or source.schema.field("at").metadata[b"xtype"] == b"timestamp"
    )
    if not form.endswith("sv"):
        assert source.schema.field("x").metadata[b"description"] == b"What & why"


def test_integers_fits_has_not(tmp_path: Path) -> None:
    columns = [
        fits.Column("u16", "I", bzero=2**15, array=np.array([0, 65535], np.uint16)),
        fits.Column("u32", "J", bzero=2**31, array=np.array([0, 2**32 - 1], np.uint32)),
        fits.Column("u64", "K", bzero=2**63, array=np.array([5, 2**63 - 1], np.uint64)),
        fits.Column("i8", "B", bzero=-128, array=np.array([-128, 127], np.int8)),
        fits.Column("scaled", "I", array=np.array([1, 4], np.int16)),
        fits.Column("many", "PD()", array=np.array([[1.0, 2.0], [3.0]], object)),
        fits.Column("text", "5A", array=np.array(["ab", "c d"])),
        fits.Column("bits", "3X", array=np.array([[1, 0, 1], [0, 0, 0]], bool)),
        fits.Column("complex", "C", array=np.array([1j, 2])),
    ]
    path = tmp_path / "t.fits"
    fits.BinTableHDU.from_columns(columns, name="ONE").writeto(path)
    with fits.open(path, mode="update", do_not_scale_image_data=True) as units:
        units[1].header["TSCAL5"] = 0.5
        units[1].header["TZERO5"] = 10
    source = open_file(path, Options())
    assert pa.Table.from_batches(source.read()).to_pydict() == {
        "u16": [0, 65535],
        "u32": [0, 2**32 - 1],
        "u64": [5, 2**63 - 1],
        "i8": [-128, 127],
        "scaled": [10.5, 12.0],
        "many": [[1.0, 2.0], [3.0]],
        "text": ["ab", "c d"],
    }
    assert "bits, complex" in source.notes[0]


def test_a_table_of_several(tmp_path: Path) -> None:
    path = tmp_path / "t.fits"
    units = [
        fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[number])], name=name)
        for number, name in enumerate(("ONE", "TWO"))
    ]
    fits.HDUList([fits.PrimaryHDU(), *units]).writeto(path)
    for wanted, value in (("", 0), ("TWO", 1), ("2", 1)):
        (batch,) = open_file(path, Options(table=wanted)).read()
        assert batch.to_pydict() == {"x": [value]}
    with pytest.raises(PublishError, match=r"no table THREE.*ONE, TWO"):
        open_file(path, Options(table="THREE"))


@pytest.mark.parametrize(
    ("text", "kinds", "rows"),
    [
        ("a,b\n1,2\n3,\n", ["int64", "int64"], [[1, 2], [3, None]]),
        ("a;b\n1.5;x\n;y\n", ["double", "string"], [[1.5, "x"], [None, "y"]]),
        ("a\tb\ntrue\t2026-01-01\n", ["bool", "timestamp[us]"], None),
        ("# a comment\na|b\n1|NaN\n", ["int64", "string"], [[1, None]]),
        ('a,b\n"1",""\n"2","3"\n', ["int64", "int64"], [[1, None], [2, 3]]),
        ('a,b\n1,""\n2,x\n', ["int64", "string"], [[1, ""], [2, "x"]]),
        ('a,b\n1,"x\ny"\n', ["int64", "string"], [[1, "x\ny"]]),
        ("a,b\n007,00.5\n008,1\n", ["string", "double"], [["007", 0.5], ["008", 1.0]]),
        ("a,b\n1,9999999999999999999\n", ["int64", "string"], None),
        ("a,b\n1, 2.5 \n2.0,+Inf\n", ["double", "double"], [[1.0, 2.5], [2.0, float("inf")]]),
        ("a,b\n2026-01-01T00:00:00Z,1e-3\n", ["timestamp[us]", "double"], None),
        ("\ufeffa,b\r\n1,é\r\n", ["int64", "string"], [[1, "é"]]),
        ("a,b\n1,x\n2,3\n", ["int64", "string"], [[1, "x"], [2, "3"]]),
    ],
)
def test_types_of_text(
    tmp_path: Path, text: str, kinds: list[str], rows: list[list[object]] | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    source = open_file(path, Options())
    assert [str(kind) for kind in source.schema.types] == kinds
    table = pa.Table.from_batches(source.read(), source.schema)
    if rows is not None:
        assert [list(row.values()) for row in table.to_pylist()] == rows


def test_texts_that_mean_nothing_and_known_types(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n-99,1\n5,2\n"))
    source = open_file(path, Options(null=("-99",), types={"b": "char"}))
    assert pa.Table.from_batches(source.read()).to_pydict() == {"a": [None, 5], "b": ["1", "2"]}
    assert source.guessed == ("a",)


def _numbers_and(word: str) -> str:
    return "a,b\n" + "".join(f"{row},{row / 2}\n" for row in range(500)) + f"7,{word}\n8,9\n"


BINARY2 = """<VOTABLE><RESOURCE><TABLE nrows="{rows}"><FIELD name="x" datatype="int"/>
<DATA><BINARY2><STREAM {stream}>{data}</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>"""
CELLS = """<VOTABLE><RESOURCE><TABLE><FIELD name="x" datatype="int"/>
<FIELD name="y" datatype="{kind}"/><DATA><TABLEDATA><TR><TD>1</TD><TD>2</TD></TR>
<TR>{row}</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,a,b\n1,2,3\n", r"same name: a \(numbers 1, 2\)"),
        (b"a,,b\n1,2,3\n", "without a name: number 2"),
        (b"1,2\n3,4\n", "begins with numbers"),
        (b"a,b\n1,2\n3\n4,5\n6,7,8\n", "2 rows.*2 cells: row 2 has 1, row 4 has 3"),
        (b"a,b\n1,\xff\xfe\n", "not UTF-8"),
        (_numbers_and("n/a").encode(), r"Column b holds 501 numbers, but row 501 has 'n/a'\."),
        (_numbers_and("x\n3,y\n3,z").encode(), "2 more texts"),
        (b"# %ECSV 1.0\n# ---\n# datatype: [\n\na b\n1 2\n", "YAML at line"),
        (
            b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: c, datatype: int64}\na b\n1 2\n",
            "describes c",
        ),
        (
            b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: complex64}\na\n1\n",
            "Column a.*complex64",
        ),
        (b"# only a comment\n", "no line of column names"),
        (b"PAR1 and nothing", "cannot be read as a Parquet file"),
        (b"ARROW1\0\0 and nothing", "cannot be read as an Arrow file"),
        (b"SIMPLE  =                    T" + b" " * 51, "FITS|binary table"),
        (b"SQLite format 3\0 and more", "no kind"),
        (b"\x00\x01\x02\x03", "no kind"),
        (b"\x1f\x8b broken", "cannot be read"),
        (b"<html></html>", "no table with rows"),
        (b"<VOTABLE><RESOURCE>", "cut off or no XML.*line 1"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><VOTABLE/>', "document type"),
        (b"<a>" * 100, "nested too deeply"),
        (CELLS.format(kind="int", row="<TD>1</TD>").encode(), "Row 2.*1 cells instead of 2"),
        (CELLS.format(kind="int", row="<TD>1</TD><TD>abc</TD>").encode(), "Row 2.*y = 'abc'.*int"),
        (CELLS.format(kind="quaternion", row="").encode(), "Column y.*quaternion"),
        (
            BINARY2.format(rows=1, stream='href="file:///etc/passwd"', data="").encode(),
            "another address",
        ),
        (
            BINARY2.format(rows=1, stream='encoding="base64"', data="AAAAAQ==").encode(),
            "cut off: 4 bytes",
        ),
        (
            BINARY2.format(rows=3, stream='encoding="base64"', data="AAAAAAE=").encode(),
            "declares 3 rows, but holds 1",
        ),
        (
            BINARY2.format(rows=1, stream='encoding="base64"', data="!A=!").encode(),
            "base64|declares",
        ),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(PublishError, match=words) as caught:
        for _ in open_file(path, Options()).read():
            pass
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="no file"):
        open_file(tmp_path / "nothing", Options())
    with pytest.raises(PublishError, match="no Parquet file"):
        open_file(tmp_path, Options())


def _cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize(
    ("name", "harm", "words"),
    [
        ("t.fits", lambda path: _cut(path, 0.7), r"cut off: it declares 3,000 rows, but \d"),
        ("t.fits.gz", lambda path: _cut(path, 0.7), "decompressed"),
        ("t.arrow", lambda path: _cut(path, 0.7), "Arrow file"),
        ("t.arrows", lambda path: _cut(path, 0.7), "Arrow file"),
        ("t.tabledata.vot", lambda path: _cut(path, 0.7), "cut off or no XML"),
        ("t.binary2.vot", lambda path: _cut(path, 0.7), "cut off or no XML"),
    ],
)
def test_files_that_are_cut_off(
    tmp_path: Path, name: str, harm: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / name
    write(path)
    harm(path)
    with pytest.raises(PublishError, match=words):
        for _ in open_file(path, Options()).read():
            pass


def test_a_broken_page_of_parquet(tmp_path: Path) -> None:
    """The report names the column and the rows."""
    path = tmp_path / "t.parquet"
    data = pa.table({"a": np.arange(4000), "b": np.random.default_rng(1).random(4000)})
    pq.write_table(
        data, path, row_group_size=1000, write_page_checksum=True, use_dictionary=False,
        compression="none",
    )  # fmt: skip
    place = pq.read_metadata(path).row_group(2).column(1).data_page_offset + 4000
    raw = bytearray(path.read_bytes())
    raw[place] ^= 0xFF
    path.write_bytes(raw)
    source = open_file(path, Options())
    with pytest.raises(
        PublishError, match=r"t\.parquet is broken: column b in rows 2,001 to 3,000"
    ):
        for _ in source.read():
            pass


def test_several_files_are_one_table(tmp_path: Path) -> None:
    parts = [
        pa.table({"a": pa.array([1, 2], pa.int32()), "b": [0.5, 1.5]}),
        pa.table({"b": [2.5], "a": pa.array([3])}),
    ]
    sources: list[Source] = []
    for number, part in enumerate(parts):
        pq.write_table(part, tmp_path / f"{number}.parquet")
        sources.append(open_file(tmp_path / f"{number}.parquet", Options()))
    both = join(sources)
    assert both.rows == 3
    assert both.schema.field("a").type == pa.int64()
    assert [row for batch in both.read() for row in batch.column("a").to_pylist()] == [1, 2, 3]
    assert both.where(1) == "row 2 of 0.parquet"
    assert both.where(2) == "row 1 of 1.parquet"
    # A folder of them is the same.
    assert open_file(tmp_path, Options()).rows == 3
    pq.write_table(pa.table({"a": [1], "c": [1]}), tmp_path / "2.parquet")
    with pytest.raises(PublishError, match=r"2\.parquet lacks b"):
        open_file(tmp_path, Options())
    pq.write_table(pa.table({"a": ["x"], "b": [1.0]}), tmp_path / "2.parquet")
    with pytest.raises(PublishError, match=r"Column a is string in 2\.parquet and int"):
        open_file(tmp_path, Options())


def test_hats_collections_and_what_other_programs_add(tmp_path: Path) -> None:
    table = tmp_path / "main" / "dataset" / "Norder=0" / "Dir=0"
    table.mkdir(parents=True)
    pq.write_table(pa.table({"_healpix_29": [1], "a": [2.0], "d": [3.0]}), table / "Npix=0.parquet")
    (tmp_path / "main" / "hats.properties").write_text(
        "#HATS catalog\nhats_col_ra=a\nhats_col_dec=d\nobs_title=Stars\n"
    )
    collection = tmp_path / "collection.properties"
    collection.write_text("hats_primary_table_url=main\n")
    source = open_file(tmp_path, Options())
    assert (source.form, source.position, source.title) == ("HATS", ("a", "d"), "Stars")
    assert source.schema.names == ["a", "d"]
    assert "left out: _healpix_29" in source.notes[0]
    assert [batch.to_pydict() for batch in source.read()] == [{"a": [2.0], "d": [3.0]}]
    collection.write_text("hats_primary_table_url=../elsewhere\n")
    with pytest.raises(PublishError, match="keeps its main table elsewhere"):
        open_file(tmp_path, Options())


def test_tables_of_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE one AS SELECT 1 AS x, 'a' AS y, [1.5, 2] AS z")
        connection.execute("COMMENT ON COLUMN one.x IS 'A number'")
    assert is_duckdb(path)
    source = duckdb_table(path)
    assert (source.rows, source.name) == (1, "main.one of t.db")
    assert source.schema.field("x").metadata[b"description"] == b"A number"
    assert [batch.to_pydict() for batch in source.read()] == [
        {"x": [1], "y": ["a"], "z": [[1.5, 2]]}
    ]
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA s; CREATE VIEW s.two AS SELECT 2 AS x")
    with pytest.raises(PublishError, match=r"more than one table.*main\.one, s\.two"):
        duckdb_table(path)
    assert duckdb_table(path, "TWO").rows == 1
    _cut(path, 0.5)
    with pytest.raises(PublishError, match=r"t\.db cannot be read") as caught:
        duckdb_table(path, "one")
    assert str(tmp_path) not in str(caught.value)


def test_a_votable_of_every_type(tmp_path: Path) -> None:
    """BINARY2 rows of differing length, whose bytes are written here."""
    fields = [
        *(("flag", "boolean", ""), ("byte", "unsignedByte", ""), ("short", "short", "")),
        *(("text", "char", "*"), ("wide", "unicodeChar", "*"), ("list", "float", "*")),
        *(("pair", "double", "2"), ("bytes", "unsignedByte", "*"), ("bit", "bit", "")),
    ]
    rows = b""
    rows += b"\0\0" + b"T" + b"\x07" + struct.pack(">h", -2) + struct.pack(">I", 2) + b"hi"
    rows += struct.pack(">I", 1) + "é".encode("utf-16-be") + struct.pack(">I2f", 2, 0.5, 1.5)
    rows += struct.pack(">2d", 1, 2) + struct.pack(">I", 3) + b"\1\2\3" + b"\x08"
    rows += b"\xff\x00" + b"?" + b"\0" * 3 + b"\0" * 8 + b"\0" * 4 + b"\0" * 16 + b"\0" * 4 + b"\0"
    columns = "".join(
        f'<FIELD name="{name}" datatype="{kind}"' + (f' arraysize="{size}"/>' if size else "/>")
        for name, kind, size in fields
    )
    data = base64.b64encode(rows).decode()
    path = tmp_path / "t.vot"
    path.write_text(
        f'<VOTABLE><RESOURCE><TABLE>{columns}<DATA><BINARY2><STREAM encoding="base64">{data}'
        "</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    source = open_file(path, Options())
    first, second = pa.Table.from_batches(source.read(), source.schema).to_pylist()
    assert first == {
        "flag": True,
        "byte": 7,
        "short": -2,
        "text": "hi",
        "wide": "é",
        "list": [0.5, 1.5],
        "pair": [1.0, 2.0],
        "bytes": b"\1\2\3",
        "bit": True,
    }
    assert list(second.values()) == [None] * 8 + [False]
