from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy import units
from cdshealpix.nested import healpix_to_lonlat
from mocpy import MOC
from PIL import Image

from lsp_jupyter.demo.survey.maps.hips import Picture, make_hips
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs

#: Over the south, across a tile's edge, turned by 30 degrees.
WCS = TangentWcs.of(53.16, -28.1, 180.0, 220.0, 0.2, 30)
ROWS, COLUMNS = 500, 420


def _picture(wcs: TangentWcs = WCS, missing: int = 0) -> Picture:
    """Smooth: red tells the column, green the row; blue is 200 where there is anything."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    pixels = np.stack([x * 240 / COLUMNS + 10, y * 240 / ROWS + 10, 0 * x + 200], axis=-1)
    seen = np.ones((ROWS, COLUMNS), bool)
    seen[:missing] = False
    return Picture(np.rint(pixels).astype(np.uint8), seen, wcs)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hips") / "ECDFS"
    count = make_hips([_picture()], folder, {"creator_did": "ivo://x/y"})
    assert count == len(list(folder.rglob("Npix*.jpg")))
    return folder


def _nested(tile: int, row: int, column: int) -> int:
    """The cell of a pixel of a tile: rows are the even bits, columns the odd ones.

    That is how hipsgen and reproject lay tiles out: the second quarter is below the first.
    """
    bits = 0
    for bit in range(9):
        bits |= (row >> bit & 1) << 2 * bit | (column >> bit & 1) << (2 * bit + 1)
    return tile << 18 | bits


def _open(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(float)


@pytest.mark.parametrize(("order", "tolerance"), [(11, 2.5), (10, 2.5), (9, 3)])
def test_pixels_are_where_healpix_has_them(made: Path, order: int, tolerance: float) -> None:
    off, count = [], 0
    for path in (made / f"Norder{order}").rglob("Npix*.jpg"):
        tile, pixels = int(path.stem[4:]), _open(path)
        rows, columns = (
            (pick.ravel())
            for pick in np.meshgrid(np.arange(2, 512, 5), np.arange(2, 512, 5), indexing="ij")
        )
        cells = [_nested(tile, int(r), int(c)) for r, c in zip(rows, columns, strict=True)]
        ra, dec = healpix_to_lonlat(np.array(cells, np.uint64), order + 9)
        x, y = WCS.sky_to_pixel(ra.to_value(units.deg), dec.to_value(units.deg))
        edge = 2 * 2 ** (11 - order) * 8
        inside = (x > edge) & (x < COLUMNS - edge) & (y > edge) & (y < ROWS - edge)
        here = pixels[rows[inside], columns[inside]]
        off += [here[:, 0] - (x[inside] * 240 / COLUMNS + 10)]
        off += [here[:, 1] - (y[inside] * 240 / ROWS + 10)]
        outside = (x < -edge) | (x > COLUMNS + edge) | (y < -edge) | (y > ROWS + edge)
        assert (pixels[rows[outside], columns[outside]] < 40).all()
        count += int(inside.sum())
    assert count > 30
    # A column is 0.57 of brightness: the pixels are right to about one; JPEG adds some.
    assert abs(np.concatenate(off).mean()) < 0.8
    assert np.percentile(abs(np.concatenate(off)), 95) < tolerance


def test_every_level_has_the_tiles_above_the_finest(made: Path) -> None:
    tiles = {
        order: {int(path.stem[4:]) for path in (made / f"Norder{order}").rglob("Npix*.jpg")}
        for order in range(3, 12)
    }
    for order in range(3, 11):
        assert tiles[order] == {tile >> 2 for tile in tiles[order + 1]}
    for path in (made / "Norder11").rglob("Npix*.jpg"):
        assert path.parent.name == f"Dir{int(path.stem[4:]) // 10_000 * 10_000}"
    assert _open(made / "Norder3" / "Allsky.jpg").shape == (29 * 64, 27 * 64, 3)
    (tile,) = tiles[3]
    row, column = divmod(tile, 27)
    sheet = _open(made / "Norder3" / "Allsky.jpg")
    spot = sheet[row * 64 : row * 64 + 64, column * 64 : column * 64 + 64]
    assert spot.max() > 60
    assert sheet.sum() - spot.sum() < 0.02 * sheet.size


def test_coverage_and_properties_say_what_is_there(made: Path) -> None:
    area = ROWS * COLUMNS * (0.2 / 3600) ** 2 / 41_252.96
    moc = MOC.from_fits(made / "Moc.fits")
    assert area < moc.sky_fraction < 1.2 * area
    lines = (made / "properties").read_text().splitlines()
    facts = {key.strip(): value.strip() for key, value in (line.split("=", 1) for line in lines)}
    assert facts["creator_did"] == "ivo://x/y"
    assert facts["hips_order"] == "11"
    assert facts["hips_tile_format"] == "jpeg"
    assert facts["dataproduct_subtype"] == "color"
    assert float(facts["hips_pixel_scale"]) * 3600 == pytest.approx(0.2013, abs=1e-3)
    assert float(facts["moc_sky_fraction"]) == pytest.approx(moc.sky_fraction, rel=1e-4)


def test_the_first_picture_counts_and_gaps_let_the_next_through(tmp_path: Path) -> None:
    dark = Picture(np.full((ROWS, COLUMNS, 3), 60, np.uint8), _picture().seen, WCS)
    make_hips([_picture(missing=250), dark], tmp_path / "h", {}, order=10)
    blue = np.concatenate(
        [_open(path)[..., 2].ravel() for path in (tmp_path / "h" / "Norder10").rglob("Npix*.jpg")]
    )
    bright, dim = (blue > 180).sum(), ((blue > 40) & (blue < 80)).sum()
    assert 0.85 < bright / dim < 1.15


def test_it_is_always_the_same_and_replaces_what_was_there(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ECDFS"
    (folder / "Norder3").mkdir(parents=True)
    (folder / "Norder3" / "old").write_text("")
    make_hips([_picture()], folder, {"creator_did": "ivo://x/y"})
    files = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    assert {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} == files
    assert all((made / name).read_bytes() == (folder / name).read_bytes() for name in files)
    assert [path.name for path in tmp_path.iterdir()] == ["ECDFS"]


def test_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    assert make_hips([_picture(missing=ROWS)], tmp_path / "h", {}) == 0
    assert list(tmp_path.iterdir()) == []
