from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.paint import Gaussians, paint


def _random(count: int, seed: int = 1) -> Gaussians:
    random = np.random.default_rng(seed)
    major = np.exp(random.normal(0.5, 0.7, count)) + 1
    minor = major * random.uniform(0.4, 1, count)
    angle = random.uniform(0, np.pi, count)
    cos, sin = np.cos(angle), np.sin(angle)
    return Gaussians(
        random.uniform(-20, 180, count),
        random.uniform(-20, 140, count),
        np.exp(random.normal(4, 2, count)),
        major**2 * cos**2 + minor**2 * sin**2,
        (major**2 - minor**2) * cos * sin,
        major**2 * sin**2 + minor**2 * cos**2,
    )


def _plainly(shape: tuple[int, int], gaussians: Gaussians) -> np.ndarray:
    y, x = np.indices(shape)
    image = np.zeros(shape)
    for i in range(len(gaussians)):
        moments = np.array([[gaussians.xx[i], gaussians.xy[i]], [gaussians.xy[i], gaussians.yy[i]]])
        inverse = np.linalg.inv(moments)
        dx, dy = x - gaussians.x[i], y - gaussians.y[i]
        power = inverse[0, 0] * dx**2 + 2 * inverse[0, 1] * dx * dy + inverse[1, 1] * dy**2
        height = gaussians.flux[i] / (2 * np.pi * np.linalg.det(moments) ** 0.5)
        image += height * np.exp(-power / 2)
    return image


def test_paints_what_the_formula_says() -> None:
    gaussians = _random(300)
    image = np.zeros((120, 160))
    paint(image, gaussians, 1e-4)
    expected = _plainly(image.shape, gaussians)
    assert np.abs(image - expected).max() < 2e-3 * expected.max()
    assert image.sum() == pytest.approx(expected.sum(), rel=2e-3)
    # At the edges nothing comes in from the other side.
    assert image[:3] == pytest.approx(expected[:3], abs=2e-3 * expected.max())
    assert image[:, -3:] == pytest.approx(expected[:, -3:], abs=2e-3 * expected.max())


def test_round_ones_alone_are_the_same_as_among_others() -> None:
    count = 50
    random = np.random.default_rng(2)
    one, none = np.ones(count), np.zeros(count)
    x, y = random.uniform(0, 100, (2, count))
    alone, among = np.zeros((2, 100, 100))
    paint(alone, Gaussians(x, y, one * 100, one, none, one), 1e-3)
    paint(among, Gaussians(x, y, one * 100, one, one * 1e-9, one), 1e-3)
    assert alone == pytest.approx(among, abs=1e-4)
    assert alone.max() > 10


def test_negative_light_and_nothing() -> None:
    image = np.zeros((40, 40), np.float32)
    at, one = np.array([20.0]), np.array([1.0])
    paint(image, Gaussians(at, at, -one * 50, one, one * 0, one), 1e-3)
    assert image.sum() == pytest.approx(-50, rel=1e-2)
    before = image.copy()
    paint(image, _random(0), 1e-3)
    paint(image, Gaussians(at + 500, at, one, one, one * 0, one), 1e-3)
    assert (image == before).all()


def test_what_is_wholly_below_the_floor_is_left_out() -> None:
    image = np.zeros((40, 40))
    at, one = np.array([20.0]), np.array([1.0])
    paint(image, Gaussians(at, at, one, one * 9, one * 0, one * 9), 1.0)
    assert not image.any()
