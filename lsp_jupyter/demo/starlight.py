"""The whole sky by the light of its stars: a picture to begin with, made from ``gaia.source``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo import gaia
from lsp_jupyter.images.hips.tiles import deinterleave, tile_path

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["is_made", "make_starlight", "starlight_folder"]

#: Columns of a tile, and the order of the finest: pixels of 3.4 arcmin.
SIDE, ORDER = 128, 3

#: Pixels along the side of one of the twelve parts of the sphere.
WIDE = SIDE << ORDER

#: Stars brighter than this have a glow: magnitudes, and pixels of its radius.
GLOW, REACH = 6.5, 4

#: How well tiles are kept: from 1 to 95.
QUALITY = 85

#: Which picture this is: another one replaces it.
VERSION = "1"


def starlight_folder(state: Path) -> Path:
    """Where it is in a state folder."""
    return state / "hips" / gaia.RELEASE.name / "stars"


def is_made(state: Path) -> bool:
    """Whether it is there as it is made today."""
    try:
        return (starlight_folder(state) / "properties").read_text("utf-8") == _properties()
    except (OSError, UnicodeDecodeError):
        return False


def make_starlight(state: Path) -> None:
    """Make the survey; it is there when it is whole, and replaces an older one.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder.

    Raises
    ------
    ModuleNotFoundError
        Raised if the data package of the stars is not installed.
    """
    folder = starlight_folder(state)
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    stars = _stars()
    for facet in range(12):
        _write(_facet(facet, *stars), facet, making)
    (making / "properties").write_text(_properties(), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    making.rename(folder)


def _stars() -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Pixels of the stars, nested; their magnitudes; their colours, red, green and blue."""
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    names = ("ra", "dec", "phot_g_mean_mag", "phot_bp_mean_mag", "phot_rp_mean_mag")
    batches = list(gaia.read())
    ra, dec, g, blue, red = (
        np.concatenate([one.column(name).to_numpy(zero_copy_only=False) for one in batches])
        for name in names
    )
    order = ORDER + SIDE.bit_length() - 1
    cells = lonlat_to_healpix(Longitude(ra * units.deg), Latitude(dec * units.deg), order)
    # From blue through white to orange, as eyes see stars.
    warm = np.clip(np.nan_to_num((blue - red).astype(np.float32), nan=0.8), -0.3, 2.5)
    t = (warm + 0.3) / 2.8
    rgb = np.stack([0.62 + 0.55 * t, 0.82 - 0.2 * np.abs(t - 0.35), 1.15 - 0.85 * t], axis=1)
    return cells.astype(np.int64), g.astype(np.float32), rgb.astype(np.float32)


def _facet(
    facet: int, cells: npt.NDArray[np.int64], g: Floats, rgb: Floats
) -> npt.NDArray[np.uint8]:
    """One of the twelve parts as a picture: rows to the north-east, columns to the north-west."""
    own = cells // (WIDE * WIDE) == facet
    row, column = deinterleave(cells[own] % (WIDE * WIDE), WIDE.bit_length() - 1)
    g, rgb = g[own], rgb[own]
    light = np.zeros((WIDE + 2 * REACH, WIDE + 2 * REACH, 3), np.float32)
    flux = 10 ** (-0.4 * (g - 9))
    np.add.at(light, (row + REACH, column + REACH), flux[:, None] * rgb)
    for down, right, stars, glow in _glow(flux, g):
        place = row[stars] + down + REACH, column[stars] + right + REACH
        np.add.at(light, place, glow[:, None] * rgb[stars])
    light = light[REACH:-REACH, REACH:-REACH]
    seen: npt.NDArray[np.uint8] = (255 * np.clip(np.arcsinh(light * 1.6) / 4.2, 0, 1)).astype(
        np.uint8
    )
    return seen


def _glow(flux: Floats, g: Floats) -> Iterator[tuple[int, int, npt.NDArray[np.int64], Floats]]:
    """What bright stars shed around them: a place beside them, which stars, and how much."""
    bright = np.nonzero(g < GLOW)[0]
    # A star of magnitude 0 glows as wide as can be, one of the limit hardly.
    wide = np.clip((GLOW - g[bright]) / GLOW, 0.05, 1) * REACH * 0.6
    for down in range(-REACH, REACH + 1):
        for right in range(-REACH, REACH + 1):
            away = float(np.hypot(down, right))
            if 0 < away <= REACH:
                glow = 0.5 * flux[bright] * np.exp(-((away / wide) ** 2))
                seen = glow > 1e-2
                yield down, right, bright[seen], glow[seen]


def _write(picture: npt.NDArray[np.uint8], facet: int, folder: Path) -> None:
    from PIL import Image

    for order in range(ORDER, -1, -1):
        tiles = 1 << order
        blocks = picture.reshape(tiles, SIDE, tiles, SIDE, 3)
        numbers = np.arange(4**order)
        for number, row, column in zip(numbers, *deinterleave(numbers, order), strict=True):
            path = tile_path(folder, order, facet * 4**order + int(number), "jpg")
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(blocks[row, :, column]).save(path, "JPEG", quality=QUALITY)
        if order:
            half = tiles * SIDE // 2
            fours = picture.reshape(half, 2, half, 2, 3).astype(np.uint16)
            # Between their mean and the brightest: stars stay points.
            mean, most = fours.sum(axis=(1, 3)) // 4, fours.max(axis=(1, 3))
            picture = ((mean + most) // 2).astype(np.uint8)


def _properties() -> str:
    facts = {
        "creator_did": "ivo://lsp_jupyter.local/hips/gaia/stars",
        "obs_title": "Stars of Gaia DR3",
        "obs_description": "The light of the stars of Gaia DR3 brighter than G = 10, and of the "
        "brightest ones of Hipparcos, in their colours",
        "obs_regime": "Optical",
        "obs_copyright": "Gaia data: ESA/Gaia/DPAC, CC BY-SA 3.0 IGO",
        "prov_progenitor": "gaia.source",
        "hips_builder": f"lsp_jupyter, picture {VERSION}",
        "hips_release_date": "2026-11-24T00:00Z",
        "hips_initial_ra": "266.405",
        "hips_initial_dec": "-28.936",
        "hips_initial_fov": "180",
        "hips_version": "1.4",
        "hips_frame": "equatorial",
        "hips_order": str(ORDER),
        "hips_order_min": "0",
        "hips_tile_width": str(SIDE),
        "hips_tile_format": "jpeg",
        "hips_status": "public master clonableOnce",
        "dataproduct_type": "image",
        "dataproduct_subtype": "color",
        "moc_sky_fraction": "1",
    }
    return "".join(f"{key:<21}= {value}\n" for key, value in facts.items())
