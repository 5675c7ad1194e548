from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.measured.detection import some_of
from lsp_jupyter.demo.survey.measured.light import FOURTH, SHARPNESS, Light
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Objects, Sky

SIGMA = 2.0

#: The pixels that light is added up over, finer than real ones.
STEP, HALF = 0.25, 40.0


@pytest.fixture(scope="module")
def objects() -> Objects:
    """Ten bright galaxies and two stars."""
    sky = Sky(size("tiny"), 1)
    every = sky.objects(sky.tiles(field("ECDFS"))[0])
    galaxies = np.flatnonzero(every.galaxy & (every.disk_radius < 1.0) & (every.axis_ratio > 0.4))
    return some_of(every, np.concatenate([galaxies[:10], np.flatnonzero(~every.galaxy)[:2]]))


@pytest.fixture(scope="module")
def light(objects: Objects) -> Light:
    return Light.of(objects)


@pytest.fixture(scope="module")
def images(light: Light) -> np.ndarray:
    """What the objects look like behind the point-spread function, major axis along x."""
    at = np.arange(-HALF, HALF + STEP, STEP)
    x, y = at, at[:, None]
    psf = Psf(SIGMA)
    made = np.zeros((light.weights.shape[1], len(at), len(at)))
    for row, image in enumerate(made):
        for k in range(len(light.weights)):
            for weight, width in zip(psf.weights, psf.widths, strict=True):
                a = width**2 + light.major[k, row]
                b = width**2 + light.minor[k, row]
                part = light.weights[k, row] * weight / (2 * np.pi * np.sqrt(a * b))
                image += part * np.exp(-(x**2) / (2 * a) - y**2 / (2 * b))
    return made * STEP**2


def _radius() -> np.ndarray:
    at = np.arange(-HALF, HALF + STEP, STEP)
    return np.hypot(at, at[:, None])


def test_all_light_is_there(light: Light, images: np.ndarray) -> None:
    assert np.allclose(light.weights.sum(0), 1)
    assert np.allclose(images.sum((1, 2)), 1, atol=0.03)


def test_a_fitted_point_finds_what_it_should(light: Light, images: np.ndarray) -> None:
    psf = Psf(SIGMA)(_radius()) * STEP**2
    expected = (images * psf).sum((1, 2)) / (psf**2).sum()
    found = light.fitted(np.full(len(images), SIGMA))
    assert np.allclose(found, expected, rtol=2e-3)
    assert np.allclose(found[-2:], 1)
    assert (found[:-2] < 0.99).all()


@pytest.mark.parametrize("radius", [3.0, 12.0, 25.0])
def test_circles_hold_what_they_should(light: Light, images: np.ndarray, radius: float) -> None:
    expected = images[:, _radius() < radius].sum(1)
    found = light.within(np.array(radius), np.full(len(images), SIGMA))
    assert np.allclose(found, expected, atol=0.015)


def test_the_area_of_noise_is_that_of_the_image(light: Light, images: np.ndarray) -> None:
    expected = STEP**2 / (images**2).sum((1, 2))
    found = light.area(np.full(len(images), SIGMA))
    assert np.allclose(found, expected, rtol=0.05)
    assert np.allclose(found[-2:], 4 * np.pi * SIGMA**2)


def test_moments_are_those_of_the_best_gaussian(light: Light, images: np.ndarray) -> None:
    at = np.arange(-HALF, HALF + STEP, STEP)
    moments = light.moments(np.full(len(images), SIGMA))
    for row, image in enumerate(images):
        a = b = SIGMA**2
        for _ in range(60):
            weighed = image * np.exp(-(at**2) / (2 * a) - at[:, None] ** 2 / (2 * b))
            a = 2 * (weighed * at**2).sum() / weighed.sum()
            b = 2 * (weighed * at[:, None] ** 2).sum() / weighed.sum()
        assert moments.major[row] == pytest.approx(a, rel=0.04)
        assert moments.minor[row] == pytest.approx(b, rel=0.04)
    assert np.allclose(moments.major[-2:], (SHARPNESS * SIGMA) ** 2)


def test_wings_show_in_the_fourth_moment(light: Light) -> None:
    # A Gaussian under its own weight has half its variance, and three times the square of that.
    assert 0.75 < FOURTH < 0.85
    assert light.moments(np.full(12, SIGMA)).fourth[-1] == pytest.approx(FOURTH)


def test_larger_light_is_further_out(light: Light) -> None:
    radius = light.mean_radius(np.full(12, SIGMA))
    assert (radius[:-2] > radius[-1]).all()


def test_gaussian_apertures_have_all_of_a_point(light: Light) -> None:
    small, large = light.weighed(np.full(12, 3.5)), light.weighed(np.full(12, 15.0))
    assert np.allclose(small[-2:], 1)
    assert (small[:-2] < large[:-2]).all()
    assert (large < 1.0 + 1e-12).all()
