"""What a survey says of itself (HiPS 1.0 section 4.4.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.images.hips.moc import sky_fraction
from lsp_jupyter.images.hips.tiles import FIRST, SIDE, pixel_scale

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

__all__ = ["middle_of", "now", "tile_facts", "write_facts"]


def now() -> str:
    """The time as the standard writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")


def tile_facts(order: int, formats: str, cells: Integers, deeper: int) -> dict[str, str]:
    """What follows from the tiles.

    Parameters
    ----------
    order : `int`
        Of the finest ones.
    formats : `str`
        Of the tiles, the first one first, such as ``png fits``.
    cells : `numpy.ndarray` of `int`
        What is covered, as cells of some orders more.
    deeper : `int`
        How many orders more.
    """
    ra, dec, radius = middle_of(cells, order + deeper)
    return {
        "hips_version": "1.4",
        "hips_builder": "lsp_jupyter",
        "hips_frame": "equatorial",
        "hips_order": str(order),
        "hips_order_min": str(FIRST),
        "hips_tile_width": str(SIDE),
        "hips_tile_format": formats,
        "hips_pixel_scale": f"{pixel_scale(order):.4g}",
        "hips_initial_ra": f"{ra:.5f}",
        "hips_initial_dec": f"{dec:.5f}",
        "hips_initial_fov": f"{min(180.0, max(2.2 * radius, 0.01)):.4g}",
        "dataproduct_type": "image",
        "moc_sky_fraction": f"{sky_fraction(cells, order + deeper):.6g}",
    }


def middle_of(cells: Integers, order: int) -> tuple[float, float, float]:
    """The middle of cells, and how far they are from it: degrees, ICRS."""
    from astropy import units
    from cdshealpix.nested import healpix_to_lonlat

    some = cells[:: max(1, len(cells) // 10_000)]
    lon, lat = healpix_to_lonlat(some.astype(np.uint64), order)
    ra, dec = lon.to_value(units.rad), lat.to_value(units.rad)
    places = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    mean = places.mean(axis=1)
    length = float(np.linalg.norm(mean))
    if length < 1e-6:
        return 0.0, 0.0, 90.0
    x, y, z = (mean / length).tolist()
    radius = math.degrees(math.acos(min(1.0, float((mean / length @ places).min()))))
    return math.degrees(math.atan2(y, x)) % 360, math.degrees(math.asin(z)), radius


def write_facts(folder: Path, facts: Mapping[str, str]) -> None:
    """Write the properties of a survey, with how large it is: from then on it is there."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    told = {**facts, "hips_estsize": str(round(size / 1024))}
    draft = folder / ".properties.draft"
    draft.write_text("".join(f"{key:<21}= {value}\n" for key, value in told.items()), "utf-8")
    draft.replace(folder / "properties")
