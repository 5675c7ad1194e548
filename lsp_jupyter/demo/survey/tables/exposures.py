"""Rows of the tables of exposures, of their detectors, and of the coadds' patches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.fields import FIELDS, Field
from lsp_jupyter.demo.survey.observing.quicklook import detector_counts, measurements
from lsp_jupyter.demo.survey.observing.skymap import Patch, Tract, tract
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables.observatory import READING

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

__all__ = ["coadd_patch_rows", "release_fields", "release_visits"]
__all__ += ["visit_detector_rows", "visit_rows"]

#: Full width at half maximum of a Gaussian of standard deviation 1.
FWHM = 2.354820045

#: The fields that Data Preview 2 is made of.
_SECOND = ("Rubin_SV_38_7", "ECDFS", "EDFS_comcam")

#: Columns of measurements by the names that the quick analysis has for them.
_QUICK = {
    "zeroPoint": "zero_point",
    "psfSigma": "psf_sigma",
    "skyBg": "sky_bg",
    "skyNoise": "sky_noise",
    "pixelScale": "pixel_scale",
    "astromOffsetMean": "astrom_offset_mean",
    "astromOffsetStd": "astrom_offset_std",
    "psfStarDeltaE1Median": "psf_star_delta_e1_median",
    "psfStarDeltaE2Median": "psf_star_delta_e2_median",
    "psfStarDeltaE1Scatter": "psf_star_delta_e1_scatter",
    "psfStarDeltaE2Scatter": "psf_star_delta_e2_scatter",
    "psfStarDeltaSizeMedian": "psf_star_delta_size_median",
    "psfStarDeltaSizeScatter": "psf_star_delta_size_scatter",
    "psfStarScaledDeltaSizeScatter": "psf_star_scaled_delta_size_scatter",
    "psfTraceRadiusDelta": "psf_trace_radius_delta",
    "psfApFluxDelta": "psf_ap_flux_delta",
    "psfApCorrSigmaScaledDelta": "psf_ap_corr_sigma_scaled_delta",
    "effTime": "eff_time",
    "effTimePsfSigmaScale": "eff_time_psf_sigma_scale",
    "effTimeSkyBgScale": "eff_time_sky_bg_scale",
    "effTimeZeroPointScale": "eff_time_zero_point_scale",
    "magLim": "stats_mag_lim",
}

#: The same of what is counted in the true sky.
_COUNTED = {"nPsfStar": "n_psf_star", "maxDistToNearestPsf": "max_dist_to_nearest_psf"}


def release_fields(release: str) -> tuple[Field, ...]:
    """The fields of a release: Data Preview 2 is made of a choice, which saves room.

    Parameters
    ----------
    release : `str`
        ``dp1`` or ``dp2``.
    """
    return tuple(field for field in FIELDS if release == "dp1" or field.name in _SECOND)


def release_visits(sky: Sky, release: str) -> tuple[Visit, ...]:
    """The exposures of a release, in order of time.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    release : `str`
        ``dp1`` or ``dp2``.
    """
    names = {field.name for field in release_fields(release)}
    return tuple(one for one in schedule(sky.size, sky.seed) if one.field.name in names)


def visit_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``Visit``."""
    visits = release_visits(sky, release)
    yield _times(visits) | {
        "visit": _every(visits, "id"),
        "physical_filter": _every(visits, "physical_filter"),
        "band": _every(visits, "band"),
        "ra": _every(visits, "ra"),
        "dec": _every(visits, "dec"),
        "skyRotation": _every(visits, "rotation"),
        "azimuth": _every(visits, "azimuth"),
        "altitude": _every(visits, "altitude"),
        "zenithDistance": 90 - _every(visits, "altitude"),
        "airmass": _every(visits, "airmass"),
    }


def _every(visits: Sequence[Visit], name: str) -> Array:
    return np.array([getattr(visit, name) for visit in visits])


def _times(visits: Sequence[Visit]) -> dict[str, Array]:
    middle, seconds = _every(visits, "mjd"), _every(visits, "exposure")
    start = middle - seconds / 2 / 86_400
    return {
        "expMidptMJD": middle,
        "expMidpt": middle,
        "obsStartMJD": start,
        "obsStart": start,
        "expTime": seconds,
    }


def visit_detector_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:
    """Rows of ``CcdVisit``, which Data Preview 2 calls ``VisitDetector``."""
    visits = release_visits(sky, release)
    count = len(DETECTORS)
    detector = np.tile([each.id for each in DETECTORS], len(visits))
    whole = {
        "visitId": _every(visits, "id"),
        "physical_filter": _every(visits, "physical_filter"),
        "band": _every(visits, "band"),
        "skyRotation": _every(visits, "rotation"),
        "zenithDistance": 90 - _every(visits, "altitude"),
        "darkTime": _every(visits, "exposure") + READING,
    } | _times(visits)
    frame = {name: np.repeat(values, count) for name, values in whole.items()}
    measured = measurements(visits, seed)
    frame |= {name: measured[source].ravel() for name, source in _QUICK.items()}
    if size.wide:
        counted = detector_counts(visits, sky, size)
        frame |= {name: counted[source].ravel() for name, source in _COUNTED.items()}
    frame |= _corners(visits, size) | {
        "detector": detector,
        "seeing": (measured["psf_sigma"] * measured["pixel_scale"]).ravel() * FWHM,
        "xSize": np.full(len(detector), size.pixels),
        "ySize": np.full(len(detector), size.pixels),
    }
    if release == "dp1":
        yield frame | {"ccdVisitId": frame["visitId"] * 1000 + detector}
    else:
        yield frame | _ellipticities(measured) | _pointing(visits, seed)


def _corners(visits: Sequence[Visit], size: Size) -> dict[str, Array]:
    """Where the middle and the corners of each detector are: degrees."""
    low, high = -0.5, size.pixels - 0.5
    places = {"": ((low + high) / 2,) * 2, "llc": (low, low), "ulc": (low, high)}
    places |= {"urc": (high, high), "lrc": (high, low)}
    x, y = np.array(list(places.values())).T
    sky = np.array(
        [visit.wcs(detector, size).pixel_to_sky(x, y) for visit in visits for detector in DETECTORS]
    )
    return {
        f"{corner}{name}": sky[:, axis, number]
        for number, corner in enumerate(places)
        for axis, name in enumerate(("ra", "dec"))
    }


def _ellipticities(measured: dict[str, Floats]) -> dict[str, Array]:
    """Of the stars that model the point-spread function; each star's own noise adds to it."""
    xx, xy, yy = (measured[f"psf_i{axes}"] for axes in ("xx", "xy", "yy"))
    e1, e2 = (xx - yy) / (xx + yy), 2 * xy / (xx + yy)
    noise = measured["psf_star_delta_e1_scatter"] ** 2 + measured["psf_star_delta_e2_scatter"] ** 2
    # Of two normal numbers of variance 1 the median of the length is 1.18.
    e = np.sqrt(e1**2 + e2**2 + 1.18**2 * noise / 2)
    return {
        "starEMedian": e.ravel(),
        "starUnNormalizedEMedian": (e * (xx + yy)).ravel(),
    }


def _pointing(visits: Sequence[Visit], seed: int) -> dict[str, Array]:
    """How well world coordinates agree with the camera's geometry: arcsec.

    The first solution, from fewer stars, differs from the final one by some hundredths.
    """
    rows = []
    for visit in visits:
        random = draw(seed, "pointing", visit.id)
        count = len(DETECTORS)
        final = 0.05 * np.exp(0.25 * random.standard_normal(count))
        shift = 0.02 * np.exp(0.4 * random.standard_normal(count))
        first = np.hypot(final, shift)
        # Of all detectors pointed together, which leaves what sets them apart.
        apart = 0.03 * np.exp(0.25 * random.standard_normal())
        rows.append(
            (
                shift + 0.5 * np.abs(first - final),
                final,
                np.hypot(final, apart),
                first,
                np.hypot(first, apart),
            )
        )
    names = [
        *("CornerMaxOffset", "DetectorPointingResidual", "VisitPointingResidual"),
        *("PreliminaryDetectorPointingResidual", "PreliminaryVisitPointingResidual"),
    ]
    values = np.array(rows)
    return {f"wcs{name}": values[:, number].ravel() for number, name in enumerate(names)}


def coadd_patch_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``CoaddPatches``: the patches that any exposure of the release sees."""
    visits = release_visits(sky, release)
    for field in release_fields(release):
        plane = tract(field, size)
        here = [visit for visit in visits if visit.field.name == field.name]
        patches = [patch for patch in plane.patches() if _seen(plane, patch, here, size)]
        wcs = [plane.patch_wcs(patch) for patch in patches]
        ra, dec = np.array(
            [
                _place(one, (patch.width - 1) / 2, (patch.height - 1) / 2)
                for one, patch in zip(wcs, patches, strict=True)
            ]
        ).T
        yield {
            "lsst_tract": np.full(len(patches), plane.id),
            "lsst_patch": np.array([patch.id for patch in patches]),
            "s_ra": ra,
            "s_dec": dec,
            "s_region": np.array(
                [_region(one, patch) for one, patch in zip(wcs, patches, strict=True)], object
            ),
        }


def _seen(plane: Tract, patch: Patch, visits: Sequence[Visit], size: Size) -> bool:
    x, y = np.meshgrid(np.linspace(0, patch.width - 1, 9), np.linspace(0, patch.height - 1, 9))
    ra, dec = plane.patch_wcs(patch).pixel_to_sky(x.ravel(), y.ravel())
    return any((visit.covers(ra, dec, size)[0] >= 0).any() for visit in visits)


def _place(wcs: TangentWcs, x: float, y: float) -> tuple[float, float]:
    ra, dec = wcs.pixel_to_sky(np.array([x]), np.array([y]))
    return float(ra[0]), float(dec[0])


def _region(wcs: TangentWcs, patch: Patch) -> str:
    """The corners of a patch in STC-S."""
    x, y = patch.width - 0.5, patch.height - 0.5
    corners = [_place(wcs, *corner) for corner in ((-0.5, -0.5), (x, -0.5), (x, y), (-0.5, y))]
    return "POLYGON ICRS " + " ".join(f"{ra:.7f} {dec:.7f}" for ra, dec in corners)
