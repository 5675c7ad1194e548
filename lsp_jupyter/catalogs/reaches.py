"""How far the shapes of a table reach from the positions of its rows.

With it the index of positions finds the shapes that cover a place: their rows
are no farther from it than that. Convex polygons also get their vertices as unit
vectors in a helper column, which an engine holds against a place in a fraction of
the time that it takes to plan reading them from text.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.adql.schema import Column, Reach
from lsp_jupyter.adql.types import REGION
from lsp_jupyter.catalogs.release import TableSpec

__all__ = ["Reaches"]

_HEAD = r"(?i)^\s*POLYGON\s+([A-Z]+[A-Z0-9_]*\s+)*"
_NUMBERS = r"^[-+0-9.eE\s]+$"
#: Degrees added to each reach: far more than rounding, far less than an image.
_PAD = 1e-6
#: How far on the wrong side of another side a vertex of a convex polygon may be: rounding.
_STRAIGHT = 1e-15
#: Vertices of a polygon at most that are looked at all with all.
_CORNERS = 32
#: Vertices as the engine has them.
_VECTORS = pa.list_(pa.list_(pa.float64(), 3))


class Reaches:
    """Measures the shapes of a table, batch by batch.

    Parameters
    ----------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.
    """

    def __init__(self, spec: TableSpec) -> None:
        self._position = spec.position
        shapes = [column.name for column in spec.columns if _is_polygon(column)]
        self._chords = dict.fromkeys(shapes if spec.position is not None else (), 0.0)
        self._convex = dict.fromkeys(self._chords, True)

    def fields(self) -> list[pa.Field]:
        """The helper columns that `look` gives."""
        return [pa.field(_corners_of(name), _VECTORS) for name in self._chords]

    def look(self, batch: pa.RecordBatch) -> list[pa.Array]:
        """Take more rows into account.

        Parameters
        ----------
        batch : `pyarrow.RecordBatch`
            The rows.

        Returns
        -------
        columns : `list` of `pyarrow.Array`
            Of each column of shapes the vertices of its convex polygons.
        """
        if self._position is None or not self._chords:
            return []
        ra, dec = (np.asarray(batch.column(name)) for name in self._position)
        centres = _vectors(ra, dec)
        return [self._look(name, _numbers(batch.column(name)), centres) for name in self._chords]

    def _look(self, name: str, lists: pa.Array, centres: npt.NDArray[np.float64]) -> pa.Array:
        counts = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
        values = np.asarray(pc.list_flatten(lists), np.float64)
        if (counts % 2).any():
            self._convex[name] = False
            return pa.nulls(len(lists), _VECTORS)
        vertices = _vectors(values[::2], values[1::2])
        rows = np.repeat(np.arange(len(lists)), counts // 2)
        apart = np.sum((vertices - centres[:, rows]) ** 2, axis=0)
        farthest = np.nanmax(apart, initial=0.0)
        self._chords[name] = max(self._chords[name], math.sqrt(farthest))
        corners, convex = _corners(vertices.T, counts // 2)
        self._convex[name] &= convex
        return corners

    def found(self) -> tuple[Reach, ...]:
        """What is known of each column of shapes."""
        return tuple(
            Reach(
                name,
                math.degrees(2.0 * math.asin(min(chord / 2.0, 1.0))) + _PAD,
                _corners_of(name) if self._convex[name] else "",
            )
            for name, chord in self._chords.items()
        )


def _corners_of(name: str) -> str:
    # A name that nobody can give to a column without quotes.
    return f"{name} corners"


def _corners(
    vertices: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]
) -> tuple[pa.Array, bool]:
    """The vertices of convex polygons, their inside on the left, and whether all are convex.

    Parameters
    ----------
    vertices : `numpy.ndarray`
        Unit vectors, shape (n, 3), of one polygon after the other.
    counts : `numpy.ndarray`
        How many each has; nothing is asked of those with fewer than three.
    """
    starts = np.cumsum(counts) - counts
    kept = np.zeros(len(counts), np.bool_)
    ordered = vertices.copy()
    for count in np.unique(counts[(counts >= 3) & (counts <= _CORNERS)]):
        rows = np.flatnonzero(counts == count)
        places = starts[rows, None] + np.arange(count)
        polygons = vertices[places]
        following = np.roll(polygons, -1, axis=1)
        normals = np.cross(polygons + following, following - polygons) / 2.0
        heights = np.einsum("pik,pjk->pij", normals, polygons)
        left = (heights >= -_STRAIGHT).all(axis=(1, 2))
        right = (heights <= _STRAIGHT).all(axis=(1, 2))
        # A side without length would have everything on either side.
        sound = (np.sum(normals**2, axis=2) > 0).all(axis=1)
        kept[rows] = (left ^ right) & sound
        turned = right & ~left
        ordered[places[turned]] = polygons[turned, ::-1]
    asked = counts >= 3
    lengths = np.where(kept, counts, 0)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    flat = ordered[np.repeat(kept, counts)].ravel()
    items = pa.FixedSizeListArray.from_arrays(pa.array(flat), 3)
    corners = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, mask=pa.array(~kept))
    return corners.cast(_VECTORS), bool(kept[asked].all())


def _is_polygon(column: Column) -> bool:
    if column.datatype in ("char", "unicodeChar"):
        return column.xtype.lower() == REGION.lower()
    return column.datatype == "double" and column.xtype == "polygon"


def _numbers(column: pa.Array) -> pa.Array:
    """The coordinates of each shape as a list; nothing where a text is no polygon."""
    if pa.types.is_list(column.type):
        return column
    texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(column, _HEAD, ""))
    polygon = pc.match_substring_regex(texts, _NUMBERS)
    texts = pc.if_else(polygon, texts, pa.scalar(None, texts.type))
    return pc.utf8_split_whitespace(texts).cast(pa.list_(pa.float64()))


def _vectors(ra: npt.NDArray[np.float64], dec: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lon, lat = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
