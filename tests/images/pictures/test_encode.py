"""Pictures as files: read back by Pillow, and their places by PyAVM."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from astropy.wcs import WCS
from PIL import Image
from pyavm import AVM

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.pictures.encode import FORMATS, Picture, format_named
from tests.images.stars import header

ABOUT = {"title": "deep_coadd r <&>\x07", "identifier": "ivo://a/b?c", "creator": "someone"}


def ramp(rows: int = 60, columns: int = 90) -> np.ndarray:
    return np.linspace(1, 255, rows * columns).reshape(rows, columns).astype(np.uint8)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_first_row_is_at_the_bottom(kind: str) -> None:
    data = Picture(ramp()).encode(kind)
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("L")).astype(int)
    assert shown.shape == (60, 90)
    assert np.abs(shown[::-1] - ramp()).max() <= (1 if kind == "png" else 8)


def test_pixels_without_a_value_are_transparent() -> None:
    levels = ramp()
    levels[:10, :10] = 0
    for kind in ("png", "webp"):
        shown = Image.open(io.BytesIO(Picture(levels, colors="magma").encode(kind)))
        opaque = np.asarray(shown.convert("RGBA"))[::-1, :, 3]
        np.testing.assert_array_equal(opaque == 0, levels == 0)
    shown = Image.open(io.BytesIO(Picture(levels).encode("jpeg"))).convert("L")
    assert np.asarray(shown)[::-1][2:8, 2:8].max() < 5


def test_colours_are_kept() -> None:
    colors = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    shown = Image.open(io.BytesIO(Picture(colors).encode("png")))
    np.testing.assert_array_equal(np.asarray(shown)[::-1], colors)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize(
    "frame",
    [{}, {"turn": 33.0}, {"turn": 200.0, "flip": True}, {"kind": "TAN-SIP", "turn": 10.0}],
    ids=str,
)
def test_the_place_on_the_sky_is_told(kind: str, frame: dict[str, object], tmp_path: Path) -> None:
    wcs = WCS(header(side=90, **frame))  # type: ignore[arg-type]
    path = tmp_path / f"a.{kind}"
    path.write_bytes(Picture(ramp(90, 90), wcs, about=ABOUT).encode(kind))
    told = AVM.from_image(str(path))
    assert told.ResourceID == "ivo://a/b?c"
    assert told.Title == "deep_coadd r <&>\ufffd"
    for use_full in (False, True):
        read = told.to_wcs(use_full_header=use_full)
        x, y = np.array([44.5, 20.0, 70.0]), np.array([44.5, 70.0, 30.0])
        there = read.world_to_pixel(wcs.pixel_to_world(x, y))
        # In the middle of a distorted image the plane touches; away from it that is no fault.
        near = slice(0, 1) if "kind" in frame else slice(None)
        np.testing.assert_allclose(there[0][near], x[near], atol=1e-3)
        np.testing.assert_allclose(there[1][near], y[near], atol=1e-3)


def test_webp_has_the_same_packet() -> None:
    data = Picture(ramp(), WCS(header()), about=ABOUT).encode("webp")
    xmp = Image.open(io.BytesIO(data)).info["xmp"]
    assert b"Spatial.ReferenceValue" in xmp


def test_the_sidecar_says_the_same() -> None:
    wcs = WCS(header(turn=20.0, side=90))
    told = json.loads(json.dumps(Picture(ramp(90, 90), wcs, about=ABOUT).sidecar()))
    assert (told["width"], told["height"], told["identifier"]) == (90, 90, "ivo://a/b?c")
    read = WCS(told["wcs"])
    np.testing.assert_allclose(
        read.wcs_pix2world([[3, 4]], 0), wcs.wcs_pix2world([[3, 4]], 0), atol=1e-9
    )
    np.testing.assert_allclose(told["corners"][0], wcs.wcs_pix2world([[0, 0]], 0)[0])


def test_formats_have_several_names() -> None:
    for text in ("jpg", "JPEG", "image/jpeg", " image/jpg "):
        assert format_named(text) == "jpeg"
    with pytest.raises(ParameterError, match="no format"):
        format_named("image/tiff")
