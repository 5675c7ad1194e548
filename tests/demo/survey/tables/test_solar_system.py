from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.dia_sources import dia_source_rows
from lsp_jupyter.demo.survey.tables.solar_system import ss_object_rows, ss_source_rows
from lsp_jupyter.demo.survey.truth.orbits import observatory
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")
Columns = dict[str, np.ndarray]


def _rows(rows: object, release: str) -> Columns:
    (frame,) = rows(tiny_sky(), TINY, 1, release)  # type: ignore[operator]
    return dict(frame)


def _dia(release: str) -> Columns:
    frames = list(dia_source_rows(tiny_sky(), TINY, 1, release))
    return {name: np.concatenate([np.ma.getdata(f[name]) for f in frames]) for name in frames[0]}


@pytest.mark.parametrize("release", ["dp1", "dp2"])
def test_each_moving_source_has_a_row(release: str) -> None:
    made, sources = _rows(ss_source_rows, release), _dia(release)
    moving = sources["ssObjectId"] != 0
    order = np.argsort(made["diaSourceId"])
    other = np.argsort(sources["diaSourceId"][moving])
    assert len(order) > 15
    assert (made["diaSourceId"][order] == sources["diaSourceId"][moving][other]).all()
    assert (made["ssObjectId"][order] == sources["ssObjectId"][moving][other]).all()


def test_vectors_close() -> None:
    made, sources = _rows(ss_source_rows, "dp1"), _dia("dp1")
    place = np.argsort(sources["diaSourceId"])[
        np.searchsorted(np.sort(sources["diaSourceId"]), made["diaSourceId"])
    ]
    mjd = sources["midpointMjdTai"][place]
    sun = np.stack([made[f"heliocentric{axis}"] for axis in "XYZ"], axis=1)
    home = np.stack([made[f"topocentric{axis}"] for axis in "XYZ"], axis=1)
    earth = np.array([observatory(float(each))[0] for each in mjd])
    assert np.allclose(sun - home, earth, atol=1e-9)
    assert np.allclose(np.linalg.norm(sun, axis=1), made["heliocentricDist"])
    assert np.allclose(np.linalg.norm(home, axis=1), made["topocentricDist"])
    cos = (sun * home).sum(axis=1) / made["heliocentricDist"] / made["topocentricDist"]
    assert np.allclose(np.degrees(np.arccos(cos)), made["phaseAngle"], atol=1e-4)
    # The line of sight is where the source was.
    toward = np.degrees(np.arctan2(home[:, 1], home[:, 0])) % 360
    assert np.abs(toward - sources["ra"][place]).max() < 1e-3
    pull = made["residualDec"] / sources["decErr"][place]
    assert 0.6 < pull.std() < 1.4
    pull = made["residualRa"] / sources["raErr"][place]
    assert 0.6 < pull.std() < 1.4


def test_frames_agree_with_astropy() -> None:
    from astropy.coordinates import SkyCoord

    made, sources = _rows(ss_source_rows, "dp1"), _dia("dp1")
    place = np.argsort(sources["diaSourceId"])[
        np.searchsorted(np.sort(sources["diaSourceId"]), made["diaSourceId"])
    ]
    sky = SkyCoord(sources["ra"][place], sources["dec"][place], unit="deg")
    assert np.allclose(sky.galactic.l.deg, made["galacticL"], atol=1e-6)
    assert np.allclose(sky.galactic.b.deg, made["galacticB"], atol=1e-6)
    ecliptic = sky.barycentrictrueecliptic
    # That of date differs by the precession of 25 years, as far as it is not longitude's.
    assert np.allclose(ecliptic.lat.deg, made["eclipticBeta"], atol=0.01)


def test_offsets_and_speeds_of_the_second_release() -> None:
    made = _rows(ss_source_rows, "dp2")
    assert np.allclose(
        np.hypot(made["ephOffsetAlongTrack"], made["ephOffsetCrossTrack"]), made["ephOffset"]
    )
    assert np.allclose(np.hypot(made["ephRateRa"], made["ephRateDec"]), made["ephRate"])
    speed = np.sqrt(sum(made[f"helio_v{axis}"] ** 2 for axis in "xyz"))
    assert np.allclose(speed, made["helio_vtot"])
    # Circular speed about the Sun: 29.8 km/s at 1 au.
    circular = 29.78 / np.sqrt(made["helioRange"])
    assert np.median(made["helio_vtot"] / circular) == pytest.approx(1, abs=0.15)
    assert (np.abs(made["helioRangeRate"]) < made["helio_vtot"]).all()
    assert (made["diaDistanceRank"] >= 1).all()
    assert np.median(made["diaDistanceRank"]) == 1
    # The angle between the body and the Sun, seen from the Earth.
    sun, home = (
        np.stack([made[f"{name}_{axis}"] for axis in "xyz"], axis=1) for name in ("helio", "topo")
    )
    toward = home - sun
    cos = (home * toward).sum(axis=1)
    cos /= np.linalg.norm(home, axis=1) * np.linalg.norm(toward, axis=1)
    assert np.allclose(np.degrees(np.arccos(cos)), made["elongation"], atol=1e-4)


@pytest.mark.parametrize("release", ["dp1", "dp2"])
def test_objects_count_their_sources(release: str) -> None:
    sources, objects = _rows(ss_source_rows, release), _rows(ss_object_rows, release)
    ids, counts = np.unique(sources["ssObjectId"], return_counts=True)
    order = np.argsort(objects["ssObjectId"])
    assert objects["ssObjectId"][order].tolist() == ids.tolist()
    name = "numObs" if release == "dp1" else "nObs"
    assert objects[name][order].tolist() == counts.tolist()
    if release == "dp1":
        reported = objects["discoverySubmissionDate"]
        assert 0 < np.isnan(reported).mean() < 1
        assert np.nanmin(reported) > 60_610
        return
    total = sum(objects[f"{band}_nObs"] for band in "ugrizy")
    assert (total == objects["nObs"]).all()
    assert (objects["arc"] >= 0).all()
    # Bodies beyond Mars come no nearer than that.
    assert (objects["MOIDEarth"] > 0.2).all()


def test_absolute_magnitudes_are_those_of_the_bodies() -> None:
    objects, bodies = _rows(ss_object_rows, "dp2"), tiny_sky().asteroids()
    place = np.searchsorted(bodies.id, objects["ssObjectId"])
    off = []
    for number, band in enumerate("ugrizy"):
        true = (bodies.H + bodies.color[:, number])[place]
        found = objects[f"{band}_H"]
        known = np.isfinite(found)
        off += list((found - true)[known])
        assert (known == (objects[f"{band}_nObsUsed"] > 0)).all()
    assert len(off) > 15
    # With a slope that is not theirs.
    assert abs(np.median(off)) < 0.3
    assert np.std(off) < 0.6
