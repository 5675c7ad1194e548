"""World coordinates say what astropy's say."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io.fits import Header
from astropy.wcs import WCS

from lsp_jupyter.demo.survey.observing.tangent import TangentWcs, project, unproject


@pytest.mark.parametrize("dec", [-89.9, -72.09, 0.0, 45.0, 90.0])
@pytest.mark.parametrize("angle", [0.0, 33.0, 271.5])
def test_it_agrees_with_astropy(dec: float, angle: float) -> None:
    wcs = TangentWcs.of(359.99, dec, 511.5, 300.25, 0.2, angle)
    theirs = WCS(Header(wcs.header()))
    x, y = np.meshgrid(np.linspace(0, 1023, 9), np.linspace(-50, 1023, 7))
    ra, dec_of = wcs.pixel_to_sky(x.ravel(), y.ravel())
    expected_ra, expected_dec = theirs.all_pix2world(x.ravel(), y.ravel(), 0)
    assert np.abs((ra - expected_ra + 180) % 360 - 180).max() * np.cos(np.radians(dec)) < 1e-10
    assert np.abs(dec_of - expected_dec).max() < 1e-10
    back_x, back_y = wcs.sky_to_pixel(ra, dec_of)
    assert np.abs(back_x - x.ravel()).max() < 1e-6
    assert np.abs(back_y - y.ravel()).max() < 1e-6


def test_north_is_up_and_east_is_left() -> None:
    wcs = TangentWcs.of(10.0, 20.0, 100.0, 100.0, 0.2)
    x, y = wcs.sky_to_pixel(np.array([10.0, 10.001]), np.array([20.001, 20.0]))
    assert x[0] == pytest.approx(100)
    assert y[0] == pytest.approx(118, abs=0.01)
    assert x[1] < 100
    assert y[1] == pytest.approx(100, abs=0.01)


def test_the_angle_turns_the_y_axis_from_north_through_east() -> None:
    wcs = TangentWcs.of(10.0, 20.0, 100.0, 100.0, 0.2, 90.0)
    x, y = wcs.sky_to_pixel(np.array([10.001]), np.array([20.0]))
    assert y[0] > 116
    assert x[0] == pytest.approx(100, abs=0.01)


def test_the_other_half_of_the_sky_is_nowhere() -> None:
    xi, eta = project(np.array([190.0, 10.0]), np.array([-20.0, 20.0]), 10.0, 20.0)
    assert np.isnan([xi[0], eta[0]]).all()
    assert abs(xi[1]) < 1e-12
    assert abs(eta[1]) < 1e-12
    ra, dec = unproject(np.array([0.0]), np.array([1e-3]), 0.0, 0.0)
    assert 0 <= ra[0] < 360
    assert dec[0] == pytest.approx(1e-3)
