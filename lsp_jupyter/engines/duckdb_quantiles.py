"""Exact quantiles of the values that a statement gives.

This module must depend on the standard library, PyArrow, NumPy and DuckDB only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

__all__ = ["quantiles"]

#: Rows taken at a time.
_ROWS = 1 << 20


def quantiles(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    output: Path,
    *,
    shares: Sequence[float],
    between: bool,
) -> dict[str, Any]:
    """Find the values below which shares of the values lie.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where to compute.
    sql : `str`
        Gives the numbers as its only column. They are held in memory.
    output : `~pathlib.Path`
        An empty file is written there.
    shares : sequence of `float`
        From 0 to 1.
    between : `bool`
        Whether to interpolate between two values; if not, the first value that is not below
        the share.

    Returns
    -------
    told : `dict`
        The ``quantiles``, or `None` for each if there is no value.
    """
    output.touch(mode=0o600)
    parts = []
    for batch in connection.sql(sql).to_arrow_reader(_ROWS):
        column = batch.column(0)
        parts.append(column.drop_null().to_numpy(zero_copy_only=False))
    values = np.concatenate(parts) if parts else np.empty(0)
    del parts
    if not values.size:
        return {"quantiles": [None] * len(shares)}
    places = np.asarray(shares) * (values.size - 1)
    low = np.floor(places) if between else np.ceil(np.asarray(shares) * values.size) - 1
    first = np.clip(low, 0, values.size - 1).astype(np.int64)
    last = np.minimum(first + 1, values.size - 1)
    values.partition(np.unique(np.concatenate([first, last])))
    if not between:
        return {"quantiles": values[first].tolist()}
    weight = places - first
    below = values[first].astype(np.float64)
    return {"quantiles": (below + (values[last] - below) * weight).tolist()}
