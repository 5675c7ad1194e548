"""Observatory metadata: the exposures as the observatory's consolidated database has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.catalogs.felis import FelisSchema
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.conditions import conditions
from lsp_jupyter.demo.survey.observing.quicklook import aggregates, detector_counts, measurements
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.observing.visits import LATITUDE, Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables.channels import TOPICS
from lsp_jupyter.demo.survey.tables.engineering import topic_rows, visit_rows

if TYPE_CHECKING:
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Frame = dict[str, np.ndarray]

__all__ = ["CONSOLIDATED", "observatory_tables"]

#: The schemas of the consolidated database and of the engineering data of exposures.
CONSOLIDATED, ENGINEERING = "cdb_lsstcomcam", "efd_lsstcomcam"

#: How fast the sky turns: degrees a second.
TURN = 360.98564737 / 86_400

#: Longer than the shutter is open: seconds until the detectors are read.
READING = 1.2


def observatory_tables(
    sky: Sky, size: Size, seed: int, read: Callable[[str], FelisSchema]
) -> Iterator[tuple[TableSpec, Iterator[Frame]]]:
    """The tables of observatory metadata: descriptions and rows.

    Parameters
    ----------
    sky : `Sky`
        What there is; of it the numbers of sources are counted.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    read : callable
        Gives the published schema of a name, such as ``cdb_lsstcomcam``.

    Yields
    ------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        A table of the schemas ``cdb_lsstcomcam``, ``efd_lsstcomcam`` or ``efd``. Columns that
        nothing is known of are left out.
    rows : iterator of `dict` of `str` to `numpy.ndarray`
        Its rows; times are MJD, TAI.
    """
    visits = schedule(size, seed)
    consolidated = read(CONSOLIDATED)
    for name, frame in _consolidated(sky, size, seed).items():
        yield _filled(consolidated.table(name, CONSOLIDATED), frame)
    yield _filled(read(ENGINEERING).table("visit1_efd", ENGINEERING), visit_rows(size, seed))
    nights = sorted({int(visit.mjd) for visit in visits})
    for topic in TOPICS:
        yield topic.spec(), topic_rows(topic, nights, size, seed)


def _filled(spec: TableSpec, frame: Frame) -> tuple[TableSpec, Iterator[Frame]]:
    """A table with the columns that its rows have, and those rows."""
    columns = tuple(column for column in spec.columns if column.name in frame)
    names = {column.name for column in columns}
    position = ("s_ra", "s_dec") if {"s_ra", "s_dec"} <= names else None
    groups = tuple(
        group for group in spec.groups if all(member in names for member, _ in group.members)
    )
    spec = replace(spec, columns=columns, position=position, groups=groups)
    return spec, iter([{column.name: frame[column.name] for column in columns}])


def _consolidated(sky: Sky, size: Size, seed: int) -> dict[str, Frame]:
    visits = schedule(size, seed)
    exposure = _exposures(visits, size, seed)
    keys = {name: exposure[name] for name in ("day_obs", "seq_num")}
    identifier = exposure.pop("exposure_id")
    measured = measurements(visits, seed)
    counted = detector_counts(visits, sky, size) if size.wide else {}
    detectors = np.tile([detector.id for detector in DETECTORS], len(visits))
    each = {name: np.repeat(value, len(DETECTORS)) for name, value in keys.items()} | {
        "detector": detectors,
        "ccdvisit_id": np.repeat(identifier, len(DETECTORS)) * 1000 + detectors,
    }
    isr = measured.pop("postisr_pixel_median")
    return {
        "exposure": {"exposure_id": identifier} | exposure,
        "exposure_quicklook": {"exposure_id": identifier}
        | keys
        | _mount(visits, seed)
        | {
            "postisr_pixel_median_median": np.median(isr, axis=1),
            "postisr_pixel_median_mean": isr.mean(axis=1),
            "postisr_pixel_median_max": isr.max(axis=1),
        },
        "visit1": {"visit_id": identifier} | exposure,
        "visit1_quicklook": {"visit_id": identifier}
        | keys
        | {"n_inputs": np.full(len(visits), len(DETECTORS))}
        | aggregates(measured | counted),
        "ccdvisit1": each
        | {
            "visit_id": np.repeat(identifier, len(DETECTORS)),
            "s_region": np.array(
                [
                    _region(visit.wcs(detector, size), size.pixels)
                    for visit in visits
                    for detector in DETECTORS
                ],
                object,
            ),
        },
        "ccdvisit1_quicklook": each
        | _centres(visits, size)
        | {name: value.ravel() for name, value in (measured | counted).items()},
    }


def _centres(visits: Sequence[Visit], size: Size) -> Frame:
    middle = np.array([(size.pixels - 1) / 2])
    places = [
        [float(value[0]) for value in visit.wcs(detector, size).pixel_to_sky(middle, middle)]
        for visit in visits
        for detector in DETECTORS
    ]
    zenith = np.repeat([90 - visit.altitude for visit in visits], len(DETECTORS))
    return {
        "s_ra": np.array([ra for ra, _ in places]),
        "s_dec": np.array([dec for _, dec in places]),
        "zenith_distance": zenith,
    }


def _region(wcs: TangentWcs, pixels: int) -> str:
    """The corners of an image in STC-S."""
    edges = np.array([-0.5, pixels - 0.5])
    ra, dec = wcs.pixel_to_sky(edges[[0, 1, 1, 0]], edges[[0, 0, 1, 1]])
    corners = " ".join(f"{a:.7f} {d:.7f}" for a, d in zip(ra, dec, strict=True))
    return f"Polygon ICRS {corners}"


def _camera_region(visit: Visit, size: Size) -> str:
    """The corners of the camera: those of its first detector's image, made three times as big."""
    wcs = visit.wcs(DETECTORS[0], size)
    last = DETECTORS[-1].offset(size.pixels)
    first = DETECTORS[0].offset(size.pixels)
    return _region(wcs, round(size.pixels + first[0] - last[0]))


def _exposures(visits: Sequence[Visit], size: Size, seed: int) -> Frame:
    def every(name: str) -> np.ndarray:
        return np.array([getattr(visit, name) for visit in visits])

    def words(text: str) -> np.ndarray:
        return np.full(len(visits), text, object)

    mjd, exposure = every("mjd"), every("exposure")
    azimuth, altitude = every("azimuth"), every("altitude")
    # How fast azimuth and altitude change, from the diurnal motion: degrees a second.
    latitude, turned = np.radians(LATITUDE), np.radians(azimuth)
    rise = TURN * np.cos(latitude) * np.sin(turned)
    swing = TURN * (
        np.sin(latitude) - np.cos(latitude) * np.cos(turned) * np.tan(np.radians(altitude))
    )
    half = exposure / 2
    weather = conditions(size, seed)
    air = weather.temperature(mjd)
    random = draw(seed, "exposures")
    names = [f"CC_O_{visit.day_obs}_{visit.seq_num:06d}" for visit in visits]
    frame: Frame = {
        "exposure_id": every("id"),
        "exposure_name": np.array(names, object),
        "controller": words("O"),
        "day_obs": every("day_obs"),
        "seq_num": every("seq_num"),
        "physical_filter": every("physical_filter").astype(object),
        "band": every("band").astype(object),
        "s_ra": every("ra"),
        "s_dec": every("dec"),
        "sky_rotation": every("rotation"),
        "azimuth_start": (azimuth - swing * half) % 360,
        "azimuth_end": (azimuth + swing * half) % 360,
        "azimuth": azimuth,
        "airmass": every("airmass"),
        "exp_midpt": mjd,
        "exp_midpt_mjd": mjd,
        "obs_start": mjd - half / 86_400,
        "obs_start_mjd": mjd - half / 86_400,
        "obs_end": mjd + half / 86_400,
        "obs_end_mjd": mjd + half / 86_400,
        "exp_time": exposure,
        "shut_time": exposure + random.normal(0, 0.002, len(visits)),
        "dark_time": exposure + READING + np.abs(random.normal(0, 0.02, len(visits))),
        "group_id": _timestamps(mjd - half / 86_400 - 5 / 86_400),
        "cur_index": np.ones(len(visits), int),
        "max_index": np.ones(len(visits), int),
        "img_type": words("science"),
        "emulated": np.zeros(len(visits), bool),
        "science_program": words("BLOCK-320"),
        "observation_reason": words("science"),
        "target_name": np.array([visit.field.name for visit in visits], object),
        "air_temp": air,
        "pressure": weather.pressure(mjd),
        "humidity": weather.humidity(mjd),
        "wind_speed": weather.wind_speed(mjd),
        "wind_dir": weather.wind_direction(mjd),
        "dimm_seeing": weather.dimm_seeing(mjd),
        # Micrometres; the truss shrinks as it gets colder.
        "focus_z": 20 * (air - 10) + random.normal(0, 8, len(visits)),
        "simulated": np.ones(len(visits), bool),
        "vignette": words("NO"),
        "vignette_min": words("NO"),
        "scheduler_note": words("lsp_jupyter demo survey"),
        "s_region": np.array([_camera_region(visit, size) for visit in visits], object),
        "can_see_sky": np.ones(len(visits), bool),
    }
    for name, value in (
        ("altitude_start", altitude - rise * half),
        ("altitude", altitude),
        ("altitude_end", altitude + rise * half),
    ):
        frame[name] = value
        frame[name.replace("altitude", "zenith_distance")] = 90 - value
    return frame


def _timestamps(mjd: np.ndarray) -> np.ndarray:
    """Days as texts with milliseconds."""
    epoch = np.datetime64("1858-11-17T00:00:00.000")
    moments = epoch + np.round(mjd * 86_400_000).astype(np.int64).astype("timedelta64[ms]")
    return np.asarray(np.datetime_as_string(moments)).astype(object)


def _mount(visits: Sequence[Visit], seed: int) -> Frame:
    """How steadily the mount followed the sky: arcseconds."""
    random = draw(seed, "mount")
    azimuth, elevation, rotator = 0.02 * np.exp(0.5 * random.standard_normal((3, len(visits))))
    altitude = np.radians([visit.altitude for visit in visits])
    on_sky = azimuth * np.cos(altitude)
    total = np.sqrt(on_sky**2 + elevation**2 + (0.3 * rotator) ** 2)
    seeing = np.array([visit.seeing for visit in visits])

    def degradation(jitter: np.ndarray) -> np.ndarray:
        # What the width of stars grows by; a jitter's width is 2.355 times its deviation.
        return np.asarray(np.sqrt(seeing**2 + (2.355 * jitter) ** 2) - seeing)

    return {
        "mount_motion_image_degradation": degradation(total),
        "mount_motion_image_degradation_az": degradation(on_sky),
        "mount_motion_image_degradation_rot": degradation(0.3 * rotator),
        "mount_jitter_rms": total,
        "mount_jitter_rms_az": azimuth,
        "mount_jitter_rms_el": elevation,
        "mount_jitter_rms_rot": rotator,
    }
