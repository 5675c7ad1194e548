"""Foreign files are looked at before a reader sees them."""

from __future__ import annotations

import gzip
import io
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from lsp_jupyter.errors import LimitError, LspError, UsageError
from lsp_jupyter.formats import guard as module
from lsp_jupyter.formats.guard import GuardLimits, guard
from tests.formats.conftest import EVERY_TYPE, write

NAME = "The file t.x"
LIMITS = GuardLimits(size=1 << 20, columns=50, elements=10_000, rows=100_000)


def look(path: Path, data: bytes, limits: GuardLimits = LIMITS) -> str:
    file = path / "t.x"
    file.write_bytes(data)
    try:
        return guard(file, NAME, limits)
    finally:
        # Whatever happens, nothing else is left in the folder.
        assert list(path.iterdir()) == [file]


def refused(path: Path, data: bytes, limits: GuardLimits = LIMITS) -> LspError:
    with pytest.raises(LspError) as caught:
        look(path, data, limits)
    assert caught.value.status in (400, 413)
    # Texts are for people, and tell nothing of this machine.
    assert NAME in caught.value.message
    assert str(path) not in str(caught.value)
    return caught.value


# -- kinds -------------------------------------------------------------------

WRITTEN = {
    "votable/b2": "votable",
    "votable/td": "votable",
    "votable/b": "votable",
    "csv": "text",
    "tsv": "text",
    "ecsv": "text",
    "parquet": "parquet",
    "arrow": "arrow",
    "fits": "fits",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", WRITTEN)
def test_what_we_write_may_come_back(tmp_path: Path, form: str, packed: bool) -> None:
    table = EVERY_TYPE.drop(["view", "nothing"])
    data = write(table, form)
    assert look(tmp_path, gzip.compress(data) if packed else data) == WRITTEN[form]
    assert (tmp_path / "t.x").read_bytes() == data, "decompressed, and else as it was"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n \t"])
def test_a_votable_may_begin_with_blanks_and_a_mark(tmp_path: Path, mark: bytes) -> None:
    document = b"<VOTABLE><RESOURCE><TABLE><FIELD name='a' datatype='int'/></TABLE></RESOURCE>"
    assert look(tmp_path, mark + document + b"</VOTABLE>") == "votable"


def test_a_votable_in_utf_16(tmp_path: Path) -> None:
    text = "<?xml version='1.0' encoding='UTF-16'?><VOTABLE><RESOURCE/></VOTABLE>"
    assert look(tmp_path, text.encode("utf-16")) == "votable"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"PK\x03\x04 and more", "a zip archive"),
        (b"BZh9 and more", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x80\x04\x95\0", "a pickle"),
        (b"\x80\x05\x95\0", "a pickle"),
        (b"SQLite format 3\0", "SQLite"),
        (b"%PDF-1.7", "PDF"),
        (b"\x7fELF\x02\0\0", "no kind"),
        (b"a,b\n1,2\n" + bytes(600), "no kind"),
        (gzip.compress(gzip.compress(b"a\n1\n", mtime=0), mtime=0), "compressed twice"),
    ],
)
def test_what_is_of_no_use_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refused(tmp_path, data).message


def test_a_zero_byte_far_behind_is_found(tmp_path: Path) -> None:
    assert "neither text" in refused(tmp_path, b"a,b\n" + b"1,2\n" * 100_000 + b"\0").message


# -- compression -------------------------------------------------------------


def test_members_of_a_gzip_file_are_one_file(tmp_path: Path) -> None:
    data = gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n") + bytes(512)
    assert look(tmp_path, data) == "text"
    assert (tmp_path / "t.x").read_bytes() == b"a,b\n1,2\n"


def test_a_bomb_is_given_up_at_the_limit(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"1\n" * (1 << 20)
    data = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    assert len(data) < 1 << 20
    start = time.perf_counter()
    error = refused(tmp_path, data)
    assert isinstance(error, LimitError)
    assert "decompressed" in error.message
    assert time.perf_counter() - start < 2
    assert (tmp_path / "t.x").read_bytes() == data, "what was sent stays"


@pytest.mark.parametrize("length", [1, 12, 30, -9, -4, -1])
def test_a_gzip_file_that_is_cut_off(tmp_path: Path, length: int) -> None:
    data = gzip.compress(bytes(range(32, 127)) * 200)[:length]
    if length == 1:
        data = b"\x1f\x8b"
    error = refused(tmp_path, data)
    assert "cut off" in error.message


def test_a_gzip_file_that_is_broken(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(np.random.default_rng(1).bytes(5000)))
    data[100:110] = bytes(10)
    assert "decompressed" in refused(tmp_path, bytes(data)).message


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    error = refused(tmp_path, b"a\n" + b"1\n" * (1 << 19))
    assert isinstance(error, LimitError)
    assert "1,048,576 bytes" in error.message


# -- VOTable -----------------------------------------------------------------


def votable(fields: str, table: str = "") -> bytes:
    return (
        f"<VOTABLE><RESOURCE><TABLE {table}>{fields}<DATA><TABLEDATA></TABLEDATA></DATA></TABLE>"
        "</RESOURCE></VOTABLE>"
    ).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html><body/></html>", "begins with HTML"),
        (b"<VOTABLE><RESOURCE>", "cut off or no XML"),
        (b"<VOTABLE></RESOURCE>", "mismatched tag at line 1, column"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><VOTABLE/>', "document type"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><VOTABLE>&b;</VOTABLE>', "document type"),
        (b"<VOTABLE>&nothing;</VOTABLE>", "cut off or no XML"),
        (b"<VOTABLE>" + b"<RESOURCE>" * 100, "nested more than 64 deep"),
        (b"<?xml version='1.0' encoding='x-none'?><VOTABLE/>", "encoding"),
        (b"<?xml version='1.0' encoding='euc-jp'?><VOTABLE/>", "encoding"),
        (b"<?xml version='1.0' encoding='utf-7'?><VOTABLE/>", "encoding|no XML"),
        (b"<?xml version='1.0' encoding='rot13'?><VOTABLE/>", "encoding"),
        (b"<?xml version='1.0' encoding='idna'?><VOTABLE/>", "encoding"),
        (b"<VOTABLE a='" + b"x" * (2 << 20), "a tag of more than"),
        (votable('<FIELD name="a" arraysize="2y"/>'), "cannot be understood"),
        (votable('<FIELD name="a" arraysize="-1"/>'), "cannot be understood"),
        (votable('<FIELD name="a" arraysize="99999999999"/>'), "cannot be understood"),
        (votable('<FIELD name="a" arraysize="0"/>'), "is nothing"),
        (votable('<FIELD name="a" arraysize="3x0"/>'), "is nothing"),
        (votable('<FIELD name="a" arraysize="9999999999x9999999999*"/>'), "too large"),
        (votable('<FIELD name="a" arraysize="6000"/>' * 2), "too large"),
        (votable("<FIELD/>" * 51), "more than 50 columns"),
        (votable("", 'nrows="many"'), "nrows=“many”"),
        (votable("", 'nrows="-1"'), "nrows"),
        (votable("", 'nrows="1000000000"'), "1,000,000,000 rows"),
        (b'<VOTABLE><STREAM href="file:///etc/passwd"/></VOTABLE>', "another address"),
        (b'<VOTABLE><STREAM HREF="http://169.254.169.254/"/></VOTABLE>', "another address"),
        (
            b'<v:VOTABLE xmlns:v="http://a"><v:STREAM v:href="http://localhost/"/></v:VOTABLE>',
            "another address",
        ),
    ],
)
def test_a_votable_that_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    limits = GuardLimits(size=4 << 20, columns=50, elements=10_000, rows=100_000)
    error = refused(tmp_path, data, limits)
    assert any(word in error.message for word in words.split("|")), error.message


def test_columns_are_counted_for_each_table(tmp_path: Path) -> None:
    table = b"<TABLE>" + b"<FIELD arraysize='150'/>" * 40 + b"</TABLE>"
    assert look(tmp_path, b"<VOTABLE><RESOURCE>" + table * 3 + b"</RESOURCE></VOTABLE>")


def test_a_quadratic_blow_up_takes_no_time(tmp_path: Path) -> None:
    data = b"<VOTABLE " + b" ".join(b"a%d='1'" % n for n in range(60_000)) + b"/>"
    start = time.perf_counter()
    look(tmp_path, data)
    assert time.perf_counter() - start < 2


# -- FITS --------------------------------------------------------------------


def header(**cards: object) -> bytes:
    lines = [f"{key:<8}= {value!s:>20}" for key, value in cards.items()] + ["END"]
    text = "".join(line.ljust(80) for line in lines)
    return text.ljust(-(-len(text) // 2880) * 2880).encode()


PRIMARY = header(SIMPLE="T", BITPIX=8, NAXIS=0)
BINTABLE = {"XTENSION": "'BINTABLE'", "BITPIX": 8, "NAXIS": 2}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PRIMARY[:1000], "cut off"),
        (PRIMARY[:80] + b" " * 2800, "cut off"),
        (header(SIMPLE="T", BITPIX=-64, NAXIS=2, NAXIS1=10**11, NAXIS2=10**11), "cut off"),
        (header(SIMPLE="T", BITPIX=8, NAXIS=999, NAXIS1=-1), "NAXIS1 = -1"),
        (header(SIMPLE="T", BITPIX="x", NAXIS=1, NAXIS1=1), "BITPIX = x"),
        (header(SIMPLE="T", BITPIX=8, NAXIS="1e99"), "NAXIS = 1e99"),
        (PRIMARY + header(**BINTABLE, NAXIS1=8, NAXIS2=10**9, TFIELDS=1), "cut off"),
        (PRIMARY + header(**BINTABLE, NAXIS1=0, NAXIS2=0, PCOUNT=10**12), "PCOUNT|cut off"),
        (PRIMARY + header(**BINTABLE, NAXIS1=0, NAXIS2=0, TFIELDS=51), "more than 50 columns"),
        (PRIMARY + b"garbage", "cut off"),
        (PRIMARY * 1001, "more than 1,000 parts"),
    ],
)
def test_fits_that_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    error = refused(tmp_path, data, GuardLimits(size=4 << 20, columns=50))
    assert any(word in error.message for word in words.split("|")), error.message


def test_a_header_that_does_not_end(tmp_path: Path) -> None:
    limits = GuardLimits(size=64 << 20)
    start = time.perf_counter()
    assert "cut off" in refused(tmp_path, PRIMARY[:80] + b" " * (16 << 20), limits).message
    assert time.perf_counter() - start < 5


def test_fits_of_astropy_passes(tmp_path: Path) -> None:
    columns = [
        fits.Column("a", "D", array=np.arange(5.0)),
        fits.Column("b", "PJ()", array=np.array([np.arange(n) for n in range(5)], object)),
    ]
    parts = [
        fits.PrimaryHDU(np.zeros((3, 4))),
        fits.BinTableHDU.from_columns(columns),
        fits.CompImageHDU(np.arange(900, dtype=np.int32).reshape(30, 30)),
    ]
    out = io.BytesIO()
    fits.HDUList(parts).writeto(out)
    assert look(tmp_path, out.getvalue()) == "fits"


# -- Parquet -----------------------------------------------------------------


def parquet(table: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def broken_parquet() -> Iterator[bytes]:
    data = parquet(pa.table({"a": np.arange(100)}))
    yield b"PAR1"
    yield b"PAR1PAR1"
    yield b"PAR1" + bytes(4) + b"PAR1"
    yield data[:-1]
    yield data[: len(data) // 2]
    yield data[:-8] + (1 << 31).to_bytes(4, "little") + b"PAR1"
    yield data[:-8] + (len(data) + 1).to_bytes(4, "little") + b"PAR1"
    length = int.from_bytes(data[-8:-4], "little")
    yield data[: -8 - length] + bytes(length) + data[-8:]


@pytest.mark.parametrize("data", list(broken_parquet()))
def test_parquet_that_is_broken(tmp_path: Path, data: bytes) -> None:
    error = refused(tmp_path, data)
    assert isinstance(error, UsageError)
    assert "cut off or no Parquet file" in error.message


def test_parquet_beyond_the_limits(tmp_path: Path) -> None:
    wide = parquet(pa.table({f"c{n}": [1] for n in range(51)}))
    assert "more than 50 columns" in refused(tmp_path, wide).message
    long = parquet(pa.table({"a": np.zeros(100_001, np.int8)}))
    assert "100,001 rows" in refused(tmp_path, long).message
    # 8 MB of one number: a thousandth of that in the file.
    bomb = parquet(
        pa.table({"a": pa.array([b"\0" * (1 << 20)] * 8)}),
        compression="zstd",
        use_dictionary=False,
    )
    assert len(bomb) < 1 << 20
    assert "decompressed" in refused(tmp_path, bomb).message


# -- Arrow -------------------------------------------------------------------


@pytest.mark.parametrize("kind", [pa.ipc.new_stream, pa.ipc.new_file])
@pytest.mark.parametrize("codec", [None, "zstd", "lz4"])
def test_arrow_beyond_the_limits(tmp_path: Path, kind: object, codec: str | None) -> None:
    def written(table: pa.Table) -> bytes:
        out = io.BytesIO()
        options = pa.ipc.IpcWriteOptions(compression=codec)
        with kind(out, table.schema, options=options) as writer:  # type: ignore[operator]
            writer.write_table(table)
        return out.getvalue()

    assert look(tmp_path, written(pa.table({"a": np.arange(1000)}))) == "arrow"
    wide = written(pa.table({f"c{n}": [1] for n in range(51)}))
    assert "more than 50 columns" in refused(tmp_path, wide).message
    if codec:
        bomb = written(pa.table({"a": [b"\0" * 1000] * 9000}))
        assert len(bomb) < 1 << 20
        assert "decompressed" in refused(tmp_path, bomb).message


@pytest.mark.parametrize(
    "data",
    [
        b"ARROW1",
        b"ARROW1\0\0" + bytes(100),
        b"\xff\xff\xff\xff",
        b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(64),
        b"\xff\xff\xff\xff\x40\0\0\0" + b"\xaa" * 64,
    ],
)
def test_arrow_that_is_broken(tmp_path: Path, data: bytes) -> None:
    assert "cut off or no Arrow file" in refused(tmp_path, data).message


# -- text --------------------------------------------------------------------


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_text_of_many_columns(tmp_path: Path, sign: str) -> None:
    line = sign.join(f"c{n}" for n in range(51))
    assert "more than 50 columns" in refused(tmp_path, f"{line}\n1\n".encode()).message
    assert look(tmp_path, f"{line.rpartition(sign)[0]}\n1\n".encode()) == "text"


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINE", 100_000)
    monkeypatch.setattr(module, "_PIECE", 10_000)
    assert "a line of more than" in refused(tmp_path, b"a\n" + b"x" * 150_000).message
    assert look(tmp_path, b"a\n" + (b"x" * 50_000 + b"\n") * 10) == "text"


def test_a_header_of_comments_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HEADER", 50_000)
    monkeypatch.setattr(module, "_PIECE", 1000)
    assert look(tmp_path, b"# x\n" * 10_000 + b"a\n" + b"1\n" * 50_000) == "text"
    assert "a header of more than" in refused(tmp_path, b"# x\n" * 20_000 + b"a\n1\n").message


def test_nothing_that_was_cut_anywhere_ends_in_a_traceback(tmp_path: Path) -> None:
    """Every kind, cut at many places: it passes or is refused, and nothing else."""
    table = pa.table({"n": np.arange(50), "t": ["é<&"] * 50})
    outcomes = set()
    for form in WRITTEN:
        data = write(table, form)
        for part in (data, gzip.compress(data)):
            for end in np.linspace(0, len(part), 40).astype(int).tolist():
                outcomes.add(outcome(tmp_path / "cut", part[:end]))
    assert outcomes == {*WRITTEN.values(), UsageError}


def outcome(file: Path, data: bytes) -> object:
    file.write_bytes(data)
    try:
        return guard(file, NAME, LIMITS)
    except LspError as error:
        return type(error)
