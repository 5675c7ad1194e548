"""Headers of FITS files as JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import LimitError

if TYPE_CHECKING:
    from astropy.io.fits import Header

__all__ = ["MOST_CARDS", "headers"]

#: Cards that are read at most; some files hide data in them.
MOST_CARDS = 100_000

#: Whole numbers beyond it are not what JSON readers make of them.
_WHOLE = 1 << 53


def headers(path: Path) -> list[dict[str, Any]]:
    """The headers of all parts of a file.

    Parameters
    ----------
    path : `~pathlib.Path`
        The FITS file.

    Returns
    -------
    parts : `list` of `dict`
        ``name``, ``index`` and ``cards`` of each. A card has a ``keyword`` and, where it has
        them, a ``value`` and a ``comment``. Whole numbers above 2⁵³ and numbers that are not
        finite are text.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if there are more cards than `MOST_CARDS`.
    """
    from astropy.io import fits

    parts = []
    left = MOST_CARDS
    with fits.open(path, memmap=True, lazy_load_hdus=True, disable_image_compression=False) as hdus:
        for index, hdu in enumerate(hdus):
            left -= len(hdu.header)
            if left < 0:
                raise LimitError(
                    f"The file has more than {MOST_CARDS} header cards.",
                    hint="Download the file and read them there.",
                )
            parts.append({"index": index, "name": hdu.name, "cards": _cards(hdu.header)})
    return parts


def _cards(header: Header) -> list[dict[str, Any]]:
    from astropy.io.fits.card import Undefined
    from astropy.io.fits.verify import VerifyError

    told = []
    for card in header.cards:
        keyword = str(card.keyword)
        if not keyword and not str(card.value):
            continue
        try:
            value = card.value
        except VerifyError:
            # What no reader understands is told as it stands.
            value = str(card.image[8:]).strip(" =")
        entry: dict[str, Any] = {"keyword": keyword}
        if not isinstance(value, Undefined):
            entry["value"] = _plain(value)
        if card.comment:
            entry["comment"] = str(card.comment)
        told.append(entry)
    return told


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _WHOLE else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)
