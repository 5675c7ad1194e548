"""A SQLite database with the rows, the columns' metadata and the origin."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from lsp_jupyter.errors import LimitError, OverloadError
from lsp_jupyter.formats.cells import cast, chunks, plain
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.json_table import json_cells
from lsp_jupyter.formats.text import DELIMITED, column_text

__all__ = ["write_sqlite"]

#: Columns that SQLite takes as it is usually built.
MOST = 2000
_BLOCK = 1 << 20
_WORDS = ("name", "datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")


def write_sqlite(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A SQLite 3 database of the tables ``result``, ``columns`` and ``info``.

    SQLite has no NaN: it becomes NULL. Truth values are 1 and 0, lists JSON.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.

    Yields
    ------
    piece : `bytes`
        Nothing until all rows are in the file, which has no name any more by then.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if SQLite cannot have that many columns.
    lsp_jupyter.errors.OverloadError
        Raised if the disk is full.
    """
    fields = vo_fields(header.schema)
    if len(fields) > MOST:
        raise LimitError(
            f"SQLite tables have {MOST:,} columns at most, not {len(fields):,}.",
            hint="Select fewer columns, or take the result as Parquet.",
        )
    handle, name = tempfile.mkstemp(".sqlite", ".lsp-", header.scratch)
    with open(handle, "rb") as file:
        try:
            with closing(sqlite3.connect(name, isolation_level=None)) as database:
                _begin(database, fields)
                # Whatever happens from now on, the file goes with this process.
                with suppress(PermissionError):
                    os.unlink(name)
                yield from _fill(database, header, fields, batches)
        except sqlite3.OperationalError as error:
            if "full" not in str(error) and "I/O" not in str(error):
                raise
            raise OverloadError(
                "The service is short of disk space.",
                retry_after=60,
                hint="Take the result in a format that is not put together on the disk.",
            ) from None
        finally:
            Path(name).unlink(missing_ok=True)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _begin(database: sqlite3.Connection, fields: Sequence[VOField]) -> None:
    for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY"):
        database.execute(f"PRAGMA {setting}")
    database.execute("BEGIN EXCLUSIVE")
    columns = ", ".join(f"{_quoted(vo.name)} {_type(vo)}" for vo in fields)
    database.execute(f"CREATE TABLE result ({columns})")
    database.execute(f"CREATE TABLE columns (place INTEGER PRIMARY KEY, {', '.join(_WORDS)})")
    database.execute("CREATE TABLE info (name TEXT, value TEXT)")
    marks = ", ".join("?" * len(_WORDS))
    database.executemany(
        f"INSERT INTO columns ({', '.join(_WORDS)}) VALUES ({marks})",  # noqa: S608 - our words
        [[getattr(vo, key) or None for key in _WORDS] for vo in fields],
    )


def _fill(
    database: sqlite3.Connection,
    header: TableHeader,
    fields: Sequence[VOField],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[bytes]:
    insert = f"INSERT INTO result VALUES ({', '.join('?' * len(fields))})"  # noqa: S608 - marks
    for batch in batches:
        for piece in chunks(batch):
            pairs = zip(piece.columns, fields, strict=True)
            database.executemany(insert, zip(*(_values(*pair) for pair in pairs), strict=True))
            # Whoever reads this may stop here.
            yield b""
    status = "OVERFLOW" if header.cut_off() else "OK"
    infos = {"QUERY_STATUS": status, **header.infos}
    database.executemany("INSERT INTO info VALUES (?, ?)", infos.items())
    database.execute("COMMIT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("\0", "\ufffd") + '"'


def _type(vo: VOField) -> str:
    if vo.kind is Kind.BYTES:
        return "BLOB"
    if vo.kind is Kind.BOOLEAN:
        return "BOOLEAN"
    if vo.kind is not Kind.NUMBER:
        return "TEXT"
    return "REAL" if pa.types.is_floating(vo.type) else "INTEGER"


def _values(array: pa.Array, vo: VOField) -> list[Any]:
    array = plain(array)
    if vo.kind is Kind.NUMBER:
        return cast(array, vo.type, vo).to_pylist()  # type: ignore[no-any-return]
    if vo.kind is Kind.ARRAY:
        texts = json_cells(array, vo).to_pylist()
        return [None if text == "null" else text for text in texts]
    if vo.kind is Kind.TEXT:
        array = column_text(array, vo, DELIMITED)
    return array.to_pylist()  # type: ignore[no-any-return]
