"""How far the shapes of a table reach from the positions of its rows.

With it the index of positions finds the shapes that cover a place: their rows
are no farther from it than that.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.types import REGION
from lsp_jupyter.catalogs.release import TableSpec

__all__ = ["Reaches"]

_HEAD = r"(?i)^\s*POLYGON\s+([A-Z]+[A-Z0-9_]*\s+)*"
_NUMBERS = r"^[-+0-9.eE\s]+$"
#: Degrees added to each reach: far more than rounding, far less than an image.
_PAD = 1e-6


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

    def look(self, batch: pa.RecordBatch) -> None:
        """Take more rows into account."""
        if self._position is None or not self._chords:
            return
        ra, dec = (np.asarray(batch.column(name)) for name in self._position)
        centres = _vectors(ra, dec)
        for name in self._chords:
            lists = _numbers(batch.column(name))
            counts = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
            values = np.asarray(pc.list_flatten(lists), np.float64)
            if not len(values) or (counts % 2).any():
                continue
            rows = np.repeat(np.arange(len(lists)), counts // 2)
            apart = _vectors(values[::2], values[1::2]) - centres[:, rows]
            farthest = np.nanmax(np.sum(apart**2, axis=0), initial=0.0)
            self._chords[name] = max(self._chords[name], math.sqrt(farthest))

    def found(self) -> tuple[tuple[str, float], ...]:
        """Each column of shapes with its reach in degrees; see `~lsp_jupyter.adql.schema.Table`."""
        return tuple(
            (name, math.degrees(2.0 * math.asin(min(chord / 2.0, 1.0))) + _PAD)
            for name, chord in self._chords.items()
        )


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
