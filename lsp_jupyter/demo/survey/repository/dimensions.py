"""What the Butler knows of the survey apart from files: its dimensions, with regions and times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.observing.camera import DETECTORS, INSTRUMENT
from lsp_jupyter.demo.survey.observing.fields import PHYSICAL_FILTERS
from lsp_jupyter.demo.survey.observing.skymap import PATCHES, SKYMAP, Tract, tracts
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt
    from lsst.daf.butler import Timespan
    from lsst.sphgeom import ConvexPolygon

    Floats = npt.NDArray[np.float64]

__all__ = ["records", "timespans"]

#: Numbers that Rubin's own description of the camera and of the sky map name as limits.
DETECTOR_MAX, EXPOSURE_MAX, TRACT_MAX = 1000, 7_050_123_199_999, 18_938

#: Each exposure is a visit of its own.
VISIT_SYSTEM = {"id": 0, "name": "one-to-one"}

#: Observing days begin at noon UTC, which was 37 s later in TAI.
NOON = 0.5 + 37 / 86_400

Record = dict[str, Any]


def records(size: Size, seed: int) -> Iterator[tuple[str, list[Record]]]:
    """All records of the dimensions, in an order in which they can be inserted.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.

    Yields
    ------
    element : `str`
        Name of the dimension.
    records : `list` of `dict`
        Its records.
    """
    yield from _instrument()
    yield from _observations(schedule(size, seed), size)
    yield from _skymap(tracts(size))


def timespans(begin: Floats, end: Floats) -> list[Timespan]:
    """Spans of time: MJD, TAI."""
    from astropy.time import Time
    from lsst.daf.butler import Timespan

    starts, stops = (Time(mjd, format="mjd", scale="tai") for mjd in (begin, end))
    return [Timespan(start, stop) for start, stop in zip(starts, stops, strict=True)]


def _instrument() -> Iterator[tuple[str, list[Record]]]:
    yield (
        "instrument",
        [
            {
                "name": INSTRUMENT,
                "class_name": "lsst.obs.lsst.LsstComCam",
                "visit_system": VISIT_SYSTEM["id"],
                "visit_max": EXPOSURE_MAX,
                "exposure_max": EXPOSURE_MAX,
                "detector_max": DETECTOR_MAX,
            }
        ],
    )
    yield (
        "physical_filter",
        [
            {"instrument": INSTRUMENT, "name": name, "band": band}
            for band, name in PHYSICAL_FILTERS.items()
        ],
    )
    yield (
        "detector",
        [
            {
                "instrument": INSTRUMENT,
                "id": detector.id,
                "full_name": detector.full_name,
                "name_in_raft": detector.name,
                "raft": detector.full_name.partition("_")[0],
                "purpose": "SCIENCE",
            }
            for detector in DETECTORS
        ],
    )
    yield "visit_system", [{"instrument": INSTRUMENT, **VISIT_SYSTEM}]


def _observations(visits: tuple[Visit, ...], size: Size) -> Iterator[tuple[str, list[Record]]]:
    middle = np.array([visit.mjd for visit in visits])
    half = np.array([visit.exposure for visit in visits]) / 86_400 / 2
    spans = timespans(middle - half, middle + half)
    yield "day_obs", _days(visits)
    yield "group", [{"instrument": INSTRUMENT, "name": _group(visit)} for visit in visits]
    yield "exposure", [_exposure(*pair) for pair in zip(visits, spans, strict=True)]
    corners = [_corners(visit, size) for visit in visits]
    yield (
        "visit",
        [
            _visit(visit, span) | {"region": _region(around.reshape(-1, 3))}
            for visit, span, around in zip(visits, spans, corners, strict=True)
        ],
    )
    keys = [{"instrument": INSTRUMENT, "visit": visit.id} for visit in visits]
    yield "visit_definition", [key | {"exposure": key["visit"]} for key in keys]
    yield "visit_system_membership", [key | {"visit_system": VISIT_SYSTEM["id"]} for key in keys]
    yield (
        "visit_detector_region",
        [
            key | {"detector": detector.id, "region": _region(around[place])}
            for key, around in zip(keys, corners, strict=True)
            for place, detector in enumerate(DETECTORS)
        ],
    )


def _days(visits: Iterable[Visit]) -> list[Record]:
    days = sorted({visit.day_obs: float(np.floor(visit.mjd - NOON)) for visit in visits}.items())
    begin = np.array([start for _, start in days]) + NOON
    return [
        {"instrument": INSTRUMENT, "id": day, "timespan": span}
        for (day, _), span in zip(days, timespans(begin, begin + 1), strict=True)
    ]


def _group(visit: Visit) -> str:
    return f"demo-{visit.id}"


def _common(visit: Visit, span: Timespan) -> Record:
    return {
        "instrument": INSTRUMENT,
        "id": visit.id,
        "physical_filter": visit.physical_filter,
        "day_obs": visit.day_obs,
        "seq_num": visit.seq_num,
        "exposure_time": visit.exposure,
        "target_name": visit.field.name,
        "observation_reason": "science",
        "science_program": "demo",
        "azimuth": visit.azimuth,
        "zenith_angle": 90 - visit.altitude,
        "timespan": span,
    }


def _name(visit: Visit) -> str:
    return f"CC_O_{visit.day_obs}_{visit.seq_num:06d}"


def _exposure(visit: Visit, span: Timespan) -> Record:
    return _common(visit, span) | {
        "obs_id": _name(visit),
        "group": _group(visit),
        "dark_time": visit.exposure,
        "observation_type": "science",
        "seq_start": visit.seq_num,
        "seq_end": visit.seq_num,
        "tracking_ra": visit.ra,
        "tracking_dec": visit.dec,
        "sky_angle": visit.rotation,
        "has_simulated": True,
        "can_see_sky": True,
    }


def _visit(visit: Visit, span: Timespan) -> Record:
    return _common(visit, span) | {"name": _name(visit)}


def _skymap(all_tracts: tuple[Tract, ...]) -> Iterator[tuple[str, list[Record]]]:
    facts = repr([(one.id, one.wcs, one.inner, one.border) for one in all_tracts])
    yield (
        "skymap",
        [
            {
                "name": SKYMAP,
                "hash": hashlib.blake2b(facts.encode(), digest_size=20).digest(),
                "tract_max": TRACT_MAX,
                "patch_nx_max": PATCHES,
                "patch_ny_max": PATCHES,
            }
        ],
    )
    inner, outer = [], []
    for one in all_tracts:
        key = {"skymap": SKYMAP, "tract": one.id}
        side = one.inner * PATCHES
        whole = _on_sky(one.wcs, -0.5 - one.border, side - 0.5 + one.border)
        inner.append({"skymap": SKYMAP, "id": one.id, "region": _region(whole)})
        for patch in one.patches():
            around = _on_sky(one.patch_wcs(patch), -0.5, patch.width - 0.5)
            outer.append(
                key
                | {"id": patch.id, "cell_x": patch.column, "cell_y": patch.row}
                | {"region": _region(around)}
            )
    yield "tract", inner
    yield "patch", outer


def _corners(visit: Visit, size: Size) -> Floats:
    """Directions of the corners of all detectors, shape ``(9, 4, 3)``."""
    edge = size.pixels - 0.5
    return np.array([_on_sky(visit.wcs(detector, size), -0.5, edge) for detector in DETECTORS])


def _on_sky(wcs: TangentWcs, low: float, high: float) -> Floats:
    """Directions of the corners of a square of pixels, around it: unit vectors, ``(4, 3)``."""
    x, y = np.array([low, high, high, low]), np.array([low, low, high, high])
    ra, dec = (np.radians(angle) for angle in wcs.pixel_to_sky(x, y))
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def _region(corners: Floats) -> ConvexPolygon:
    """The convex hull of directions."""
    from lsst.sphgeom import ConvexPolygon, UnitVector3d

    return ConvexPolygon([UnitVector3d(*map(float, corner)) for corner in corners])
