"""What a whole survey is like, from some of its pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.images.hips.color import noise
from lsp_jupyter.images.hips.tiles import tile_path
from lsp_jupyter.images.hips.work import read_tile
from lsp_jupyter.images.pictures.levels import Levels
from lsp_jupyter.images.pictures.look import Look

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

__all__ = ["look_of", "noise_of"]

#: Tiles that are looked at, and the step between their pixels.
_SAMPLED, _STEP = 64, 8


def look_of(folder: Path, order: int, numbers: Integers, look: Look) -> Look:
    """A look whose limits are two values.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Of the survey.
    order : `int`
        Of its finest tiles.
    numbers : `numpy.ndarray` of `int`
        Their numbers.
    look : `Look`
        What is asked for.
    """
    levels = Levels.of(_sample(folder, order, numbers).ravel(), look)
    return replace(look, limits=f"{levels.low:.6g} {levels.high:.6g}")


def noise_of(folder: Path, order: int, numbers: Integers) -> float:
    """The standard deviation of the sky of a survey."""
    sample = np.sort(_sample(folder, order, numbers).ravel())
    # Thrice, for those that look at every third alone.
    return max(noise(np.repeat(sample, 3)[:, None]), 1e-12) if sample.size else 1e-12


def _sample(folder: Path, order: int, numbers: Integers) -> npt.NDArray[np.float32]:
    some = np.unique(numbers)
    some = some[:: max(1, len(some) // _SAMPLED)]
    found = [np.zeros(0, np.float32)]
    for number in some.tolist():
        tile = read_tile(tile_path(folder, order, number, "fits"))
        if tile is not None:
            pixels = tile[0][::_STEP, ::_STEP]
            found.append(pixels[np.isfinite(pixels)])
    return np.concatenate(found)
