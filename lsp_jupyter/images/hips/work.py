"""What the image workers do for hierarchical surveys."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import EngineError, LspError, ParameterError
from lsp_jupyter.images.butler.box import Box
from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.damage import damage_told
from lsp_jupyter.images.hips.color import color_image
from lsp_jupyter.images.hips.tiles import SIDE, cells_of, grid_of, pixel_scale, quarter, tile_path
from lsp_jupyter.images.mosaics.combine import Combination
from lsp_jupyter.images.mosaics.resample import resampled
from lsp_jupyter.images.mosaics.source import Source, read
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.pictures.levels import Levels
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.images.tasks import Report

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]

__all__ = ["SUFFIXES", "area_unit", "colored", "joined", "painted", "read_tile", "resampled_tiles"]

#: Endings of the names of pictures.
SUFFIXES: Mapping[str, str] = {"jpeg": "jpg", "png": "png"}

#: What values are of that do not depend on the size of pixels.
_OF_AREA = ("arcsec", "sr", "mag", "deg")

_WHOLE = Box(0, 0, SIDE, SIDE)


def resampled_tiles(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make finest tiles of images: FITS files of their weighted mean.

    Parameters
    ----------
    args : mapping
        The ``order`` of the ``tiles``, which are pairs of a number and places in ``images``;
        these are pairs of an identifier and a path. ``method`` is one of
        `~lsp_jupyter.images.mosaics.resample.METHODS`, ``exclude`` names planes of masks, and
        ``deeper`` is how many orders more the cells of the coverage have. Files go to ``folder``.
    report : callable
        Told how many are ``done``.

    Returns
    -------
    told : `dict`
        The ``unit`` of their values, the ``cells`` that are covered, and by identifier why images
        ``failed``, which are left out. A tile that is not covered has no file any more.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if the images are in different units.
    """
    order, folder = int(args["order"]), Path(args["folder"])
    sources = [Source(*one) for one in args["images"]]
    units: set[str] = set()
    cells: list[int] = []
    failed: dict[str, str] = {}
    with ExitStack() as opened:
        files: dict[int, ExposureFile] = {}
        for done, (number, chosen) in enumerate(args["tiles"], 1):
            inputs = []
            for index in chosen:
                one = sources[index]
                if index not in files and one.did not in failed:
                    try:
                        with damage_told(one.did):
                            files[index] = opened.enter_context(ExposureFile(one.path))
                    except (LspError, FileNotFoundError) as error:
                        missing = "The file of the image is not there any more."
                        failed[one.did] = str(error) if isinstance(error, LspError) else missing
                if index in files:
                    inputs.append((one, files[index]))
            image = _resampled(inputs, order, number, args, units, failed)
            if len(units) > 1:
                raise ParameterError(
                    f"The images are in different units: {', '.join(sorted(units))}.",
                    hint="Take images that are calibrated alike.",
                )
            path = tile_path(folder, order, number, "fits")
            if image is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, image, order, number, area_unit(next(iter(units))))
                seen = np.isfinite(image[::-1])
                cells += cells_of(seen, number, args["deeper"]).tolist()
            report({"done": done})
    return {"unit": area_unit(next(iter(units), "")), "cells": cells, "failed": failed}


def area_unit(unit: str) -> str:
    """The unit of tiles: values are of an area, so that they mean the same at every order."""
    if not unit or any(word in unit for word in _OF_AREA):
        return unit
    return f"{unit}/arcsec2" if "/" not in unit else f"({unit})/arcsec2"


def _resampled(
    inputs: Sequence[tuple[Source, ExposureFile]],
    order: int,
    number: int,
    args: Mapping[str, Any],
    units: set[str],
    failed: dict[str, str],
) -> Image | None:
    grid = grid_of(order, number)
    combination = Combination((SIDE, SIDE), "weighted", len(inputs), Path())
    bits: dict[str, int] = {}
    pixels = 0
    per_area = False
    for index, (one, file) in enumerate(inputs):
        try:
            with damage_told(one.did):
                planes, wcs, weight = read(file, one, grid, bits)
        except LspError as error:
            failed[one.did] = str(error)
            continue
        if planes is None:
            continue
        flux = area_unit(file.unit) != file.unit
        left_out = sum(1 << bits[plane] for plane in args["exclude"] if plane in bits)
        for part in resampled(planes, wcs, grid, args["method"], flux=flux, within=_WHOLE):
            used = combination.add(index, part, weight, left_out)
            if used:
                pixels += used
                units.add(file.unit)
                per_area = flux
    if not pixels:
        return None
    image, _ = combination.done()
    if per_area:
        # All pixels of an order have the same area.
        image /= np.float32((pixel_scale(order) * 3600) ** 2)
    return image


def joined(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make tiles of those an order above: means of the four pixels of each.

    Parameters
    ----------
    args : mapping
        The ``order`` of the ``tiles`` (numbers), and the ``folder`` of the survey.
    report : callable
        Told how many are ``done``.
    """
    order, folder = int(args["order"]), Path(args["folder"])
    for done, number in enumerate(args["tiles"], 1):
        made = np.full((SIDE, SIDE), np.nan, np.float32)
        unit = ""
        for child in range(4 * number, 4 * number + 4):
            found = read_tile(tile_path(folder, order + 1, child, "fits"))
            if found is not None:
                image, unit = found
                made[quarter(child)] = _halved(image)
        path = tile_path(folder, order, number, "fits")
        if np.isfinite(made).any():
            _write(path, made[::-1], order, number, unit)
        else:
            path.unlink(missing_ok=True)
        report({"done": done})
    return {}


def painted(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make pictures of tiles in one band.

    Parameters
    ----------
    args : mapping
        The ``order`` of the ``tiles`` (numbers), the ``folder`` of the survey, the ``look``
        whose limits are two values, and the ``kind`` of picture.
    report : callable
        Told how many are ``done``.
    """
    order, folder, kind = int(args["order"]), Path(args["folder"]), str(args["kind"])
    look = Look.from_dict(args["look"])
    levels = Levels.of(np.zeros(0, np.float32), look)
    for done, number in enumerate(args["tiles"], 1):
        found = read_tile(tile_path(folder, order, number, "fits"))
        path = tile_path(folder, order, number, SUFFIXES[kind])
        if found is None:
            path.unlink(missing_ok=True)
        else:
            shown = levels.paint(found[0][::-1])
            picture = Picture(shown, colors=look.colors, invert=look.invert)
            _replace(path, picture.encode(kind))
        report({"done": done})
    return {}


def colored(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make pictures in colour of tiles in three bands.

    A picture gets the time of the newest of its bands, which tells whether it must be made again.

    Parameters
    ----------
    args : mapping
        The ``order`` of the ``tiles`` (numbers), the ``folder`` of the survey, the folders of
        those in the ``bands`` for red, green and blue, ``scales`` as of
        `~lsp_jupyter.images.hips.color.color_image`, and the ``kind`` of picture.
    report : callable
        Told how many are ``done``.
    """
    order, folder, kind = int(args["order"]), Path(args["folder"]), str(args["kind"])
    red, green, blue = map(Path, args["bands"])
    for done, number in enumerate(args["tiles"], 1):
        sources = [tile_path(one, order, number, "fits") for one in (red, green, blue)]
        found = [read_tile(path) for path in sources]
        bands = [one[0] for one in found if one is not None]
        path = tile_path(folder, order, number, SUFFIXES[kind])
        seen = np.asarray(np.isfinite(bands).all(axis=0)) if len(bands) == 3 else np.zeros(0, bool)
        if seen.any():
            first, second, third = bands
            shown = color_image((first, second, third), tuple(args["scales"]))
            shown[~seen] = 0
            _replace(path, _encoded(shown, seen, kind))
            newest = max(one.stat().st_mtime_ns for one in sources)
            os.utime(path, ns=(newest, newest))
        else:
            path.unlink(missing_ok=True)
        report({"done": done})
    return {}


def read_tile(path: Path) -> tuple[Image, str] | None:
    """The pixels of a tile, the first row on top, and their unit; nothing if there is none.

    Raises
    ------
    lsp_jupyter.errors.EngineError
        Raised if the file is damaged.
    """
    from astropy.io import fits

    if not path.is_file():
        return None
    try:
        with damage_told(path.name), fits.open(path, memmap=False) as hdus:
            data, unit = hdus[0].data, str(hdus[0].header.get("BUNIT", ""))
    except LspError:
        raise EngineError(
            f"The tile {path.parent.parent.name}/{path.name} is damaged.",
            hint="Make the survey anew: lsp hips --full.",
        ) from None
    return np.asarray(data[::-1], np.float32), unit


def _halved(image: Image) -> Image:
    fours = [image[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    known = [np.isfinite(four) for four in fours]
    count = sum((one.astype(np.float32) for one in known), np.zeros_like(fours[0]))
    total = sum(
        (np.where(one, four, np.float32(0)) for one, four in zip(known, fours, strict=True)),
        np.zeros_like(fours[0]),
    )
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count, np.float32)


def _encoded(shown: npt.NDArray[np.uint8], seen: npt.NDArray[np.bool_], kind: str) -> bytes:
    if kind == "jpeg":
        return Picture(shown[::-1]).encode(kind)
    from PIL import Image as Pictures

    opaque = np.where(seen, 255, 0).astype(np.uint8)
    out = io.BytesIO()
    Pictures.fromarray(np.dstack([shown, opaque])).save(out, "PNG", compress_level=4)
    return out.getvalue()


def _write(path: Path, image: Image, order: int, number: int, unit: str) -> None:
    """Write a tile whose first row is at the bottom, as FITS has it."""
    from astropy.io import fits

    header = fits.Header(dict(grid_of(order, number).cards))
    header["ORDER"] = (order, "HEALPix order of the tile")
    header["NPIX"] = (number, "nested number of the tile")
    if unit:
        header["BUNIT"] = unit
    out = io.BytesIO()
    fits.PrimaryHDU(np.ascontiguousarray(image, ">f4"), header).writeto(out)
    _replace(path, out.getvalue())


def _replace(path: Path, data: bytes) -> None:
    """Write a file that nobody ever sees half of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
