"""Rows of ``ShearObject``: shapes of galaxies on images that were sheared by a known amount.

Metadetection (Sheldon et al. 2020, ApJ 902, 138) finds and measures objects on five versions of
each coadd, so that users can tell how measured shapes answer to a shear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.measured.detection import Detections, detect
from lsp_jupyter.demo.survey.measured.light import SHARPNESS
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.photometry import digits
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.skymap import PATCHES, Tract
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["shear_object_rows"]

#: The versions of the images, and the shears g1 and g2 that they were given.
STEPS = {"ns": (0.0, 0.0), "1p": (0.01, 0), "1m": (-0.01, 0), "2p": (0, 0.01), "2m": (0, -0.01)}

#: Bands that shapes are measured in.
SHAPE_BANDS = "griz"

#: Shapes longer than this are not fitted.
LONGEST = 0.95

#: Columns and rows of a cell: pixels.
CELL = 150

#: Signal to noise of what is kept.
THRESHOLD = 5.0

#: How much of the noise the versions have in common.
COMMON = 0.99

#: The Gaussian to which versions are convolved is so much wider than the coadd's point-spread
#: function, in variance.
RECONVOLVED = 1.12

#: Variance of the weight of moments before the point-spread function, a full width of 2 arcsec.
WEIGHT = (2.0 / 2.354820045) ** 2

#: Bits of pixels in the footprint: saturated, interpolated, cosmic ray.
_SATURATED, _INTERPOLATED, _RAY = 2, 4, 8


def shear_object_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``ShearObject``: each version of each tile.

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
            shapes = _Shapes.of(detect(sky, tile))
            for number, step in enumerate(STEPS):
                yield _version(shapes, number, step)


@dataclass(frozen=True, slots=True)
class _Shapes:
    """What all versions have in common; arrays of one length, or one column for each of griz."""

    found: Detections
    flux: Floats
    error: Floats
    chance: Floats
    psf: Floats
    size: Floats
    g1: Floats
    g2: Floats

    @classmethod
    def of(cls, found: Detections) -> _Shapes:
        bands = [Band(found, BANDS.index(name)) for name in SHAPE_BANDS]
        flux = np.stack([band.kept for band in bands], axis=1)
        error = np.stack([band.model_error for band in bands], axis=1)
        chance = np.stack([band.model_chance for band in bands], axis=1)
        with np.errstate(invalid="ignore"):
            weight = np.nan_to_num((flux / error) ** 2)
            total = np.maximum(weight.sum(axis=1), 1e-9)
            variance = np.stack([(SHARPNESS * band.sigma) ** 2 for band in bands], axis=1)
        psf = (weight * np.nan_to_num(variance)).sum(axis=1) / total
        seen = np.nan_to_num(weight).argmax(axis=1)
        sigma = np.stack([np.nan_to_num(band.sigma, nan=1.0) for band in bands], axis=1)
        moments = found.light.moments(sigma[np.arange(len(found)), seen])
        own = (SHARPNESS * sigma[np.arange(len(found)), seen]) ** 2
        major, minor = np.maximum(moments.major - own, 0), np.maximum(moments.minor - own, 0)
        ratio = np.sqrt(minor / np.maximum(major, 1e-9))
        shape = np.where(major > 1e-6, (1 - ratio) / (1 + ratio), 0.0)
        # From the x axis, which points west: a quarter turn on from north.
        twice = np.radians(2 * (found.objects.angle + 90))
        return cls(
            found,
            flux,
            error,
            chance,
            2 * psf * PIXEL**2,
            (major + minor) * PIXEL**2,
            shape * np.cos(twice),
            shape * np.sin(twice),
        )


def _version(shapes: _Shapes, number: int, step: str) -> Frame:
    found = shapes.found
    random = found.random("shear", step)
    n = len(found)
    own = np.sqrt(1 - COMMON**2) * random.standard_normal(shapes.flux.shape)
    flux = shapes.flux + shapes.error * (COMMON * shapes.chance + own)
    signal = np.sqrt(np.nansum((flux / shapes.error) ** 2 * np.sign(flux), axis=1).clip(0))
    some = np.flatnonzero((signal > THRESHOLD) & (shapes.psf > 0))
    common = found.random("shear noise").standard_normal((3, n))
    chance = COMMON * common + np.sqrt(1 - COMMON**2) * random.standard_normal((3, n))
    g1, g2 = _sheared(shapes.g1, shapes.g2, *STEPS[step])
    size, psf = shapes.size, shapes.psf * RECONVOLVED
    # Of what no band sees there is no signal, and no row.
    with np.errstate(divide="ignore", invalid="ignore"):
        # Dilution by the point-spread function makes shapes uncertain, and pulls the fit to round.
        diluted = (size + psf) / np.maximum(size, 0.02 * psf)
        spread = np.minimum(2**0.5 / signal * diluted, 0.6)
        answer = size / (size + 0.15 * psf)
        size_error = np.minimum((size + psf) * 2**0.5 / signal, 50.0)
    g1 = np.clip(answer * g1 + spread * chance[0], -LONGEST, LONGEST)
    g2 = np.clip(answer * g2 + spread * chance[1], -LONGEST, LONGEST)
    failed = random.random(n) < 0.003
    columns = _columns(shapes, flux, signal, size + size_error * chance[2], size_error, random)
    columns |= _patch_columns(found, random)
    columns |= {
        "gauss_g1": digits(np.where(failed, np.nan, g1), 4),
        "gauss_g2": digits(np.where(failed, np.nan, g2), 4),
        "gauss_g1_g1_Cov": digits(np.where(failed, np.nan, spread**2), 4),
        "gauss_g2_g2_Cov": digits(np.where(failed, np.nan, spread**2), 4),
        "gauss_g1_g2_Cov": digits(spread**2 * 0.03 * random.standard_normal(n), 3),
        "gauss_shape_flags": np.where(failed, 4, 0),
        "gauss_flags": np.where(failed, 4, 0),
    }
    return _in_patches(found, columns, some, number, step)


def _sheared(g1: Floats, g2: Floats, s1: float, s2: float) -> tuple[Floats, Floats]:
    """Reduced shears added (Seitz & Schneider 1997, A&A 318, 687)."""
    shape, shear = g1 + 1j * g2, s1 + 1j * s2
    made = (shape + shear) / (1 + np.conj(shear) * shape)
    return made.real, made.imag


def _columns(
    shapes: _Shapes,
    flux: Floats,
    signal: Floats,
    size: Floats,
    size_error: Floats,
    random: np.random.Generator,
) -> dict[str, Array]:
    """Fluxes, sizes and what is known of the point-spread function."""
    n = len(signal)
    no = np.zeros(n, np.int64)
    # Moments under a fixed weight see a little less of what is large.
    seen = 1 / (1 + np.maximum(shapes.size, 0) / 2 / WEIGHT) ** 0.5
    other = seen * (shapes.size + size_error * random.standard_normal(n))
    frame: dict[str, Array] = {
        "image_flags": no,
        "psfOriginal_flags": no,
        "psfOriginal_g1": digits(5e-4 * random.standard_normal(n), 3),
        "psfOriginal_g2": digits(5e-4 * random.standard_normal(n), 3),
        "psfOriginal_T": digits(shapes.psf * (1 + 2e-3 * random.standard_normal(n)), 5),
        "gauss_psfReconvolved_flags": no,
        "gauss_psfReconvolved_g1": digits(1e-6 * random.standard_normal(n), 3),
        "gauss_psfReconvolved_g2": digits(1e-6 * random.standard_normal(n), 3),
        "gauss_psfReconvolved_T": digits(shapes.psf * RECONVOLVED, 6),
        "gauss_snr": digits(signal, 4),
        "gauss_T": digits(size, 4),
        "gauss_TErr": digits(size_error, 4),
        "gauss_object_flags": no,
        "pgauss_snr": digits(signal * 0.93 * np.exp(0.02 * random.standard_normal(n)), 4),
        "pgauss_T": digits(other, 4),
        "pgauss_TErr": digits(size_error * seen * 1.1, 4),
        "pgauss_shape_flags": no,
        "pgauss_object_flags": no,
        "pgauss_flags": no,
    }
    for place, band in enumerate(SHAPE_BANDS):
        error = shapes.error[:, place]
        missing = ~np.isfinite(error)
        wider = 1.12 * error
        lost = 0.3 * shapes.error[:, place] * random.standard_normal(n)
        for name, values, errors in (
            ("gauss", flux[:, place], error),
            ("pgauss", flux[:, place] * seen + lost, wider),
        ):
            frame |= {
                f"{band}_{name}Flux": digits(values, 3, errors),
                f"{band}_{name}FluxErr": digits(errors, 4),
                f"{band}_{name}Flux_flags": np.where(missing, 1, 0),
            }
    return frame


def _patch_columns(found: Detections, random: np.random.Generator) -> dict[str, Array]:
    """Where objects are on the tract, and what happened to pixels there."""
    n = len(found)
    with np.errstate(invalid="ignore"):
        error = np.nanmin(found.error / np.maximum(found.expected, found.error), axis=1)
    error = 2**0.5 * 2 * error
    x, y = found.x + error * random.standard_normal(n), found.y + error * random.standard_normal(n)
    ra, dec = found.tract.wcs.pixel_to_sky(x, y)
    masked = np.minimum(random.exponential(0.006, n), 1.0)
    full = (found.kept < 1).any(axis=1)
    bits = np.where(full, _SATURATED, 0) | np.where(random.random(n) < 0.1, _INTERPOLATED, 0)
    bits |= np.where(random.random(n) < 0.05, _RAY, 0)
    return {
        "x": x,
        "y": y,
        "ra": ra,
        "dec": dec,
        "mfrac": digits(masked, 3),
        "bmask_flags": np.where(full, _SATURATED, 0),
        "ormask_flags": bits,
    }


def _in_patches(
    found: Detections, columns: dict[str, Array], some: Integers, number: int, step: str
) -> Frame:
    """One row for each patch that has an object: in borders there are several."""
    tract = found.tract
    x, y = columns["x"][some], columns["y"][some]
    rows, patches, inner = _patches(tract, x, y)
    chosen = some[rows]
    frame = {name: values[chosen] for name, values in columns.items()}
    ids = found.objects.id[chosen] & ((1 << 36) - 1)
    column, row = patches % PATCHES, patches // PATCHES
    low_x, low_y = (each * tract.inner - tract.border for each in (column, row))
    none = np.ones(len(chosen), bool)
    return frame | {
        "shearObjectId": (tract.id * 100 + patches) << 40 | (number + 1) << 36 | ids,
        "tract": np.full(len(chosen), tract.id),
        "patch": patches,
        "cell_x": ((frame["x"] - low_x + 0.5) // CELL).astype(np.int64),
        "cell_y": ((frame["y"] - low_y + 0.5) // CELL).astype(np.int64),
        "metaStep": np.full(len(chosen), step),
        "is_cell_inner": none,
        "is_patch_inner": inner,
        "is_tract_inner": none,
        "is_primary": inner,
    }


def _patches(
    tract: Tract, x: Floats, y: Floats
) -> tuple[Integers, Integers, npt.NDArray[np.bool_]]:
    """All patches that have each place: its row, the patch, and whether it is the patch's own."""
    home = [np.floor((at + 0.5) / tract.inner).astype(np.int64) for at in (x, y)]
    rows, patches, inner = [], [], []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            column, row = home[0] + dx, home[1] + dy
            there = np.ones(len(x), bool)
            for place, at in ((column, x), (row, y)):
                low = place * tract.inner - tract.border - 0.5
                there &= (place >= 0) & (place < PATCHES)
                there &= (at >= low) & (at < low + tract.inner + 2 * tract.border)
            rows.append(np.flatnonzero(there))
            patches.append((row * PATCHES + column)[there])
            inner.append(np.full(int(there.sum()), dx == 0 and dy == 0))
    return np.concatenate(rows), np.concatenate(patches), np.concatenate(inner)
