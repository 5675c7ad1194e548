from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.measured.light import Light
from lsp_jupyter.demo.survey.measured.looks import field_visits
from lsp_jupyter.demo.survey.measured.transients import (
    SPOT,
    STAR,
    SUPERNOVA,
    VARIABLE,
    Transients,
    beneath,
)
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")


@pytest.fixture(scope="module")
def sky() -> Sky:
    return tiny_sky()


@pytest.fixture(scope="module")
def targets(sky: Sky) -> Transients:
    return Transients(sky, sky.tiles(field("ECDFS"))[0])


def test_all_that_changes_is_a_target(sky: Sky, targets: Transients) -> None:
    objects = sky.objects(sky.tiles(field("ECDFS"))[0])
    varying = objects.id[objects.variable > 0]
    assert targets.id[targets.kind == VARIABLE].tolist() == varying.tolist()
    supernovae = sky.supernovae(field("ECDFS"))
    assert targets.id[targets.kind == SUPERNOVA].tolist() == supernovae.id.tolist()
    assert (targets.kind == SPOT).sum() > 3
    assert (targets.kind == STAR).sum() > 3
    assert len(np.unique(targets.id)) == len(targets)


def test_the_light_of_targets_is_that_of_the_sky(sky: Sky, targets: Transients) -> None:
    tile = sky.tiles(field("ECDFS"))[0]
    objects = sky.objects(tile)
    varying = objects.variable > 0
    kinds = targets.kind
    for visit in field_visits(sky, "ECDFS")[::9]:
        total = targets.still(visit) + targets.change(visit)
        flux = sky.flux(objects, visit.band, visit.mjd)[varying]
        assert np.allclose(total[kinds == VARIABLE], flux)
        band = BANDS.index(visit.band)
        assert np.allclose(targets.still(visit)[kinds == VARIABLE], objects.flux[varying, band])
        exploded = sky.supernovae(field("ECDFS")).flux(visit.band, visit.mjd)
        assert np.allclose(targets.change(visit)[kinds == SUPERNOVA], exploded)
        # Their galaxies shine beneath them.
        assert (targets.still(visit)[kinds == SUPERNOVA] > 0).all()
        assert not targets.change(visit)[kinds == STAR].any()


def test_spots_are_there_once(sky: Sky, targets: Transients) -> None:
    changes = np.stack([targets.change(visit) for visit in field_visits(sky, "ECDFS")])
    assert ((changes[:, targets.kind == SPOT] != 0).sum(axis=0) == 1).all()


def test_only_bright_stars_leave_dipoles(sky: Sky, targets: Transients) -> None:
    lobes = np.stack([targets.lobes(visit) for visit in field_visits(sky, "ECDFS")])
    assert not lobes[:, targets.kind != STAR].any()
    share = (lobes[:, targets.kind == STAR] > 0).mean()
    assert 0 < share < 0.08


def test_a_fit_on_a_galaxys_middle_finds_what_its_own_fit_finds(sky: Sky) -> None:
    objects = sky.objects(sky.tiles(field("ECDFS"))[0])
    some = np.flatnonzero(objects.galaxy & (objects.axis_ratio > 0.97))[:20]
    light = Light.of(objects)[some]
    at_middle = beneath(light, 2.0, np.zeros(len(some)))
    assert np.allclose(at_middle, light.fitted(np.full(len(some), 2.0)), rtol=0.01)
    beside = beneath(light, 2.0, np.full(len(some), 4.0))
    assert (beside < 0.7 * at_middle).all()
    assert beneath(light, 2.0, np.full(len(some), 200.0)).max() < 1e-2
