"""Hierarchical pictures of the sky (IVOA HiPS 1.0): colour tiles made from images."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.images.hips.moc import sky_fraction, write_moc
from lsp_jupyter.images.hips.tiles import (
    FIRST,
    SIDE,
    THUMB,
    cells_of,
    deinterleave,
    pixel_scale,
    quarter,
    sheet_of,
    tile_path,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float64]

__all__ = ["ORDER", "Picture", "make_hips"]

#: Order of the finest tiles: pixels of 0.2 arcsec, those of the images.
ORDER = 11

#: Orders from a tile to the grid on which its projection is computed.
GRID = 4

#: Orders from a tile to the cells of its coverage.
COVER = 5

#: How well the tiles are kept: from 1 to 95.
QUALITY = 82


@dataclass(frozen=True, slots=True)
class Picture:
    """A part of the sky in colour.

    Attributes
    ----------
    pixels : `numpy.ndarray` of ``uint8``, shape ``(rows, columns, 3)``
        Red, green and blue; the first row is at the bottom, as FITS counts.
    seen : `numpy.ndarray` of `bool`, shape ``(rows, columns)``
        Which pixels count; the others stay transparent for other pictures.
    wcs : `TangentWcs`
        World coordinates of its pixels.
    """

    pixels: Bytes
    seen: npt.NDArray[np.bool_]
    wcs: TangentWcs


@dataclass(slots=True)
class _Tile:
    """A tile in the making: its pixels, and which of them are covered."""

    pixels: Bytes
    seen: npt.NDArray[np.bool_]

    @classmethod
    def empty(cls) -> _Tile:
        return cls(np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE), bool))


def make_hips(
    pictures: Iterable[Picture], folder: Path, properties: Mapping[str, str], order: int = ORDER
) -> int:
    """Make the tiles, the preview, the coverage and the properties of a survey.

    Parameters
    ----------
    pictures : iterable of `Picture`
        What it shows; where they overlap, the first one counts.
    folder : `~pathlib.Path`
        Where to put it. It appears there when it is whole, and replaces what was there.
    properties : mapping of `str` to `str`
        What it is (HiPS 1.0 section 4.4.1); what follows from the tiles is added.
    order : `int`
        Of the finest tiles. Order 11 has pixels of 0.2 arcsec, each less doubles them.

    Returns
    -------
    count : `int`
        How many tiles were written. Where there is nothing to show, nothing is.
    """
    tiles: dict[int, _Tile] = {}
    for picture in pictures:
        for number in _tiles_of(picture, order):
            tile = tiles.setdefault(number, _Tile.empty())
            _paint(tile, number, order, picture)
    tiles = {number: tile for number, tile in tiles.items() if tile.seen.any()}
    if not tiles:
        return 0
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    covered = np.concatenate([cells_of(tile.seen, number, COVER) for number, tile in tiles.items()])
    write_moc(covered, order + COVER, making / "Moc.fits")
    count = size = 0
    for level in range(order, FIRST - 1, -1):
        for number, tile in tiles.items():
            size += _save(tile.pixels, tile_path(making, level, number, "jpg"))
            count += 1
        if level == FIRST:
            size += _save(_preview(tiles), making / f"Norder{FIRST}" / "Allsky.jpg")
        else:
            tiles = _coarser(tiles)
    facts = dict(properties) | _facts(order, sky_fraction(covered, order + COVER), size)
    (making / "properties").write_text(
        "".join(f"{key:<21}= {value}\n" for key, value in facts.items()), "utf-8"
    )
    shutil.rmtree(folder, ignore_errors=True)
    making.rename(folder)
    return count


def _facts(order: int, fraction: float, size: int) -> dict[str, str]:
    return {
        "hips_version": "1.4",
        "hips_frame": "equatorial",
        "hips_order": str(order),
        "hips_order_min": str(FIRST),
        "hips_tile_width": str(SIDE),
        "hips_tile_format": "jpeg",
        "hips_pixel_scale": f"{pixel_scale(order):.4g}",
        "hips_estsize": str(round(size / 1024)),
        "hips_status": "private master clonableOnce",
        "dataproduct_type": "image",
        "dataproduct_subtype": "color",
        "moc_sky_fraction": f"{fraction:.6g}",
    }


def _save(pixels: Bytes, path: Path) -> int:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "JPEG", quality=QUALITY)
    return path.stat().st_size


def _tiles_of(picture: Picture, order: int) -> list[int]:
    """The tiles that a picture is on."""
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    rows, columns = picture.pixels.shape[:2]
    step = 16
    y, x = np.meshgrid(
        np.append(np.arange(0, rows - 1, step), rows - 1),
        np.append(np.arange(0, columns - 1, step), columns - 1),
        indexing="ij",
    )
    ra, dec = picture.wcs.pixel_to_sky(x.ravel(), y.ravel())
    cells = lonlat_to_healpix(Longitude(ra * units.deg), Latitude(dec * units.deg), order)
    return [int(cell) for cell in np.unique(cells)]


@lru_cache(maxsize=1)
def _polynomials() -> tuple[Floats, Floats]:
    """What fits cubic polynomials to the grid of a tile, and what evaluates them at its pixels."""
    side = 1 << GRID
    grid, pixels = (
        np.vander((np.arange(count) + 0.5) / count - 0.5, 4, increasing=True)
        for count in (side, SIDE)
    )
    return np.asarray(np.linalg.pinv(grid), np.float64), np.asarray(pixels)


def _projection(number: int, order: int, wcs: TangentWcs) -> tuple[Floats, Floats]:
    """Where the pixels of a tile are in a picture.

    The position varies so smoothly over a tile of some arcminutes that a polynomial of the third
    degree in each direction meets it to a thousandth of a pixel.

    Returns
    -------
    x, y : `numpy.ndarray`, shape ``(512, 512)``
        Pixels of the picture, counted from 0. The rows of a tile run from its north-west edge,
        its first row, along the even bits of nested numbers (HiPS 1.0 section 4.1).
    """
    from astropy import units
    from cdshealpix.nested import healpix_to_lonlat

    side = 1 << GRID
    inside = np.arange(side * side)
    even, odd = deinterleave(inside, GRID)
    fit, basis = _polynomials()
    along = basis[:, 1:2]
    ra, dec = healpix_to_lonlat((number << 2 * GRID) + inside.astype(np.uint64), order + GRID)
    made = []
    for values in wcs.sky_to_pixel(ra.to_value(units.deg), dec.to_value(units.deg)):
        grid = np.empty((side, side))
        grid[even, odd] = values
        powers = fit @ grid @ fit.T @ basis.T
        # Not a product of matrices: those wake all threads, for less than they cost.
        made.append(((powers[3] * along + powers[2]) * along + powers[1]) * along + powers[0])
    return made[0], made[1]


def _paint(tile: _Tile, number: int, order: int, picture: Picture) -> None:
    """Put a picture on the part of a tile that is still empty, interpolating linearly."""
    x, y = _projection(number, order, picture.wcs)
    rows, columns = picture.pixels.shape[:2]
    # A picture reaches half a pixel beyond the outermost centres.
    inside = (x > -0.5) & (x < columns - 0.5) & (y > -0.5) & (y < rows - 0.5) & ~tile.seen
    nearest = np.rint(y[inside]).astype(np.int32), np.rint(x[inside]).astype(np.int32)
    inside[inside] = picture.seen[nearest]
    if not inside.any():
        return
    x = np.clip(x[inside], 0, columns - 1.001)
    y = np.clip(y[inside], 0, rows - 1.001)
    left, low = x.astype(np.int32), y.astype(np.int32)
    right, up = (x - left).astype(np.float32), (y - low).astype(np.float32)
    place = low * columns + left
    corners = (
        (place, (1 - right) * (1 - up)),
        (place + 1, right * (1 - up)),
        (place + columns, (1 - right) * up),
        (place + columns + 1, right * up),
    )
    painted = np.empty((len(x), 3), np.uint8)
    for color in range(3):
        flat = np.ascontiguousarray(picture.pixels[..., color]).ravel()
        painted[:, color] = sum(flat[at] * weight for at, weight in corners) + np.float32(0.5)
    tile.pixels[inside] = painted
    tile.seen |= inside


def _halve(tile: _Tile) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """A tile of half the pixels along a side: the mean of the covered ones of each four."""
    fours = [(slice(row, None, 2), slice(column, None, 2)) for row in (0, 1) for column in (0, 1)]
    count = sum((tile.seen[four] for four in fours), np.zeros((SIDE // 2, SIDE // 2), np.uint16))
    # Pixels that are not covered are black.
    total = sum((tile.pixels[four] for four in fours), np.zeros((*count.shape, 3), np.uint16))
    mean = (total + count[..., None] // 2) // np.maximum(count, 1)[..., None]
    return mean.astype(np.uint8), count > 0


def _coarser(tiles: Mapping[int, _Tile]) -> dict[int, _Tile]:
    """The tiles of the order below."""
    parents: dict[int, _Tile] = {}
    for number, tile in tiles.items():
        parent = parents.setdefault(number >> 2, _Tile.empty())
        place = quarter(number)
        parent.pixels[place], parent.seen[place] = _halve(tile)
    return parents


def _preview(tiles: Mapping[int, _Tile]) -> Bytes:
    """All tiles of the first order side by side."""
    step = SIDE // THUMB
    small = (
        (number, tile.pixels.reshape(THUMB, step, THUMB, step, 3).max(axis=(1, 3)))
        for number, tile in tiles.items()
    )
    return sheet_of(small, (3,), np.uint8, 0)
