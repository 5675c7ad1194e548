"""Keywords of the primary headers."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from lsp_jupyter.demo.survey.images.raw import OVERSCAN
from lsp_jupyter.demo.survey.observing.camera import (
    GAIN,
    INSTRUMENT,
    READ_NOISE,
    SATURATION,
    Detector,
)
from lsp_jupyter.demo.survey.observing.fields import Field
from lsp_jupyter.demo.survey.observing.skymap import SKYMAP
from lsp_jupyter.demo.survey.observing.visits import AB_NANOJANSKY, Visit
from lsp_jupyter.demo.survey.sizes import PIXEL, Size

__all__ = ["calibration_cards", "coadd_cards", "exposure_cards", "raw_cards", "visit_cards"]

ORIGIN = "lsp_jupyter demo survey (simulated)"


def _time(mjd: float) -> str:
    moment = datetime.datetime(1858, 11, 17) + datetime.timedelta(days=mjd)
    return moment.isoformat(timespec="milliseconds")


def detector_cards(detector: Detector) -> dict[str, Any]:
    """Which detector of which camera."""
    return {
        "TELESCOP": "Simonyi Survey Telescope",
        "INSTRUME": INSTRUMENT,
        "DETECTOR": detector.id,
        "RAFTBAY": "R22",
        "CCDSLOT": detector.name,
        "ORIGIN": ORIGIN,
    }


def exposure_cards(visit: Visit, detector: Detector) -> dict[str, Any]:
    """When, where and how a detector was exposed.

    Parameters
    ----------
    visit : `Visit`
        The exposure. Times are TAI, angles in degrees; RA and DEC are the middle of the camera.
    detector : `Detector`
        Which detector.
    """
    half = visit.exposure / 86_400 / 2
    return detector_cards(detector) | {
        "OBSID": f"CC_O_{visit.day_obs}_{visit.seq_num:06d}",
        "IMGTYPE": "OBJECT",
        "OBJECT": visit.field.name,
        "DAYOBS": visit.day_obs,
        "SEQNUM": visit.seq_num,
        "TIMESYS": "TAI",
        "DATE-OBS": _time(visit.mjd - half),
        "DATE-BEG": _time(visit.mjd - half),
        "DATE-AVG": _time(visit.mjd),
        "DATE-END": _time(visit.mjd + half),
        "MJD-OBS": visit.mjd - half,
        "MJD-BEG": visit.mjd - half,
        "MJD-AVG": visit.mjd,
        "MJD-END": visit.mjd + half,
        "EXPTIME": visit.exposure,
        "FILTER": visit.physical_filter,
        "BAND": visit.band,
        "RA": visit.ra,
        "DEC": visit.dec,
        "RADESYS": "ICRS",
        "ROTANGLE": visit.rotation,
        "AZ": visit.azimuth,
        "EL": visit.altitude,
        "AIRMASS": round(visit.airmass, 4),
    }


def visit_cards(visit: Visit, detector: Detector) -> dict[str, Any]:
    """Keywords of a calibrated image of a detector.

    Parameters
    ----------
    visit : `Visit`
        The exposure. SEEING is the effective full width at half maximum in arcsec, MAGZERO the
        AB magnitude of one unit of the image, ELZERO that of one electron, SKYLEVEL the
        subtracted electrons in a pixel, MAGLIM the depth for points at five times the noise.
    detector : `Detector`
        Which detector.
    """
    return exposure_cards(visit, detector) | {
        "VISIT": visit.id,
        "BUNIT": "nJy",
        "MAGZERO": AB_NANOJANSKY,
        "ELZERO": visit.zero_point,
        "SKYLEVEL": visit.sky,
        "RDNOISE": READ_NOISE,
        "SATURATE": SATURATION / visit.electrons,
        "SEEING": visit.seeing,
        "MAGLIM": visit.depth,
        "PIXSCALE": PIXEL,
    }


def raw_cards(visit: Visit, detector: Detector, size: Size) -> dict[str, Any]:
    """Keywords of a raw image: where its light and its overscan are, as FITS counts pixels."""
    rows = size.pixels
    return exposure_cards(visit, detector) | {
        "BUNIT": "adu",
        "GAIN": GAIN,
        "RDNOISE": READ_NOISE,
        "SATURATE": SATURATION / GAIN,
        "DATASEC": f"[1:{rows},1:{rows}]",
        "BIASSEC": f"[{rows + 1}:{rows + OVERSCAN},1:{rows}]",
    }


def coadd_cards(field: Field, patch: int, band: str, visits: tuple[Visit, ...]) -> dict[str, Any]:
    """Keywords of a coadd.

    Parameters
    ----------
    field : `Field`
        Whose tract it is of.
    patch : `int`
        Which patch.
    band : `str`
        In which band.
    visits : `tuple` of `Visit`
        What it is made of.
    """
    times = np.array([visit.mjd for visit in visits])
    return {
        "TELESCOP": "Simonyi Survey Telescope",
        "INSTRUME": INSTRUMENT,
        "ORIGIN": ORIGIN,
        "OBJECT": field.name,
        "SKYMAP": SKYMAP,
        "TRACT": field.tract,
        "PATCH": patch,
        "FILTER": band,
        "BAND": band,
        "NVISITS": len(visits),
        "EXPTIME": float(sum(visit.exposure for visit in visits)),
        "TIMESYS": "TAI",
        "DATE-OBS": _time(float(times.min())),
        "DATE-AVG": _time(float(times.mean())),
        "MJD-BEG": float(times.min()),
        "MJD-AVG": float(times.mean()),
        "MJD-END": float(times.max()),
        "RADESYS": "ICRS",
        "BUNIT": "nJy",
        "MAGZERO": AB_NANOJANSKY,
        "PIXSCALE": PIXEL,
    }


def calibration_cards(kind: str, detector: Detector) -> dict[str, Any]:
    """Keywords of a calibration image: ``bias`` in counts, ``flat`` relative."""
    return detector_cards(detector) | {
        "IMGTYPE": kind.upper(),
        "BUNIT": "adu" if kind == "bias" else "",
        "GAIN": GAIN,
    }
