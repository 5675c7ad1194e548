"""Pages of a table, cut down to what a screen shows, as Arrow IPC bytes."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["page_bytes"]


def page_bytes(table: pa.Table, cell_max: int) -> bytes:
    """Write a page as an Arrow IPC stream of one batch.

    Parameters
    ----------
    table : `pyarrow.Table`
        The page; types are kept.
    cell_max : `int`
        Characters, bytes or items of one cell at most. Longer ones are cut;
        text then ends in an ellipsis, and the schema metadata ``lsp:cut`` lists
        the names of such columns as JSON.

    Returns
    -------
    data : `bytes`
        The stream.
    """
    cut: list[str] = []
    for index, field in enumerate(table.schema):
        column = shorten(table.column(index), cell_max)
        if column is not None:
            table = table.set_column(index, field.with_type(column.type), column)
            cut.append(field.name)
    if cut:
        metadata = {**(table.schema.metadata or {}), b"lsp:cut": json.dumps(cut).encode()}
        table = table.replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    data: bytes = sink.getvalue().to_pybytes()
    return data


def shorten(column: pa.ChunkedArray, cell_max: int) -> pa.ChunkedArray | None:
    """A column with its long cells cut; `None` if it has none."""
    kind: Any = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        long = pc.greater(pc.utf8_length(column), cell_max)
        if not pc.any(long).as_py():
            return None
        short = pc.utf8_slice_codeunits(column, 0, cell_max)
        end, nothing = pa.scalar("…", kind), pa.scalar("", kind)
        return pc.if_else(long, pc.binary_join_element_wise(short, end, nothing), column)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        if not pc.any(pc.greater(pc.binary_length(column), cell_max)).as_py():
            return None
        return pc.binary_slice(column, 0, cell_max)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        if not pc.any(pc.greater(pc.list_value_length(column), cell_max)).as_py():
            return None
        return pc.list_slice(column, 0, cell_max, return_fixed_size_list=False)
    return None
