"""What the image workers do for focal planes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lsp_jupyter.errors import LspError
from lsp_jupyter.images.focal_plane.overview import SIDE, Overview
from lsp_jupyter.images.focal_plane.placement import placed
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.pictures.levels import NO_DATA, Levels
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.images.tasks import Report

__all__ = ["atlas", "overviews", "plane"]


def overviews(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make overviews of images.

    Parameters
    ----------
    args : mapping
        ``images``: pairs of the path of an image and of the path of its overview.
    report : callable
        Told how many are ``done``.

    Returns
    -------
    told : `dict`
        ``failed``: why, by path of an image. The others have an overview now.
    """
    failed = {}
    for done, (path, out) in enumerate(args["images"], 1):
        try:
            Overview.of(Path(path)).write(Path(out))
        except LspError as error:
            failed[path] = str(error)
        report({"done": done})
    return {"failed": failed}


def plane(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Tell where the detectors of a visit are.

    Parameters
    ----------
    args : mapping
        ``overviews``: their paths; ``look``: what limits are told of.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        ``images``: of each its ``columns`` and ``rows``, ``raft``, ``slot``, ``unit``, the
        ``step`` of its overview and its ``place``; ``wcs`` and ``box`` of the plane; ``low`` and
        ``high``, between which all are shown; ``atlas``: how its cells are laid out.
    """
    found = [Overview.read(Path(one)) for one in args["overviews"]]
    where = placed(found)
    levels = _levels(found, Look.from_dict(args["look"]))
    across = _across(len(found))
    return {
        "images": [
            {
                **{name: getattr(one, name) for name in ("columns", "rows", "raft", "slot")},
                "unit": one.unit,
                "step": one.step,
                "place": place,
            }
            for one, place in zip(found, where.places, strict=True)
        ],
        "wcs": where.wcs,
        "box": where.box,
        "low": levels.low,
        "high": levels.high,
        "atlas": {"cell": SIDE, "across": across, "down": -(-len(found) // across)},
    }


def atlas(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Write all overviews of a visit as one picture, with the same limits.

    Each is in a cell of its own, at its lower left corner; the first cell is at the top left.

    Parameters
    ----------
    args : mapping
        ``overviews``: their paths; ``look``; ``kind`` and ``out`` of the file.
    report : callable
        Not called.
    """
    found = [Overview.read(Path(one)) for one in args["overviews"]]
    look = Look.from_dict(args["look"])
    levels = _levels(found, look)
    across = _across(len(found))
    down = -(-len(found) // across)
    sheet = np.full((down * SIDE, across * SIDE), NO_DATA, np.uint8)
    for place, one in enumerate(found):
        column, row = place % across, down - 1 - place // across
        rows, columns = one.pixels.shape
        corner = slice(row * SIDE, row * SIDE + rows), slice(column * SIDE, column * SIDE + columns)
        sheet[corner] = levels.paint(one.pixels)
    picture = Picture(sheet, None, look.colors, look.invert)
    Path(args["out"]).write_bytes(picture.encode(args["kind"]))
    return {"across": across, "down": down}


def _levels(found: list[Overview], look: Look) -> Levels:
    return Levels.of(np.concatenate([one.pixels.ravel() for one in found]), look)


def _across(number: int) -> int:
    return max(1, math.ceil(math.sqrt(number)))
