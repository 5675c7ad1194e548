from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.measured.centroids import measured_places, place_errors, psf_moments
from lsp_jupyter.demo.survey.measured.light import SHARPNESS
from lsp_jupyter.demo.survey.measured.looks import look
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.tangent import unproject
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size

TINY = size("tiny")


def test_measured_places_scatter_as_their_errors_say() -> None:
    visit = schedule(TINY, 1)[3]
    random = np.random.default_rng(2)
    ra, dec = unproject(*random.uniform(-0.02, 0.02, (2, 4000)), visit.ra, visit.dec)
    seen = look(visit, ra, dec, TINY)
    signal = random.uniform(5, 500, len(seen))
    x, y, found_ra, found_dec, spread = measured_places(TINY, seen, signal, random)
    assert ((x - seen.x) / spread).std() == pytest.approx(1, abs=0.05)
    assert ((y - seen.y) / spread).std() == pytest.approx(1, abs=0.05)
    # King (1983): the error of a centroid.
    assert np.allclose(spread * signal, 2**0.5 * visit.psf_sigma)
    for detector in DETECTORS:
        here = seen.detector == detector.id
        back = visit.wcs(detector, TINY).sky_to_pixel(found_ra[here], found_dec[here])
        assert np.allclose(back, [x[here], y[here]], atol=1e-5)


def test_errors_turn_with_the_camera() -> None:
    spread = np.array([0.1])
    long = np.array([[4.0, 0.0, 1.0]])
    upright = place_errors(spread, long, 0.0)
    turned = place_errors(spread, long, 90.0)
    assert upright["xErr"] == pytest.approx(0.2 / 2**0.5)
    assert upright["yErr"] == pytest.approx(0.1 / 2**0.5)
    # At 0 the x axis points west.
    pixel = 0.2 / 3600
    assert upright["raErr"] == pytest.approx(upright["xErr"] * pixel)
    assert turned["raErr"] == pytest.approx(upright["yErr"] * pixel)
    assert turned["decErr"] == pytest.approx(upright["xErr"] * pixel)
    assert abs(turned["ra_dec_Cov"]) < 1e-20


def test_errors_agree_with_the_scatter_on_the_sky() -> None:
    moments = np.array([[3.0, 0.8, 1.5]])
    made = place_errors(np.array([0.05]), moments, 33.0)
    scale = 0.05**2 / np.sqrt(3.0 * 1.5)
    random = np.random.default_rng(1)
    off = random.multivariate_normal(
        [0, 0], np.array([[3.0, 0.8], [0.8, 1.5]]) * scale, size=200_000
    )
    visit = schedule(TINY, 1)[0]
    wcs = DETECTORS[4].wcs(visit.ra, 0.0, 33.0, 256)
    ra, dec = wcs.pixel_to_sky(wcs.x0 + off[:, 0], wcs.y0 + off[:, 1])
    covariance = np.cov(ra - visit.ra, dec)
    assert made["raErr"][0] ** 2 == pytest.approx(covariance[0, 0], rel=0.02)
    assert made["decErr"][0] ** 2 == pytest.approx(covariance[1, 1], rel=0.02)
    assert made["ra_dec_Cov"][0] == pytest.approx(covariance[0, 1], rel=0.05)


def test_moments_are_those_of_the_exposure() -> None:
    visits = [visit for visit in schedule(TINY, 1) if visit.field.name == "ECDFS"]
    moments = psf_moments(TINY, 1, "ECDFS")
    assert moments.shape == (len(visits), 9, 3)
    width = np.array([visit.psf_sigma * SHARPNESS for visit in visits])
    size_found = np.sqrt(moments[:, :, [0, 2]].mean(axis=(1, 2)))
    assert np.allclose(size_found, width, rtol=0.03)
