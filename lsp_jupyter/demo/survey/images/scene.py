"""What the sky sends to an image, before any noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.paint import Gaussians, paint
from lsp_jupyter.demo.survey.images.profiles import BULGE, DISK, Profile
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.observing.fields import BANDS, Field
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.sizes import PIXEL
from lsp_jupyter.demo.survey.truth.sky import EPOCH, Objects

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky

    Floats = npt.NDArray[np.float64]

__all__ = ["MARGIN", "View", "add_changes", "render", "statics"]

#: Sources this near to an image shine into it: pixels.
MARGIN = 28

#: Part of the noise of a pixel below which light is left out.
FINE = 40.0

#: Spots that a moving object is drawn as.
TRAIL = 7


@dataclass(frozen=True, slots=True)
class View:
    """What an image shows and how.

    Attributes
    ----------
    field : `Field`
        The field of the survey.
    band : `str`
        One of ``ugrizy``.
    wcs : `TangentWcs`
        World coordinates of its pixels.
    shape : `tuple` of two `int`
        Rows and columns.
    psf : `Psf`
        Its point-spread function.
    noise : `float`
        Standard deviation of an empty pixel: nanojansky. Much fainter light is left out.
    """

    field: Field
    band: str
    wcs: TangentWcs
    shape: tuple[int, int]
    psf: Psf
    noise: float

    def near(self, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        """Whether pixels are in the image or its `MARGIN`."""
        rows, columns = self.shape
        return np.asarray(
            (x > -MARGIN) & (x < columns + MARGIN) & (y > -MARGIN) & (y < rows + MARGIN)
        )


def render(view: View, gaussians: Gaussians) -> npt.NDArray[np.float32]:
    """The image of Gaussians behind the view's point-spread function.

    Parameters
    ----------
    view : `View`
        Its shape and point-spread function count.
    gaussians : `Gaussians`
        As `statics` makes them: a point has moments ``sharpness(view.psf)**2``.

    Returns
    -------
    image : `numpy.ndarray` of ``float32``, shape ``view.shape``
        Nanojansky.
    """
    rows, columns = view.shape
    high, wide = (_quick(length + 2 * MARGIN) for length in (rows, columns))
    canvas = np.zeros((high, wide))
    moved = Gaussians(
        gaussians.x + MARGIN,
        gaussians.y + MARGIN,
        gaussians.flux,
        gaussians.xx,
        gaussians.xy,
        gaussians.yy,
    )
    paint(canvas, moved, view.noise / FINE)
    spectrum = np.fft.rfft2(canvas)
    spectrum *= view.psf.transfer((high, wide), sharpness(view.psf))
    image = np.fft.irfft2(spectrum, s=(high, wide))
    return image[MARGIN : MARGIN + rows, MARGIN : MARGIN + columns].astype(np.float32)


def _quick(length: int) -> int:
    """A length no smaller that Fourier transforms are quick for: a product of 2, 3 and 5."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def sharpness(psf: Psf) -> float:
    """Width of the Gaussians that points are painted as: pixels.

    Wide enough for pixels to sample them, and not wider than the point-spread function.
    """
    return float(min(1.0, 0.95 * psf.widths[0]))


def statics(sky: Sky, view: View, mjd: float = EPOCH) -> Gaussians:
    """Stars and galaxies at their mean brightness.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    view : `View`
        Where it is looked at.
    mjd : `float`
        When, for the motion of stars: days, TAI.
    """
    parts = [_points(view, np.empty(0), np.empty(0), np.empty(0))]
    for objects in map(sky.objects, sky.tiles(view.field)):
        x, y = view.wcs.sky_to_pixel(*sky.positions(objects, mjd))
        near = np.flatnonzero(view.near(x, y))
        flux = objects.flux[near, BANDS.index(view.band)]
        star = ~objects.galaxy[near]
        parts.append(_points(view, x[near][star], y[near][star], flux[star]))
        galaxies = near[~star]
        parts.extend(_galaxies(view, objects, galaxies, x[galaxies], y[galaxies], flux[~star]))
    return Gaussians.join(*parts)


def add_changes(
    image: npt.NDArray[np.float32], sky: Sky, view: View, mjd: float, seconds: float
) -> None:
    """Add what differs from `statics` at a moment: variables, supernovae and moving objects.

    Parameters
    ----------
    image : `numpy.ndarray`, shape ``view.shape``
        Nanojansky; is changed.
    sky : `Sky`
        The truth.
    view : `View`
        Where it is looked at.
    mjd : `float`
        When: days, TAI.
    seconds : `float`
        How long, for the trails of moving objects.
    """
    ra, dec, flux = [], [], []
    for objects in map(sky.objects, sky.tiles(view.field)):
        some = np.flatnonzero(objects.variable)
        mean = objects.flux[some, BANDS.index(view.band)]
        place = sky.positions(objects, mjd)
        ra.append(place[0][some])
        dec.append(place[1][some])
        flux.append(sky.flux(objects, view.band, mjd)[some] - mean)
    supernovae = sky.supernovae(view.field)
    ra.append(supernovae.ra)
    dec.append(supernovae.dec)
    flux.append(supernovae.flux(view.band, mjd))
    asteroids = sky.asteroids()
    ephemeris = asteroids.observe(mjd)
    light = asteroids.flux(view.band, ephemeris) / TRAIL
    for moment in seconds / 86_400 * (np.arange(TRAIL) - TRAIL // 2) / TRAIL:
        ra.append(ephemeris.ra + moment * ephemeris.ra_rate / np.cos(np.radians(ephemeris.dec)))
        dec.append(ephemeris.dec + moment * ephemeris.dec_rate)
        flux.append(light)
    x, y = view.wcs.sky_to_pixel(np.concatenate(ra), np.concatenate(dec))
    near = view.near(x, y)
    x, y, light = x[near], y[near], np.concatenate(flux)[near]
    # So few that a Fourier transform is not worth it.
    for weight, width in zip(view.psf.weights, view.psf.widths, strict=True):
        moment = np.full(len(x), width**2)
        points = Gaussians(x, y, weight * light, moment, np.zeros(len(x)), moment)
        paint(image, points, view.noise / FINE)


def _points(view: View, x: Floats, y: Floats, flux: Floats) -> Gaussians:
    moment = np.full(len(x), sharpness(view.psf) ** 2)
    return Gaussians(x, y, flux, moment, np.zeros(len(x)), moment)


def _galaxies(
    view: View, objects: Objects, which: npt.NDArray[np.intp], x: Floats, y: Floats, flux: Floats
) -> list[Gaussians]:
    """The Gaussians of galaxies' bulges and disks."""
    # Where a step to the north leads; east is a quarter turn on, as right ascension grows left.
    step = 1 / 3600
    north_x, north_y = view.wcs.sky_to_pixel(objects.ra[which], objects.dec[which] + step)
    angle = np.arctan2(north_y - y, north_x - x) + np.radians(objects.angle[which])
    ratio = objects.axis_ratio[which]
    bulge = objects.bulge[which]
    parts: tuple[tuple[Profile, Floats, Floats], ...] = (
        (DISK, flux * (1 - bulge), objects.disk_radius[which] / PIXEL),
        (BULGE, flux * bulge, objects.bulge_radius[which] / PIXEL),
    )
    made = []
    for profile, light, radius in parts:
        # Most galaxies have but one of both, and faint bulges are not told from points.
        seen = light > 0.02 * view.noise
        major = np.multiply.outer(profile.widths, radius[seen]) ** 2
        minor = major * ratio[seen] ** 2
        cos, sin = np.cos(angle[seen]), np.sin(angle[seen])
        narrow = sharpness(view.psf) ** 2
        shape = major.shape
        made.append(
            Gaussians(
                np.broadcast_to(x[seen], shape).reshape(-1),
                np.broadcast_to(y[seen], shape).reshape(-1),
                np.multiply.outer(profile.weights, light[seen]).reshape(-1),
                (major * cos**2 + minor * sin**2 + narrow).reshape(-1),
                ((major - minor) * cos * sin).reshape(-1),
                (major * sin**2 + minor * cos**2 + narrow).reshape(-1),
            )
        )
    return made
