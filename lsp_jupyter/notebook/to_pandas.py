"""Arrow to pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from lsp_jupyter.notebook.arrays import PrivateMap, is_plain, nulls, to_numpy
from lsp_jupyter.notebook.column import columns_of

__all__ = ["to_pandas"]


def to_pandas(
    table: pa.Table, about: dict[str, Any], private: PrivateMap | None = None
) -> pd.DataFrame:
    """Make a frame of an Arrow table.

    Parameters
    ----------
    table : `pyarrow.Table`
        The rows, with the metadata of the columns in the schema.
    about : `dict`
        Provenance.
    private : `PrivateMap`, optional
        The file the table looks into.

    Returns
    -------
    frame : `pandas.DataFrame`
        ``attrs`` has ``units``, ``ucds``, ``descriptions`` (by column, where
        there are any) and ``provenance``.
    """
    values = {
        name: _column(column, private)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame = pd.DataFrame(values, index=pd.RangeIndex(len(table)), copy=False)
    columns = columns_of(table.schema)
    frame.attrs = {
        "units": {column.name: column.unit for column in columns if column.unit},
        "ucds": {column.name: column.ucd for column in columns if column.ucd},
        "descriptions": {
            column.name: column.description for column in columns if column.description
        },
        "provenance": about,
    }
    return frame


def _column(column: pa.ChunkedArray, private: PrivateMap | None) -> Any:
    kind = column.type
    if pa.types.is_boolean(kind):
        values = to_numpy(column)
        return pd.arrays.BooleanArray(values, nulls(column)) if column.null_count else values
    if not is_plain(kind):
        return column.to_pandas()
    if not column.null_count:
        return to_numpy(column, private)
    if pa.types.is_integer(kind):
        return pd.arrays.IntegerArray(to_numpy(column, private), nulls(column))
    return column.to_numpy()  # A copy, with NaN or NaT for nulls.
