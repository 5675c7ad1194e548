"""The rows of a statement that lie inside a polygon or a circle on the sky.

This module must depend on the standard library, PyArrow, NumPy and DuckDB only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

__all__ = ["in_circle", "in_polygon", "select_region"]

Floats = npt.NDArray[np.float64]

#: Rows taken at a time.
_ROWS = 1 << 20


def select_region(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    output: Path,
    *,
    shape: Mapping[str, Any],
) -> dict[str, Any]:
    """Write which rows of a statement are inside a shape.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where to compute.
    sql : `str`
        Gives ``r``, the number of each row, and unless the shape is empty its ``x`` and ``y``.
    output : `~pathlib.Path`
        The file to write: pairs of little-endian int64, the first row and the row after the
        last of each range, ascending and apart from one another.
    shape : mapping
        ``polygon``: its vertices; or ``circle``: right ascension, declination and radius in
        degrees; or nothing: every row is inside.

    Returns
    -------
    told : `dict`
        The ``rows`` and the ``ranges`` that were written.
    """
    parts = [np.empty(0, dtype=np.int64)]
    polygon = np.asarray(shape.get("polygon", ()), dtype=np.float64)
    circle = shape.get("circle")
    for batch in connection.sql(sql).to_arrow_reader(_ROWS):
        columns = [np.asarray(one.to_numpy(zero_copy_only=False)) for one in batch.columns]
        rows = columns[0]
        if circle is not None:
            rows = rows[in_circle(columns[1], columns[2], *circle)]
        elif polygon.size:
            rows = rows[in_polygon(columns[1], columns[2], polygon)]
        parts.append(rows.astype(np.int64))
    rows = np.concatenate(parts)
    steps = np.diff(rows)
    if (steps < 0).any():
        rows = np.sort(rows)
        steps = np.diff(rows)
    breaks = np.flatnonzero(steps > 1)
    ranges = np.empty((breaks.size + 1 if rows.size else 0, 2), dtype="<i8")
    if rows.size:
        ranges[0, 0], ranges[-1, 1] = rows[0], rows[-1] + 1
        ranges[1:, 0], ranges[:-1, 1] = rows[breaks + 1], rows[breaks] + 1
    ranges.tofile(output)
    return {"rows": int(rows.size), "ranges": len(ranges)}


def in_polygon(x: Floats, y: Floats, vertices: Floats) -> npt.NDArray[np.bool_]:
    """Which points are inside a polygon, by the even-odd rule.

    Parameters
    ----------
    x, y : `numpy.ndarray`
        The points.
    vertices : `numpy.ndarray`
        ``(n, 2)``; the last one is joined to the first. It may cross itself.
    """
    # Sorted by x, the points that an edge passes over or under are one slice, so that
    # the work grows with the edges above a point and not with all of them.
    order = np.argsort(x)
    x, y = x[order], y[order]
    ends = np.roll(vertices, -1, axis=0)
    first = np.searchsorted(x, np.minimum(vertices[:, 0], ends[:, 0]))
    last = np.searchsorted(x, np.maximum(vertices[:, 0], ends[:, 0]))
    inside = np.zeros(x.size, dtype=bool)
    for (ax, ay), (bx, by), start, stop in zip(vertices, ends, first, last, strict=True):
        if start < stop:
            part = slice(start, stop)
            height = ay + (x[part] - ax) * ((by - ay) / (bx - ax))
            inside[part] ^= y[part] < height
    out = np.empty_like(inside)
    out[order] = inside
    return out


def in_circle(
    ra: Floats, dec: Floats, centre_ra: float, centre_dec: float, radius: float
) -> npt.NDArray[np.bool_]:
    """Which positions are within a radius of a centre, all in degrees."""
    ra, dec = np.radians(ra - centre_ra), np.radians(dec)
    lat = np.radians(centre_dec)
    # The haversine, exact for the smallest distances too.
    half = np.sin((dec - lat) / 2) ** 2 + np.cos(dec) * np.cos(lat) * np.sin(ra / 2) ** 2
    limit = np.sin(np.radians(min(radius, 180.0)) / 2) ** 2
    return np.asarray(half <= limit)
