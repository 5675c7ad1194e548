"""What the image workers do for bulk cutouts: the stamps of some rows, and one file of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import LspError
from lsp_jupyter.images.bulk.pack import Row, pack
from lsp_jupyter.images.cutouts.cut import Cut, cut_box
from lsp_jupyter.images.cutouts.fits_file import extensions, fits_pieces
from lsp_jupyter.images.cutouts.handles import opened
from lsp_jupyter.images.cutouts.names import DETAILS
from lsp_jupyter.images.cutouts.stencil import Stencil
from lsp_jupyter.images.cutouts.work import about, painted
from lsp_jupyter.images.regions import Circle
from lsp_jupyter.images.tasks import Report

__all__ = ["cuts", "stamps", "written"]

#: Bytes that are written at once.
_BUFFER = 1 << 20
#: Stamps between two reports.
_EVERY = 16


def stamps(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make the stamps of some rows.

    Parameters
    ----------
    args : mapping
        ``rows``: of each its ``number``, the ``path`` of its image, ``did``, ``ra``, ``dec`` and
        ``radius``; ``kind``, ``detail``, ``most`` pixels of each, the ``look`` of pictures, and
        ``out``, the file that takes them one after the other.
    report : callable
        Told how many are ``done``.

    Returns
    -------
    told : `dict`
        ``made``: number, first byte, bytes, columns and rows of each; ``failed``: number, code
        and message.
    """
    made: list[list[int]] = []
    failed: list[list[Any]] = []
    done = 0
    with Path(args["out"]).open("wb", buffering=_BUFFER) as out:
        for path, rows in groupby(args["rows"], itemgetter("path")):
            for row, circle, found in cuts(path, list(rows), args):
                number, start = row["number"], out.tell()
                try:
                    if isinstance(found, LspError):
                        raise found
                    cutout = found()
                    _write(out, cutout, row, circle.text(), args)
                    box = cutout.box
                    made.append([number, start, out.tell() - start, box.width, box.height])
                except LspError as error:
                    out.seek(start)
                    out.truncate()
                    failed.append([number, error.code, str(error)])
                done += 1
                if done % _EVERY == 0:
                    report({"done": done})
    return {"made": made, "failed": failed}


def cuts(
    path: str, rows: Sequence[Mapping[str, Any]], args: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Circle, LspError | Callable[[], Cut]]]:
    """The cutouts of one image, in the order in which they are read best.

    Parameters
    ----------
    path : `str`
        The image.
    rows : sequence of mapping
        As of `stamps`.
    args : mapping
        ``detail`` and ``most`` of `stamps`.

    Yields
    ------
    row, circle, found
        The row, its region, and what makes the cutout or why there is none.
    """
    circles = [Circle(row["ra"] % 360.0, row["dec"], row["radius"]) for row in rows]
    try:
        handle = opened(path)
        stencils = handle.sky.stencils(circles)
    except LspError as error:
        for row, circle in zip(rows, circles, strict=True):
            yield row, circle, error
        return
    ready: list[tuple[int, Stencil]] = []
    for place, stencil in enumerate(stencils):
        if isinstance(stencil, LspError):
            yield rows[place], circles[place], stencil
        else:
            ready.append((place, stencil))
    boxes = [stencil.box for _, stencil in ready]
    for one in handle.in_order(boxes, DETAILS[args["detail"]]):
        place, stencil = ready[one]
        made = partial(
            cut_box, handle, stencil.box, stencil, detail=args["detail"], most=args["most"]
        )
        yield rows[place], circles[place], made


def _write(out: Any, found: Cut, row: Mapping[str, Any], region: str, args: Any) -> None:
    kind = args["kind"]
    if kind == "fits":
        # Of one file of all of them: its first header comes later.
        out.writelines(extensions(found, number=row["number"]))
    elif kind == "html":
        out.write(painted(found, "png", args["look"], row["did"], ""))
    else:
        out.writelines(fits_pieces(found, about(row["did"], region, "")))


def written(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Write the file of all stamps, and the table of what is in it.

    Parameters
    ----------
    args : mapping
        ``rows``, each as `~lsp_jupyter.images.bulk.pack.Row` has it; ``kind``, and the folder
        ``out``.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        ``size``, the bytes of the file.
    """
    rows = [Row(**row) for row in args["rows"]]
    return {"size": pack(args["kind"], rows, Path(args["out"]))}
