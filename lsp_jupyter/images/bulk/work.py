"""What the image workers do for bulk cutouts: the stamps of some rows, and one file of them all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import LspError
from lsp_jupyter.images.bulk.pack import Row, pack
from lsp_jupyter.images.cutouts.cut import Cut, cut
from lsp_jupyter.images.cutouts.fits_file import extensions, fits_pieces
from lsp_jupyter.images.cutouts.handles import opened
from lsp_jupyter.images.cutouts.work import about, painted
from lsp_jupyter.images.regions import Circle
from lsp_jupyter.images.tasks import Report

__all__ = ["stamps", "written"]


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
    with Path(args["out"]).open("wb") as out:
        for done, row in enumerate(args["rows"], 1):
            number, start = row["number"], out.tell()
            try:
                circle = Circle(row["ra"] % 360.0, row["dec"], row["radius"])
                found = cut(opened(row["path"]), circle, detail=args["detail"], most=args["most"])
                _write(out, found, row, circle.text(), args)
                box = found.box
                made.append([number, start, out.tell() - start, box.width, box.height])
            except LspError as error:
                out.seek(start)
                out.truncate()
                failed.append([number, error.code, str(error)])
            if done % 8 == 0:
                report({"done": done})
    return {"made": made, "failed": failed}


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
