"""Numbers of sources and of objects of difference images: 64 bits, above 2**53."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.visits import Visit

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Tile

    Integers = npt.NDArray[np.int64]

__all__ = ["dia_object_ids", "source_ids"]

#: Days are counted from this one.
_FIRST = datetime.date(2024, 1, 1)

#: Bits of the number of a source, of its tile, its detector and its exposure's place in the day.
_NUMBER, _TILE, _DETECTOR, _SEQUENCE = 22, 12, 4, 12

#: Sets objects of difference images apart from those of coadds.
_DIFFERENCE = 1 << 39


def source_ids(visit: Visit, tile: Tile, detector: Integers) -> Integers:
    """Numbers of the sources of an exposure: its day, its place in it and the detector come first.

    Parameters
    ----------
    visit : `Visit`
        The exposure.
    tile : `Tile`
        The part of the field they are in.
    detector : `numpy.ndarray` of `int`, shape ``(n,)``
        Where each was measured.
    """
    day = datetime.date(visit.day_obs // 10_000, visit.day_obs // 100 % 100, visit.day_obs % 100)
    place = (day - _FIRST).days << _SEQUENCE | visit.seq_num
    parts = place << _DETECTOR | np.asarray(detector, np.int64)
    parts = parts << _TILE | tile.number
    return np.asarray(parts << _NUMBER | np.arange(1, len(parts) + 1))


def dia_object_ids(tile: Tile, patch: Integers) -> Integers:
    """Numbers of objects of difference images: the tract and the patch come first.

    Parameters
    ----------
    tile : `Tile`
        The part of the field they are in.
    patch : `numpy.ndarray` of `int`, shape ``(n,)``
        The patch of the tract that each is in.
    """
    place = (tile.field.tract * 100 + np.asarray(patch, np.int64)) << 40
    return np.asarray(place | _DIFFERENCE | tile.number << 24 | np.arange(1, len(place) + 1))
