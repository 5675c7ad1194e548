from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.profiles import BULGE, DISK
from lsp_jupyter.demo.survey.images.psf import Psf


@pytest.mark.parametrize("sigma", [1.5, 2.4, 4.0])
def test_area_is_that_of_the_gaussian_that_depths_are_about(sigma: float) -> None:
    psf = Psf(sigma)
    image = psf.image(301)
    assert image.sum() == pytest.approx(1, abs=1e-4)
    assert 1 / (image**2).sum() == pytest.approx(4 * np.pi * sigma**2, rel=1e-3)
    assert psf.area == pytest.approx(4 * np.pi * sigma**2)
    # LSST's relation of the width at half maximum and the effective one (SMTN-002), in arcsec.
    effective = 2.3548 * sigma * 0.2
    assert psf.fwhm * 0.2 == pytest.approx(0.822 * effective + 0.052, rel=0.06)


def test_width_and_circles() -> None:
    psf = Psf(2.0)
    assert psf(np.array([psf.fwhm / 2]))[0] == pytest.approx(psf.peak / 2, rel=1e-6)
    image = psf.image(401)
    y, x = np.indices(image.shape) - 200
    radii = np.array([6.5, 12.5, 20.5])
    within = [image[np.hypot(x, y) < radius].sum() for radius in radii]
    assert psf.within(radii) == pytest.approx(within, abs=0.005)
    assert psf.within(np.array([0.0, 1e4])) == pytest.approx([0, 1])


def test_transfer_makes_the_image_of_narrow_gaussians() -> None:
    psf, sharp = Psf(2.2), 1.0
    at = np.arange(120) - 60
    narrow = np.exp(-(at[:, None] ** 2 + at**2) / 2 / sharp**2) / (2 * np.pi * sharp**2)
    spectrum = np.fft.rfft2(narrow) * psf.transfer((120, 120), sharp)
    image = np.fft.irfft2(spectrum, s=(120, 120))
    expected = psf.image(121)[:120, :120]
    assert np.abs(image - expected).max() < 1e-5 * psf.peak + 1e-6


def _sersic(index: float, radius: float) -> float:
    """Part of the flux within a radius in half-light radii, by numerical integration."""
    b = 2 * index - 1 / 3 + 0.009876 / index
    # In r**(1/n) the integrand is smooth.
    t = np.linspace(0, 60, 400_001)
    light = t ** (2 * index - 1) * np.exp(-b * t)
    return float(light[t <= radius ** (1 / index)].sum() / light.sum())


@pytest.mark.parametrize("radius", [0.2, 0.5, 1.0, 2.0, 4.0])
def test_profiles_have_the_light_of_sersic_profiles(radius: float) -> None:
    assert DISK.within(np.array(radius)) == pytest.approx(_sersic(1, radius), abs=0.006)
    assert BULGE.within(np.array(radius)) == pytest.approx(_sersic(4, radius), abs=0.025)
