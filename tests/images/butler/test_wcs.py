"""World coordinates of images that are parts of larger ones."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io.fits import Header

from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.errors import ParameterError, PipelinesNeededError
from lsp_jupyter.images.butler.wcs import Wcs

TANGENT = TangentWcs.of(53.0, -28.0, 511.5, 300.0, 0.2, 33.0)
ORIGIN = (1000, 2000)


@pytest.fixture(scope="module")
def wcs() -> Wcs:
    return Wcs(Header(TANGENT.header()), ORIGIN)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(4).uniform(0, 1024, (2, 50))


def test_is_the_projection_of_the_survey(wcs: Wcs, pixels: np.ndarray) -> None:
    ra, dec = TANGENT.pixel_to_sky(*pixels)
    x, y = pixels[0] + ORIGIN[0], pixels[1] + ORIGIN[1]
    np.testing.assert_allclose(wcs.pixelToSkyArray(x, y, degrees=True), (ra, dec), atol=1e-11)
    np.testing.assert_allclose(
        wcs.pixelToSkyArray(x, y), (np.radians(ra), np.radians(dec)), atol=1e-12
    )
    np.testing.assert_allclose(wcs.skyToPixelArray(ra, dec, degrees=True), (x, y), atol=1e-6)
    np.testing.assert_allclose(
        wcs.skyToPixelArray(np.radians(ra), np.radians(dec)), (x, y), atol=1e-6
    )


def test_plain_numbers_and_positions(wcs: Wcs) -> None:
    place = wcs.pixelToSky(1511.5, 2300.0)
    assert isinstance(place, SkyCoord)
    assert (place.ra.deg, place.dec.deg) == pytest.approx((53.0, -28.0))
    for pixel in (wcs.skyToPixel(place), wcs.skyToPixel(53.0, -28.0), wcs.skyToPixel((53, -28))):
        assert tuple(pixel) == pytest.approx((1511.5, 2300.0))
        assert isinstance(pixel.getX(), float)
    assert wcs.pixelToSky(wcs.skyToPixel(place)).separation(place).arcsec < 1e-6
    with pytest.raises(ParameterError, match="Give x and y"):
        wcs.pixelToSky(place)


def test_astropy_gets_that_of_the_array(wcs: Wcs) -> None:
    cut = wcs.at((1100, 2050))
    there = wcs.pixelToSky(1103, 2057)
    assert cut.to_astropy().pixel_to_world(3, 7).separation(there).arcsec < 1e-6
    assert cut.pixelToSky(1103, 2057).separation(there).arcsec < 1e-6
    whole = Wcs(cut.fitsMetadata)
    assert whole.pixelToSky(1103, 2057).separation(there).arcsec < 1e-6


def test_facts(wcs: Wcs) -> None:
    assert wcs.getPixelScale().arcsec == pytest.approx(0.2)
    assert tuple(wcs.getPixelOrigin()) == pytest.approx((1511.5, 2300.0))
    assert wcs.getSkyOrigin().ra.deg == pytest.approx(53.0)
    assert not wcs.isFlipped()
    np.testing.assert_allclose(wcs.cdMatrix.ravel(), TANGENT.cd)
    assert "0.2 arcsec" in repr(wcs)
    with pytest.raises(PipelinesNeededError, match=r"lsst\.afw\.geom"):
        wcs.linearizePixelToSky(1, 2)
