"""What the image workers do for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.images.damage import damage_told
from lsp_jupyter.images.kept import trim
from lsp_jupyter.images.pictures.colormaps import BITS
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.pictures.frame import mesh_of, rescaled, sky_of, turned
from lsp_jupyter.images.pictures.header import headers
from lsp_jupyter.images.pictures.levels import NO_DATA, Levels
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.images.pictures.part import opened, parts_of, plane_of
from lsp_jupyter.images.pictures.pyramid import Pyramid
from lsp_jupyter.images.tasks import Report

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

    Pixels = npt.NDArray[Any]

__all__ = ["PLANES", "header", "outline", "parts", "preview", "pyramid_of", "tile"]

#: What can be shown of an exposure.
PLANES = ("image", "variance", "mask")

Args = Mapping[str, Any]

#: Levels of the images that were shown last, by pyramid and look: a tile waits for none.
_known: dict[tuple[str, Look], Levels] = {}
_KNOWN = 64


def pyramid_of(args: Args) -> Pyramid:
    """The versions of what a request is about; made and kept if it is new.

    Parameters
    ----------
    args : mapping
        ``path`` of the image, its ``plane``, ``folder`` of its versions, and how many bytes
        all of them may ``most`` have.
    """
    folder = Path(args["folder"])
    is_new = not folder.exists()
    pyramid = Pyramid.at(folder, lambda: plane_of(args))
    if is_new:
        trim(folder.parent, args["most"])
    return pyramid


def _levels(args: Args, pyramid: Pyramid, look: Look) -> Levels:
    key = args["folder"], look
    if key not in _known:
        if len(_known) >= _KNOWN:
            del _known[next(iter(_known))]
        _known[key] = Levels.of(pyramid.sample(), look)
    return _known[key]


def _lowest_bits(mask: Pixels) -> npt.NDArray[np.uint8]:
    """The level of each pixel of a mask: 1 and the number of its lowest bit, or no data."""
    lowest = (mask & -mask).astype(np.float64)
    return np.where(mask == 0, NO_DATA, np.frexp(np.abs(lowest))[1]).astype(np.uint8)


def tile(args: Args, report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Write a tile of an image as a picture.

    Parameters
    ----------
    args : mapping
        ``path`` of the image, ``folder`` and ``most`` of its pyramid, ``plane``, ``look``,
        ``level``, ``x`` and ``y`` of the tile, ``kind`` and ``out`` of the file.
    report : callable
        Not called.
    """
    pyramid = pyramid_of(args)
    pixels = pyramid.tile(args["level"], args["x"], args["y"])
    if args["kind"] == "raw":
        # As a program that stretches by itself takes them, from the bottom up.
        form = "<i4" if args["plane"] == "mask" else "<f4"
        Path(args["out"]).write_bytes(np.ascontiguousarray(pixels, form).tobytes())
        return {"rows": pixels.shape[0], "columns": pixels.shape[1]}
    look = Look.from_dict(args["look"])
    picture = _painted(args, pyramid, pixels, look, None)
    Path(args["out"]).write_bytes(picture.encode(args["kind"]))
    return {"rows": pixels.shape[0], "columns": pixels.shape[1]}


def _painted(args: Args, pyramid: Pyramid, pixels: Pixels, look: Look, wcs: WCS | None) -> Picture:
    about = args.get("about", {})
    if args["plane"] == "mask":
        return Picture(_lowest_bits(pixels), wcs, BITS, about=about)
    levels = _levels(args, pyramid, look)
    return Picture(levels.paint(pixels), wcs, look.colors, look.invert, about)


def preview(args: Args, report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Write all of an image as a picture of a size.

    Parameters
    ----------
    args : mapping
        As of `tile`; ``size`` in pixels of the longer side, and whether ``north`` is up, instead
        of a tile's place. Without ``out`` no picture is written.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        ``sidecar``: where on the sky the picture is, and what its levels stand for.
    """
    pyramid = pyramid_of(args)
    look = Look.from_dict(args["look"])
    level = 0
    while level < pyramid.depth and max(pyramid.size(level + 1)) >= args["size"]:
        level += 1
    pixels = pyramid.version(level)
    with opened(args) as file:
        wcs = sky_of(file)
    if wcs is not None and level:
        wcs = rescaled(wcs, 1 << level, 1 << level)
    pixels, wcs = _resized(pixels, wcs, args["size"])
    if args["north"] and wcs is not None and args["plane"] != "mask":
        pixels, wcs = turned(pixels, wcs)
    picture = _painted(args, pyramid, pixels, look, wcs)
    if args.get("out"):
        Path(args["out"]).write_bytes(picture.encode(args["kind"]))
    told = picture.sidecar()
    if args["plane"] != "mask":
        levels = _levels(args, pyramid, look)
        told |= {"low": levels.low, "high": levels.high, **look.to_dict()}
    return {"sidecar": told}


def _resized(pixels: Pixels, wcs: WCS | None, size: int) -> tuple[Pixels, WCS | None]:
    """An image whose longer side has at most so many pixels."""
    rows, columns = pixels.shape
    factor = max(rows, columns) / size
    if factor <= 1:
        return pixels, wcs
    from PIL import Image

    height, width = max(1, round(rows / factor)), max(1, round(columns / factor))
    if np.issubdtype(pixels.dtype, np.floating):
        known = np.isfinite(pixels)
        made = _shrunk(np.where(known, pixels, 0), (width, height))
        if not known.all():
            part = _shrunk(known, (width, height))
            with np.errstate(invalid="ignore", divide="ignore"):
                made = np.where(part > 0.5, made / part, np.nan)
    else:
        whole = Image.fromarray(pixels.astype(np.int32))
        made = np.asarray(whole.resize((width, height), Image.Resampling.NEAREST))
    if wcs is not None:
        wcs = rescaled(wcs, columns / width, rows / height)
    return made, wcs


def _shrunk(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The means of pixels over larger ones."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels, np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BOX))


def outline(args: Args, report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Tell what tiles an image has, and where on the sky it is.

    Parameters
    ----------
    args : mapping
        ``path`` of the image, ``folder`` and ``most`` of its pyramid, ``plane`` and ``look``.
    report : callable
        Not called.
    """
    pyramid = pyramid_of(args)
    look = Look.from_dict(args["look"])
    with opened(args) as file:
        wcs, unit, corner = sky_of(file), file.unit, file.bbox.min
    rows, columns = pyramid.shape
    told: dict[str, Any] = {
        "columns": columns,
        "rows": rows,
        "first": [int(corner.x), int(corner.y)],
        "unit": unit if args["plane"] == "image" else "",
        "levels": [
            {"level": level, "columns": size[1], "rows": size[0]}
            for level in range(pyramid.depth + 1)
            if (size := pyramid.size(level))
        ],
    }
    if wcs is not None:
        cards = wcs.to_header(relax=True).cards
        told["wcs"] = {card.keyword: card.value for card in cards if card.keyword}
        if mesh := mesh_of(wcs, columns, rows):
            told["sky"] = mesh
    if args["plane"] != "mask":
        levels = _levels(args, pyramid, look)
        told |= {"low": levels.low, "high": levels.high}
    return told


def parts(args: Args, report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Tell which images the file at ``path`` has."""
    with opened(args) as file:
        return {"parts": parts_of(file)}


def header(args: Args, report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Tell the headers of the file at ``path``."""
    with damage_told():
        return {"parts": headers(Path(args["path"]))}
