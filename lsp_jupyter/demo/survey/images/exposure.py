"""Visit images and difference images: one detector in one exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.coadd import coadd_visits, saturation
from lsp_jupyter.demo.survey.images.coverage import Box, cover, tract_noise
from lsp_jupyter.demo.survey.images.file import Planes
from lsp_jupyter.demo.survey.images.mask import bit, detect, edge
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.images.scene import View, add_changes, render, statics
from lsp_jupyter.demo.survey.images.sensor import Charge, collect, interpolate
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.skymap import Tract
from lsp_jupyter.demo.survey.observing.skymap import tract as tract_of
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky

    Image = npt.NDArray[np.float32]

__all__ = ["Exposed", "difference_image", "expose", "visit_image"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """A detector's exposure, from which its images are made.

    Attributes
    ----------
    visit : `Visit`
        The exposure.
    view : `View`
        What the detector sees.
    constant : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        Light of stars and galaxies at their mean brightness: nanojansky.
    light : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        All light from sources at the time: nanojansky.
    charge : `Charge`
        What was read out.
    """

    visit: Visit
    view: View
    constant: Image
    light: Image
    charge: Charge


def expose(sky: Sky, visit: Visit, detector: int, size: Size, seed: int) -> Exposed:
    """Expose a detector.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    visit : `Visit`
        When, where and through which filter.
    detector : `int`
        Which detector.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    view = View(
        visit.field,
        visit.band,
        visit.wcs(DETECTORS[detector], size),
        (size.pixels, size.pixels),
        Psf(visit.psf_sigma),
        visit.noise,
    )
    constant = render(view, statics(sky, view, visit.mjd))
    light = constant.copy()
    add_changes(light, sky, view, visit.mjd, visit.exposure)
    return Exposed(visit, view, constant, light, collect(visit, detector, seed, light))


def visit_image(exposed: Exposed) -> Planes:
    """The calibrated image: bad pixels and cosmic rays interpolated, the sky subtracted."""
    visit, charge = exposed.visit, exposed.charge
    image = (charge.electrons - np.float32(visit.sky)) / np.float32(visit.electrons)
    mask = charge.mask.copy()
    # Of what is saturated nobody knows what it was.
    repaired = (mask & bit("BAD", "CR") != 0) & (mask & bit("SAT") == 0)
    interpolate(image, repaired)
    mask[repaired] |= bit("INTRP")
    variance = np.maximum(exposed.light, np.float32(0))
    variance /= np.float32(visit.electrons)
    variance += np.float32(visit.noise**2)
    detect(mask, image, variance, exposed.view.psf)
    edge(mask, round(3 * visit.psf_sigma))
    return Planes(image, mask, variance)


def difference_image(exposed: Exposed, planes: Planes, size: Size, seed: int) -> Planes:
    """A visit image less the template, brought to the visit's pixels and point-spread function.

    The template's light is subtracted as a perfect matching kernel would do it; its noise is that
    of the pixels of the template coadd.

    Parameters
    ----------
    exposed : `Exposed`
        The exposure.
    planes : `Planes`
        Its visit image.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    view = exposed.view
    kind = "template_coadd"
    tract = tract_of(view.field, size)
    visits = coadd_visits(kind, view.field, view.band, size, seed)
    nearest, box = _tract_pixels(view, tract)
    coverage = cover(visits, tract, box, size)
    variance = coverage.scaled(coverage.weight.reshape(-1)[nearest], exposed.constant)
    empty = np.isinf(variance)
    variance[empty] = np.nan
    # Matched and decorrelated, the noise stays that of independent pixels.
    noise = tract_noise(seed, kind, tract, view.band, box).reshape(-1)[nearest]
    image = planes.image - exposed.constant - noise * np.sqrt(variance)
    full = exposed.constant > saturation(visits)
    mask = planes.mask & ~bit("DETECTED")
    mask |= bit("SAT") * full
    mask |= bit("NO_DATA") * empty
    # What was interpolated there still is when something smooth has been subtracted.
    interpolate(image, mask & bit("INTRP") != 0)
    # What is saturated in one or the other does not subtract.
    image[(mask & bit("SAT") != 0) & ~empty] = 0.0
    variance += planes.variance
    detect(mask, image, variance, view.psf, negative=True)
    return Planes(image, mask, variance)


def _tract_pixels(view: View, tract: Tract) -> tuple[npt.NDArray[np.intp], Box]:
    """The pixel of the tract nearest to each of the view's: its place in a box, row by row."""
    rows, columns = view.shape
    corner_x = np.array([0.0, columns - 1, 0, columns - 1])
    corner_y = np.array([0.0, 0, rows - 1, rows - 1])
    x, y = tract.wcs.sky_to_pixel(*view.wcs.pixel_to_sky(corner_x, corner_y))
    # Over a detector the map from plane to plane is linear to some thousandths of a pixel.
    terms = np.stack([np.ones(4), corner_x, corner_y], axis=1)
    (map_x, map_y) = np.linalg.lstsq(terms, np.stack([x, y], axis=1))[0].T
    box = Box(
        int(np.floor(x.min())) - 1,
        int(np.floor(y.min())) - 1,
        int(np.ptp(x)) + 4,
        int(np.ptp(y)) + 4,
    )
    along, up = np.arange(columns), np.arange(rows)[:, None]
    column = (map_x[0] - box.x + 0.5 + map_x[1] * along + map_x[2] * up).astype(np.intp)
    row = (map_y[0] - box.y + 0.5 + map_y[1] * along + map_y[2] * up).astype(np.intp)
    return row * box.width + column, box
