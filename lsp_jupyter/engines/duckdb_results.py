"""Finished results as tables of one query.

The engine has no access to files, so the worker maps a result and hands the
engine the mapped rows under a name. The names are gone with the query.

This module must depend on the standard library, PyArrow, NumPy and DuckDB only.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .arrow_stream import gather, map_file
from .duckdb_failure import Gone

__all__ = ["registered", "room_for"]

#: Rows of a piece at most: as many as the engine reads at a time, so that all its
#: threads have work although a result is often one batch.
_PIECE = 122_880


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, results: Sequence[Mapping[str, Any]]
) -> Iterator[frozenset[str]]:
    """Let a connection read results as tables.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where.
    results : sequence of mapping
        The ``alias`` of each, which becomes the table's name, and the ``path``
        of its finished file, an Arrow IPC stream. If there are ``masks``, files of ranges
        of rows (pairs of little-endian 64-bit numbers, the end left out), its columns are
        called x1, x2 …, its column ``r`` has the number of each row, and s1, s2 … tell
        whether a row is in these ranges. With ``rows`` it has these
        rows only, and the place of each in its column ``p``.

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
            if "masks" in item:
                table = _numbered(table, item["masks"], item.get("rows"))
            connection.register(item["alias"], table)
            stack.callback(connection.unregister, item["alias"])
        yield frozenset(item["alias"] for item in results)


def _numbered(table: pa.Table, masks: Sequence[str], rows: Sequence[int] | None) -> pa.Table:
    """A result with short names, the numbers of its rows, and the subsets they are in."""
    lengths = table.column(0).chunks if table.num_columns else []
    starts = np.cumsum([0, *(len(chunk) for chunk in lengths)])
    names = [f"x{number}" for number in range(1, table.num_columns + 1)]
    columns = list(table.columns)
    if rows is not None:
        wanted = np.asarray(rows, dtype=np.int64)
        chunks = table.to_batches()
        columns = list(gather(chunks.__getitem__, starts, wanted, table.schema).columns)
        numbers = pa.chunked_array([pa.array(wanted.astype(np.int32))], pa.int32())
        names.append("p")
        columns.append(pa.chunked_array([pa.array(np.arange(wanted.size, dtype=np.int32))]))
    else:
        numbers = pa.chunked_array(
            [pa.array(np.arange(start, stop, dtype=np.int32)) for start, stop in pairwise(starts)],
            pa.int32(),
        )
    for number, path in enumerate(masks, 1):
        mask = _mask(Path(path), int(starts[-1]))
        parts = (
            [mask[wanted]]
            if rows is not None
            else [mask[start:stop] for start, stop in pairwise(starts)]
        )
        names.append(f"s{number}")
        columns.append(pa.chunked_array([pa.array(part) for part in parts], pa.bool_()))
    return pa.Table.from_arrays([*columns, numbers], names=[*names, "r"])


def _mask(path: Path, rows: int) -> npt.NDArray[np.bool_]:
    try:
        ranges = np.fromfile(path, dtype="<i8").reshape(-1, 2)
    except OSError:
        raise Gone("A subset that is asked for was deleted") from None
    steps = np.zeros(rows + 1, dtype=np.int8)
    # The ranges are apart from one another, so that no place is counted twice.
    steps[ranges[:, 0]] = 1
    steps[ranges[:, 1]] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


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
