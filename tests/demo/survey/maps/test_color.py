from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.maps.color import blur
from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.images.hips.color import color_bands, color_image, color_scales, noise


def test_every_field_has_three_bands_of_colour() -> None:
    chosen = {one.name: "".join(color_bands(one.bands)) for one in FIELDS}
    assert chosen.pop("Seagull") == "zrg"
    assert set(chosen.values()) == {"irg"}


def test_noise_is_that_of_the_sky_alone() -> None:
    random = np.random.default_rng(1)
    image = random.normal(3, 2, (300, 300)).astype(np.float32)
    image[random.random(image.shape) < 0.08] += 500
    image[:5] = np.nan
    assert noise(image) == pytest.approx(2, rel=0.12)


def test_stars_like_the_sun_are_white_and_hues_stay_however_bright() -> None:
    scales = color_scales("irg", [1.0, 1.0, 1.0])
    sun = np.array([1.12, 1.0, 0.68])
    levels = np.array([10.0, 100, 1e3, 1e5])
    white = color_image(tuple((levels * one)[None].astype("f4") for one in sun), scales)[0]
    assert np.ptp(white, axis=1).max() <= 1
    assert (np.diff(white[:, 0].astype(int)) >= 0).all()
    assert (np.diff(white[:3, 0].astype(int)) > 20).all()
    redder = sun * [2, 1, 0.5]
    red = color_image(tuple((levels * one)[None].astype("f4") for one in redder), scales)[0]
    assert (red[:, 0] > red[:, 1]).all()
    assert (red[:, 1] > red[:, 2]).all()
    assert red.max() == 255


def test_missing_pixels_are_dark() -> None:
    nothing = np.full((1, 1), np.nan, np.float32)
    assert color_image((nothing, nothing, nothing), (1, 1, 1)).max() < 20


def test_blurring_widens_points_and_keeps_their_flux() -> None:
    image = np.zeros((61, 51), np.float32)
    image[30, 20] = 100
    wide = blur(image, 2.0)
    assert wide.shape == image.shape
    assert wide.sum() == pytest.approx(100, rel=1e-4)
    y, x = np.mgrid[:61, :51]
    assert ((y - 30.0) ** 2 * wide).sum() / 100 == pytest.approx(4, rel=0.02)
    assert ((x - 20.0) ** 2 * wide).sum() / 100 == pytest.approx(4, rel=0.02)
    assert blur(image, 0.1) is image
