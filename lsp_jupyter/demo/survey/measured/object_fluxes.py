"""Fluxes of objects in one band: of points, apertures, and fitted profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.measured.light import PSF, SHARPNESS
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.photometry import APERTURES, magnitudes
from lsp_jupyter.demo.survey.sizes import PIXEL

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["aperture_fluxes", "extendedness", "gaap_fluxes", "kron_fluxes", "model_fluxes"]
__all__ += ["point_fluxes"]

#: Widths of the Gaussian apertures of GAaP photometry by name: arcsec.
GAAP = {"0p7": 0.7, "1p0": 1.0, "1p5": 1.5, "2p5": 2.5, "3p0": 3.0}

#: How much wider the point-spread function is made for it.
WIDENED = 1.15

#: Of the mean radius of the light: the ellipse in which Kron fluxes are measured.
KRON = 2.5

#: The ratio of a fitted point's to a fitted profile's flux below which an object is extended.
POINTLIKE = 0.985

#: Pixels around an object that flags of its middle are about, and its fit uses: half a side.
CENTER, STAMP = 1.5, 20.0


def point_fluxes(one: Band) -> Frame:
    """Fluxes of the fitted point-spread function, forced and free."""
    free = one.flux + one.error * 0.25 * one.normal("free point")
    magnitude, uncertain = magnitudes(one.flux, one.error)
    near_edge = one.depth.margin < STAMP
    flag = ~one.seen | (one.depth.margin < 5)
    return {
        "psfFlux": one.flux,
        "psfFluxErr": one.error,
        "psfMag": magnitude,
        "psfMagErr": uncertain,
        "psfFlux_area": 4 * np.pi * one.sigma**2,
        "psfFlux_flag": flag,
        "psfFlux_flag_apCorr": ~one.seen,
        "psfFlux_flag_edge": one.seen & near_edge,
        "psfFlux_flag_noGoodPixels": ~one.seen,
        "free_psfFlux": free,
        "free_psfFluxErr": one.error * (1 + 0.25**2) ** 0.5,
        "free_psfFlux_flag": flag,
    }


def aperture_fluxes(one: Band, radii: tuple[int, ...] = APERTURES) -> Frame:
    """Light in circles."""
    frame: dict[str, npt.NDArray[Any]] = {}
    light, noise, area = np.zeros((3, len(one)))
    chance = one.like(one.chance, 0.8, f"ring {radii[0]}")
    for radius in radii:
        inside = one.kept * one.all.light.within(np.array(float(radius)), one.sigma)
        # A larger circle has the noise of the smaller one, and that of the ring between.
        ring = one.depth.aperture_error(inside - light, np.pi * radius**2 - area)
        noise, light = noise + ring * chance, inside
        area = np.full(len(one), np.pi * radius**2)
        name = f"ap{radius:02}Flux"
        frame[name] = light + noise
        frame[f"{name}Err"] = one.depth.aperture_error(light, area)
        frame[f"{name}_flag"] = ~one.seen | (one.depth.margin < radius)
        chance = one.normal(f"ring after {radius}")
    twelve = frame["ap12Flux_flag"]
    for name in ("apFlux", "calibFlux"):
        frame[f"{name}_flag"] = twelve
        frame[f"{name}_flag_apertureTruncated"] = twelve & one.seen
        # Only small circles are measured by sums of sinc functions.
        frame[f"{name}_flag_sincCoeffsTruncated"] = one.seen & (one.depth.margin < 12 + 1)
    return frame | {"calibFlux": frame["ap12Flux"], "calibFluxErr": frame["ap12FluxErr"]}


def kron_fluxes(one: Band) -> Frame:
    """Light in ellipses as large as the object seems (Kron 1980)."""
    smallest = one.sigma * float((PSF.weights * PSF.widths).sum()) * (np.pi / 2) ** 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        scatter = np.exp(np.clip(0.6 * one.normal("Kron radius") / one.signal, -0.7, 0.7))
        radius = one.all.light.mean_radius(one.sigma) * scatter
    small = radius < 0.9 * smallest
    bad_shape = one.seen & ~one.measurable
    radius = np.where(small | bad_shape, smallest, radius)
    light = one.kept * one.all.light.within(KRON * radius, one.sigma)
    error = one.depth.aperture_error(light, np.pi * (KRON * radius) ** 2)
    # Corrected as if it were a point, of which the ellipse misses a little.
    missed = PSF.within(KRON * smallest / one.sigma)
    light, error = light / missed, error / missed
    edge = one.seen & (one.depth.margin < KRON * radius)
    no = np.zeros(len(one), bool)
    return {
        "kronRad": radius,
        "kronFlux": light + error * one.like(one.chance, 0.6, "Kron"),
        "kronFluxErr": error,
        "kronFlux_flag": ~one.seen | edge,
        "kronFlux_flag_bad_radius": no,
        "kronFlux_flag_bad_shape": bad_shape,
        "kronFlux_flag_bad_shape_no_psf": ~one.seen,
        "kronFlux_flag_edge": edge,
        "kronFlux_flag_no_fallback_radius": no,
        "kronFlux_flag_no_minimum_radius": no,
        "kronFlux_flag_small_radius": one.seen & small,
        "kronFlux_flag_used_minimum_radius": no,
        "kronFlux_flag_used_psf_radius": one.seen & (small | bad_shape),
    }


def gaap_fluxes(one: Band) -> Frame:
    """Light in Gaussian apertures, the same part of an object in all bands (Kuijken 2008)."""
    widened = WIDENED * one.sigma
    size = one.moments.major + one.moments.minor - 2 * (SHARPNESS * one.sigma) ** 2
    widths = {name: np.full(len(one), width / PIXEL) for name, width in GAAP.items()}
    widths["Psf"] = 2**0.5 * widened
    widths["Optimal"] = np.sqrt(2 * widened**2 + np.fmax(size / 2, 0))
    edge = one.seen & (one.depth.margin < STAMP)
    failed = one.seen & one.share("Gaussianization", 0.002)
    frame: dict[str, npt.NDArray[Any]] = {
        "gaapFlux_flag": ~one.seen | failed,
        "gaapFlux_flag_edge": edge,
        "gaapFlux_flag_gaussianization": failed,
    }
    for name, width in widths.items():
        with np.errstate(invalid="ignore"):
            big = one.seen & ~(width > widened)
            light = one.kept * one.all.light.weighed(width)
            # White noise through a Gaussian aperture and what undoes the blurring.
            area = np.pi * width**4 / (width**2 - one.sigma**2)
            error = np.where(big | failed, np.nan, one.depth.model_error(light, area))
        frame[f"gaap{name}Flux"] = light + error * one.like(one.chance, 0.85, f"GAaP {name}")
        frame[f"gaap{name}FluxErr"] = error
        if name != "Psf":
            frame[f"gaap{name}Flux_flag_bigPsf"] = big
    return frame


def model_fluxes(one: Band) -> Frame:
    """Fluxes of the fitted bulge and disk (CModel), forced and free."""
    inside = one.all.light.within(STAMP + 4 * one.sigma, one.sigma)
    free_error = 1.15 * one.model_error
    free = one.kept + free_error * one.like(one.model_chance, 0.85, "free model")
    magnitude, uncertain = magnitudes(one.model_flux, one.model_error)
    fails = one.seen & one.share("model fails", 0.001)
    flag = ~one.seen | fails | (one.depth.margin < 5)
    return {
        "cModelFlux": one.model_flux,
        "cModelFluxErr": one.model_error,
        "cModelMag": magnitude,
        "cModelMagErr": uncertain,
        "cModelFlux_inner": one.model_flux * inside,
        "cModel_flag": flag,
        "cModel_flag_apCorr": ~one.seen,
        "free_cModelFlux": free,
        "free_cModelFluxErr": free_error,
        "free_cModelFlux_inner": free * inside,
        "free_cModelFlux_flag": flag | (one.seen & one.share("free model fails", 0.002)),
    }


def extendedness(one: Band) -> Frame:
    """Whether objects look like points, by their fluxes and by their moments."""
    with np.errstate(divide="ignore", invalid="ignore"):
        extended = (one.flux < POINTLIKE * one.model_flux).astype(float)
        extended = np.where(one.seen & (one.model_flux > 0), extended, np.nan)
        point = (SHARPNESS * one.sigma) ** 2
        size = np.sqrt(one.moments.major * one.moments.minor) / point - 1
        size = size + one.normal("size") * 2**0.5 / one.signal
        by_size = np.where(one.measurable, np.tanh(3 * np.abs(size)), np.nan)
        # How much likelier the size is that of a galaxy, given its error.
        chance = 1 / (1 + np.exp(-np.clip((size - 0.06) / (0.02 + 0.5 / one.signal), -30, 30)))
    return {
        "extendedness": extended,
        "extendedness_flag": np.isnan(extended),
        "sizeExtendedness": by_size,
        "sizeExtendedness_flag": np.isnan(by_size),
        "model_extendedness": np.where(one.seen, chance, np.nan),
    }
