"""The order of the rows of a view, computed by DuckDB over a finished result file.

A view is a result, filtered and sorted. Its order is a file of 32-bit row
numbers of the result, little-endian, which the server maps and gathers pages
from. This module must depend on the standard library, PyArrow and DuckDB only.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa

__all__ = ["arrange"]


def arrange(connection: duckdb.DuckDBPyConnection, sql: str, order: Path) -> int:
    """Write the row order of a view.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where to sort.
    sql : `str`
        Gives the numbers of the rows in order, as its only column.
    order : `~pathlib.Path`
        The file to write; it appears complete or not at all.

    Returns
    -------
    rows : `int`
        Rows of the view.
    """
    return _write(connection.sql(sql).to_arrow_reader(1 << 20), order)


def _write(reader: pa.RecordBatchReader, order: Path) -> int:
    partial = order.with_name(f".{order.name}.{os.getpid()}")
    rows = 0
    try:
        with partial.open("xb") as file:
            for batch in reader:
                rows += batch.num_rows
                file.write(batch.column(0).to_numpy(zero_copy_only=True))
        partial.replace(order)
    finally:
        partial.unlink(missing_ok=True)
    return rows
