"""Overviews, and where detectors are on one plane."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from lsp_jupyter.errors import LspError
from lsp_jupyter.images.focal_plane.overview import SIDE, Overview
from lsp_jupyter.images.focal_plane.placement import placed
from tests.images.stars import header, make


def test_an_overview_is_the_mean_of_squares(tmp_path: Path) -> None:
    array = np.arange(300 * 200, dtype=np.float32).reshape(300, 200)
    array[:3, :3] = np.nan
    array[3, 0] = np.inf
    primary = fits.PrimaryHDU(array)
    primary.header.update(RAFTBAY="R22", CCDSLOT="S11", BUNIT="nJy")
    primary.writeto(tmp_path / "image.fits")
    one = Overview.of(tmp_path / "image.fits")
    assert (one.rows, one.columns, one.step) == (300, 200, 3)
    assert one.pixels.shape == (100, 67)
    assert one.pixels.dtype == np.float32
    assert np.isnan(one.pixels[0, 0])
    assert one.pixels[1, 0] == pytest.approx(np.delete(array[3:6, :3].ravel(), 0).mean())
    assert one.pixels[10, 20] == pytest.approx(array[30:33, 60:63].mean())
    # The last column stands for two of the image.
    assert one.pixels[10, 66] == pytest.approx(array[30:33, 198:].mean())
    assert (one.raft, one.slot, one.unit, one.wcs) == ("R22", "S11", "nJy", {})


def test_an_overview_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = Overview.of(make(tmp_path / "image.fits", turn=20))
    one.write(tmp_path / "kept" / "one.npz")
    read = Overview.read(tmp_path / "kept" / "one.npz")
    assert np.array_equal(one.pixels, read.pixels)
    assert max(read.pixels.shape) <= SIDE
    assert read.wcs == one.wcs
    assert (read.columns, read.rows, read.step) == (200, 200, 2)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["one.npz"]


def test_a_broken_file_has_no_overview(tmp_path: Path) -> None:
    path = make(tmp_path / "image.fits")
    path.write_bytes(path.read_bytes()[:4_000])
    with pytest.raises(LspError):
        Overview.of(path)


def detector(ra: float, dec: float, turn: float = 0.0, kind: str = "TAN") -> Overview:
    """Of 400 pixels a side."""
    wcs = WCS(header(ra, dec, side=400, turn=turn, kind=kind))
    cards = {card.keyword: card.value for card in wcs.to_header(relax=True).cards}
    return Overview(np.zeros((100, 100), np.float32), 400, 400, 4, wcs=cards)


@pytest.mark.req("PRTL-REQ-0063")
@pytest.mark.parametrize("kind", ["TAN", "TAN-SIP"])
@pytest.mark.parametrize("dec", [0.0, 60.0, 89.9])
def test_pixels_of_all_detectors_are_where_the_sky_says(kind: str, dec: float) -> None:
    step = 400 * 0.2 / 3600 * 1.05
    east = step / np.cos(np.radians(dec))
    turns = [0, 1, 2, 3, 4, 90, 180, 5, 6]
    camera = [
        detector(10 + column * east, dec + row * step, turn, kind)
        for (row, column), turn in zip(np.ndindex(3, 3), turns, strict=True)
    ]
    plane = placed(camera)
    flat = WCS(plane.wcs)
    # Upright as the detector in the middle, whose pixels are those of the plane.
    # What SIP bends over a detector of this camera is some pixels.
    slack = 0.1 if kind == "TAN" else 8
    assert plane.places[4] == pytest.approx((1, 0, 0, 1, 0, 0), abs=slack)
    for one, place in zip(camera, plane.places, strict=True):
        assert place is not None
        a, b, c, d, e, f = place
        for x, y in [(0, 0), (399, 0), (200, 200), (0, 399), (399, 399)]:
            sky = WCS(one.wcs).pixel_to_world(x, y)
            there = np.array(flat.world_to_pixel(sky))
            assert np.hypot(*(there - (a * x + c * y + e, b * x + d * y + f))) < slack
    left, low, right, high = plane.box
    assert right - left == pytest.approx(3 * 420, rel=0.08)
    assert high - low == pytest.approx(3 * 420, rel=0.08)


def test_detectors_of_unknown_place_are_side_by_side() -> None:
    bare = Overview(np.zeros((10, 10), np.float32), 100, 50, 10)
    plane = placed([bare] * 5)
    assert plane.wcs == {}
    corners = [(place[4], place[5]) for place in plane.places if place]
    assert len(set(corners)) == 5
    assert all(
        abs(x - u) >= 100 or abs(y - v) >= 50
        for (x, y), (u, v) in itertools.combinations(corners, 2)
    )
    mixed = placed([bare, detector(10, 10)])
    assert mixed.places[0] is None
    assert mixed.places[1] is not None
