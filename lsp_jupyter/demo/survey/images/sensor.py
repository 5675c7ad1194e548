"""What a detector makes of the light: noise, saturation, cosmic rays and defects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.images.mask import bit
from lsp_jupyter.demo.survey.observing.camera import READ_NOISE, SATURATION
from lsp_jupyter.demo.survey.observing.visits import Visit

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]
    Mask = npt.NDArray[np.int32]

__all__ = ["Charge", "collect", "defects", "interpolate"]

#: Cosmic rays that a pixel gets in a second: 2.5 in a square centimetre and minute, mostly muons
#: at the observatory's altitude, and pixels of 10 micrometres.
COSMIC_RATE = 2.5 / 60 * 1e-6

#: Electrons that a cosmic ray leaves in a pixel of its track, and pixels of a track, on average.
COSMIC_CHARGE, COSMIC_LENGTH = 2_500.0, 9.0

#: Part of the saturation above which the detector is not quite linear.
SUSPECT = 0.9

#: Part of the pixels that are hot or dead, and detectors that have a bad column.
BAD_PIXELS, BAD_COLUMNS = 1e-4, 0.4


@dataclass(frozen=True, slots=True)
class Charge:
    """What is read out of a detector.

    Attributes
    ----------
    electrons : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        In each pixel, the sky's included, with noise.
    mask : `numpy.ndarray` of ``int32``, shape ``(rows, columns)``
        BAD, SAT, CR and SUSPECT.
    """

    electrons: Image
    mask: Mask


def collect(visit: Visit, detector: int, seed: int, light: Image) -> Charge:
    """Expose a detector.

    Parameters
    ----------
    visit : `Visit`
        The exposure.
    detector : `int`
        Which detector.
    seed : `int`
        Of the survey.
    light : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        What the sky sends, its background excluded: nanojansky.
    """
    random = draw(seed, "exposure", visit.id, detector)
    electrons = light * np.float32(visit.electrons) + np.float32(visit.sky)
    # Of as many electrons as the sky alone has, the Poisson distribution is nearly normal.
    spread = np.sqrt(np.maximum(electrons, 0) + np.float32(READ_NOISE**2))
    electrons += random.standard_normal(light.shape, np.float32) * spread
    mask = np.zeros(light.shape, np.int32)
    _cosmic_rays(electrons, mask, visit.exposure, random)
    mask[electrons > SUSPECT * SATURATION] |= bit("SUSPECT")
    full = _bleed(electrons)
    electrons[full] = SATURATION
    mask[full] |= bit("SAT")
    bad = defects(detector, light.shape, seed)
    electrons[bad] = random.exponential(20_000.0, int(bad.sum()))
    mask[bad] |= bit("BAD")
    return Charge(electrons, mask)


@lru_cache(maxsize=9)
def defects(detector: int, shape: tuple[int, int], seed: int) -> Flags:
    """Which pixels of a detector are bad: the same in all exposures."""
    random = draw(seed, "defects", detector)
    bad = np.zeros(shape, bool)
    count = random.poisson(BAD_PIXELS * bad.size)
    bad[random.integers(shape[0], size=count), random.integers(shape[1], size=count)] = True
    if random.random() < BAD_COLUMNS:
        # Blocked from some row on, away from the side where it is read out.
        bad[random.integers(shape[0]) :, random.integers(shape[1])] = True
    bad.flags.writeable = False
    return bad


def _cosmic_rays(electrons: Image, mask: Mask, seconds: float, random: np.random.Generator) -> None:
    """Add straight tracks."""
    rows, columns = electrons.shape
    for _ in range(random.poisson(COSMIC_RATE * electrons.size * seconds)):
        length = 1 + random.exponential(COSMIC_LENGTH)
        angle = random.uniform(0, 2 * np.pi)
        along = np.arange(0, length, 0.5)
        x = np.rint(random.uniform(0, columns) + along * np.cos(angle)).astype(int)
        y = np.rint(random.uniform(0, rows) + along * np.sin(angle)).astype(int)
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        track = np.unique(y[inside] * columns + x[inside])
        # Energy losses of thin layers have a long tail.
        charge = COSMIC_CHARGE * np.exp(0.5 * random.standard_normal(len(track)))
        electrons.reshape(-1)[track] += charge
        mask.reshape(-1)[track] |= bit("CR")


def _bleed(electrons: Image) -> Flags:
    """Let full pixels run over along their columns; return which are full then."""
    full = electrons > SATURATION
    columns = np.flatnonzero(full.any(axis=0))
    for column in columns:
        charge, flags = electrons[:, column].astype(np.float64), full[:, column]
        steps = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
        starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
        for start, stop in zip(starts, stops, strict=True):
            excess = float((charge[start:stop] - SATURATION).sum()) / 2
            # As far as the room in further pixels takes half of it, on either side.
            above = np.cumsum(np.maximum(SATURATION - charge[stop:], 0))
            below = np.cumsum(np.maximum(SATURATION - charge[:start][::-1], 0))
            flags[stop : stop + int(np.searchsorted(above, excess))] = True
            flags[max(0, start - int(np.searchsorted(below, excess))) : start] = True
    return full


def interpolate(image: Image, flagged: Flags) -> None:
    """Replace pixels by what lies to their left and right.

    Parameters
    ----------
    image : `numpy.ndarray`, shape ``(rows, columns)``
        Is changed.
    flagged : `numpy.ndarray` of `bool`, shape ``(rows, columns)``
        Which pixels.
    """
    rows = np.flatnonzero(flagged.any(axis=1))
    if not len(rows):
        return
    part, values = flagged[rows], image[rows]
    columns = np.arange(image.shape[1])
    left = np.maximum.accumulate(np.where(part, -1, columns), axis=1)
    right = np.minimum.accumulate(np.where(part, len(columns), columns)[:, ::-1], axis=1)[:, ::-1]
    row, column = np.nonzero(part)
    left, right = left[row, column], right[row, column]
    # At an edge, the one neighbour there is counts.
    last = len(columns) - 1
    left, right = np.where(left < 0, right, left), np.where(right > last, left, right)
    left, right = np.clip(left, 0, last), np.clip(right, 0, last)
    share = (column - left) / np.maximum(right - left, 1)
    image[rows[row], column] = values[row, left] * (1 - share) + values[row, right] * share
