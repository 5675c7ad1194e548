from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.coverage import Box, cover, tract_noise
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.skymap import tract
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES

SIZE, SEED = SIZES["tiny"], 3
PLACE = field("ECDFS")
VISITS = tuple(
    visit for visit in schedule(SIZE, SEED) if visit.field == PLACE and visit.band == "g"
)


def test_weights_are_those_of_the_exposures_at_each_pixel() -> None:
    where = tract(PLACE, SIZE)
    box = Box(250, 120, 300, 200)
    made = cover(VISITS, where, box, SIZE)
    random = np.random.default_rng(0)
    x, y = random.integers(0, box.width, 4000), random.integers(0, box.height, 4000)
    ra, dec = where.wcs.pixel_to_sky(x + box.x, y + box.y)
    weight, count = np.zeros(4000), np.zeros(4000, int)
    for visit in VISITS:
        seen = visit.covers(ra, dec, SIZE)[0] >= 0
        weight[seen] += visit.noise**-2
        count += seen
    assert (made.count[y, x] == count).mean() > 0.999
    assert np.isclose(made.weight[y, x], weight, rtol=1e-4).mean() > 0.999
    assert count.min() < count.max()
    widths = [visit.psf_sigma for visit in made.visits]
    assert min(widths) < made.sigma < max(widths)


def test_variance_is_that_of_a_weighted_mean() -> None:
    where = tract(PLACE, SIZE)
    middle = SIZE.pixels * 9 // 4
    box = Box(middle, middle, 8, 8)
    one = VISITS[0]
    made = cover([one], where, box, SIZE)
    light = np.full((8, 8), 5000, np.float32)
    assert made.count.max() == 1
    expected = one.noise**2 + 5000 / one.electrons
    assert made.variance(light)[made.count == 1] == pytest.approx(expected, rel=1e-4)
    far = cover([one], where, Box(-5000, -5000, 8, 8), SIZE)
    assert np.isinf(far.variance(light)).all()
    assert far.visits == ()


def test_noise_is_the_same_in_overlapping_boxes() -> None:
    where = tract(PLACE, SIZE)
    left = tract_noise(SEED, "deep_coadd", where, "g", Box(-30, 100, 300, 200))
    right = tract_noise(SEED, "deep_coadd", where, "g", Box(200, 150, 150, 150))
    assert (left[50:, 230:] == right[:, :70]).all()
    assert left.std() == pytest.approx(1, abs=0.02)
    other = tract_noise(SEED, "deep_coadd", where, "r", Box(200, 150, 150, 150))
    assert abs(np.corrcoef(right.ravel(), other.ravel())[0, 1]) < 0.03
