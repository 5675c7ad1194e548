"""Deep coadds and templates: the mean of exposures in a patch of the sky."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.coverage import Box, Coverage, cover, tract_noise
from lsp_jupyter.demo.survey.images.file import Planes
from lsp_jupyter.demo.survey.images.mask import bit, detect, edge, grow
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.images.scene import View, render, statics
from lsp_jupyter.demo.survey.observing.camera import SATURATION
from lsp_jupyter.demo.survey.observing.fields import Field
from lsp_jupyter.demo.survey.observing.skymap import tract as tract_of
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky

    Floats = npt.NDArray[np.float64]

__all__ = ["coadd", "coadd_visits", "saturation"]

#: Templates are made of the sharpest third of the exposures.
TEMPLATE_SHARE = 1 / 3


def coadd_visits(kind: str, field: Field, band: str, size: Size, seed: int) -> tuple[Visit, ...]:
    """The exposures that a kind of coadd is made of, in order of time.

    Parameters
    ----------
    kind : `str`
        ``deep_coadd`` or ``template_coadd``.
    field : `Field`
        The field.
    band : `str`
        The band.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    visits = [one for one in schedule(size, seed) if one.field == field and one.band == band]
    if kind == "template_coadd":
        count = max(2, round(len(visits) * TEMPLATE_SHARE))
        sharpest = sorted(visits, key=lambda visit: visit.seeing)[:count]
        visits = sorted(sharpest, key=lambda visit: visit.mjd)
    return tuple(visits)


def saturation(visits: tuple[Visit, ...]) -> float:
    """Brightness of a pixel at which most exposures are saturated: nanojansky."""
    return float(np.median([SATURATION / visit.electrons for visit in visits]))


def coadd(
    kind: str, sky: Sky, patch: int, field: Field, band: str, *, size: Size, seed: int
) -> tuple[Planes, Coverage, Psf]:
    """Make a coadd of a patch.

    It has the mean light of variable objects, and nothing that is there for a time only:
    supernovae and moving objects are clipped.

    Parameters
    ----------
    kind : `str`
        ``deep_coadd`` or ``template_coadd``.
    sky : `Sky`
        The truth.
    patch : `int`
        Number of the patch.
    field : `Field`
        Whose tract it is of.
    band : `str`
        In which band.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.

    Returns
    -------
    planes : `Planes`
        The image.
    coverage : `Coverage`
        What it is made of.
    psf : `Psf`
        Its point-spread function, the same all over the patch.
    """
    tract = tract_of(field, size)
    place = tract.patch(patch)
    box = Box(place.x, place.y, place.width, place.height)
    visits = coadd_visits(kind, field, band, size, seed)
    coverage = cover(visits, tract, box, size)
    psf = Psf(coverage.sigma)
    noise = coverage.weight.max() ** -0.5
    view = View(field, band, tract.patch_wcs(place), (box.height, box.width), psf, noise)
    light = render(view, statics(sky, view))
    full = light > saturation(coverage.visits)
    empty = coverage.count == 0
    variance = coverage.variance(light)
    image = np.sqrt(np.where(empty, 0, variance))
    image *= tract_noise(seed, kind, tract, band, box)
    image += light
    image[full] = saturation(coverage.visits)
    image[empty] = variance[empty] = np.nan
    mask = bit("SAT") * grow(full, 1)
    mask |= bit("NO_DATA") * empty
    mask |= bit("INEXACT_PSF") * (coverage.count < coverage.count.max())
    mask |= bit("SENSOR_EDGE") * _steps(coverage.count)
    detect(mask, image, variance, psf)
    edge(mask, round(3 * psf.sigma))
    return Planes(image, mask, variance), coverage, psf


def _steps(count: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Pixels beside which the number of exposures changes."""
    found = np.zeros(count.shape, bool)
    down, across = np.diff(count, axis=0) != 0, np.diff(count, axis=1) != 0
    found[1:] |= down
    found[:-1] |= down
    found[:, 1:] |= across
    found[:, :-1] |= across
    return found
