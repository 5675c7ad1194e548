"""FITS, JSON, ECSV, HTML and SQLite, read back by others."""

from __future__ import annotations

import io
import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table

from lsp_jupyter.errors import LimitError
from lsp_jupyter.formats.header import Rows
from lsp_jupyter.formats.registry import FORMATS, TableHeader, writer_for
from lsp_jupyter.formats.sources.opening import open_file
from lsp_jupyter.formats.sources.source import Options
from tests.formats.conftest import EVERY_TYPE, write
from tests.formats.test_votable import ARRAYS, EXPECTED

#: What FITS cannot hold: another alphabet.
ASCII = EXPECTED | {
    "wide": ["?mega ? ?", "", "na?ve"],
    "nested": ['{"a":1,"b":"x"}', "", '{"a":null,"b":"?"}'],
}
INFOS = {
    "QUERY": "SELECT 'it''s'\nFROM gaia.source WHERE " + "ra > 1 AND " * 20 + "é < 2",
    "JOB": "j",
}


def plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def same(got: object, want: object) -> None:
    """Equal values; missing text is empty text for some readers."""
    if isinstance(want, str):
        assert ("" if got is None else str(got)) == want
    else:
        assert plain(got) == plain(want)


# -- FITS --------------------------------------------------------------------


@pytest.fixture(scope="module")
def hdus() -> fits.HDUList:
    data = write(EVERY_TYPE, "fits", infos=INFOS, overflow=True)
    assert len(data) % 2880 == 0
    opened = fits.open(io.BytesIO(data), logical_as_bytes=True)
    opened.verify("exception")
    return opened


@pytest.mark.parametrize("column", EXPECTED)
def test_fits_keeps_every_type(hdus: fits.HDUList, column: str) -> None:
    table = hdus[1]
    number = table.columns.names.index(column) + 1
    null = table.header.get(f"TNULL{number}")
    for got, want in zip(table.data[column], ASCII[column], strict=True):
        if column == "flag":
            assert bytes(got) == {True: b"T", False: b"F", None: b""}[want]  # type: ignore[index]
        elif want is None:
            assert np.isnan(got) if null is None else got == null
        else:
            same(got, want)


@pytest.mark.parametrize("column", ARRAYS)
def test_fits_keeps_arrays(hdus: fits.HDUList, column: str) -> None:
    field = hdus[1].columns[column]
    missing = {"ints": -(2**31), "pair": field.null}.get(column, np.nan)
    for got, want in zip(hdus[1].data[column], ARRAYS[column], strict=True):
        items = [None if x == missing or x != x else x for x in np.atleast_1d(got).tolist()]
        assert items == (want or [None] * (0 if "Q" in field.format else 2))


def test_fits_tells_what_it_is(hdus: fits.HDUList) -> None:
    head = hdus[1].header
    assert head["QSTATUS"] == "OVERFLOW"
    assert head["QUERY"] == INFOS["QUERY"].replace("\n", " ").replace("é", "?")
    assert (head["TUNIT10"], head["TUCD10"]) == ("mag", "phot.mag;em.opt.V")
    assert any("outside ASCII" in str(line) for line in head["COMMENT"])
    # The same as a VOTable, for STILTS and TOPCAT.
    assert b'value="OVERFLOW"' in hdus[0].data.tobytes()


def test_a_masked_table_comes_out_of_fits() -> None:
    data = write(EVERY_TYPE.drop(["flag"]), "fits")
    table = Table.read(io.BytesIO(data), hdu=1)
    assert table["i64"].tolist() == [-(2**63), None, 2**63 - 1]
    assert str(table["f32"].unit) == "mag"


def test_stilts_reads_fits_with_its_metadata(stilts: Callable[..., str], tmp_path: Path) -> None:
    data = write(EVERY_TYPE, "fits", infos=INFOS)
    text = stilts("tpipe", data, "in={}", "ifmt=fits-plus", "omode=meta")
    assert "point(double[2])/deg" in text
    assert "Größe" in text, "the VOTable in it holds what FITS cannot"


def test_long_and_rare_text_goes_to_the_heap_of_a_fits_file() -> None:
    texts = ["x" * 5000, *("" for _ in range(20)), None, "end"]
    columns = {"text": pa.array(texts), "n": np.arange(23)}
    data = write(pa.table(columns), "fits")
    assert len(data) < 25_000
    with fits.open(io.BytesIO(data)) as opened:
        read = opened[1].data["text"]
        assert ["".join(each) for each in read] == [text or "" for text in texts]
        assert opened[1].data["n"].tolist() == list(range(23))


def test_fits_has_room_for_999_columns() -> None:
    table = pa.table({f"c{n}": [1.0] for n in range(1000)})
    with pytest.raises(LimitError, match="999"):
        write(table, "fits")
    assert write(table.drop(["c0"]), "fits")


@pytest.mark.parametrize("type_", [pa.uint8(), pa.int16(), pa.int32()])
@pytest.mark.parametrize("form", ["fits", "votable/b"])
def test_what_stands_for_a_missing_number_is_no_other(type_: pa.DataType, form: str) -> None:
    """Even where the ends of the range are taken."""
    bits = type_.bit_width
    ends = [0, 255] if bits == 8 else [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
    values = [*ends, ends[0] + 1, ends[1] - 1, None, 7]
    table = pa.table({"n": pa.array(values, type_)})
    data = write(table, form)
    if form == "fits":
        read = Table.read(io.BytesIO(data), hdu=1)
    else:
        read = Table.read(io.BytesIO(data), format="votable")
    assert read["n"].tolist() == values


def test_a_column_that_uses_every_number_is_told() -> None:
    low, high = -(2**63), 2**63 - 1
    table = pa.table({"n": pa.array([low, high, low + 1, high - 1, None], pa.int64())})
    assert b"uses every number" in write(table, "votable/b")


# -- JSON --------------------------------------------------------------------


def test_json_keeps_every_type() -> None:
    read = json.loads(write(EVERY_TYPE, "json", infos=INFOS, overflow=True))
    assert read["info"] == INFOS
    assert (read["rows"], read["overflow"]) == (3, True)
    columns = [each["name"] for each in read["columns"]]
    assert columns == EVERY_TYPE.column_names
    assert read["columns"][9] == {
        "name": "f32",
        "datatype": "float",
        "unit": "mag",
        "ucd": "phot.mag;em.opt.V",
    }
    for place, name in enumerate(columns):
        got = [row[place] for row in read["data"]]
        kind = read["columns"][place]["datatype"]
        if name in ("nested", "bytes"):
            continue
        if name in ARRAYS:
            assert got == ARRAYS[name]
        elif kind == "long":
            assert got == [None if want is None else str(want) for want in EXPECTED[name]]
        else:
            for have, want in zip(got, EXPECTED[name], strict=True):
                same(np.float32(have) if name == "f32" and have is not None else have, want)
    assert read["data"][0][columns.index("nested")] == {"a": 1, "b": "x"}


def test_json_of_what_json_has_no_number_for() -> None:
    table = pa.table(
        {
            "x": [float("nan"), float("inf"), -float("inf"), None, 1e300],
            "ids": [[2**62, None], [], None, [1], [2]],
            "s": ['"\\', "\n\r\t\x00\x1f", "</script>\u2028", "", None],
        }
    )
    read = json.loads(write(table, "json"))["data"]
    assert [row[0] for row in read] == ["NaN", "Infinity", "-Infinity", None, 1e300]
    assert [row[1] for row in read] == [["4611686018427387904", None], [], None, ["1"], ["2"]]
    assert [row[2] for row in read] == table["s"].to_pylist()


# -- ECSV --------------------------------------------------------------------


def test_ecsv_keeps_every_type() -> None:
    data = write(EVERY_TYPE, "ecsv", infos=INFOS, overflow=lambda: True)
    table = Table.read(data.decode(), format="ascii.ecsv")
    assert table.meta == {"QUERY_STATUS": "OVERFLOW", **INFOS}
    assert str(table["f32"].unit) == "mag"
    assert table["f32"].meta["ucd"] == "phot.mag;em.opt.V"
    assert table["wide"].description == 'Größe < 3 & "quoted"\x07'
    for name, want in EXPECTED.items():
        if name == "nested":
            continue
        for got, each in zip(table[name].tolist(), want, strict=True):
            same(np.float32(got) if name == "f32" and got is not None else got, each)
    for name in ("floats", "ints", "point", "pair"):
        for got, each in zip(table[name], ARRAYS[name], strict=True):
            items = [None if x is None or x != x else x for x in np.ma.asarray(got).tolist()]
            assert [x for x in items if x is not None] == [x for x in each or [] if x is not None]


def test_our_own_reader_takes_our_ecsv(tmp_path: Path) -> None:
    path = tmp_path / "t.ecsv"
    path.write_bytes(write(EVERY_TYPE.select(["i64", "f32", "wide", "epoch"]), "ecsv"))
    source = open_file(path, Options())
    read = pa.Table.from_batches(list(source.read()), source.schema)
    assert read["i64"].to_pylist() == [-(2**63), None, 2**63 - 1]
    assert read["wide"].to_pylist() == ["Ωmega 星 🔭", None, "naïve"]
    assert read.schema.field("f32").metadata[b"unit"] == b"mag"


@pytest.mark.parametrize("text", ["a\nb", 'q"q', "c,d", "#hash"])
def test_ecsv_keeps_difficult_text(text: str) -> None:
    data = write(pa.table({"a,b": [text, "x"], "n": [1, 2]}), "ecsv")
    read = Table.read(data.decode(), format="ascii.ecsv")
    assert read.colnames == ["a,b", "n"]
    assert str(read["a,b"][0]) == text


# -- HTML --------------------------------------------------------------------


class Page(HTMLParser):
    """The tags, the attributes and the cells of a page."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "https://x/' onmouseover='alert(1)",
    'http://x/" onclick="alert(1)',
    "&lt;b&gt;",
]


def test_html_shows_everything_and_runs_nothing() -> None:
    fields = [pa.field("<i>&", pa.string(), metadata={"unit": '"<u>', "description": "'\"<x>"})]
    table = pa.table([pa.array(ATTACKS)], schema=pa.schema(fields))
    page = Page(write(table, "html", infos={"QUERY": "<s>'", "X<y>": '"<z>'}, overflow=True))
    assert [row[0].rstrip("\n") for row in page.rows[1 : len(ATTACKS) + 1]][:-1] == ATTACKS[:-1]
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "pre", "p", "details", "summary"),
        *("dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "small"),
    }
    assert page.attributes <= {"lang", "charset", "class", "scope", "title"}
    assert "OVERFLOW" in page.text
    assert "<s>'" in page.text


def test_html_links_addresses_and_aligns_numbers() -> None:
    table = pa.table({"url": ["https://a.b/c?d=1&e=2", "no http://x"], "n": [1.5, None]})
    data = write(table, "html")
    page = Page(data)
    assert page.links == ["https://a.b/c?d=1&e=2"]
    cells = [[cell.strip() for cell in row] for row in page.rows[1:]]
    assert cells == [["https://a.b/c?d=1&e=2", "1.5"], ["no http://x", "2 rows"]]
    assert b'<td class="n">1.5</td>' in data
    assert b"cut off" not in data


# -- SQLite ------------------------------------------------------------------


def database(data: bytes, tmp_path: Path) -> sqlite3.Connection:
    path = tmp_path / "t.sqlite"
    path.write_bytes(data)
    return sqlite3.connect(path)


def test_sqlite_keeps_every_type(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    data = write(EVERY_TYPE, "sqlite", infos=INFOS, overflow=True, scratch=scratch)
    assert list(scratch.iterdir()) == []
    with database(data, tmp_path) as read:
        assert read.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert dict(read.execute("SELECT * FROM info")) == {"QUERY_STATUS": "OVERFLOW", **INFOS}
        units = dict(read.execute("SELECT name, unit FROM columns ORDER BY place"))
        assert list(units) == EVERY_TYPE.column_names
        assert units["f32"] == "mag"
        for name, want in EXPECTED.items():
            got = [row[0] for row in read.execute(f'SELECT "{name}" FROM result')]
            for have, each in zip(got, want, strict=True):
                if isinstance(each, np.float32):
                    have = np.float32(have)
                same(have, each)
        rows = read.execute("SELECT floats, ints, bytes FROM result").fetchall()
        assert rows == [
            ("[1.5,null,3]", "[1,null]", b"\x00\xff"),
            (None, None, None),
            ("[]", "[2,3,4]", b"abc"),
        ]


def test_sqlite_takes_any_name(tmp_path: Path) -> None:
    names = ["select", 'q"q', "a b", "\0", "é"]
    data = write(pa.table({name: [1] for name in names}), "sqlite")
    with database(data, tmp_path) as read:
        found = [row[1] for row in read.execute("PRAGMA table_info(result)")]
    assert found == ["select", 'q"q', "a b", "\ufffd", "é"]


def test_sqlite_has_room_for_2000_columns() -> None:
    with pytest.raises(LimitError, match="2,000"):
        write(pa.table({f"c{n}": [1] for n in range(2001)}), "sqlite")


def test_a_database_that_nobody_waits_for_is_given_up(tmp_path: Path) -> None:
    table = pa.table({"n": np.arange(2_000_000)})
    pieces = writer_for("sqlite").write(
        TableHeader(table.schema, scratch=tmp_path), table.to_batches()
    )
    assert next(pieces) == b""
    pieces.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


# -- all ---------------------------------------------------------------------

OTHERS = [form.name for form in FORMATS]


@pytest.mark.parametrize("name", OTHERS)
def test_rows_that_come_once_and_those_that_come_again_are_the_same(name: str) -> None:
    table = EVERY_TYPE.drop(["view", "nothing"])
    form = writer_for(name)
    header = TableHeader(table.schema, infos=INFOS)

    def once() -> Iterator[pa.RecordBatch]:
        yield from table.to_batches(max_chunksize=2)

    assert b"".join(form.write(header, once())) == b"".join(form.write(header, Rows(once)))


@pytest.mark.parametrize("name", OTHERS)
def test_slices_of_batches_are_right(name: str) -> None:
    table = EVERY_TYPE.drop(["view", "nothing"])
    batch = table.combine_chunks().to_batches()[0].slice(2, 1)
    copy = pa.RecordBatch.from_pylist(batch.to_pylist(), schema=batch.schema)
    form = writer_for(name)
    header = TableHeader(table.schema)
    if name not in ("parquet", "arrow"):
        assert b"".join(form.write(header, [batch])) == b"".join(form.write(header, [copy]))


@pytest.mark.parametrize("name", [each for each in OTHERS if each != "sqlite"])
def test_memory_is_bounded_whatever_the_rows(name: str) -> None:
    """Half a million rows in a generator: what is kept is a few pieces of them."""
    batch = pa.record_batch(
        {"id": np.arange(25_000), "x": np.random.rand(25_000), "s": ["ab"] * 25_000}
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for _ in range(20):
            yield batch

    before = pa.total_allocated_bytes()
    tracemalloc.start()
    most = size = 0
    for piece in writer_for(name).write(TableHeader(batch.schema, rows=500_000), Rows(batches)):
        most = max(most, pa.total_allocated_bytes() - before)
        size += len(piece)
    traced = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 4 << 20
    assert most + traced < 24 << 20
