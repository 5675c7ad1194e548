"""Small answers over finished results: statistics, pages of computed columns, parts of charts.

This module must depend on the standard library, PyArrow and DuckDB only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from .duckdb_types import Conversion

__all__ = ["compute"]


def compute(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    output: Path,
    fields: Sequence[Mapping[str, str]] | None,
) -> int:
    """Write what a statement gives.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where to compute.
    sql : `str`
        One SELECT.
    output : `~pathlib.Path`
        The Arrow IPC stream to write.
    fields : sequence of mapping, optional
        What the columns are declared to be; see `Conversion`. The engine's own types if it
        is not given.

    Returns
    -------
    rows : `int`
        Rows written.
    """
    reader = connection.sql(sql).to_arrow_reader(1 << 17)
    conversion = None if fields is None else Conversion(reader.schema, fields, {})
    schema = reader.schema if conversion is None else conversion.schema
    rows = 0
    with pa.OSFile(str(output), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        for batch in reader:
            rows += batch.num_rows
            writer.write_batch(batch if conversion is None else conversion([batch]))
    return rows
