"""The order of the rows of a view, computed by DuckDB over a finished result file.

A view is a result, filtered and sorted. Its order is a file of 32-bit row
numbers of the result, little-endian, which the server maps and gathers pages
from. This module must depend on the standard library, PyArrow, NumPy and
DuckDB only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from .arrow_stream import map_file
from .duckdb_results import room_for

__all__ = ["arrange"]

_SLICE = 1 << 16
_COMPARISONS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def arrange(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    order: Path,
    sort: Sequence[Sequence[str]],
    filters: Sequence[dict[str, Any]],
) -> int:
    """Write the row order of a view.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where to sort.
    source : `~pathlib.Path`
        The finished result, an Arrow IPC stream.
    order : `~pathlib.Path`
        The file to write; it appears complete or not at all.
    sort : sequence of (name, ``asc`` or ``desc``)
        Most significant first. Missing values and NaN come last either way,
        and equal rows keep the order of the result.
    filters : sequence of mapping
        ``column``, ``op`` and ``value`` of `lsp_jupyter.results.views.Filter`;
        all must hold. Text is compared without regard to case by ``contains``
        and ``startswith``.

    Returns
    -------
    rows : `int`
        Rows of the view.
    """
    with source.open("rb") as file, room_for(os.fstat(file.fileno()).st_size):
        data = map_file(file.fileno())
        reader = pa.ipc.open_stream(pa.BufferReader(data))
        used = list(dict.fromkeys([name for name, _ in sort] + [f["column"] for f in filters]))
        alias = {name: f"c{number}" for number, name in enumerate(used)}
        schema = pa.schema(
            [pa.field(alias[name], reader.schema.field(name).type) for name in used]
            + [pa.field("r", pa.int32())]
        )
        rows = pa.RecordBatchReader.from_batches(schema, _rows(reader, used, schema))
        parameters: list[Any] = []
        where = [_condition(f, alias, reader.schema, parameters) for f in filters]
        by = [_key(name, way, alias, reader.schema) for name, way in sort]
        sql = "SELECT r FROM arranged"
        if where:
            sql += " WHERE " + " AND ".join(where)
        sql += " ORDER BY " + ", ".join([*by, "r"])
        connection.register("arranged", rows)
        try:
            return _write(connection.sql(sql, params=parameters).to_arrow_reader(1 << 20), order)
        finally:
            connection.unregister("arranged")


def _rows(
    reader: pa.RecordBatchReader, used: Sequence[str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    first = 0
    for batch in reader:
        columns = [batch.column(batch.schema.get_field_index(name)) for name in used]
        for start in range(0, batch.num_rows, _SLICE):
            count = min(_SLICE, batch.num_rows - start)
            numbers = pa.array(np.arange(first + start, first + start + count, dtype=np.int32))
            yield pa.RecordBatch.from_arrays(
                [*(column.slice(start, count) for column in columns), numbers], schema=schema
            )
        first += batch.num_rows


def _key(name: str, way: str, alias: dict[str, str], schema: pa.Schema) -> str:
    column = alias[name]
    if pa.types.is_floating(schema.field(name).type):
        column = f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END"
    return f"{column} {'DESC' if way == 'desc' else 'ASC'} NULLS LAST"


def _condition(
    item: dict[str, Any], alias: dict[str, str], schema: pa.Schema, parameters: list[Any]
) -> str:
    column, op, value = alias[item["column"]], item["op"], item["value"]
    kind = schema.field(item["column"]).type
    missing = f"{column} IS NULL"
    if pa.types.is_floating(kind):
        missing = f"({missing} OR isnan({column}))"

    def bind(given: Any) -> str:
        parameters.append(_bound(given, kind))
        if pa.types.is_timestamp(kind):
            return "CAST(? AS TIMESTAMP)"
        return "CAST(? AS FLOAT)" if pa.types.is_float32(kind) else "?"

    if op == "isnull":
        return missing
    if op == "notnull":
        return f"NOT ({missing})"
    if op in ("contains", "startswith"):
        function = "contains" if op == "contains" else "starts_with"
        return f"{function}(lower({column}), lower({bind(value)}))"
    if op == "in":
        # NaN equals NaN in DuckDB and is greater than everything: kept out on every way.
        return f"{column} IN ({', '.join([bind(v) for v in value] or ['NULL'])})"
    if op == "between":
        return f"{column} BETWEEN {bind(value[0])} AND {bind(value[1])}"
    return f"({column} {_COMPARISONS[op]} {bind(value)} AND NOT ({missing}))"


def _bound(value: Any, kind: pa.DataType) -> Any:
    # An integer column compared with a double would lose digits above 2**53.
    if pa.types.is_integer(kind) and isinstance(value, float) and abs(value) < 1e18:
        return int(value) if value.is_integer() else Decimal(repr(value))
    return value


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
