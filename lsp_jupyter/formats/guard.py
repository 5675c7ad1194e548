"""What a foreign file must be before a reader sees it.

Readers trust what a file declares: how long its arrays are, how many rows
follow, where its bytes lie. A stranger's file is looked at here first, with
work and memory that depend on the file's own size alone.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from lsp_jupyter.errors import LimitError, LspError, UsageError
from lsp_jupyter.formats.arrow_guard import declared

__all__ = ["Form", "GuardLimits", "guard", "too_large", "too_wide"]

_PIECE = 1 << 18
#: Elements of XML that one begins inside another at most.
_DEPTH = 64
#: Bytes of one XML tag, of an ECSV header, and of a line of text, at most.
_TAG, _HEADER, _LINE = 1 << 20, 4 << 20, 64 << 20
#: Blocks of 2,880 bytes of one FITS header, and parts of one FITS file, at most.
_CARDS, _PARTS = 2000, 1000
_SEND = "Send VOTable, FITS, Parquet, Arrow, CSV or ECSV, or one of them gzipped."
_PRODUCT = re.compile(r"[0-9]{1,10}(x[0-9]{1,10})*(x?\*)?|\*")

#: How files begin that are of no use here, and what they are.
_REFUSED = (
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"SQLite format", "an SQLite database"),
    (b"%PDF", "a PDF document"),
)


class Form(str):
    """What a file is: ``votable``, ``fits``, ``parquet``, ``arrow``, ``text``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """What a foreign file may be at most.

    Attributes
    ----------
    size : `int`
        Bytes, after decompression.
    columns : `int`
        Columns of a table.
    elements : `int`
        Elements of one cell.
    rows : `int`
        Rows.
    """

    size: int = 1 << 30
    columns: int = 2000
    elements: int = 4_000_000
    rows: int = 100_000_000


def guard(path: Path, name: str, limits: GuardLimits) -> Form:
    """Look at a file, and decompress it in its place if it is compressed by gzip.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file; only gzip changes it.
    name : `str`
        What to call it in messages.
    limits : `GuardLimits`
        What it may be at most.

    Returns
    -------
    form : `Form`
        What it is.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is of no kind that can be read, or is not what it says.
    lsp_jupyter.errors.LimitError
        Raised if it is larger than the limits.
    """
    if _head(path).startswith(b"\x1f\x8b"):
        _gunzip(path, name, limits.size)
    head = _head(path)
    if not head.strip():
        raise UsageError(f"{name} is empty.", hint="Send a table.")
    if path.stat().st_size > limits.size:
        raise too_large(name, limits.size)
    for sign, what in (*_REFUSED, (b"\x1f\x8b", "compressed twice")):
        if head.startswith(sign):
            raise UsageError(f"{name} is {what}, which cannot be read.", hint=_SEND)
    if head.startswith(b"PAR1"):
        _parquet(path, name, limits)
        return Form("parquet")
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        _arrow(path, name, limits)
        return Form("arrow")
    if head.startswith(b"SIMPLE  ="):
        _fits(path, name, limits)
        return Form("fits")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        _votable(path, name, limits)
        return Form("votable")
    if b"\0" in head:
        raise UsageError(f"{name} is of no kind that can be read.", hint=_SEND)
    _text(path, name, limits)
    return Form("text")


def too_large(name: str, size: int) -> LimitError:
    """What to say of a file that is too large."""
    return LimitError(
        f"{name} has more than {size:,} bytes.",
        hint="Send fewer rows or columns, or a compact format such as Parquet.",
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _gunzip(path: Path, name: str, limit: int) -> None:
    target = path.with_name(f"{path.name}.plain")
    try:
        with path.open("rb") as packed, target.open("xb") as plain:
            _inflate(packed, plain, name, limit)
        target.replace(path)
    finally:
        target.unlink(missing_ok=True)


def _inflate(packed: IO[bytes], plain: IO[bytes], name: str, limit: int) -> None:
    """Decompress every member of a gzip file."""
    written = 0
    member = zlib.decompressobj(wbits=31)
    data = packed.read(_PIECE)
    try:
        while data:
            piece = member.decompress(data, _PIECE)
            written += len(piece)
            if written > limit:
                raise too_large(f"{name}, decompressed,", limit)
            plain.write(piece)
            data = member.unconsumed_tail
            if member.eof:
                data = (member.unused_data or packed.read(_PIECE)).lstrip(b"\0")
                if not data:
                    return
                member = zlib.decompressobj(wbits=31)
            elif not data:
                data = packed.read(_PIECE)
    except zlib.error:
        raise UsageError(
            f"{name} cannot be decompressed.", hint="Compress or send the file again."
        ) from None
    raise UsageError(
        f"{name} is cut off: its compressed data do not end.", hint="Send the file again."
    )


class _Header:
    """Follows a VOTable to the first row of its first table."""

    def __init__(self, name: str, limits: GuardLimits) -> None:
        self.done = False
        self._name = name
        self._limits = limits
        self._depth = 0
        self._columns = 0
        self._elements = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype

    def _doctype(self, *_: Any) -> None:
        raise UsageError(
            f"{self._name} declares a document type or entities, which are refused.",
            hint="Remove the DOCTYPE declaration.",
        )

    def _start(self, tag: str, given: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2].upper()
        if self._depth == 0 and tag != "VOTABLE":
            raise UsageError(
                f"{self._name} is XML, but no VOTable: it begins with {tag[:40]}.",
                hint=_SEND,
            )
        self._depth += 1
        if self._depth > _DEPTH:
            raise UsageError(f"{self._name} is nested more than {_DEPTH} deep.")
        if tag == "TABLE":
            self._columns = self._elements = 0
            self._check_rows(given.get("nrows", ""))
        elif tag == "FIELD":
            self._check_field(given)
        elif tag == "STREAM" and "href" in {key.rpartition(" ")[2].lower() for key in given}:
            raise UsageError(
                f"The rows of {self._name} are not in it, but at another address.",
                hint="Send the rows themselves.",
            )
        elif tag in {"TABLEDATA", "STREAM"}:
            self.done = True

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _check_rows(self, text: str) -> None:
        if not text:
            return
        if not re.fullmatch(r"[0-9]{1,18}", text.strip()):
            raise UsageError(f"{self._name} declares nrows=“{text[:40]}”, which is no number.")
        if int(text) > self._limits.rows:
            raise LimitError(
                f"{self._name} declares {int(text):,} rows; {self._limits.rows:,} are possible."
            )

    def _check_field(self, given: dict[str, str]) -> None:
        self._columns += 1
        if self._columns > self._limits.columns:
            raise too_wide(self._name, self._limits.columns)
        size = given.get("arraysize", "").strip()
        if not size:
            return
        what = f"The arraysize “{size[:40]}” of column {given.get('name', '')[:60]} of {self._name}"
        if not _PRODUCT.fullmatch(size):
            raise UsageError(f"{what} cannot be understood.", hint="It is a number or *.")
        product = 1
        for each in re.findall(r"[0-9]+", size):
            product *= int(each)
        # The cells of one row together: a reader makes room for a row at a time.
        self._elements += product
        if product == 0:
            raise UsageError(f"{what} is nothing.", hint="It is a number above zero, or *.")
        if self._elements > self._limits.elements:
            raise LimitError(f"{what} is too large.", hint="Send arrays of fewer elements.")


def too_wide(name: str, columns: int) -> LimitError:
    """What to say of a table of too many columns."""
    return LimitError(f"{name} has more than {columns:,} columns.", hint="Send fewer of them.")


def _votable(path: Path, name: str, limits: GuardLimits) -> None:
    header = _Header(name, limits)
    read = told = 0
    try:
        with path.open("rb") as file:
            while not header.done and (piece := file.read(_PIECE)):
                header.parser.Parse(piece, False)
                read += len(piece)
                at = header.parser.CurrentByteIndex
                if at > told:
                    told = at
                elif read - told > _TAG:
                    raise UsageError(f"{name} has a tag of more than {_TAG:,} bytes.")
            if not header.done:
                header.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UsageError(
            f"{name} is cut off or no XML: {expat.errors.messages[error.code]} at line "
            f"{error.lineno}, column {error.offset + 1}.",
            hint="Write or send the file again.",
        ) from None
    except (LookupError, ValueError):
        raise UsageError(
            f"{name} is in an encoding that cannot be read.", hint="Use UTF-8."
        ) from None


def _parquet(path: Path, name: str, limits: GuardLimits) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8))
        length = int.from_bytes(file.read(4), "little")
        if file.read(4) != b"PAR1" or length > min(path.stat().st_size - 12, 64 << 20):
            raise _broken(name, "Parquet")
    try:
        with pq.ParquetFile(path) as opened:
            meta = opened.metadata
            wide, rows = meta.num_columns, meta.num_rows
            size = sum(
                meta.row_group(number).total_byte_size for number in range(meta.num_row_groups)
            )
    except (pa.ArrowException, OSError, ValueError):
        raise _broken(name, "Parquet") from None
    _check(wide, rows, size, name, limits)


def _arrow(path: Path, name: str, limits: GuardLimits) -> None:
    try:
        found = declared(path)
    except ValueError:
        raise _broken(name, "Arrow") from None
    _check(found.columns, found.rows, found.size, name, limits)


def _check(columns: int, rows: int, size: int, name: str, limits: GuardLimits) -> None:
    """What a columnar file declares."""
    if columns > limits.columns:
        raise too_wide(name, limits.columns)
    if not 0 <= rows <= limits.rows:
        raise LimitError(f"{name} declares {rows:,} rows; {limits.rows:,} are possible.")
    if not 0 <= size <= 4 * limits.size:
        raise too_large(f"{name}, decompressed,", 4 * limits.size)


def _broken(name: str, form: str) -> LspError:
    return UsageError(f"{name} is cut off or no {form} file.", hint="Write or send the file again.")


def _fits(path: Path, name: str, limits: GuardLimits) -> None:
    """Check the sizes that the headers of all parts declare against the file's."""
    total, place, parts = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while place < total:
            parts += 1
            if parts > _PARTS:
                raise LimitError(f"{name} has more than {_PARTS:,} parts.")
            file.seek(place)
            told, place = _cards(file, name), file.tell()
            axes = [_whole(told, f"NAXIS{n + 1}", name) for n in range(_whole(told, "NAXIS", name))]
            size = abs(_whole(told, "BITPIX", name)) // 8 if axes else 0
            for axis in axes:
                size *= axis
            size += _whole(told, "PCOUNT", name)
            if _whole(told, "TFIELDS", name) > limits.columns:
                raise too_wide(name, limits.columns)
            if place + size > total:
                raise _broken(name, "whole FITS")
            place += -(-size // 2880) * 2880


def _cards(file: IO[bytes], name: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for _ in range(_CARDS):
        block = file.read(2880)
        if len(block) < 2880:
            break
        for at in range(0, 2880, 80):
            key = block[at : at + 8].decode("latin-1").rstrip()
            if key == "END":
                return told
            if block[at + 8 : at + 10] == b"= ":
                value = block[at + 10 : at + 80].decode("latin-1").partition("/")[0]
                told.setdefault(key, value.strip())
    raise _broken(name, "FITS")


def _whole(told: dict[str, str], key: str, name: str) -> int:
    text = told.get(key, "0")
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text) or (key != "BITPIX" and int(text) < 0):
        raise UsageError(f"{name} has {key} = {text[:40]} in a FITS header, which is no size.")
    return min(int(text), 999) if key == "NAXIS" else int(text)


def _text(path: Path, name: str, limits: GuardLimits) -> None:
    """Lines of bearable length, a bearable header, and no NUL."""
    length = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if b"\0" in piece:
                raise UsageError(f"{name} is neither text nor any other table.")
            last = piece.rfind(b"\n")
            length = len(piece) - last - 1 if last >= 0 else length + len(piece)
            if length > _LINE:
                raise UsageError(f"{name} has a line of more than {_LINE:,} bytes.")
    with path.open("rb") as file:
        line = file.readline(_LINE)
        while line.removeprefix(b"\xef\xbb\xbf").startswith(b"#"):
            if file.tell() > _HEADER:
                raise UsageError(f"{name} has a header of more than {_HEADER:,} bytes.")
            line = file.readline(_LINE)
    if max(line.count(sign) for sign in (b",", b"\t", b";", b"|")) >= limits.columns:
        raise too_wide(name, limits.columns)
