"""VOTable documents (VOTable 1.4), read as a stream.

Nothing outside the document is ever fetched: a STREAM that refers elsewhere is
refused, and so is a document type declaration.
"""

from __future__ import annotations

import binascii
import gzip
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, cast
from xml.parsers import expat

import pyarrow as pa
from pybase64 import b64decode

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.fields import arrow_type, metadata_of
from lsp_jupyter.formats.sources.source import Source, described_field, listed
from lsp_jupyter.formats.sources.votable_cells import Binary, Texts
from lsp_jupyter.formats.sources.votable_column import Column
from lsp_jupyter.formats.sources.votable_rows import START, PlainRows

__all__ = ["fields_of", "votable_source"]

#: Bytes read at once, rows of a batch, depth and columns of a document at most.
_PIECE, _ROWS, _DEPTH, _FIELDS = 1 << 20, 16_384, 64, 20_000

_SPACE = re.compile(r"\s+")


@dataclass
class _Table:
    """What is known of a TABLE before its data begin."""

    name: str = ""
    rows: int | None = None
    description: str = ""
    columns: list[Column] = field(default_factory=list)


class _Document:
    """Follows one document up to the table that is wanted, and through its data."""

    def __init__(self, name: str, wanted: str) -> None:
        self.name = name
        self.table: _Table | None = None
        self.kind = ""
        self.finished = False
        self.seen: list[str] = []
        self.texts: list[list[str | None]] = []
        self.columns: list[list[str]] = []
        self.plain: PlainRows | None = None
        self.binary: list[str] = []
        self._wanted = wanted
        self._stack: list[str] = []
        self._text: list[str] = []
        self._row: list[str | None] = []
        self._current = _Table()
        self._base64 = False
        self._utf8 = True
        self._read = self._started = 0
        self.last = self._current
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration

    def feed(self, data: bytes, *, last: bool = False) -> None:
        self._read += len(data)
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise PublishError(
                f"{self.name} is cut off or no XML: {expat.errors.messages[error.code]} "
                f"at line {error.lineno}, column {error.offset + 1}.",
                hint="Fetch or write the file again.",
            ) from None

    def begin_plain_rows(self) -> None:
        """Let rows be split without the parser, if what it read last begins them."""
        begins = self._started + len(START) == self._read
        if self.kind == "TABLEDATA" and begins and self._utf8 and self.table is not None:
            self.plain = PlainRows(len(self.table.columns))

    def take(self, data: bytes) -> None:
        """Go on in the rows of TABLEDATA: most are split without the parser."""
        if self.plain is not None:
            self.columns, data = self.plain.take(data)
        if data:
            self.feed(data)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._utf8 = (encoding or "utf-8").lower() in {"utf-8", "utf8", "us-ascii"}

    def _doctype(self, *_: object) -> None:
        raise PublishError(f"{self.name} declares a document type, which is not read.")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2].upper()
        self._stack.append(tag)
        if len(self._stack) > _DEPTH:
            raise PublishError(f"{self.name} is nested too deeply.")
        self._text.clear()
        if self.kind:
            if tag == "STREAM" and not self.finished:
                self._check_stream(given)
            elif tag == "TR":
                self._row = []
        elif tag == "TABLE":
            rows = given.get("nrows", "")
            self._current = _Table(given.get("name", ""), int(rows) if rows.isdigit() else None)
        elif tag == "FIELD":
            if len(self._current.columns) >= _FIELDS:
                raise PublishError(f"{self.name} has more than {_FIELDS:,} columns.")
            self._current.columns.append(Column.of(given))
        elif tag == "VALUES" and "FIELD" in self._stack and "null" in given:
            self._current.columns[-1].null = given["null"]
        elif tag == "DATA" and self._stack[-2:-1] == ["TABLE"]:
            self.seen.append(self._current.name)
            if self._wanted in ("", self._current.name, str(len(self.seen))):
                self.table = self._current
        elif tag in {"TABLEDATA", "BINARY", "BINARY2", "FITS"} and self.table is self._current:
            self.kind = tag
            self._started = self._parser.CurrentByteIndex

    def _check_stream(self, given: dict[str, str]) -> None:
        if "href" in given:
            raise PublishError(
                f"The rows of {self.name} are not in it, but at another address.",
                hint="Fetch the whole table, for example with STILTS, and publish that.",
            )
        if given.get("encoding", "") != "base64":
            raise PublishError(
                f"The rows of {self.name} are encoded in a way that cannot be read here.",
                hint="Write it as BINARY2 or TABLEDATA.",
            )
        self._base64 = True

    def _characters(self, text: str) -> None:
        if self._base64:
            self.binary.append(text)
        elif self._stack[-1] in {"TD", "DESCRIPTION"}:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        tag = self._stack.pop()
        if tag == "TD":
            self._row.append("".join(self._text) if self._text else None)
        elif tag == "TR" and self.kind and not self.finished:
            self.texts.append(self._row)
        elif tag == "STREAM":
            self._base64 = False
        elif tag == "DATA" and self.kind:
            self.finished = True
        elif tag == "DESCRIPTION" and not self.kind:
            text = _SPACE.sub(" ", "".join(self._text)).strip()
            if self._stack[-1:] == ["FIELD"]:
                self._current.columns[-1].words["description"] = text
            elif self._stack[-1:] == ["TABLE"]:
                self._current.description = text
        elif tag == "TABLE" and self._current.columns and not self.last.columns:
            self.last = self._current
        self._text.clear()


def fields_of(document: bytes, name: str) -> dict[str, dict[str, str]]:
    """The words of each FIELD of a document, data or not; nothing if it cannot be read."""
    followed = _Document(name, "")
    try:
        followed.feed(document, last=True)
    except PublishError:
        return {}
    columns = (followed.table or followed._current).columns
    return {column.name: column.words | {"xtype": column.xtype} for column in columns}


def votable_source(path: Path, table: str = "", *, empty: bool = False) -> Source:
    """The rows of one TABLE of a VOTable, in any serialization.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file.
    table : `str`
        Name of the TABLE, or its number among those with data; the first by default.
    empty : `bool`
        Whether a TABLE without DATA is a table of no rows.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it is no VOTable that can be read, or has no such table.
    """
    document = _Document(path.name, table)
    with _opened(path) as file:
        for _ in _pieces(file, document):
            if document.kind:
                break
    if document.table is None and empty and not table and document.last.columns:
        document.table, document.kind = document.last, "no data"
    if document.table is None or not document.kind:
        found = f" Its tables are: {listed(document.seen)}." if any(document.seen) else ""
        raise PublishError(
            f"{path.name} has no table {table} with rows.{found}"
            if table
            else f"{path.name} has no table with rows.",
            hint="Name another one with --from, or another file.",
        )
    read = document.table
    if document.kind == "FITS":
        return _fits(path, table, read)
    for column in read.columns:
        column.check(path.name)
    schema = pa.schema(
        [
            described_field(
                column.name,
                arrow_type(column.datatype, column.size, column.xtype_read),
                column.words
                | {"datatype": column.datatype, "arraysize": column.size, "xtype": column.xtype},
            )
            for column in read.columns
        ]
    )
    return Source(
        name=path.name,
        form=f"VOTable, {document.kind}",
        schema=schema,
        read=_nothing if document.kind == "no data" else partial(_batches, path, table, schema),
        rows=read.rows,
        title=read.name,
        description=read.description,
    )


def _nothing() -> Iterator[pa.RecordBatch]:
    return iter(())


def _fits(path: Path, wanted: str, table: _Table) -> Source:
    """The rows that are a FITS file within the document (VOTable 1.4 section 5.2)."""
    from lsp_jupyter.formats.sources.fits import fits_source

    def read() -> Iterator[pa.RecordBatch]:
        with _embedded(path, wanted) as inner:
            for batch in fits_source(inner).read():
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    with _embedded(path, wanted) as inner:
        source = fits_source(inner)
    fields = list(source.schema)
    if len(table.columns) == len(fields):
        fields = [
            described_field(
                column.name,
                field.type,
                metadata_of(field) | column.words | {"xtype": column.xtype},
            )
            for column, field in zip(table.columns, fields, strict=True)
        ]
    schema = pa.schema(fields)
    return replace(
        source,
        name=path.name,
        form="VOTable, FITS",
        schema=schema,
        read=read,
        title=table.name or source.title,
        description=table.description or source.description,
    )


@contextmanager
def _embedded(path: Path, wanted: str) -> Iterator[Path]:
    """The FITS file within a document, as a file of its own for a while."""
    document, rest = _Document(path.name, wanted), ""
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / path.name
        with _opened(path) as file, inner.open("wb") as out:
            for _ in _pieces(file, document):
                data, rest = _decoded(document, rest)
                out.write(data)
                if document.finished:
                    break
        yield inner


def _decoded(document: _Document, rest: str) -> tuple[bytes, str]:
    """What has come of a stream, after what was left before; and what is left now."""
    text = rest + "".join("".join(document.binary).split())
    document.binary = []
    whole = len(text) if document.finished else len(text) // 4 * 4
    try:
        return b64decode(text[:whole], validate=True), text[whole:]
    except binascii.Error:
        raise PublishError(f"The base64 text of {document.name} is broken.") from None


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")


def _pieces(file: IO[bytes], document: _Document) -> Iterator[None]:
    try:
        while piece := file.read(_PIECE):
            start = piece.find(START) + len(START) if START in piece and not document.kind else 0
            if start:
                # The rows begin a piece of their own.
                document.feed(piece[:start])
                document.begin_plain_rows()
                yield
            document.take(piece[start:])
            yield
    except (OSError, EOFError) as error:
        raise PublishError(
            f"{document.name} cannot be decompressed: {error}.", hint="Fetch the file again."
        ) from None
    document.feed(b"" if document.plain is None else document.plain.end(), last=True)
    yield


def _batches(path: Path, wanted: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    document = _Document(path.name, wanted)
    decoder: Texts | Binary | None = None
    rest = ""
    count = 0
    with _opened(path) as file:
        for _ in _pieces(file, document):
            if decoder is None and document.table is not None and document.kind:
                kind = Texts if document.kind == "TABLEDATA" else Binary
                decoder = kind(path.name, document.table.columns, schema)
                if isinstance(decoder, Binary):
                    decoder.masked = document.kind == "BINARY2"
            if isinstance(decoder, Texts):
                due = len(document.texts) >= _ROWS or document.finished or document.columns
                if due and document.texts:
                    rows, document.texts = document.texts, []
                    yield decoder.decode(rows)
                    count += len(rows)
                if document.columns:
                    columns, document.columns = document.columns, []
                    yield decoder.decode_columns(columns)
                    count += len(columns[0])
            elif decoder is not None:
                data, rest = _decoded(document, rest)
                batch = decoder.decode(data)
                if batch.num_rows:
                    yield batch
                count += batch.num_rows
            if document.finished:
                break
    if isinstance(decoder, Binary) and decoder.left:
        raise PublishError(
            f"The rows of {path.name} are cut off: {decoder.left} bytes are left after "
            f"row {count:,}.",
            hint="Fetch or write the file again.",
        )
    declared = document.table.rows if document.table is not None else None
    if declared is not None and declared != count:
        raise PublishError(
            f"{path.name} declares {declared:,} rows, but holds {count:,}.",
            hint="Fetch or write the file again.",
        )
