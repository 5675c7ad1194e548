from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.measured.detection import Detections, detect, some_of
from lsp_jupyter.demo.survey.measured.photometry import Depth
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS, field
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Sky

TINY = size("tiny")


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky(TINY, 1)


def _found(sky: Sky, name: str) -> Detections:
    return detect(sky, sky.tiles(field(name))[0])


def test_the_same_sky_shows_the_same(sky: Sky) -> None:
    first, second = _found(sky, "ECDFS"), _found(Sky(TINY, 1), "ECDFS")
    assert first is not second
    assert first.objects.id.tolist() == second.objects.id.tolist()
    assert first.flux.tobytes() == second.flux.tobytes()
    assert _found(Sky(TINY, 2), "ECDFS").objects.id.tolist() != first.objects.id.tolist()


@pytest.mark.parametrize("name", ["47_Tuc", "ECDFS", "Seagull"])
def test_what_is_shown_stands_out_of_the_noise(sky: Sky, name: str) -> None:
    found = _found(sky, name)
    assert len(found) > 100
    assert (np.nanmax(found.flux / found.error, axis=1) > 5).all()
    assert len(np.unique(found.objects.id)) == len(found)


def test_bright_stars_are_shown_and_faint_ones_are_not(sky: Sky) -> None:
    for one in FIELDS:
        every = sky.objects(sky.tiles(one)[0])
        found = np.isin(every.id, _found(sky, one.name).objects.id)
        visits = [visit for visit in schedule(TINY, 1) if visit.field == one and visit.band == "r"]
        depth = Depth.of_visits(visits, every.ra, every.dec, TINY)
        star = ~every.galaxy & depth.seen
        bright = star & (every.flux[:, 2] > 4 * depth.limit())
        assert found[bright].mean() > 0.9, one.name
        faint = star & (every.flux[:, 2] < 0.05 * depth.limit())
        assert found[faint].sum() <= 0.2 * faint.sum() + 2, one.name


def test_bands_without_exposures_have_no_flux(sky: Sky) -> None:
    found = _found(sky, "Seagull")
    for place, band in enumerate(BANDS):
        if band not in found.objects.field.bands:
            assert np.isnan(found.flux[:, place]).all()
            assert not found.depths[place].seen.any()
        else:
            seen = found.depths[place].seen
            assert np.isfinite(found.flux[seen, place]).all()
            assert np.isnan(found.flux[~seen, place]).all()


def test_others_are_measured_by_the_clearest_red_band(sky: Sky) -> None:
    found = _found(sky, "ECDFS")
    signal = np.nan_to_num(found.flux / found.error)
    bright = signal[:, BANDS.index("i")] > 10
    assert bright.sum() > 50
    assert (found.reference[bright] == BANDS.index("i")).all()
    dim = (signal < 10).all(axis=1)
    assert (found.reference[dim] == signal[dim].argmax(axis=1)).all()


def test_objects_with_one_peak_are_one(sky: Sky) -> None:
    found = _found(sky, "47_Tuc")
    i, j = np.triu_indices(len(found), 1)
    apart = np.hypot(found.x[i] - found.x[j], found.y[i] - found.y[j])
    sharpest = min(float(np.nanmin(depth.sigma)) for depth in found.depths if depth.seen.any())
    assert apart.min() > 2 * sharpest - 1e-6


def test_fluxes_scatter_as_their_errors_say(sky: Sky) -> None:
    pulls = []
    for one in FIELDS:
        found = _found(sky, one.name)
        seen = np.stack([depth.seen for depth in found.depths], axis=1)
        clear = seen & (found.expected > 20 * found.error)
        pulls.append(((found.flux - found.expected) / found.error)[clear])
    pull = np.concatenate(pulls)
    assert len(pull) > 1000
    assert pull.std() == pytest.approx(1, abs=0.06)
    assert abs(pull.mean()) < 0.1


def test_points_are_fitted_whole_and_galaxies_in_part(sky: Sky) -> None:
    found = _found(sky, "ECDFS")
    seen = found.depths[3].seen
    star, galaxy = seen & ~found.objects.galaxy, seen & found.objects.galaxy
    assert np.allclose(found.fitted[star, 3], 1)
    assert (found.fitted[galaxy, 3] < 1).all()


def test_some_objects_keep_their_field(sky: Sky) -> None:
    every = sky.objects(sky.tiles(field("ECDFS"))[0])
    some = some_of(every, every.galaxy)
    assert some.field is every.field
    assert len(some) == every.galaxy.sum()
    assert some.flux.shape == (len(some), 6)
