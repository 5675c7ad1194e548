from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from lsp_jupyter.demo.survey.frame import frame_length
from lsp_jupyter.demo.survey.measured.difference import (
    DiaSources,
    Difference,
    difference,
    ephemeris,
)
from lsp_jupyter.demo.survey.measured.transients import SPOT, STAR, SUPERNOVA, VARIABLE
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.fields import FIELDS, field
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.dia_sources import dia_source_frame
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")


@pytest.fixture(scope="module")
def sky() -> Sky:
    return tiny_sky()


def _found(sky: Sky, name: str = "ECDFS") -> Difference:
    return difference(sky, sky.tiles(field(name))[0])


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.1587, 0.8413])
    return float(high - low) / 2


def test_the_same_sky_shows_the_same(sky: Sky) -> None:
    first, second = _found(sky).sources, _found(Sky(TINY, 1, gaia=())).sources
    assert first is not second
    for one in fields(DiaSources):
        assert getattr(first, one.name).tobytes() == getattr(second, one.name).tobytes()
    assert len(_found(Sky(TINY, 2, gaia=())).sources) != len(first)


def test_what_is_found_stands_out_of_the_noise(sky: Sky) -> None:
    for one in FIELDS:
        found = _found(sky, one.name)
        assert (found.sources.signal >= 5).all()
        assert (found.sources.full < 1).all()
        assert len(np.unique(found.sources.id)) == len(found.sources) > 0


def test_variables_are_found_where_they_changed_enough(sky: Sky) -> None:
    found = _found(sky)
    sources, targets = found.sources, found.targets
    seen = {(int(v), int(t)) for v, t in zip(sources.visit, sources.target, strict=True)}
    clear = missed = 0
    for number, visit in enumerate(found.visits):
        detector, _, _ = visit.covers(targets.ra, targets.dec, TINY)
        error = visit.noise * (4 * np.pi) ** 0.5 * visit.psf_sigma
        change = np.abs(targets.change(visit))
        total = targets.still(visit) + targets.change(visit)
        # With the noise of light, and as much again for the template.
        noise = np.sqrt(2 * (error**2 + 4 / 3 * np.maximum(total, 0) / visit.electrons))
        sure = (detector >= 0) & (change > 9 * noise)
        sure &= np.isin(targets.kind, (VARIABLE, SUPERNOVA))
        for target in np.flatnonzero(sure):
            clear += 1
            missed += (number, int(target)) not in seen
    assert clear > 100
    # A few are where the template is missing, or saturated.
    assert missed < 0.03 * clear


def test_fluxes_scatter_about_the_truth_as_their_errors_say(sky: Sky) -> None:
    found = _found(sky)
    sources, targets = found.sources, found.targets
    pulls, direct, still = [], [], []
    for number, visit in enumerate(found.visits):
        here = (sources.visit == number) & (sources.target >= 0)
        here &= np.isin(targets.kind[sources.target], (VARIABLE, SUPERNOVA))
        change = targets.change(visit)[sources.target[here]]
        mean = targets.still(visit)[sources.target[here]]
        pulls.append((sources.flux[here] - change) / sources.error[here])
        direct.append((sources.direct[here] - change - mean) / sources.direct_error[here])
        still.append((sources.still[here] - mean) / sources.still_error[here])
    for each in (pulls, direct, still):
        values = np.concatenate(each)
        assert len(values) > 300
        # The template's noise is the same in all exposures of a target.
        assert _spread(values) == pytest.approx(1, abs=0.2)
        assert abs(np.median(values)) < 0.35


def test_sources_are_the_difference_of_their_parts(sky: Sky) -> None:
    sources = _found(sky).sources
    whole = sources.direct - sources.still
    dipole = np.isfinite(sources.lobe)
    assert np.allclose(whole[~dipole], sources.flux[~dipole])


def test_moving_bodies_are_where_they_were_expected(sky: Sky) -> None:
    count = 0
    for one in FIELDS:
        found = _found(sky, one.name)
        sources = found.sources
        for row in np.flatnonzero(sources.body >= 0):
            visit = found.visits[sources.visit[row]]
            where = ephemeris(sky, visit.mjd)
            body = sources.body[row]
            x, y = project(where.ra[[body]], where.dec[[body]], sources.ra[row], sources.dec[row])
            away = np.hypot(x, y)[0] * 3600 / 0.2
            assert away < 6 * sources.spread[row]
            assert sources.trail[row] == pytest.approx(
                np.hypot(where.ra_rate[body], where.dec_rate[body])
                * visit.exposure
                / 86_400
                * 3600
                / 0.2
            )
            # The trail lies on the detector as the body moved.
            wcs = visit.wcs(DETECTORS[sources.detector[row]], TINY)
            step = 0.01
            x, y = wcs.sky_to_pixel(
                where.ra[[body]]
                + np.array([0, step]) * where.ra_rate[body] / np.cos(np.radians(where.dec[body])),
                where.dec[[body]] + np.array([0, step]) * where.dec_rate[body],
            )
            angle = np.arctan2(y[1] - y[0], x[1] - x[0])
            assert np.cos(angle - sources.along[row]) > 0.999
            count += 1
    assert count > 20


def test_objects_are_the_places_of_their_sources(sky: Sky) -> None:
    found = _found(sky)
    owners = found.owners()
    assert ((owners < 0) == (found.sources.body >= 0)).all()
    assert len(np.unique(found.object_ids)) == len(found.objects)
    for number, target in enumerate(found.objects):
        here = owners == number
        assert (found.sources.target[here] == target).all()
        assert found.ra[number] == pytest.approx(found.sources.ra[here].mean(), abs=1e-12)
        assert found.dec[number] == pytest.approx(found.sources.dec[here].mean(), abs=1e-12)
    supernovae = found.targets.kind[found.objects] == SUPERNOVA
    assert np.bincount(owners[owners >= 0])[supernovae].max() > 20


def test_rows_have_keys_and_numbers_of_their_tables(sky: Sky) -> None:
    found = _found(sky)
    frame = dia_source_frame(sky, found, "dp1")
    assert frame_length(frame) == len(found.sources)
    moving = frame["ssObjectId"] != 0
    assert (frame["diaObjectId"][moving] == 0).all()
    assert set(frame["diaObjectId"][~moving]) == set(found.object_ids)
    assert set(frame["ssObjectId"][moving]) <= set(sky.asteroids().id)
    assert set(frame["visit"]) <= {visit.id for visit in found.visits}
    # Places on the sky are those on the detector.
    for row in range(0, len(found.sources), 17):
        visit = found.visits[found.sources.visit[row]]
        detector, x, y = visit.covers(frame["ra"][row : row + 1], frame["dec"][row : row + 1], TINY)
        if detector[0] >= 0:
            assert detector[0] == frame["detector"][row]
            assert x[0] == pytest.approx(frame["x"][row], abs=1e-5)
            assert y[0] == pytest.approx(frame["y"][row], abs=1e-5)


def test_what_is_real_is_reliable(sky: Sky) -> None:
    spurious, real = [], []
    for one in FIELDS:
        found = _found(sky, one.name)
        score = np.asarray(dia_source_frame(sky, found, "dp2")["reliability"])
        kind = np.where(found.sources.target >= 0, found.targets.kind[found.sources.target], -1)
        left = np.isin(kind, (SPOT, STAR))
        spurious.append(score[left])
        real.append(score[~left & (found.sources.signal > 15)])
    assert np.median(np.concatenate(real)) > 0.9
    assert np.median(np.concatenate(spurious)) < 0.2
    assert (np.concatenate(spurious) < 0.5).mean() > 0.9


def test_releases_differ_as_their_columns_do(sky: Sky) -> None:
    found = _found(sky)
    first, second = (dia_source_frame(sky, found, release) for release in ("dp1", "dp2"))
    assert np.allclose(first["trailLength"] * 0.2, second["trailLength"], rtol=1e-3)
    assert (second["isNegative"] == (found.sources.flux < 0)).all()
    assert second["isNegative"].any()
    assert "coord_ra" in first
    assert "coord_ra" not in second
    assert first["psfFlux"].tobytes() == second["psfFlux"].tobytes()
    # From north through east: the bearing of a trail is that of the body's motion.
    rows = np.flatnonzero((found.sources.body >= 0) & (found.sources.trail > 1))
    for row in rows:
        visit = found.visits[found.sources.visit[row]]
        where = ephemeris(sky, visit.mjd)
        body = found.sources.body[row]
        motion = np.degrees(np.arctan2(where.ra_rate[body], where.dec_rate[body]))
        off = (second["trailAngle"][row] - motion + 180) % 360 - 180
        assert abs(off) < 40
