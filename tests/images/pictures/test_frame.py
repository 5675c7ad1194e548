"""World coordinates of pictures: stars stay where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.wcs import WCS

from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.butler.wcs import Wcs
from lsp_jupyter.images.pictures.frame import mesh_of, north_up, rescaled, tangent, turned
from tests.images.stars import STARS, found, header, inside, light, make

FRAMES: list[dict[str, Any]] = [
    {},
    {"turn": 37.0},
    {"turn": 123.0, "flip": True},
    {"kind": "TAN-SIP", "turn": -20.0},
]


@pytest.mark.parametrize("frame", FRAMES, ids=str)
@pytest.mark.parametrize("factors", [(2, 2), (1.7, 1.9)], ids=str)
def test_larger_pixels_are_at_the_same_places(
    frame: dict[str, Any], factors: tuple[float, float]
) -> None:
    wcs = WCS(header(**frame))
    larger = rescaled(wcs, *factors)
    x, y = np.array([0, 50.0, 199]), np.array([10.0, 100, 180])
    there = larger.all_world2pix(*wcs.all_pix2world(x, y, 0), 0)
    np.testing.assert_allclose(there[0], (x + 0.5) / factors[0] - 0.5, atol=1e-5)
    np.testing.assert_allclose(there[1], (y + 0.5) / factors[1] - 0.5, atol=1e-5)


def test_a_plane_touches_a_distorted_image_in_its_middle() -> None:
    wcs = WCS(header(kind="TAN-SIP", turn=15.0))
    flat = tangent(wcs, (200, 200))
    assert flat.sip is None
    near = np.array([99.5, 102.0]), np.array([99.5, 97.0])
    there = flat.world_to_pixel(wcs.pixel_to_world(*near))
    np.testing.assert_allclose(there, near, atol=0.01)
    plain = WCS(header())
    assert tangent(plain, (200, 200)) is plain


@pytest.mark.parametrize("frame", FRAMES, ids=str)
def test_north_is_up_and_all_of_the_image_is_there(frame: dict[str, Any]) -> None:
    wcs = WCS(header(**frame))
    up, (columns, rows) = north_up(wcs, (200, 200))
    assert np.linalg.det(up.pixel_scale_matrix) < 0
    assert up.pixel_scale_matrix[0, 1] == up.pixel_scale_matrix[1, 0] == 0
    corners = wcs.pixel_to_world([0, 199, 0, 199], [0, 0, 199, 199])
    x, y = up.world_to_pixel(corners)
    assert (x >= -0.5).all()
    assert (x <= columns - 0.5).all()
    assert (y >= -0.5).all()
    assert (y <= rows - 0.5).all()
    assert columns < 300


@pytest.mark.parametrize("frame", FRAMES[1:], ids=str)
def test_stars_are_where_they_were(frame: dict[str, Any], tmp_path: Path) -> None:
    with ExposureFile(make(tmp_path / "a.fits", noise=1.0, **frame)) as file:
        image, wcs = file.image().array, file.wcs()
    assert wcs is not None
    made, up = turned(image, wcs.to_astropy())
    places = np.transpose(up.all_world2pix(*np.transpose(STARS)[:2], 0))
    source = np.transpose(wcs.skyToPixelArray(*np.transpose(STARS)[:2], degrees=True))
    seen = np.flatnonzero(inside(list(map(tuple, source)), image.shape, 12))
    assert len(seen) >= 9
    for x, y in places[seen]:
        assert found(made, x, y)[:2] == pytest.approx((x, y), abs=0.1)


def test_an_image_with_north_up_stays_as_it_is() -> None:
    wcs = Wcs(header()).to_astropy()
    image = light(Wcs(header()), (200, 200)).astype(np.float32)
    assert turned(image, wcs)[0] is image


@pytest.mark.parametrize("kind", ["TAN", "TAN-SIP"])
def test_places_between_those_of_a_mesh_are_where_the_sky_says(kind: str) -> None:
    wcs = WCS(header(ra=359.99, dec=80.0, side=400, turn=30.0, kind=kind))
    mesh = mesh_of(wcs, 400, 300)
    assert mesh is not None
    assert (mesh["across"], mesh["down"]) == (33, 33)
    places = np.reshape(mesh["places"], (33, 33, 2))
    ra, dec = np.radians(places[..., 0]), np.radians(places[..., 1])
    vectors = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    # In the middle of each cell, as programs find what is between.
    between = (vectors[1:, 1:] + vectors[1:, :-1] + vectors[:-1, 1:] + vectors[:-1, :-1]) / 4
    x, y = np.meshgrid(-0.5 + 400 / 32 * np.arange(0.5, 32), -0.5 + 300 / 32 * np.arange(0.5, 32))
    sky = wcs.pixel_to_world(x, y)
    off = np.moveaxis(np.array(sky.cartesian.xyz.value), 0, -1) - between
    # A hundredth of a pixel of a fifth of an arcsecond.
    assert np.degrees(np.linalg.norm(off, axis=-1)).max() * 3600 < 0.002


def test_what_is_nowhere_on_the_sky_has_no_mesh() -> None:
    card = header(side=10, scale=60 * 3600.0)
    card["CTYPE1"], card["CTYPE2"] = "RA---AIT", "DEC--AIT"
    assert mesh_of(WCS(card), 10, 10) is None
