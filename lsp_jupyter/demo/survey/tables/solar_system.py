"""Rows of ``SSSource`` and ``SSObject``: sources of moving bodies, and the bodies they are of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.id_draws import uniform
from lsp_jupyter.demo.survey.measured.difference import Difference, difference, ephemeris
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables.dia_sources import dia_source_frame
from lsp_jupyter.demo.survey.tables.exposures import release_fields
from lsp_jupyter.demo.survey.tables.phase_curves import fit_phase_curve
from lsp_jupyter.demo.survey.truth.magnitudes import mag_of
from lsp_jupyter.demo.survey.truth.orbit_distance import KILOMETRES, nearest_approach
from lsp_jupyter.demo.survey.truth.orbits import TO_ECLIPTIC, Ephemeris

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["Sightings", "sightings", "ss_object_rows", "ss_source_rows"]

#: Jupiter's distance from the Sun: au.
JUPITER = 5.2026

#: The part of the bodies that nobody had reported before, and the days until we did.
DISCOVERED, REPORTED = 0.4, 12.0


@dataclass(frozen=True, slots=True)
class Sightings:
    """Sources of moving bodies in difference images; arrays of one length.

    Attributes
    ----------
    source : `numpy.ndarray` of `int`
        The number of the source.
    body : `numpy.ndarray` of `int`
        The place of the body in `Asteroids`.
    band : `numpy.ndarray` of `str`
        One of ``ugrizy``.
    mjd, ra, dec : `numpy.ndarray`
        When and where: MJD, TAI, and degrees, ICRS.
    flux, error : `numpy.ndarray`
        Nanojansky.
    extendedness : `numpy.ndarray`
        Of the source; NaN if not known.
    rank : `numpy.ndarray` of `int`
        1 if no other source of the exposure is nearer to where the body was expected.
    """

    source: Integers
    body: Integers
    band: Array
    mjd: Floats
    ra: Floats
    dec: Floats
    flux: Floats
    error: Floats
    extendedness: Floats
    rank: Integers


def sightings(sky: Sky, release: str) -> Sightings:
    """All sightings of moving bodies in a release.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    release : `str`
        ``dp1`` or ``dp2``.
    """
    parts = [
        _sightings(sky, difference(sky, tile))
        for field in release_fields(release)
        for tile in sky.tiles(field)
    ]
    joined = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts])
        for one in fields(Sightings)
    }
    return Sightings(**joined)


def _sightings(sky: Sky, found: Difference) -> Sightings:
    sources = found.sources
    some = np.flatnonzero(sources.body >= 0)
    mjd = np.asarray(found.of_visits("mjd"), float)
    frame = dia_source_frame(sky, found, "dp2")
    bodies = sources.body[some]
    expected = [ephemeris(sky, float(mjd[place])) for place in some]
    ra = np.array([each.ra[body] for each, body in zip(expected, bodies, strict=True)])
    dec = np.array([each.dec[body] for each, body in zip(expected, bodies, strict=True)])
    away = _apart(sources.ra, sources.dec, ra[:, None], dec[:, None])
    same = sources.visit == sources.visit[some][:, None]
    own = away[np.arange(len(some)), some][:, None] if len(some) else away[:, :1]
    return Sightings(
        source=sources.id[some],
        body=bodies,
        band=found.of_visits("band")[some],
        mjd=mjd[some],
        ra=sources.ra[some],
        dec=sources.dec[some],
        flux=sources.flux[some],
        error=sources.error[some],
        extendedness=frame["extendedness"][some],
        rank=1 + (same & (away < own)).sum(axis=1),
    )


def _apart(ra: Floats, dec: Floats, ra0: Floats, dec0: Floats) -> Floats:
    """Small distances on the sky: degrees."""
    return np.asarray(np.hypot((ra - ra0) * np.cos(np.radians(dec0)), dec - dec0))


def _seen(sky: Sky, seen: Sightings) -> Ephemeris:
    """How each body was to be seen when it was."""
    all_at = [ephemeris(sky, float(mjd)) for mjd in seen.mjd]
    return Ephemeris(
        *(
            np.array([getattr(at, name)[body] for at, body in zip(all_at, seen.body, strict=True)])
            for name in Ephemeris._fields
        )
    )


def ss_source_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``SSSource``.

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
    seen = sightings(sky, release)
    if not len(seen.source):
        return
    at = _seen(sky, seen)
    keys: dict[str, Array] = {
        "diaSourceId": seen.source,
        "ssObjectId": sky.asteroids().id[seen.body],
    }
    yield keys | (_first(seen, at) if release == "dp1" else _second(sky, seen, at))


def _first(seen: Sightings, at: Ephemeris) -> dict[str, Array]:
    """Columns of Data Preview 1."""
    longitude, latitude, galactic_lon, galactic_lat = _frames(seen.ra, seen.dec)
    frame: dict[str, Array] = {
        "phaseAngle": at.phase,
        "heliocentricDist": at.sun,
        "topocentricDist": at.earth,
        "residualRa": (seen.ra - at.ra) * np.cos(np.radians(seen.dec)),
        "residualDec": seen.dec - at.dec,
        "galacticL": galactic_lon,
        "galacticB": galactic_lat,
        "eclipticLambda": longitude,
        "eclipticBeta": latitude,
    }
    for number, axis in enumerate("XYZ"):
        frame |= {
            f"heliocentric{axis}": at.heliocentric[:, number],
            f"heliocentricV{axis}": at.heliocentric_rate[:, number],
            f"topocentric{axis}": at.topocentric[:, number],
            f"topocentricV{axis}": at.topocentric_rate[:, number],
        }
    return frame


def _second(sky: Sky, seen: Sightings, at: Ephemeris) -> dict[str, Array]:
    """Columns of Data Preview 2: speeds are in kilometres a second."""
    longitude, latitude, galactic_lon, galactic_lat = _frames(seen.ra, seen.dec)
    east = (seen.ra - at.ra) * np.cos(np.radians(seen.dec)) * 3600
    north = (seen.dec - at.dec) * 3600
    rate = np.hypot(at.ra_rate, at.dec_rate)
    along_east, along_north = at.ra_rate / rate, at.dec_rate / rate
    frame: dict[str, Array] = {
        "designation": sky.asteroids().designation[seen.body],
        "eclLambda": longitude,
        "eclBeta": latitude,
        "galLon": galactic_lon,
        "galLat": galactic_lat,
        "elongation": at.elongation,
        "phaseAngle": at.phase,
        "topoRange": at.earth,
        "helioRange": at.sun,
        "ephRa": at.ra,
        "ephDec": at.dec,
        "ephVmag": at.magnitude,
        "ephRate": rate,
        "ephRateRa": at.ra_rate,
        "ephRateDec": at.dec_rate,
        "ephOffset": np.hypot(east, north),
        "ephOffsetRa": east,
        "ephOffsetDec": north,
        "ephOffsetAlongTrack": east * along_east + north * along_north,
        "ephOffsetCrossTrack": north * along_east - east * along_north,
        "diaDistanceRank": seen.rank,
    }
    for name, long, place, speed in (
        ("helio", "helioRangeRate", at.heliocentric, at.heliocentric_rate),
        ("topo", "topoRangeRate", at.topocentric, at.topocentric_rate),
    ):
        moving = speed * KILOMETRES
        frame[long] = np.einsum("ij,ij->i", place, moving) / np.linalg.norm(place, axis=1)
        frame[f"{name}_vtot"] = np.linalg.norm(moving, axis=1)
        for number, axis in enumerate("xyz"):
            frame |= {
                f"{name}_{axis}": place[:, number],
                f"{name}_v{axis}": moving[:, number],
            }
    return frame


def _frames(ra: Floats, dec: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Longitude and latitude in the ecliptic of J2000 and in the Galaxy: degrees."""
    import erfa

    toward = erfa.s2c(np.radians(ra), np.radians(dec)) @ TO_ECLIPTIC.T
    longitude, latitude = erfa.c2s(toward)
    galactic_lon, galactic_lat = erfa.icrs2g(np.radians(ra), np.radians(dec))
    return (
        np.degrees(longitude) % 360,
        np.degrees(latitude),
        np.degrees(galactic_lon) % 360,
        np.degrees(galactic_lat),
    )


def ss_object_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``SSObject``: the bodies that were seen; parameters as of `ss_source_rows`."""
    seen = sightings(sky, release)
    bodies = sky.asteroids()
    which, count = np.unique(seen.body, return_counts=True)
    if not len(which):
        return
    ids = bodies.id[which]
    first, last = np.full(len(bodies), np.inf), np.zeros(len(bodies))
    np.minimum.at(first, seen.body, seen.mjd)
    np.maximum.at(last, seen.body, seen.mjd)
    if release == "dp1":
        ours = uniform(seed, "discovered", ids) < DISCOVERED
        reported = last[which] + REPORTED * (0.5 + uniform(seed, "reported", ids))
        yield {
            "ssObjectId": ids,
            "numObs": count,
            "discoverySubmissionDate": np.where(ours, reported, np.nan),
        }
        return
    near = nearest_approach(bodies)
    axis = bodies.q / (1 - bodies.e)
    frame: dict[str, Array] = {
        "ssObjectId": ids,
        "designation": bodies.designation[which],
        "nObs": count,
        "arc": (last - first)[which],
        "firstObservationMjdTai": first[which],
        "MOIDEarth": near.distance[which],
        "MOIDEarthDeltaV": near.speed[which],
        "MOIDEarthEclipticLongitude": near.longitude[which],
        "MOIDEarthTrueAnomaly": near.earth[which],
        "MOIDEarthTrueAnomalyObject": near.body[which],
        "tisserand_J": (
            JUPITER / axis
            + 2 * np.cos(np.radians(bodies.incl)) * np.sqrt(axis / JUPITER * (1 - bodies.e**2))
        )[which],
    }
    yield frame | _extendedness(seen, which) | _phase_curves(sky, seen, which)


def _extendedness(seen: Sightings, which: Integers) -> dict[str, Array]:
    values = [seen.extendedness[seen.body == body] for body in which]
    known = [each[np.isfinite(each)] for each in values]
    return {
        f"extendedness{name}": np.array(
            [function(each) if len(each) else np.nan for each in known], float
        )
        for name, function in (("Max", np.max), ("Median", np.median), ("Min", np.min))
    }


def _phase_curves(sky: Sky, seen: Sightings, which: Integers) -> dict[str, Array]:
    at = _seen(sky, seen)
    magnitude = mag_of(seen.flux) - 5 * np.log10(at.sun * at.earth)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = 2.5 / np.log(10) * seen.error / seen.flux
    usable = np.isfinite(magnitude) & (error > 0)
    frame: dict[str, Array] = {}
    for band in BANDS:
        here = seen.band == band
        points = [np.flatnonzero(here & (seen.body == body)) for body in which]
        used = [each[usable[each]] for each in points]
        curves = [
            fit_phase_curve(at.phase[each], magnitude[each], error[each]) if len(each) else None
            for each in used
        ]
        none = np.array([curve is None for curve in curves])
        for name, attribute in (
            ("H", "H"),
            ("HErr", "H_error"),
            ("G12", "G12"),
            ("G12Err", "G12_error"),
            (f"H_{band}_G12_Cov", "covariance"),
            ("Chi2", "chi2"),
        ):
            frame[f"{band}_{name}"] = np.array(
                [np.nan if curve is None else getattr(curve, attribute) for curve in curves]
            )
        frame |= {
            f"{band}_nObs": np.array([len(each) for each in points]),
            f"{band}_nObsUsed": np.array([len(each) for each in used]),
            f"{band}_slope_fit_failed": np.ma.masked_array(
                [curve is None or curve.failed for curve in curves], none
            ),
            f"{band}_phaseAngleMin": _extreme(at.phase, points, np.min),
            f"{band}_phaseAngleMax": _extreme(at.phase, points, np.max),
        }
    return frame


def _extreme(values: Floats, points: list[Any], function: Any) -> Floats:
    return np.array([function(values[each]) if len(each) else np.nan for each in points], float)
