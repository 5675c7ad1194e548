"""Several images made one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lsp_jupyter.images.butler.box import Box
from lsp_jupyter.images.mosaics.color import COMPOSITIONS, composed
from lsp_jupyter.images.mosaics.combine import COMBINATIONS, Combination, weight_of
from lsp_jupyter.images.mosaics.resample import Resampled
from lsp_jupyter.images.pictures.look import Look

SHAPE = (130, 140)


def part(value: float, variance: float, *, box: Box | None = None, seed: int = 0) -> Resampled:
    box = box or Box(0, 0, SHAPE[1], SHAPE[0])
    shape = box.height, box.width
    noise = np.random.default_rng(seed).normal(value, variance**0.5 if seed else 0, shape)
    return Resampled(
        noise.astype(np.float32),
        np.full(shape, variance, np.float32),
        np.zeros(shape, np.int32),
        box,
    )


def test_quiet_images_count_more(tmp_path: Path) -> None:
    made = Combination(SHAPE, "weighted", 2, tmp_path)
    for index, one in enumerate((part(10, 1), part(20, 4))):
        made.add(index, one, weight_of(one.variance))
    image, variance = made.done()
    np.testing.assert_allclose(image, (10 + 20 / 4) / (1 + 1 / 4), rtol=1e-6)
    np.testing.assert_allclose(variance, 1 / (1 + 1 / 4), rtol=1e-6)


@pytest.mark.parametrize("how", COMBINATIONS)
def test_the_variance_is_that_of_the_noise(how: str, tmp_path: Path) -> None:
    made = Combination(SHAPE, how, 9, tmp_path)
    for index in range(9):
        made.add(index, part(5, 4, seed=index + 1), 1 / 4)
    image, variance = made.done()
    assert image.mean() == pytest.approx(5, abs=0.03)
    assert image.var() == pytest.approx(variance.mean(), rel=0.12)


def test_medians_leave_out_what_is_far_off(tmp_path: Path) -> None:
    made = Combination(SHAPE, "median", 4, tmp_path)
    half = Box(0, 0, 70, 130)
    for index, one in enumerate((part(1, 1), part(2, 1), part(9999, 1), part(4, 1, box=half))):
        made.add(index, one, 1)
    image, _ = made.done()
    assert image[5, 100] == 2
    assert image[5, 5] == 3
    assert not np.isnan(image).any()


@pytest.mark.parametrize("how", COMBINATIONS)
def test_flagged_pixels_and_empty_places(how: str, tmp_path: Path) -> None:
    made = Combination(SHAPE, how, 2, tmp_path)
    one, two = part(1, 1, box=Box(0, 0, 100, 100)), part(3, 1, box=Box(50, 0, 50, 100))
    two.mask[:, :10] = 8
    two.mask[:, 10:20] = 2
    two.image[:5] = np.nan
    assert made.add(0, one, 1, 8) == 10_000
    assert made.add(1, two, 1, 8) == 95 * 40
    image, variance = made.done()
    assert (image[50, 20], image[50, 55], image[50, 80], image[2, 80]) == (1, 1, 2, 1)
    assert np.isnan(image[120, 20])
    assert np.isnan(variance[120, 20])
    assert (made.number[50, 55], made.number[50, 80], made.number[120, 0]) == (1, 2, 0)
    assert (made.mask[50, 55], made.mask[50, 65]) == (0, 2)


@pytest.mark.parametrize("how", COMPOSITIONS)
def test_colours(how: str) -> None:
    random = np.random.default_rng(2)
    red, green, blue = random.normal(0, 1, (3, 120, 120)).astype(np.float32)
    for row, level in ((20, 50.0), (60, 500.0), (100, 50_000.0)):
        # The same colour, fainter and brighter.
        red[row - 4 : row + 4, 40:60] += 4 * level
        green[row - 4 : row + 4, 40:60] += 2 * level
        blue[row - 4 : row + 4, 40:60] += level
    red[:, :5] = green[:, :5] = blue[:, :5] = np.nan
    picture = composed([red, green, blue], how, look=Look(limits="99.9"))
    assert picture.shape == (120, 120, 3)
    stars = picture[[20, 60, 100], 50].astype(int)
    assert (stars[:, 0] >= stars[:, 2] - 2).all()
    assert stars[2].sum() >= stars[0].sum()
    sky = np.median(picture[:, 80:].reshape(-1, 3).astype(int), axis=0)
    assert np.ptp(sky) <= 12
    assert (picture[:, :5] == 0).all()
    if how != "separate":
        # The hue stays, however bright it is.
        assert stars[2, 2] / stars[2, 0] == pytest.approx(0.25, abs=0.05)
        assert stars[2, 1] / stars[2, 0] == pytest.approx(0.5, abs=0.05)


def test_the_balance_makes_white() -> None:
    bands = [np.full((50, 50), value, np.float32) for value in (4.0, 2.0, 1.0)]
    for band in bands:
        band[::2] = 0
    picture = composed(bands, "lupton", balance=(0.25, 0.5, 1.0))
    assert np.ptp(picture[1, 1].astype(int)) <= 1
    assert picture[1, 1].max() > 15
