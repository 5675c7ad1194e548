"""Tiles in colour: three images on the pixels of a fourth, which may be one of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import UsageError
from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.damage import damage_told
from lsp_jupyter.images.mosaics.color import Composition
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.pictures.frame import rescaled, sky_of
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.images.pictures.pyramid import TILE, Pyramid
from lsp_jupyter.images.pictures.work import pyramid_of
from lsp_jupyter.images.tasks import Report

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

    Image = npt.NDArray[np.float32]

__all__ = ["color_tile"]

Args = Mapping[str, Any]

#: Along each side of a tile, how many places are looked up on the sky; those between are linear.
_PLACES = 33

#: How the pictures that were shown last are composed: a tile waits for none.
_known: dict[tuple[Any, ...], Composition] = {}
_KNOWN = 32


def color_tile(args: Args, report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Write a tile in colour.

    Parameters
    ----------
    args : mapping
        ``frame`` and ``bands``: the image whose pixels are shown, and those of red, green and
        blue; of each what `~lsp_jupyter.images.pictures.work.pyramid_of` takes. ``level``, ``x``
        and ``y`` of the tile. ``how``, ``balance``, ``softness`` and ``look`` of the
        composition. ``kind`` and ``out`` of the file.
    report : callable
        Not called.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if an image of another place or shape has no world coordinates.
    """
    frame = pyramid_of(args["frame"])
    bands = [pyramid_of(one) for one in args["bands"]]
    where = args["level"], args["x"], args["y"]
    colors, empty = _composition(args, frame, bands).paint(_registered(args, frame, bands, where))
    opaque = np.where(empty, np.uint8(0), np.uint8(255))
    picture = Picture(np.dstack([colors, opaque]), about=args["frame"].get("about", {}))
    Path(args["out"]).write_bytes(picture.encode(args["kind"]))
    return {"rows": empty.shape[0], "columns": empty.shape[1]}


def _composition(args: Args, frame: Pyramid, bands: list[Pyramid]) -> Composition:
    """How all tiles are composed, from the smallest version of the whole."""
    look = Look.from_dict(args["look"])
    folders = [one["folder"] for one in [args["frame"], *args["bands"]]]
    key = (*folders, args["how"], *args["balance"], args["softness"], look)
    if key not in _known:
        if len(_known) >= _KNOWN:
            del _known[next(iter(_known))]
        sample = _registered(args, frame, bands, (frame.depth, 0, 0))
        _known[key] = Composition.of(
            sample, args["how"], balance=args["balance"], softness=args["softness"], look=look
        )
    return _known[key]


def _registered(
    args: Args, frame: Pyramid, bands: list[Pyramid], where: tuple[int, int, int]
) -> list[Image]:
    """The three images on the pixels of a tile."""
    level, x, y = where
    shape = frame.tile(level, x, y).shape
    made = []
    for one, pyramid in zip(args["bands"], bands, strict=True):
        if _same_pixels(args["frame"], frame, one, pyramid):
            made.append(np.asarray(pyramid.tile(level, x, y), np.float32))
        else:
            made.append(_resampled(args["frame"], one, pyramid, where, (shape[0], shape[1])))
    return made


def _same_pixels(frame: Args, shown: Pyramid, band: Args, pyramid: Pyramid) -> bool:
    if frame["folder"] == band["folder"]:
        return True
    if shown.shape != pyramid.shape:
        return False
    here, there = (_sky(one["path"], one["folder"]) for one in (frame, band))
    if here is None or there is None:
        # Pictures of no place on the sky are laid one upon the other.
        return here is None and there is None
    return bool(here.wcs.compare(there.wcs, tolerance=1e-9)) and here.sip is there.sip is None


def _resampled(
    frame: Args, band: Args, pyramid: Pyramid, where: tuple[int, int, int], shape: tuple[int, int]
) -> Image:
    """An image on the pixels of a tile of another one."""
    from scipy.ndimage import map_coordinates

    here, there = (_sky(one["path"], one["folder"]) for one in (frame, band))
    if here is None or there is None:
        raise UsageError(
            "It is not known where on the sky these images of different shapes are.",
            hint="Choose images with world coordinates.",
        )
    level, x, y = where
    rows, columns = (np.linspace(0, max(1, length - 1), _PLACES) for length in shape)
    along, across = np.meshgrid(columns, rows)
    tile = rescaled(here, 1 << level, 1 << level) if level else here
    sky = tile.celestial.pixel_to_world(along + x * TILE, across + y * TILE)
    # Of the other image the version whose pixels are about as large.
    depth = round(level + np.log2(_scale(here) / _scale(there)))
    depth = min(max(depth, 0), pyramid.depth)
    other = rescaled(there, 1 << depth, 1 << depth) if depth else there
    places = np.array(other.celestial.world_to_pixel(sky))
    fine = np.meshgrid(
        *(np.arange(length) * ((_PLACES - 1) / max(1, length - 1)) for length in shape),
        indexing="ij",
    )
    column, row = (map_coordinates(one, fine, order=1, mode="nearest") for one in places)
    version = np.asarray(pyramid.version(depth), np.float32)
    found = map_coordinates(version, [row, column], order=1, cval=np.nan, prefilter=False)
    return np.asarray(found, np.float32)


@lru_cache(maxsize=64)
def _sky(path: str, folder: str) -> WCS | None:  # noqa: ARG001 - the folder is another if the file is
    with damage_told(), ExposureFile(path) as file:
        return sky_of(file)


def _scale(wcs: WCS) -> float:
    from astropy.wcs.utils import proj_plane_pixel_area

    return float(np.sqrt(proj_plane_pixel_area(wcs.celestial)))
