from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.dataset import TYPES
from lsp_jupyter.demo.survey.images.plan import plan
from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.demo.survey.observing.skymap import tract
from lsp_jupyter.demo.survey.sizes import SIZES
from lsp_jupyter.demo.survey.truth.sky import Sky

SEED = 1


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_plan(name: str) -> None:
    size = SIZES[name]
    sky = Sky(size, SEED)
    units = plan(sky, size, SEED)
    counts = Counter(kind for unit in units for kind in unit.types)
    assert counts.total() <= size.images
    assert set(counts) == set(TYPES)
    assert counts["raw"] == counts["bias"] == counts["flat"] == 1
    assert len({unit.key for unit in units}) == len(units)
    # Of each field there is a colour picture and an exposure.
    for one in FIELDS:
        own = [unit for unit in units if unit.field == one]
        bands = {unit.band for unit in own if unit.types == ("deep_coadd",)}
        assert len(bands) >= 3
        assert any("visit_image" in unit.types for unit in own)
    # Every exposure with a difference has its template, of the patch with most of it at least.
    templates = {
        (unit.field.name, unit.band) for unit in units if unit.types == ("template_coadd",)
    }
    differences = [unit for unit in units if "difference_image" in unit.types]
    assert {(unit.field.name, unit.band) for unit in differences} == templates
    # One supernova is in all differences of the deep field.
    deep = [unit for unit in differences if unit.field.name == "ECDFS"]
    truth = sky.supernovae(deep[0].field)
    seen = np.array(
        [
            unit.visit.covers(truth.ra, truth.dec, size)[0] == unit.detector
            for unit in deep
            if unit.visit
        ]
    )
    assert seen.all(axis=0).any()
    star = int(np.flatnonzero(seen.all(axis=0))[0])
    lit = [truth.flux(unit.band, unit.visit.mjd)[star] for unit in deep if unit.visit]
    assert max(lit) > 1000
    if name == "small":
        assert len(deep) == 20
        assert min(lit) < 0.2 * max(lit)
        whole = Counter(unit.visit.id for unit in units if unit.visit and len(unit.types) != 2)
        assert max(whole.values()) == 9
        patches = {unit.patch for unit in units if unit.field.name == "ECDFS"} - {None}
        assert len(patches) >= 9
        middle = tract(deep[0].field, size).find(
            np.array([deep[0].field.ra]), np.array([deep[0].field.dec])
        )
        assert int(middle[0]) in patches


def test_asteroids_are_in_a_difference_image() -> None:
    size = SIZES["tiny"]
    sky = Sky(size, SEED)
    asteroids = sky.asteroids()
    found = 0
    for unit in plan(sky, size, SEED):
        if "difference_image" in unit.types and unit.field.name == "Rubin_SV_38_7" and unit.visit:
            seen = asteroids.observe(unit.visit.mjd)
            found += int((unit.visit.covers(seen.ra, seen.dec, size)[0] == unit.detector).sum())
    assert found


def test_large_surveys_have_no_images() -> None:
    assert plan(Sky(SIZES["large"], SEED), SIZES["large"], SEED) == ()
