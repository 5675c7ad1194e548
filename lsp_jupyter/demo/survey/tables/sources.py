"""Rows of ``Source``: what is found in the visit images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.id_draws import uniform
from lsp_jupyter.demo.survey.images.sensor import COSMIC_RATE
from lsp_jupyter.demo.survey.measured.centroids import measured_places, place_errors, psf_moments
from lsp_jupyter.demo.survey.measured.looks import field_visits
from lsp_jupyter.demo.survey.measured.photometry import digits
from lsp_jupyter.demo.survey.measured.pixel_flags import pixel_flags
from lsp_jupyter.demo.survey.measured.source_finding import Found, Still, find_sources
from lsp_jupyter.demo.survey.measured.source_fluxes import (
    aperture_fluxes,
    fitted_fluxes,
    margin,
    shapes,
    sky_levels,
)
from lsp_jupyter.demo.survey.measured.source_ids import source_ids
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Columns = dict[str, Array]
    Floats = npt.NDArray[np.float64]

__all__ = ["source_rows"]

#: Rows of a frame, about.
ROWS = 30_000

#: Where the numbers of parents begin, among those of sources of the same exposure.
PARENTS = 1 << 21

#: Signal of stars that calibrate places, fluxes and point-spread functions, and the part of the
#: latter two that is kept for tests.
ASTROMETRY, PHOTOMETRY, PSF, RESERVED = 20.0, 40.0, 50.0, 0.2

#: Flags that nothing in this sky sets.
_NEVER = (
    *("blendedness_flag", "blendedness_flag_noCentroid", "blendedness_flag_noShape"),
    *("invalidPsfFlag", "jacobian_flag", "sky_source", "deblend_masked"),
    *("deblend_parentTooBig", "deblend_skipped", "deblend_tooManyPeaks"),
    *("centroid_flag_badError", "centroid_flag_noSecondDerivative"),
)

#: The columns of a large survey.
_MAIN = frozenset(
    {
        *("sourceId", "visit", "detector", "band", "coord_ra", "coord_dec", "ra", "dec"),
        *("raErr", "decErr", "x", "y", "psfFlux", "psfFluxErr", "psfFlux_flag"),
        *("ap12Flux", "ap12FluxErr", "ap12Flux_flag", "extendedness", "ixx", "iyy", "ixy"),
        *("pixelFlags_edge", "pixelFlags_saturatedCenter", "parentSourceId"),
    }
)


def source_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:
    """Rows of ``Source``: exposure by exposure of each tile.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    release : `str`
        ``dp1`` or ``dp2``.
    """
    for field in release_fields(release):
        psf = psf_moments(size, seed, field.name)
        for tile in sky.tiles(field):
            still = Still.of(sky, tile)
            parts: list[Columns] = []
            rows = 0
            for number, visit in enumerate(field_visits(sky, field.name)):
                found = find_sources(still, visit)
                random = draw(seed, "source", visit.id, tile.number)
                ids = source_ids(visit, tile, found.seen.detector)
                parts.append(_columns(found, ids, psf[number], size, seed, random=random))
                rows += len(found)
                if rows >= ROWS:
                    yield _joined(parts, size, release)
                    parts, rows = [], 0
            if rows:
                yield _joined(parts, size, release)


def _joined(parts: list[Columns], size: Size, release: str) -> Frame:
    unknown = {"coord_ra", "coord_dec"} if release == "dp2" else set()
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
        if name not in unknown and (size.wide or name in _MAIN)
    }


def _columns(
    found: Found,
    ids: Array,
    psf: Floats,
    size: Size,
    seed: int,
    *,
    random: np.random.Generator,
) -> Columns:
    seen, n = found.seen, len(found)
    visit = seen.visit
    psf = psf[seen.detector]
    x, y, ra, dec, spread = measured_places(size, seen, found.signal, random)
    errors = place_errors(spread, psf, visit.rotation)
    peaks = np.bincount(found.group, minlength=n)[found.group]
    blended = peaks > 1
    # To a thousandth of the error, and to microarcseconds.
    frame: Columns = {
        "sourceId": ids,
        "parentSourceId": np.where(blended, ids[found.group] | PARENTS, 0),
        "visit": np.full(n, visit.id),
        "detector": seen.detector,
        "band": np.full(n, visit.band),
        "physical_filter": np.full(n, visit.physical_filter),
        "x": digits(x, 3, spread),
        "y": digits(y, 3, spread),
        "ra": np.round(ra, 9),
        "dec": np.round(dec, 9),
        "coord_ra": np.round(ra, 9),
        "coord_dec": np.round(dec, 9),
    }
    frame |= {name: digits(values, 4) for name, values in errors.items()}
    frame |= fitted_fluxes(found, random)
    frame |= shapes(found, psf, random)
    frame |= aperture_fluxes(found, size.pixels, random, *(() if size.wide else ((12,),)))
    flags = pixel_flags(
        visit, found.ids, (seen.detector, x, y), found.radius, found.full, size=size, seed=seed
    )
    frame |= {f"pixelFlags_{name}": values for name, values in flags.items()}
    if not size.wide:
        return frame
    frame |= sky_levels(found, random)
    frame |= dict.fromkeys(_NEVER, np.zeros(n, bool))
    frame |= _blends(found, peaks, random)
    frame |= _centroid_flags(found, margin(found, size.pixels), random)
    # In the plane of the sky's projection pixels shrink a little away from the middle.
    away = np.hypot(x - size.pixels / 2, y - size.pixels / 2) * np.radians(PIXEL / 3600)
    frame["jacobian_value"] = np.round(1 - 1.5 * away**2 + 1e-4 * random.standard_normal(n), 6)
    return frame | _calibration(found, blended, frame["extendedness"], seed)


def _blends(found: Found, peaks: Array, random: np.random.Generator) -> Columns:
    """What the deblender did."""
    n = len(found)
    blended = peaks > 1
    width = 2 * found.seen.visit.psf_sigma**2
    under = np.exp(-(found.distance**2) / 2 / width)
    foreign = np.bincount(found.first, under * found.flux[found.second], n)
    foreign += np.bincount(found.second, under * found.flux[found.first], n)
    blendedness = foreign / (found.flux + foreign)
    return {
        "blendedness_abs": digits(blendedness + 1e-3 * random.random(n), 3),
        "footprintArea_value": np.ceil(np.pi * found.radius**2).astype(np.int64),
        "deblend_deblendedAsPsf": blended & (found.fitted > 0.97) & (random.random(n) < 0.7),
        "deblend_hasStrayFlux": blended & (random.random(n) < 0.6),
        "deblend_nChild": np.zeros(n, np.int64),
        "deblend_patchedTemplate": blended & (random.random(n) < 0.01),
        "deblend_rampedTemplate": blended & (random.random(n) < 0.02),
    }


def _centroid_flags(found: Found, edge: Floats, random: np.random.Generator) -> Columns:
    """How finding the middle of sources went wrong."""
    near = edge < 2
    faint = np.exp(-(found.signal - 5) / 4)
    flat = random.random(len(found)) < 0.004 * faint
    off = random.random(len(found)) < 0.01 * faint
    reset = random.random(len(found)) < 0.003 * faint
    return {
        "centroid_flag": near | flat | off | reset,
        "centroid_flag_edge": near,
        "centroid_flag_almostNoSecondDerivative": flat,
        "centroid_flag_notAtMaximum": off,
        "centroid_flag_resetToPeak": reset,
        "psfFlux_flag_edge": edge < 3 * found.seen.visit.psf_sigma,
    }


def _calibration(found: Found, blended: Array, extendedness: Floats, seed: int) -> Columns:
    """Which stars calibrated the exposure: the same ones in most exposures."""
    star = (extendedness == 0) & ~blended & (found.full < 1)
    rays = COSMIC_RATE * found.seen.visit.exposure * 400
    lost = uniform(seed, f"rejected in {found.seen.visit.id}", found.ids) < 0.05 + rays
    photometry = uniform(seed, "calibrates photometry", found.ids)
    psf = uniform(seed, "models the point-spread function", found.ids)
    measured, candidate = star & (found.signal > PHOTOMETRY), star & (found.signal > PSF)
    return {
        "calib_astrometry_used": star & (found.signal > ASTROMETRY) & ~lost,
        "calib_photometry_reserved": measured & (photometry < RESERVED),
        "calib_photometry_used": measured & (photometry >= RESERVED) & ~lost,
        "calib_psf_candidate": candidate,
        "calib_psf_reserved": candidate & (psf < RESERVED),
        "calib_psf_used": candidate & (psf >= RESERVED) & ~lost,
    }
