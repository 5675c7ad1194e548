"""Fluxes and shapes of the sources of an exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.measured.light import PSF, SHARPNESS
from lsp_jupyter.demo.survey.measured.object_shapes import quadrupole
from lsp_jupyter.demo.survey.measured.photometry import APERTURES, digits
from lsp_jupyter.demo.survey.measured.source_finding import Found
from lsp_jupyter.demo.survey.observing.camera import GAIN

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Columns = dict[str, Array]

__all__ = ["aperture_fluxes", "fitted_fluxes", "margin", "shapes", "sky_levels"]

#: Apertures whose fluxes are there in counts, too.
_COUNTED = (12, 17, 35, 50)

#: A fitted point has less than this part of the light of what is extended.
POINTLIKE = 0.985

#: The annulus in which the background is measured: radii in widths of the point-spread function.
ANNULUS = (7.0, 15.0)


def margin(found: Found, pixels: int) -> Floats:
    """Pixels to the nearest edge of the detector.

    Parameters
    ----------
    found : `Found`
        The sources.
    pixels : `int`
        Columns and rows of a detector.
    """
    x, y = found.seen.x + 0.5, found.seen.y + 0.5
    return np.minimum(np.minimum(x, pixels - x), np.minimum(y, pixels - y))


def _counts(found: Found) -> float:
    """Counts of the detector for a nanojansky."""
    return found.seen.visit.electrons / GAIN


def fitted_fluxes(found: Found, random: np.random.Generator) -> Columns:
    """Fluxes of fitted points and Gaussians, and whether sources look like points."""
    n, visit = len(found), found.seen.visit
    error = found.error
    point = found.flux * found.fitted + error * found.chance
    moments = found.light.moments(found.sigma)
    narrow = (SHARPNESS * visit.psf_sigma) ** 2
    major, minor = narrow + found.light.major, narrow + found.light.minor
    # What an adaptive Gaussian finds of a sum of Gaussians.
    height = found.light.weights / np.sqrt((major + moments.major) * (minor + moments.minor))
    caught = np.minimum(2 * np.sqrt(moments.major * moments.minor) * height.sum(0), 1.0)
    size = np.sqrt(moments.major * moments.minor) / SHARPNESS**2
    gaussian_error = found.seen.error(found.flux * caught, 4 * np.pi * size)
    common = np.minimum(visit.psf_sigma**2 / size, 1.0) ** 0.5 * 0.97
    own = np.sqrt(1 - common**2) * random.standard_normal(n)
    gaussian = found.flux * caught + gaussian_error * (common * found.chance + own)
    larger = np.sqrt(moments.major * moments.minor) / narrow - 1
    larger = larger + 2**0.5 / found.signal * random.standard_normal(n)
    chance = (larger - 0.06) / (0.02 + 0.5 / found.signal)
    no_size = found.signal < 3
    no = np.zeros(n, bool)
    correction = 1 + 0.004 * random.standard_normal(9)[found.seen.detector]
    return {
        "psfFlux": digits(point, 3, error),
        "psfFluxErr": digits(error, 4),
        "psfFlux_apCorr": digits(correction + 5e-4 * random.standard_normal(n), 6),
        "psfFlux_apCorrErr": digits(8e-4 * np.exp(0.2 * random.standard_normal(n)), 3),
        "psfFlux_area": digits(found.seen.area * (1 + 0.003 * random.standard_normal(n)), 5),
        "psfFlux_flag": no,
        "psfFlux_flag_apCorr": no,
        "psfFlux_flag_noGoodPixels": no,
        "gaussianFlux": digits(gaussian, 3, gaussian_error),
        "gaussianFluxErr": digits(gaussian_error, 4),
        "gaussianFlux_flag": no,
        "extendedness": (point < POINTLIKE * gaussian).astype(float),
        "extendedness_flag": no,
        "sizeExtendedness": np.where(
            no_size, np.nan, digits(1 / (1 + np.exp(-np.clip(chance, -30, 30))), 3)
        ),
        "sizeExtendedness_flag": no_size,
    }


def aperture_fluxes(
    found: Found, pixels: int, random: np.random.Generator, radii: tuple[int, ...] = APERTURES
) -> Columns:
    """Light in circles, and what it is in counts."""
    visit, n = found.seen.visit, len(found)
    frame: Columns = {}
    light, noise, area = np.zeros(n), np.zeros(n), 0.0
    chance = 0.8 * found.chance + 0.6 * random.standard_normal(n)
    edge = margin(found, pixels)
    for radius in radii:
        inside = found.flux * found.light.within(np.array(float(radius)), found.sigma)
        # A larger circle has the noise of the smaller one, and that of the ring between.
        own = np.maximum(inside - light, 0) / visit.electrons
        ring = np.sqrt(visit.noise**2 * (np.pi * radius**2 - area) + own)
        noise, light, area = noise + ring * chance, inside, np.pi * radius**2
        chance = random.standard_normal(n)
        error = np.sqrt(visit.noise**2 * area + light / visit.electrons)
        cut = edge < radius
        flux = digits(np.where(cut, np.nan, light + noise), 3, error)
        error = digits(np.where(cut, np.nan, error), 4)
        name = f"ap{radius:02}Flux"
        frame |= {name: flux, f"{name}Err": error, f"{name}_flag": cut}
        if radius in _COUNTED and len(radii) > 1:
            frame |= _in_counts(f"apFlux_{radius}_0", flux, error, cut, _counts(found))
        if radius == 12:
            frame |= {"calibFlux": flux, "calibFluxErr": error}
            cut_sinc = edge < radius + 1
            # A circle of that size misses a little of a point.
            whole = PSF.within(np.array(radius / visit.psf_sigma))
            total = light / whole + 1.15 * noise
            if len(radii) > 1:
                frame |= {
                    "apFlux_12_0_flag_apertureTruncated": cut,
                    "apFlux_12_0_flag_sincCoeffsTruncated": cut_sinc,
                }
                values = digits(np.where(cut, np.nan, total), 3, error)
                wider = digits(error * 1.15 / whole, 4)
                frame |= _in_counts("normCompTophatFlux", values, wider, cut, _counts(found))
    return frame


def _in_counts(name: str, flux: Floats, error: Floats, cut: Array, counts: float) -> Columns:
    return {
        f"{name}_instFlux": digits(flux * counts, 3, error * counts),
        f"{name}_instFluxErr": digits(error * counts, 4),
        f"{name}_flag": cut,
    }


def shapes(found: Found, psf: Floats, random: np.random.Generator) -> Columns:
    """Moments of the sources and of the point-spread function along the detector's axes.

    Parameters
    ----------
    found : `Found`
        The sources.
    psf : `numpy.ndarray`, shape ``(n, 3)``
        Moments xx, xy and yy of the point-spread function at each: pixels squared.
    random : `numpy.random.Generator`
        Where chance comes from.
    """
    n = len(found)
    moments = found.light.moments(found.sigma)
    xx, yy, xy = quadrupole(moments.major, moments.minor, found.angle)
    narrow = (SHARPNESS * found.seen.visit.psf_sigma) ** 2
    # Sources are longer where the point-spread function is.
    own = {"xx": xx + psf[:, 0] - narrow, "xy": xy + psf[:, 1], "yy": yy + psf[:, 2] - narrow}
    # Of a fitted Gaussian: each variance is as uncertain as its flux, times the square root of two.
    scatter = np.sqrt(moments.major * moments.minor) * 2**0.5 / found.signal
    noisy = narrow * np.minimum(2**0.5 / found.signal, 0.2)
    measured = {
        axes: value + (2**-0.5 if axes == "xy" else 1.0) * scatter * random.standard_normal(n)
        for axes, value in own.items()
    }
    failed = random.random(n) < 0.004 + 0.05 * np.exp(-(found.signal - 5) / 3)
    # Noise may leave no ellipse.
    failed |= (measured["xx"] <= 0) | (measured["xx"] * measured["yy"] <= measured["xy"] ** 2)
    frame: Columns = {}
    for number, (axes, value) in enumerate(measured.items()):
        part = 2**-0.5 if axes == "xy" else 1.0
        frame[f"i{axes}"] = digits(np.where(failed, np.nan, value), 5)
        frame[f"i{axes}PSF"] = digits(psf[:, number], 6)
        debiased = psf[:, number] + part * noisy * random.standard_normal(n)
        frame[f"i{axes}DebiasedPSF"] = digits(debiased, 5)
    no = np.zeros(n, bool)
    for name, flag in (
        ("hsmPsfMoments", no),
        ("iDebiasedPSF", no),
        ("hsmShapeRegauss", failed),
    ):
        frame |= {
            f"{name}_flag": flag,
            f"{name}_flag_no_pixels": no,
            f"{name}_flag_not_contained": no,
            f"{name}_flag_parent_source": no,
        }
    return frame | {
        "iDebiasedPSF_flag_galsim": no,
        "iDebiasedPSF_flag_edge": no,
        "hsmShapeRegauss_flag_galsim": failed,
    }


def sky_levels(found: Found, random: np.random.Generator) -> Columns:
    """What is left of the background around sources, and the noise there."""
    visit, n = found.seen.visit, len(found)
    inner, outer = (radius * visit.psf_sigma for radius in ANNULUS)
    error = visit.noise / np.sqrt(np.pi * (outer**2 - inner**2)) * np.ones(n)
    # Faint sources in the annulus lift it a little.
    level = error * (0.3 + 1.2 * random.standard_normal(n))
    counts = _counts(found)
    no = np.zeros(n, bool)
    variance = visit.noise**2 * np.exp(0.01 * random.standard_normal(n))
    return {
        "sky": digits(level, 3, error),
        "skyErr": digits(error, 4),
        "localBackground_instFlux": digits(level * counts, 3, error * counts),
        "localBackground_instFluxErr": digits(error * counts, 4),
        "localBackground_flag": no,
        "localBackground_flag_noGoodPixels": no,
        "localBackground_flag_noPsf": no,
        "variance_value": digits(variance, 5),
        "variance_flag": no,
        "variance_flag_emptyFootprint": no,
    }
