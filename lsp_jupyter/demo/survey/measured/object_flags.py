"""Flags of objects in one band: what happened to their pixels, and what they calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.images.sensor import BAD_PIXELS, COSMIC_LENGTH, COSMIC_RATE
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.object_blends import Blends
from lsp_jupyter.demo.survey.measured.object_fluxes import CENTER

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["calibration_flags", "pixel_flags"]

#: Seconds of an exposure.
EXPOSURE = 30.0

#: Parts of objects over which an exposure has a trail, a ghost or something that moves, by pixel
#: of the footprint's width.
TRAILS = 2e-5

#: Signal of stars that calibrate places, fluxes and point-spread functions.
ASTROMETRY, PHOTOMETRY, PSF = 20.0, 40.0, 50.0

#: The part of these that is kept for tests.
RESERVED = 0.2


def pixel_flags(one: Band, blends: Blends) -> Frame:
    """What happened to pixels of the footprint, and to those of its middle."""
    radius = blends.radius
    center = np.full(len(one), CENTER)
    full = one.saturated
    touching = blends.neighbours(full[blends.second].astype(float)) > 0
    saturated = full | (one.seen & touching)
    frame: dict[str, npt.NDArray[Any]] = {
        "pixelFlags_saturated": saturated,
        "pixelFlags_saturatedCenter": full,
    }
    for name, reach in (("", radius), ("Center", center)):
        # The same chances for both, so that what is in the middle is in the footprint.
        cosmic = one.share("cosmic ray", _cosmic(one, reach))
        clipped = one.share("clipped", _trails(one, reach))
        defect = one.share("defect", _defects(one, reach))
        edge = one.seen & (one.depth.edge < reach)
        full = frame[f"pixelFlags_saturated{name}"].astype(bool)
        frame |= {
            f"pixelFlags_cr{name}": cosmic,
            f"pixelFlags_clipped{name}": clipped,
            f"pixelFlags_interpolated{name}": cosmic | defect | full,
            f"pixelFlags_sensor_edge{name}": edge,
            f"pixelFlags_inexact_psf{name}": edge | clipped,
        }
    for name in ("bad", "edge", "nodata", "offimage", "suspect", "suspectCenter"):
        frame[f"pixelFlags_{name}"] = ~one.seen
    return frame | {
        "invalidPsfFlag": ~one.seen,
        "inputCount": one.depth.count,
        "inputCount_flag": ~one.seen,
        "inputCount_flag_noInputs": ~one.seen,
        "epoch": one.depth.epoch,
    }


def calibration_flags(one: Band, blends: Blends) -> Frame:
    """Which stars of the exposures calibrated them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # In a single exposure.
        signal = one.signal / np.sqrt(one.depth.count)
        point = one.flux > 0.98 * one.model_flux
    good = one.seen & point & ~one.saturated & ~blends.blended
    # The same stars in all bands.
    random = one.all.random("calibration")
    psf, photometry = random.random((2, len(one)))
    candidate = good & (signal > PSF)
    measured = good & (signal > PHOTOMETRY)
    return {
        "calib_astrometry_used": good & (signal > ASTROMETRY),
        "calib_photometry_reserved": measured & (photometry < RESERVED),
        "calib_photometry_used": measured & (photometry >= RESERVED),
        "calib_psf_candidate": candidate,
        "calib_psf_reserved": candidate & (psf < RESERVED),
        "calib_psf_used": candidate & (psf >= RESERVED) & ~one.share("rejected", 0.05),
    }


def _cosmic(one: Band, radius: Floats) -> Floats:
    area = np.pi * radius**2 + 2 * radius * COSMIC_LENGTH
    return np.asarray(1 - np.exp(-COSMIC_RATE * EXPOSURE * one.depth.count * area))


def _trails(one: Band, radius: Floats) -> Floats:
    return np.asarray(1 - np.exp(-TRAILS * one.depth.count * 2 * radius))


def _defects(one: Band, radius: Floats) -> Floats:
    return np.where(one.seen, 1 - np.exp(-BAD_PIXELS * np.pi * radius**2), 0.0)
