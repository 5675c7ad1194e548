"""Finished results as tables of one query.

The engine has no access to files, so the worker maps a result and hands the
engine the mapped rows under a name. The names are gone with the query.

This module must depend on the standard library, PyArrow and DuckDB only.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from .arrow_stream import map_file
from .duckdb_failure import Gone

__all__ = ["registered", "room_for"]

#: Rows of a piece at most: as many as the engine reads at a time, so that all its
#: threads have work although a result is often one batch.
_PIECE = 122_880


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, results: Sequence[Mapping[str, str]]
) -> Iterator[frozenset[str]]:
    """Let a connection read results as tables.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where.
    results : sequence of mapping
        The ``alias`` of each, which becomes the table's name, and the ``path``
        of its finished file, an Arrow IPC stream.

    Yields
    ------
    names : `frozenset` of `str`
        What the connection can read now.

    Raises
    ------
    Gone
        Raised if a file is not there or is no Arrow IPC stream.
    """
    with ExitStack() as stack:
        for item in results:
            table = stack.enter_context(_mapped(Path(item["path"])))
            connection.register(item["alias"], table)
            stack.callback(connection.unregister, item["alias"])
        yield frozenset(item["alias"] for item in results)


@contextmanager
def _mapped(path: Path) -> Iterator[pa.Table]:
    try:
        file = path.open("rb")
    except OSError:
        raise Gone("A result that this query reads was deleted") from None
    with file, room_for(os.fstat(file.fileno()).st_size):
        try:
            reader = pa.ipc.open_stream(pa.BufferReader(map_file(file.fileno())))
            batches = [
                batch.slice(start, _PIECE)
                for batch in reader
                for start in range(0, batch.num_rows, _PIECE)
            ]
        except (pa.ArrowInvalid, OSError, ValueError):
            raise Gone("A result that this query reads is damaged") from None
        yield pa.Table.from_batches(batches, reader.schema)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Allow the process so many more bytes of address space, for a file it maps."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    soft, hard = before
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (soft + size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
