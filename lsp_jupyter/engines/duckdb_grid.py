"""Rows counted, or a value of theirs summed up, in the cells of a grid.

The engine computes the cell of each row on all its threads; to group by the cell there takes
twice as long as to count here what streams out.

This module must depend on the standard library, PyArrow, NumPy and DuckDB only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["fill_grid"]

#: Rows taken at a time.
_ROWS = 1 << 20


def fill_grid(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    output: Path,
    *,
    width: int,
    height: int,
    statistic: str,
) -> dict[str, Any]:
    """Write the grid of a statement's rows.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where to compute.
    sql : `str`
        Gives ``cell``, the number of each row's cell in a grid that is one cell wider and
        higher (what is there belongs to the last one that is wanted), and unless rows are
        counted ``w``, a finite value.
    output : `~pathlib.Path`
        The file to write: a little-endian uint32 for each cell if rows are counted,
        otherwise a float32, NaN where there is no row.
    width, height : `int`
        Cells of the grid that is wanted.
    statistic : `str`
        ``count``, ``sum``, ``mean``, ``min`` or ``max``.

    Returns
    -------
    told : `dict`
        ``rows`` in the grid, and ``least`` and ``most``, the extremes of its cells, `None` if
        it is empty.
    """
    cells = (width + 1) * (height + 1)
    counts = np.zeros(cells, dtype=np.int64)
    values: npt.NDArray[np.float64] | None = None
    if statistic != "count":
        empty = {"min": np.inf, "max": -np.inf}.get(statistic, 0.0)
        values = np.full(cells, empty)
    for batch in connection.sql(sql).to_arrow_reader(_ROWS):
        cell = _array(batch, 0).astype(np.intp)
        counts += np.bincount(cell, minlength=cells)
        if values is None:
            continue
        weight = _array(batch, 1)
        if statistic == "min":
            np.minimum.at(values, cell, weight)
        elif statistic == "max":
            np.maximum.at(values, cell, weight)
        else:
            values += np.bincount(cell, weights=weight, minlength=cells)
    counts = _folded(counts, width, np.add)
    if values is not None:
        values = _folded(
            values, width, {"min": np.minimum, "max": np.maximum}.get(statistic, np.add)
        )
    filled = counts > 0
    if values is None:
        grid: npt.NDArray[Any] = np.minimum(counts, 0xFFFFFFFF).astype("<u4")
    else:
        with np.errstate(all="ignore"):
            if statistic == "mean":
                values = values / counts
            grid = np.where(filled, values, np.nan).astype("<f4")
    known = grid[filled]
    grid.tofile(output)
    return {
        "rows": int(counts.sum()),
        "least": float(known.min()) if known.size else None,
        "most": float(known.max()) if known.size else None,
    }


def _folded(grid: npt.NDArray[Any], width: int, join: np.ufunc) -> npt.NDArray[Any]:
    """The grid with its last column and its last row joined to those before them."""
    grid = grid.reshape(-1, width + 1)
    grid[:, -2] = join(grid[:, -2], grid[:, -1])
    grid[-2] = join(grid[-2], grid[-1])
    return grid[:-1, :-1].ravel()


def _array(batch: pa.RecordBatch, position: int) -> npt.NDArray[Any]:
    return np.asarray(batch.column(position).to_numpy(zero_copy_only=False))
