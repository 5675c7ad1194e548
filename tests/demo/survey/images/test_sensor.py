from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.mask import bit
from lsp_jupyter.demo.survey.images.sensor import collect, defects, interpolate
from lsp_jupyter.demo.survey.observing.camera import READ_NOISE, SATURATION
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES

SEED = 4
VISIT = schedule(SIZES["tiny"], SEED)[0]


def test_noise_is_that_of_the_sky_and_of_the_read_out() -> None:
    dark = collect(VISIT, 4, SEED, np.zeros((400, 400), np.float32))
    good = dark.electrons[dark.mask == 0]
    assert good.mean() == pytest.approx(VISIT.sky, abs=5 * VISIT.sky**0.5 / 400)
    assert good.std() == pytest.approx((VISIT.sky + READ_NOISE**2) ** 0.5, rel=0.01)
    lit = collect(VISIT, 4, SEED, np.full((400, 400), 2e4 / VISIT.electrons, np.float32))
    good = lit.electrons[lit.mask == 0]
    assert good.std() == pytest.approx((2e4 + VISIT.sky + READ_NOISE**2) ** 0.5, rel=0.01)
    again = collect(VISIT, 4, SEED, np.zeros((400, 400), np.float32))
    assert (again.electrons == dark.electrons).all()
    other = collect(VISIT, 5, SEED, np.zeros((400, 400), np.float32))
    assert (other.electrons != dark.electrons).mean() > 0.99


def test_full_pixels_run_over_along_their_columns() -> None:
    light = np.zeros((400, 400), np.float32)
    light[200, 100] = 10 * SATURATION / VISIT.electrons
    charge = collect(VISIT, 4, SEED, light)
    full = charge.mask & bit("SAT") != 0
    assert full.any(axis=0).nonzero()[0].tolist() == [100]
    rows = full[:, 100].nonzero()[0]
    assert rows.min() + rows.max() == pytest.approx(400, abs=1)
    # The charge of ten full pixels, and the sky's.
    assert 9 <= len(rows) <= 12
    assert charge.electrons[rows, 100] == pytest.approx(SATURATION)
    near = np.zeros((400, 400), np.float32)
    near[200, 100] = 0.95 * SATURATION / VISIT.electrons
    assert collect(VISIT, 4, SEED, near).mask[200, 100] == bit("SUSPECT")


def test_cosmic_rays_come_with_time() -> None:
    dark = np.zeros((1000, 1000), np.float32)
    long = dataclasses.replace(VISIT, exposure=3000.0)
    charge = collect(long, 4, SEED, dark)
    rays = charge.mask & bit("CR") != 0
    # 2.5 a minute on these 1 cm^2, about ten pixels each.
    assert 500 < rays.sum() < 3000
    assert np.median(charge.electrons[rays]) > VISIT.sky + 1000


def test_defects_are_a_detectors_own() -> None:
    first, second = (defects(number, (1024, 1024), SEED) for number in (0, 1))
    assert first is defects(0, (1024, 1024), SEED)
    assert (first != second).any()
    assert 0 < first.mean() < 0.005
    charge = collect(VISIT, 0, SEED, np.zeros((1024, 1024), np.float32))
    assert (charge.mask[first] & bit("BAD") != 0).all()


def test_interpolates_from_left_and_right() -> None:
    image = np.tile(np.arange(10, dtype=np.float32), (4, 1))
    flagged = np.zeros(image.shape, bool)
    flagged[1, 3:6] = flagged[2, :2] = flagged[3, 8:] = True
    image[flagged] = 1e6
    interpolate(image, flagged)
    assert image[:2] == pytest.approx(np.tile(np.arange(10), (2, 1)))
    assert image[2].tolist() == [2, 2, *range(2, 10)]
    assert image[3].tolist() == [*range(8), 7, 7]
    flagged[0] = True
    interpolate(image, flagged)
    assert np.isfinite(image).all()
