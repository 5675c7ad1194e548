"""Raw images and calibrations: what the camera itself makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.images.file import Planes
from lsp_jupyter.demo.survey.images.mask import bit
from lsp_jupyter.demo.survey.images.sensor import Charge, defects
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, GAIN, READ_NOISE, Detector
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["OVERSCAN", "bias", "flat", "raw"]

#: Columns that are read after those of the detector, with no light in them.
OVERSCAN = 64

#: Counts of a pixel without any charge, and how much that level differs between exposures.
PEDESTAL, DRIFT = 1_000.0, 12.0

#: Exposures that calibrations are the mean of.
EXPOSURES = 20

#: Electrons of a pixel in an exposure of the flat-field screen.
SCREEN = 60_000.0


def raw(charge: Charge, visit: Visit, detector: int, seed: int) -> npt.NDArray[np.int32]:
    """Counts of the converter, the overscan to the right.

    Parameters
    ----------
    charge : `Charge`
        What was read out.
    visit : `Visit`
        In which exposure.
    detector : `int`
        Of which detector.
    seed : `int`
        Of the survey.
    """
    rows, columns = charge.electrons.shape
    random = draw(seed, "read-out", visit.id, detector)
    level = PEDESTAL + DRIFT * random.standard_normal()
    counts = np.empty((rows, columns + OVERSCAN))
    counts[:, :columns] = charge.electrons * response(visit.band, detector, rows, seed) / GAIN
    counts[:, columns:] = READ_NOISE / GAIN * random.standard_normal((rows, OVERSCAN))
    # The first columns after the light still have a little of the last one's.
    counts[:, columns] += 5e-6 * charge.electrons[:, -1]
    counts[:, :columns] += _pattern(detector, rows, seed)
    return np.rint(np.maximum(counts + level, 0)).astype(np.int32)


def bias(detector: int, size: Size, seed: int) -> Planes:
    """The level of pixels without light, less that of the overscan: counts."""
    shape = (size.pixels, size.pixels)
    error = READ_NOISE / GAIN / EXPOSURES**0.5
    random = draw(seed, "bias", detector)
    image = _pattern(detector, size.pixels, seed) + error * random.standard_normal(shape)
    return _calibration(image, np.full(shape, error**2), detector, seed)


def flat(band: str, detector: int, size: Size, seed: int) -> Planes:
    """The response of pixels to an even light, relative to the median."""
    image = response(band, detector, size.pixels, seed)
    variance = image / SCREEN / EXPOSURES
    random = draw(seed, "flat", band, detector)
    noisy = image + np.sqrt(variance) * random.standard_normal(image.shape)
    return _calibration(noisy, variance, detector, seed)


def response(band: str, detector: int, pixels: int, seed: int) -> Floats:
    """How much of the light each pixel records, relative to the detector's median."""
    place: Detector = DETECTORS[detector]
    x, y = ((np.arange(pixels) - (pixels - 1) / 2 - shift) for shift in place.offset(pixels))
    # Towards the corners of the camera the optics shadow some light.
    radius = np.hypot(x, y[:, None]) / (1.5 * pixels)
    made = 1 - 0.03 * radius**2
    # Rings of the silicon's growth about a corner, and shadows of dust: out of focus, thus rings.
    rings = np.hypot(x - x[0], (y - y[0])[:, None])
    made += 0.0015 * np.sin(rings / 9.0 + 3 * np.sin(rings / 71.0))
    random = draw(seed, "response", band, detector)
    for _ in range(random.poisson(3)):
        x0, y0 = random.choice(x), random.choice(y)
        away = np.hypot(x - x0, (y - y0)[:, None])
        made -= 0.01 * np.exp(-(((away - pixels / 40) / (pixels / 120)) ** 2))
    made *= 1 + 0.004 * random.standard_normal(made.shape)
    made[defects(detector, made.shape, seed)] *= 0.2
    return np.asarray(made / np.median(made))


def _pattern(detector: int, pixels: int, seed: int) -> Floats:
    """The fixed pattern of the read-out electronics: counts."""
    random = draw(seed, "pattern", detector)
    columns = 0.8 * random.standard_normal(pixels)
    glow = 4 * np.exp(-np.arange(pixels) / (pixels / 20))
    return np.asarray(columns + glow[:, None])


def _calibration(image: Floats, variance: Floats, detector: int, seed: int) -> Planes:
    mask = np.zeros(image.shape, np.int32)
    mask[defects(detector, mask.shape, seed)] |= bit("BAD")
    return Planes(image.astype(np.float32), mask, variance.astype(np.float32))
