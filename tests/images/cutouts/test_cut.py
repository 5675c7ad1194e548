"""Cutouts of files: pixels, masks, world coordinates and headers, read back by astropy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from lsp_jupyter.errors import LimitError, NotFoundError, ParameterError, UsageError
from lsp_jupyter.images.cutouts.cut import OUTSIDE
from lsp_jupyter.images.cutouts.handles import opened
from lsp_jupyter.images.cutouts.work import cutout
from lsp_jupyter.images.pictures.look import Look
from tests.images.stars import STARS, found, header, make

STAR = STARS[14]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("cut") / "image.fits", turn=20.0)


def made(image: Path, out: Path, region: str = "", **more: Any) -> fits.HDUList:
    args = {
        "path": str(image),
        "did": "ivo://lsst/dp1?0001",
        "url": "http://127.0.0.1/a/file",
        "region": region,
        "detail": "exposure",
        "most": 1_000_000,
        "out": str(out),
    }
    told = cutout(args | more, lambda _: None)
    hdus = fits.open(out)
    hdus.verify("exception")
    assert hdus["IMAGE"].data.shape == (told["rows"], told["columns"])
    assert out.stat().st_size == told["size"]
    return hdus


@pytest.mark.req("API-REQ-0018", "API-REQ-0028")
@pytest.mark.parametrize("compress", [False, True])
def test_a_star_is_where_the_header_says(image: Path, tmp_path: Path, compress: bool) -> None:
    ra, dec, flux = STAR
    region = f"CIRCLE {ra} {dec} 0.0012"
    with made(image, tmp_path / "c.fits", region, compress=compress) as hdus:
        x, y = WCS(hdus["IMAGE"].header).world_to_pixel_values(ra, dec)
        column, row, light = found(hdus["IMAGE"].data, float(x), float(y))
        assert np.hypot(column - x, row - y) < 0.1
        assert abs(light / flux - 1) < 0.05
        for plane in ("MASK", "VARIANCE"):
            there = WCS(hdus[plane].header).world_to_pixel_values(ra, dec)
            assert np.allclose(there, (x, y))
        with fits.open(image) as whole:
            left, low = (round(-hdus["IMAGE"].header[f"LTV{axis}"]) for axis in "12")
            rows, columns = hdus["IMAGE"].data.shape
            part = np.s_[low : low + rows, left : left + columns]
            assert np.array_equal(hdus["IMAGE"].data, whole["IMAGE"].data[part])
            assert np.array_equal(hdus["VARIANCE"].data, whole["VARIANCE"].data[part])
            assert hdus["IMAGE"].header["BUNIT"] == "nJy"


def test_the_header_says_where_it_comes_from(image: Path, tmp_path: Path) -> None:
    region = f"CIRCLE {STAR[0]} {STAR[1]} 0.001"
    with made(image, tmp_path / "c.fits", region) as hdus:
        head = hdus[0].header
        assert head["PUBDID"] == "ivo://lsst/dp1?0001"
        assert head["CUTOUT"] == region
        assert head["REFERENC"] == "http://127.0.0.1/a/file"
        assert head["CREATOR"].startswith("lsp_jupyter")


def test_outside_of_a_polygon_there_is_nothing(image: Path, tmp_path: Path) -> None:
    ra, dec, _ = STAR
    region = f"POLYGON {ra} {dec} {ra + 0.002} {dec} {ra} {dec + 0.002}"
    with made(image, tmp_path / "c.fits", region) as hdus:
        missing = np.isnan(hdus["IMAGE"].data)
        assert 0.2 < missing.mean() < 0.8
        assert np.array_equal(missing, np.isnan(hdus["VARIANCE"].data))
        bit = hdus["MASK"].header[f"MP_{OUTSIDE}"]
        assert np.array_equal(missing, hdus["MASK"].data & (1 << bit) != 0)
        assert hdus["MASK"].header["MP_NO_DATA"] == 8


def test_around_a_circle_there_are_pixels(image: Path, tmp_path: Path) -> None:
    with made(image, tmp_path / "c.fits", f"CIRCLE {STAR[0]} {STAR[1]} 0.001") as hdus:
        assert not np.isnan(hdus["IMAGE"].data).any()
        bit = hdus["MASK"].header[f"MP_{OUTSIDE}"]
        outside = (hdus["MASK"].data >> bit & 1).mean()
        assert outside == pytest.approx(1 - np.pi / 4, abs=0.05)


@pytest.mark.parametrize(
    ("detail", "names"),
    [
        ("image", ["PRIMARY", "IMAGE"]),
        ("maskedimage", ["PRIMARY", "IMAGE", "MASK", "VARIANCE"]),
        ("exposure", ["PRIMARY", "IMAGE", "MASK", "VARIANCE"]),
    ],
)
def test_as_much_as_is_asked_for(
    image: Path, tmp_path: Path, detail: str, names: list[str]
) -> None:
    region = f"CIRCLE {STAR[0]} {STAR[1]} 0.001"
    with made(image, tmp_path / "c.fits", region, detail=detail) as hdus:
        assert [hdu.name for hdu in hdus] == names


def test_the_whole_image_without_a_region(image: Path, tmp_path: Path) -> None:
    with made(image, tmp_path / "c.fits") as hdus, fits.open(image) as whole:
        assert np.array_equal(hdus["IMAGE"].data, whole["IMAGE"].data)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_as_a_picture(image: Path, tmp_path: Path, kind: str) -> None:
    from PIL import Image

    args = {
        "path": str(image),
        "did": "ivo://lsst/dp1?0001",
        "url": "",
        "region": f"CIRCLE {STAR[0]} {STAR[1]} 0.001",
        "detail": "exposure",
        "most": 10**6,
        "out": str(tmp_path / "c"),
        "kind": kind,
        "look": Look.of({}).to_dict(),
    }
    told = cutout(args, lambda _: None)
    with Image.open(tmp_path / "c") as picture:
        assert picture.size == (told["columns"], told["rows"])


@pytest.mark.parametrize("form", ["u1", "i2", "u2", "i4", "u4", "f4", "f8"])
def test_files_of_others(tmp_path: Path, form: str) -> None:
    pixels = (np.arange(40 * 60).reshape(40, 60) % 200).astype(form)
    frame = header(side=50)
    frame["OBJECT"] = "a field"
    path = tmp_path / "plain.fits"
    fits.PrimaryHDU(pixels, frame).writeto(path)
    region = "POLYGON 150.0 2.0 150.001 2.0 150.0 2.001"
    with made(path, tmp_path / "c.fits", region) as hdus:
        made_of = hdus["IMAGE"]
        left, low = (round(-made_of.header[f"LTV{axis}"]) for axis in "12")
        rows, columns = made_of.data.shape
        part = pixels[low : low + rows, left : left + columns]
        blank = 0 if form[0] == "u" else made_of.header.get("BLANK", np.nan)
        known = np.isfinite(made_of.data) & (made_of.data != blank)
        assert 10 < known.sum() < known.size
        assert np.array_equal(np.asarray(made_of.data)[known], part[known])
        assert made_of.header["OBJECT"] == "a field"
        assert "OBJECT" not in hdus[0].header


class TestWhatIsWrong:
    def test_a_file_that_vanished(self, tmp_path: Path) -> None:
        path = make(tmp_path / "a.fits")
        opened(str(path))
        path.unlink()
        with pytest.raises(NotFoundError, match="not there any more"):
            opened(str(path))

    def test_a_file_that_was_replaced(self, tmp_path: Path) -> None:
        path = make(tmp_path / "a.fits")
        assert opened(str(path)).shape == (200, 200)
        make(tmp_path / "b.fits", side=100).replace(path)
        assert opened(str(path)).shape == (100, 100)

    @pytest.mark.parametrize("keep", [100, 2880, 20_000])
    def test_a_file_that_ends_early(self, image: Path, tmp_path: Path, keep: int) -> None:
        path = tmp_path / "short.fits"
        path.write_bytes(image.read_bytes()[:keep])
        with pytest.raises((UsageError, NotFoundError)):
            made(path, tmp_path / "c.fits")

    def test_no_fits_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "a.fits"
        path.write_bytes(b"hello" * 1000)
        with pytest.raises(UsageError, match="cannot be read"):
            made(path, tmp_path / "c.fits")

    def test_no_world_coordinates(self, tmp_path: Path) -> None:
        path = tmp_path / "a.fits"
        fits.PrimaryHDU(np.zeros((5, 5))).writeto(path)
        with pytest.raises(UsageError, match="no world coordinates"):
            made(path, tmp_path / "c.fits", "CIRCLE 1 1 1")
        with made(path, tmp_path / "c.fits") as hdus:
            assert hdus["IMAGE"].data.shape == (5, 5)

    def test_broken_world_coordinates(self, tmp_path: Path) -> None:
        path = tmp_path / "a.fits"
        frame = header(side=5)
        frame["CD1_1"] = frame["CD1_2"] = 0.0
        fits.PrimaryHDU(np.zeros((5, 5)), frame).writeto(path)
        with pytest.raises(UsageError, match="world coordinates"):
            made(path, tmp_path / "c.fits", "CIRCLE 150 2 1")

    def test_too_many_pixels(self, image: Path, tmp_path: Path) -> None:
        with pytest.raises(LimitError, match="200 by 200"):
            made(image, tmp_path / "c.fits", most=30_000)

    def test_a_polygon_that_crosses_itself(self, image: Path, tmp_path: Path) -> None:
        region = "POLYGON 149.99 1.99 150.01 2.01 150.01 1.99 149.99 2.01"
        with pytest.raises(ParameterError, match="cross"):
            made(image, tmp_path / "c.fits", region)


def test_parts_are_the_same_in_whatever_order_they_are_read(tmp_path: Path) -> None:
    """Tiles that are kept from one part to the next are of the right place."""
    path = make(tmp_path / "a.fits", side=700)
    handle = opened(str(path))
    random = np.random.default_rng(5)
    with fits.open(path) as whole:
        pixels = {name: whole[name].data for name in ("IMAGE", "MASK", "VARIANCE")}
        for _ in range(60):
            (top, left), (tall, wide) = random.integers(0, 600, 2), random.integers(1, 400, 2)
            part = np.s_[
                int(top) : min(700, int(top + tall)), int(left) : min(700, int(left + wide))
            ]
            for name, all_of in pixels.items():
                assert np.array_equal(handle.read(name, part), all_of[part])
