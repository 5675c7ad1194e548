"""VOTable documents (VOTable 1.4), read as a stream.

Nothing outside the document is ever fetched: a STREAM that refers elsewhere is
refused, and so is a document type declaration.
"""

from __future__ import annotations

import binascii
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, cast
from xml.parsers import expat

import pyarrow as pa

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.fields import arrow_type
from lsp_jupyter.formats.sources.source import Source, described_field, listed
from lsp_jupyter.formats.sources.votable_cells import Binary, Column, Texts

__all__ = ["fields_of", "votable_source"]

#: Bytes read at once, rows of a batch, depth and columns of a document at most.
_PIECE, _ROWS, _DEPTH, _FIELDS = 1 << 18, 16_384, 64, 20_000

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
        self.binary: list[str] = []
        self._wanted = wanted
        self._stack: list[str] = []
        self._text: list[str] = []
        self._row: list[str | None] = []
        self._current = _Table()
        self._base64 = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, data: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise PublishError(
                f"{self.name} is cut off or no XML: {expat.errors.messages[error.code]} "
                f"at line {error.lineno}, column {error.offset + 1}.",
                hint="Fetch or write the file again.",
            ) from None

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

    def _check_stream(self, given: dict[str, str]) -> None:
        if "href" in given:
            raise PublishError(
                f"The rows of {self.name} are not in it, but at another address.",
                hint="Fetch the whole table, for example with STILTS, and publish that.",
            )
        if self.kind == "FITS" or given.get("encoding", "") != "base64":
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


def votable_source(path: Path, table: str = "") -> Source:
    """The rows of one TABLE of a VOTable: TABLEDATA, BINARY or BINARY2.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file.
    table : `str`
        Name of the TABLE, or its number among those with data; the first by default.

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
    if document.table is None or not document.kind:
        found = f" Its tables are: {listed(document.seen)}." if any(document.seen) else ""
        raise PublishError(
            f"{path.name} has no table {table} with rows.{found}"
            if table
            else f"{path.name} has no table with rows.",
            hint="Name another one with --from, or another file.",
        )
    read = document.table
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
        read=partial(_batches, path, table, schema),
        rows=read.rows,
        title=read.name,
        description=read.description,
    )


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")


def _pieces(file: IO[bytes], document: _Document) -> Iterator[None]:
    try:
        while piece := file.read(_PIECE):
            document.feed(piece)
            yield
    except (OSError, EOFError) as error:
        raise PublishError(
            f"{document.name} cannot be decompressed: {error}.", hint="Fetch the file again."
        ) from None
    document.feed(b"", last=True)
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
                if len(document.texts) >= _ROWS or (document.finished and document.texts):
                    rows, document.texts = document.texts, []
                    yield decoder.decode(rows)
                    count += len(rows)
            elif decoder is not None:
                text = rest + "".join("".join(document.binary).split())
                document.binary = []
                whole = len(text) if document.finished else len(text) // 4 * 4
                rest = text[whole:]
                try:
                    batch = decoder.decode(binascii.a2b_base64(text[:whole]))
                except binascii.Error:
                    raise PublishError(f"The base64 text of {path.name} is broken.") from None
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
