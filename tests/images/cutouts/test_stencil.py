"""Which pixels a region has: held against the position of every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.wcs import WCS

from lsp_jupyter.errors import NoOverlapError
from lsp_jupyter.images.cutouts.stencil import Sky
from lsp_jupyter.images.regions import Circle, region_of
from tests.images.stars import header

FRAMES = {
    "tangent": {},
    "turned": {"turn": 30.0},
    "mirrored": {"turn": -70.0, "flip": True},
    "distorted": {"kind": "TAN-SIP"},
    "across zero": {"ra": 0.0, "dec": -30.0},
    "at the pole": {"ra": 20.0, "dec": 89.998},
}
SIDE = 200


def sky_of(name: str) -> tuple[Sky, WCS, tuple[float, float]]:
    made = header(**FRAMES[name])  # type: ignore[arg-type]
    wcs = WCS(made)
    return Sky(wcs, (SIDE, SIDE)), wcs, (made["CRVAL1"], made["CRVAL2"])


def regions(ra: float, dec: float) -> list[str]:
    """Around a place, in all sizes."""
    arcsec = 1 / 3600
    wide = arcsec / np.cos(np.radians(dec))

    def polygon(*corners: tuple[float, float]) -> str:
        return "POLYGON " + " ".join(
            f"{(ra + x * wide) % 360} {dec + y * arcsec}" for x, y in corners
        )

    texts = [f"CIRCLE {ra} {dec} {radius * arcsec}" for radius in (0.5, 3, 12, 19.9, 26, 60, 3600)]
    texts += [f"CIRCLE {(ra + 18 * wide) % 360} {dec - 15 * arcsec} {9 * arcsec}"]
    if abs(dec) < 80:
        texts += [
            polygon((-8, -8), (9, -5), (3, 11)),
            polygon((-8, -8), (8, -8), (0, 0), (8, 8), (-8, 8)),
            polygon((5, 5), (60, 0), (60, 60)),
            polygon((-300, -300), (300, -300), (0, 500)),
            f"RANGE {ra - 5 * wide + 360} {ra + 12 * wide + 360} {dec - 0.001} {dec + 0.0006}",
            f"RANGE -Inf +Inf {dec} {dec + 5 * arcsec}",
        ]
    return texts


@pytest.mark.req("API-REQ-0018")
@pytest.mark.parametrize("name", FRAMES)
def test_it_has_the_pixels_whose_centres_are_inside(name: str) -> None:
    sky, wcs, (ra, dec) = sky_of(name)
    rows, columns = np.indices((SIDE, SIDE))
    lon, lat = wcs.all_pix2world(columns.ravel(), rows.ravel(), 0)
    for text in regions(ra, dec):
        region = region_of(text)
        meant = region.inside(lon, lat).reshape(SIDE, SIDE)
        found = sky.stencil(region)
        box = found.box
        made = np.zeros((SIDE, SIDE), bool)
        made[box.y : box.y + box.height, box.x : box.x + box.width] = found.inside
        # The line from point to point cuts off less than a hundredth of a pixel of a circle.
        assert np.count_nonzero(made != meant) <= 2 + meant.sum() // 2_000, text
        inside = np.argwhere(made)
        assert [box.y, box.x] == inside.min(axis=0).tolist()
        assert [box.y + box.height - 1, box.x + box.width - 1] == inside.max(axis=0).tolist()


@pytest.mark.parametrize("name", FRAMES)
def test_many_circles_together_are_what_each_is(name: str) -> None:
    sky, _, (ra, dec) = sky_of(name)
    circles = [
        region
        for place in ((ra, dec), (ra + 0.004, dec), ((ra + 180) % 360, -dec / 2))
        for text in regions(*place)
        if isinstance(region := region_of(text), Circle)
    ]
    for circle, found in zip(circles, sky.stencils(circles), strict=True):
        if isinstance(found, NoOverlapError):
            with pytest.raises(NoOverlapError):
                sky.stencil(circle)
        else:
            alone = sky.stencil(circle)
            assert found.box == alone.box
            assert np.array_equal(found.inside, alone.inside)


@pytest.mark.parametrize("name", FRAMES)
def test_a_tiny_region_has_the_pixel_that_it_is_in(name: str) -> None:
    sky, wcs, (ra, dec) = sky_of(name)
    x, y = wcs.all_world2pix([[ra, dec]], 0)[0] + 0.3
    lon, lat = wcs.all_pix2world([[x, y]], 0)[0]
    found = sky.stencil(region_of(f"CIRCLE {lon} {lat} 1e-7"))
    assert (found.box.x, found.box.y) == (np.floor(x + 0.5), np.floor(y + 0.5))
    assert found.inside.tolist() == [[True]]


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("away", [25 / 3600 * 1.5, 1.0, 89.0, 90.5, 179.0])
def test_elsewhere_there_is_nothing(name: str, away: float) -> None:
    sky, _, (ra, dec) = sky_of(name)
    turn = np.radians(dec - away)
    lat = np.degrees(np.arcsin(np.sin(turn)))
    over = 180 if np.cos(turn) < 0 else 0
    for text in (
        f"CIRCLE {(ra + over) % 360} {lat} 0.001",
        f"CIRCLE {(ra + 180) % 360} {-dec} 0.5",
    ):
        with pytest.raises(NoOverlapError):
            sky.stencil(region_of(text))


def test_the_whole_sky_in_one_image() -> None:
    made = header(side=360)
    made["CTYPE1"], made["CTYPE2"] = "RA---CAR", "DEC--CAR"
    made["CRVAL1"], made["CRVAL2"] = 180.0, 0.0
    made["CD1_1"], made["CD1_2"], made["CD2_1"], made["CD2_2"] = -1.0, 0.0, 0.0, 1.0
    made["CRPIX1"], made["CRPIX2"] = 180.5, 90.5
    wcs = WCS(made)
    sky = Sky(wcs, (180, 360))
    rows, columns = np.indices((180, 360))
    lon, lat = wcs.all_pix2world(columns.ravel(), rows.ravel(), 0)
    for text in ("CIRCLE 100 20 10", "POLYGON 20 20 40 20 40 40 20 40"):
        meant = region_of(text).inside(lon, lat).reshape(180, 360)
        found = sky.stencil(region_of(text))
        made_of = np.zeros_like(meant)
        box = found.box
        made_of[box.y : box.y + box.height, box.x : box.x + box.width] = found.inside
        assert np.count_nonzero(made_of != meant) <= 4
