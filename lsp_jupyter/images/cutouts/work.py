"""What the image workers do for cutouts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lsp_jupyter._version import __version__
from lsp_jupyter.images.cutouts.cut import Cut, cut
from lsp_jupyter.images.cutouts.fits_file import write_fits
from lsp_jupyter.images.cutouts.handles import opened
from lsp_jupyter.images.regions import region_of
from lsp_jupyter.images.tasks import Report

__all__ = ["about", "cutout", "painted"]


def about(did: str, region: str, url: str) -> dict[str, str]:
    """What the first header of a cutout says of where it comes from.

    Parameters
    ----------
    did : `str`
        IVOA identifier of the image.
    region : `str`
        What was cut out, as the value of POS; empty for all of it.
    url : `str`
        Of the file of the image.
    """
    return {
        "DATE": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "CREATOR": f"lsp_jupyter {__version__}",
        "PUBDID": did,
        "CUTOUT": region,
        "REFERENC": url,
    }


def cutout(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Write a part of an image to a file.

    Parameters
    ----------
    args : mapping
        ``path`` of the image, its ``did`` and ``url``; ``region`` as the value of POS, or empty;
        ``detail``, ``most`` pixels; ``out``, the file to write, its ``kind`` (``fits`` or one of
        the formats of pictures), whether to ``compress``, and the ``look`` of a picture.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        ``columns`` and ``rows``, and ``size``, the bytes of the file.
    """
    region = region_of(args["region"]) if args["region"] else None
    kind = args.get("kind", "fits")
    detail = args["detail"] if kind == "fits" else "image"
    found = cut(opened(args["path"]), region, detail=detail, most=args["most"])
    out = Path(args["out"])
    if kind == "fits":
        cards = about(args["did"], args["region"], args["url"])
        size = write_fits(found, out, cards, compress=args.get("compress", False))
    else:
        data = painted(found, kind, args["look"], args["did"], args["url"])
        size = out.write_bytes(data)
    return {"columns": found.box.width, "rows": found.box.height, "size": size}


def painted(found: Cut, kind: str, told: Mapping[str, Any], did: str, url: str) -> bytes:
    """A cutout as a picture.

    Parameters
    ----------
    found : `~lsp_jupyter.images.cutouts.cut.Cut`
        With the plane ``IMAGE``.
    kind : `str`
        One of the formats of pictures.
    told : mapping
        Its look.
    did, url : `str`
        Of the image.
    """
    import numpy as np

    from lsp_jupyter.images.pictures.encode import Picture
    from lsp_jupyter.images.pictures.levels import Levels
    from lsp_jupyter.images.pictures.look import Look

    look = Look.from_dict(told)
    pixels = found.planes["IMAGE"].astype(np.float32)
    levels = Levels.of(pixels, look)
    source = {"identifier": did, "url": url}
    picture = Picture(levels.paint(pixels), found.wcs, look.colors, look.invert, source)
    return picture.encode(kind)
