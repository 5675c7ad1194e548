"""Shapes of objects in one band: moments of their light and of the point-spread function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.measured.light import FOURTH, SHARPNESS, TWO_GAUSSIANS
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.sizes import PIXEL

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["higher_moments", "psf_model", "quadrupole", "shapes"]

#: Resolution below which shapes cannot be corrected for the point-spread function.
RESOLVED = 0.1

#: Error at most of ellipticities that are told.
WORST = 1.5

#: Scatter at most of moments of the point-spread function with the object's noise.
NOISIEST = 0.12

#: What pixels add to the ellipticity of a round point-spread function, one standard deviation.
PIXELATION = 5e-4


def quadrupole(major: Floats, minor: Floats, angle: Floats) -> tuple[Floats, Floats, Floats]:
    """Moments along the axes of a tract.

    Parameters
    ----------
    major, minor : `numpy.ndarray`
        Variances along the axes of the ellipse.
    angle : `numpy.ndarray`
        From north to the major axis through east: degrees.

    Returns
    -------
    xx, yy, xy : `numpy.ndarray`
        In the units of ``major``; x grows to the west, y to the north.
    """
    turn = np.radians(angle + 90)
    cos, sin = np.cos(turn), np.sin(turn)
    return (
        major * cos**2 + minor * sin**2,
        major * sin**2 + minor * cos**2,
        (major - minor) * cos * sin,
    )


def shapes(one: Band) -> Frame:
    """Second moments, and ellipticities corrected for the point-spread function."""
    moments, angle = one.moments, one.all.objects.angle
    xx, yy, xy = quadrupole(moments.major, moments.minor, angle)
    size = np.sqrt(moments.major * moments.minor)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Of a fitted Gaussian: each variance is as uncertain as its flux, times the square root
        # of two.
        scatter = size * 2**0.5 / one.signal
    failed = one.seen & (~one.measurable | one.share("moments fail", 0.003))
    xx = xx + scatter * one.normal("xx")
    yy = yy + scatter * one.normal("yy")
    xy = xy + scatter / 2**0.5 * one.normal("xy")
    good = one.seen & ~failed
    with np.errstate(invalid="ignore"):
        good &= (xx > 0) & (yy > 0) & (xx * yy > xy**2)
    bad = ~good
    point = np.where(one.seen, (SHARPNESS * one.sigma) ** 2, np.nan)
    psf = _point(one, point, "point", PIXELATION)
    noisy = _point(one, point, "noisy point", np.fmin(2**0.5 / np.fmax(one.signal, 1), NOISIEST))
    round_scatter = 0.1 * scatter
    rounded = [
        np.where(bad, np.nan, value + round_scatter * one.normal(f"round {name}"))
        for name, value in (("xx", xx), ("yy", yy), ("xy", xy))
    ]
    xx, yy, xy = (np.where(bad, np.nan, value) for value in (xx, yy, xy))
    frame: dict[str, npt.NDArray[Any]] = {
        **_named("ixx iyy ixy", xx, yy, xy),
        **_named("ixxRound iyyRound ixyRound", *rounded),
        **_named("ixxPSF iyyPSF ixyPSF", *psf),
        **_named("ixxDebiasedPSF iyyDebiasedPSF ixyDebiasedPSF", *noisy),
        "i_flag": bad,
        "iRound_flag": bad,
        "iPSF_flag": ~one.seen,
        "iDebiasedPSF_flag": ~one.seen,
        "moments_flag": bad,
        "moments_psf_flag": ~one.seen,
        "moments_psf_debiased_flag": ~one.seen,
    }
    for name, values in (
        ("moments", (xx, yy, xy)),
        ("moments_psf", psf),
        ("moments_psf_debiased", noisy),
    ):
        first, second, trace = _shear(*values)
        frame |= {f"{name}_g1": first, f"{name}_g2": second, f"{name}_trace": trace}
    return frame | _corrected(one, size, good)


def _corrected(one: Band, size: Floats, good: Flags) -> dict[str, npt.NDArray[Any]]:
    """Ellipticities before the point-spread function (Hirata & Seljak 2003)."""
    objects = one.all.objects
    ratio = objects.axis_ratio**2
    ellipticity = np.where(objects.galaxy, (1 - ratio) / (1 + ratio), 0.0)
    turn = 2 * np.radians(objects.angle + 90)
    with np.errstate(divide="ignore", invalid="ignore"):
        resolution = 1 - (SHARPNESS * one.sigma) ** 2 / size
        resolution = resolution + one.normal("resolution") / one.signal
        sigma = 2 / one.signal / np.fmax(resolution, RESOLVED)
        failed = ~(good & (resolution > RESOLVED) & (resolution < 1) & (sigma < WORST))
    sigma = np.where(failed, np.nan, sigma)
    first = ellipticity * np.cos(turn) + sigma * one.normal("e1")
    second = ellipticity * np.sin(turn) + sigma * one.normal("e2")
    return {
        "hsmShapeRegauss_e1": first,
        "hsmShapeRegauss_e2": second,
        "hsmShapeRegauss_sigma": sigma,
        "hsmShapeRegauss_flag": failed,
    }


def higher_moments(one: Band) -> Frame:
    """Third and fourth moments in units of the fitted width (Zhang et al. 2023)."""
    frame: dict[str, npt.NDArray[Any]] = {}
    bad = ~one.measurable
    # Of a circle: three parts along a coordinate are one part in both.
    parts = {"40": 1.0, "31": 0.0, "22": 1 / 3, "13": 0.0, "04": 1.0}
    parts |= {"30": 0.0, "21": 0.0, "12": 0.0, "03": 0.0}
    with np.errstate(divide="ignore", invalid="ignore"):
        scatter = np.where(bad, np.nan, 1 / one.signal)
    for name, part in parts.items():
        # The mean square of such a product of coordinates under a Gaussian is below one.
        spread = 0.35 if name in ("40", "04", "30", "03") else 0.2
        noise = spread * scatter * one.normal(f"moment {name}")
        frame[f"hsm_moments_{name}"] = part * one.moments.fourth + noise
        psf = part * FOURTH + PIXELATION * one.normal(f"point's moment {name}")
        frame[f"hsm_momentsPsf_{name}"] = np.where(one.seen, psf, np.nan)
    return frame | {"hsm_moments_flag": bad, "hsm_momentsPsf_flag": ~one.seen}


def psf_model(one: Band) -> Frame:
    """The point-spread function as two Gaussians."""
    share, narrow, wide = TWO_GAUSSIANS

    def near(value: float | Floats, purpose: str) -> Floats:
        # It hardly changes from place to place.
        return np.where(one.seen, value * (1 + PIXELATION * one.normal(purpose)), np.nan)

    frame: dict[str, npt.NDArray[Any]] = {}
    for number, width in ((1, narrow), (2, wide)):
        name = f"psfModel_TwoGaussian_gauss{number}"
        frame[f"{name}_sigma_x"] = near(width * one.sigma, f"{number} x")
        frame[f"{name}_sigma_y"] = near(width * one.sigma, f"{number} y")
        frame[f"{name}_rho"] = near(1.0, f"{number} rho") - 1
    steps = np.ma.masked_array(one.random("steps").poisson(7, len(one)) + 3, ~one.seen)
    quality = np.where(one.seen, 1e-5 * np.exp(0.2 * one.normal("quality")), np.nan)
    return frame | {
        "psfModel_TwoGaussian_gauss1_fluxfrac": near(share, "share"),
        "psfModel_TwoGaussian_n_iter": steps,
        "psfModel_TwoGaussian_chisq_reduced": quality,
        "psfModel_TwoGaussian_chi2_reduced": quality,
        "psfModel_TwoGaussian_unknown_flag": np.zeros(len(one), bool),
        "psfModel_TwoGaussian_no_inputs_flag": ~one.seen,
    }


def _point(
    one: Band, size: Floats, purpose: str, scatter: float | Floats
) -> tuple[Floats, Floats, Floats]:
    return (
        size * (1 + scatter * one.normal(f"{purpose} xx")),
        size * (1 + scatter * one.normal(f"{purpose} yy")),
        size * scatter * one.normal(f"{purpose} xy") / 2**0.5,
    )


def _shear(xx: Floats, yy: Floats, xy: Floats) -> tuple[Floats, Floats, Floats]:
    """Two components of the shear (1 - q)/(1 + q), and the radius of the trace: arcsec."""
    total = xx + yy + 2 * np.sqrt(xx * yy - xy**2)
    return (xx - yy) / total, 2 * xy / total, np.sqrt((xx + yy) / 2) * PIXEL


def _named(names: str, *values: Floats) -> dict[str, npt.NDArray[Any]]:
    return dict(zip(names.split(), values, strict=True))
