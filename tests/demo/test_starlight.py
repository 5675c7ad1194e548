"""The picture of the whole sky."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix
from PIL import Image

from lsp_jupyter.demo.starlight import is_made, starlight_folder
from lsp_jupyter.images.hips.tiles import deinterleave, tile_path

#: Sirius, Canopus, Vega, Polaris, and a place without bright stars, with the least brightness.
PLACES = [
    (101.287, -16.716, True),
    (95.988, -52.696, True),
    (279.234, 38.784, True),
    (37.955, 89.264, True),
    (193.1, 26.6, False),
]


@pytest.mark.parametrize(("ra", "dec", "bright"), PLACES)
def test_stars_are_where_they_are(demo_state: Path, ra: float, dec: float, bright: bool) -> None:
    folder = starlight_folder(demo_state)
    (cell,) = lonlat_to_healpix(Longitude([ra] * units.deg), Latitude([dec] * units.deg), 10)
    tile, inside = divmod(int(cell), 128 * 128)
    row, column = (int(one[0]) for one in deinterleave(np.array([inside]), 7))
    with Image.open(tile_path(folder, 3, tile, "jpg")) as picture:
        pixels = np.asarray(picture).astype(int)
    around = pixels[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    assert bool(around.max() > 240) is bright


def test_every_order_has_all_its_tiles(demo_state: Path) -> None:
    folder = starlight_folder(demo_state)
    assert is_made(demo_state)
    for order in range(4):
        assert len(list(folder.glob(f"Norder{order}/Dir*/Npix*.jpg"))) == 12 * 4**order


def test_an_older_one_is_replaced(tmp_path: Path) -> None:
    folder = starlight_folder(tmp_path)
    assert not is_made(tmp_path)
    folder.mkdir(parents=True)
    (folder / "properties").write_bytes(b"\xff")
    assert not is_made(tmp_path)
