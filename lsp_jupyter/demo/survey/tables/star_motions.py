"""Rows of ``IsolatedStarStellarMotions``: how stars move, by their places in all exposures.

A reference catalogue as good as Gaia's tells where stars were in 2016. It is simulated, too: its
stars have no numbers in the real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.measured.detection import Detections, detect
from lsp_jupyter.demo.survey.measured.looks import field_visits, look
from lsp_jupyter.demo.survey.measured.neighbours import pairs
from lsp_jupyter.demo.survey.measured.photometry import digits
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields
from lsp_jupyter.demo.survey.truth.magnitudes import mag_of
from lsp_jupyter.demo.survey.truth.orbits import observatory
from lsp_jupyter.demo.survey.truth.sky import EPOCH

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky, Tile

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["star_motion_rows"]

#: Stars are isolated if nothing else is so near: pixels.
ALONE = 10.0

#: Exposures of a star at least, and its signal to noise in each that counts.
EXPOSURES, SIGNAL = 5, 10.0

#: What no centroid is better than: milliarcseconds, for the air and the distortion of the optics.
FLOOR = 5.0

#: How wide the spread of proper motions and parallaxes is taken to be before anything is measured:
#: mas/yr and mas. It keeps the fit of few nights finite.
PRIORS = (1000.0, 1000.0, 300.0)

#: The epoch of the reference catalogue: MJD; and its errors by magnitude in G: mas (about those of
#: Gaia's third release, Lindegren et al. 2021, A&A 649, A2), for proper motions in a year, too.
REFERENCE = 57_388.5
_BRIGHTNESS = (13.0, 15.0, 17.0, 18.0, 19.0, 20.0, 21.0)
_SHARPNESS = (0.02, 0.03, 0.07, 0.12, 0.25, 0.5, 1.4)

#: Sets these stars' numbers apart from those of objects.
_ALONE = 1 << 38

#: Milliarcseconds of a degree.
_DEGREE = 3.6e6

#: Parameters by the names of the columns.
_PARAMETERS = ("ra", "dec", "raPM", "decPM", "parallax")


def star_motion_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``IsolatedStarStellarMotions``, tile by tile.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    release : `str`
        ``dp2``.
    """
    for field in release_fields(release):
        for tile in sky.tiles(field):
            found = detect(sky, tile)
            yield _motions(sky, tile, found, _isolated(found))


def _isolated(found: Detections) -> Integers:
    """Stars that nothing disturbs and that are not saturated."""
    first, second, _ = pairs(found.x, found.y, ALONE)
    alone = np.ones(len(found), bool)
    alone[first] = alone[second] = False
    with np.errstate(invalid="ignore"):
        full = (found.kept < 1).any(axis=1)
    return np.flatnonzero(alone & ~found.objects.galaxy & ~full)


def _motions(sky: Sky, tile: Tile, found: Detections, chosen: Integers) -> Frame:
    objects = found.objects
    ra, dec = objects.ra[chosen], objects.dec[chosen]
    count, mean = np.zeros((2, len(chosen)))
    looks = []
    for visit in field_visits(sky, tile.field.name):
        seen = look(visit, ra, dec, sky.size)
        flux = objects.flux[chosen[seen.index], BANDS.index(visit.band)]
        signal = flux / seen.error(flux)
        good = np.flatnonzero(signal > SIGNAL)
        index = seen.index[good]
        error = np.hypot(2**0.5 * visit.psf_sigma / signal[good] * PIXEL * 1000, FLOOR)
        looks.append((visit, index, error))
        count[index] += 1
        mean[index] += visit.mjd
    epoch = mean / np.maximum(count, 1)
    # The normal equations of the fit, milliarcseconds and years.
    normal = np.zeros((len(chosen), 5, 5))
    for place, prior in enumerate(PRIORS, 2):
        normal[:, place, place] = prior**-2
    sharp = _reference_error(objects.flux[chosen])
    known = np.flatnonzero(np.isfinite(sharp))
    years = (REFERENCE - epoch[known]) / 365.25
    one, none = np.ones(len(known)), np.zeros(len(known))
    _add(
        normal,
        known,
        sharp[known],
        ((one, none, years, none, none), (none, one, none, years, none)),
    )
    for visit, index, error in looks:
        years = (visit.mjd - epoch[index]) / 365.25
        east, north = _parallax(visit.mjd, ra[index], dec[index])
        one, none = np.ones(len(index)), np.zeros(len(index))
        rows = (one, none, years, none, east), (none, one, none, years, north)
        _add(normal, index, error, rows)
    enough = np.flatnonzero(count >= EXPOSURES)
    star = chosen[enough]
    covariance = np.asarray(np.linalg.inv(normal[enough]), float)
    root = np.asarray(np.linalg.cholesky(covariance), float)
    off = np.einsum(
        "nij,nj->ni", root, found.random("motion").standard_normal((len(found), 5))[star]
    )
    frame = _frame(found, star, epoch[enough], covariance, off)
    return frame | _reference(found, star, epoch[enough], sharp[enough])


def _add(normal: Floats, index: Integers, error: Floats, rows: tuple[Any, ...]) -> None:
    """Add measurements to the normal equations of stars, each of them there once."""
    for row in rows:
        design = np.stack(row, axis=1) / error[:, None]
        normal[index] += design[:, :, None] * design[:, None, :]


def _reference_error(flux: Floats) -> Floats:
    """Errors of the reference catalogue: mas; NaN for stars too faint for it."""
    # G is about as wide as g, r and i together.
    magnitude = mag_of(flux[:, 1:4].mean(axis=1))
    with np.errstate(invalid="ignore"):
        error = np.exp(np.interp(magnitude, _BRIGHTNESS, np.log(_SHARPNESS)))
        return np.where(magnitude < _BRIGHTNESS[-1], error, np.nan)


def _reference(found: Detections, star: Integers, epoch: Floats, error: Floats) -> dict[str, Array]:
    """What the reference catalogue has, moved to the epoch of the fit."""
    objects = found.objects
    off = found.random("reference catalogue").standard_normal((len(found), 5))[star]
    off *= error[:, None]
    since = (epoch - REFERENCE) / 365.25
    years = (epoch - EPOCH) / 365.25
    dec = (
        objects.dec[star] + (objects.pm_dec[star] * years + off[:, 1] + off[:, 3] * since) / _DEGREE
    )
    east = (objects.pm_ra[star] * years + off[:, 0] + off[:, 2] * since) / _DEGREE
    return {
        "ref_ra": np.round(objects.ra[star] + east / np.cos(np.radians(dec)), 10),
        "ref_dec": np.round(dec, 10),
        "ref_raPM": np.round(objects.pm_ra[star] + off[:, 2], 3),
        "ref_decPM": np.round(objects.pm_dec[star] + off[:, 3], 3),
        "ref_parallax": np.round(objects.parallax[star] + off[:, 4], 3),
    }


def _parallax(mjd: float, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """How far a parallax of 1 moves stars to the east and to the north."""
    x, y, z = observatory(mjd)[0]
    a, d = np.radians(ra), np.radians(dec)
    across = x * np.cos(a) + y * np.sin(a)
    return x * np.sin(a) - y * np.cos(a), across * np.sin(d) - z * np.cos(d)


def _frame(
    found: Detections, star: Integers, epoch: Floats, covariance: Floats, off: Floats
) -> dict[str, Array]:
    objects = found.objects
    years = (epoch - EPOCH) / 365.25
    dec = objects.dec[star] + (objects.pm_dec[star] * years + off[:, 1]) / _DEGREE
    east = (objects.pm_ra[star] * years + off[:, 0]) / _DEGREE
    error = np.sqrt(np.einsum("nii->ni", covariance))
    frame: dict[str, Array] = {
        "isolated_star_id": objects.id[star] | _ALONE,
        "ra": np.round(objects.ra[star] + east / np.cos(np.radians(dec)), 10),
        "dec": np.round(dec, 10),
        "raPM": digits(objects.pm_ra[star] + off[:, 2], 3, error[:, 2]),
        "decPM": digits(objects.pm_dec[star] + off[:, 3], 3, error[:, 3]),
        "parallax": digits(objects.parallax[star] + off[:, 4], 3, error[:, 4]),
        "epoch": np.round(epoch, 6),
    }
    units = np.array([_DEGREE, _DEGREE, 1, 1, 1])
    for row, name in enumerate(_PARAMETERS):
        frame[f"{name}Err"] = digits(error[:, row] / units[row], 4)
        for column in range(row + 1, 5):
            values = covariance[:, row, column] / units[row] / units[column]
            frame[f"{name}_{_PARAMETERS[column]}_Cov"] = digits(values, 4)
    return frame
