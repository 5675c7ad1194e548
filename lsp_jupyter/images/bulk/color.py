"""Stamps in colour: three images of one place in one picture."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import LspError, UsageError
from lsp_jupyter.images.bulk.work import cuts
from lsp_jupyter.images.mosaics.color import Composition
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.tasks import Report

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["color_stamps"]


def color_stamps(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Make the stamps of some rows, each of three images on the same pixels.

    Parameters
    ----------
    args : mapping
        As of `lsp_jupyter.images.bulk.work.stamps`; of each row also ``paths``, the images of
        red, green and blue.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        As `lsp_jupyter.images.bulk.work.stamps` tells.
    """
    planes: dict[tuple[int, int], npt.NDArray[np.float32]] = {}
    errors: dict[int, LspError] = {}
    asked = sorted(
        ((path, band, row) for row in args["rows"] for band, path in enumerate(row["paths"])),
        key=lambda one: (one[0], one[1], one[2]["number"]),
    )
    for (path, band), some in groupby(asked, lambda one: one[:2]):
        for row, _, found in cuts(path, [one[2] for one in some], args):
            try:
                if isinstance(found, LspError):
                    raise found
                planes[row["number"], band] = found().planes["IMAGE"].astype(np.float32)
            except LspError as error:
                errors[row["number"]] = error
    made: list[list[int]] = []
    failed: list[list[Any]] = []
    with Path(args["out"]).open("wb") as out:
        for row in args["rows"]:
            number, start = row["number"], out.tell()
            try:
                if number in errors:
                    raise errors[number]
                bands = [planes[number, band] for band in range(3)]
                out.write(_painted(bands))
                height, width = bands[0].shape
                made.append([number, start, out.tell() - start, width, height])
            except LspError as error:
                failed.append([number, error.code, str(error)])
    return {"made": made, "failed": failed}


def _painted(bands: list[npt.NDArray[np.float32]]) -> bytes:
    if len({band.shape for band in bands}) > 1:
        raise UsageError(
            "The images of the three bands have different pixels here.",
            hint="Choose images on one grid, such as coadds, or one band.",
        )
    colors, empty = Composition.of(bands, "lupton").paint(bands)
    opaque = np.where(empty, np.uint8(0), np.uint8(255))
    return Picture(np.dstack([colors, opaque]), about={}).encode("png")
