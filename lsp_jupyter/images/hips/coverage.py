"""What part of the sky images cover, as a multi-order coverage map (MOC 2.0)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import ParameterError

from .moc import merge, moc_file

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FORMATS", "coverage", "written"]

#: How a map can be written, with the media type of each (MOC 2.0 section 4.3).
FORMATS: Mapping[str, str] = {
    "fits": "application/fits",
    "json": "application/json",
    "ascii": "text/plain; charset=utf-8",
}


def coverage(outlines: Iterable[str], order: int) -> npt.NDArray[np.int64]:
    """The cells that polygons touch.

    Parameters
    ----------
    outlines : iterable of `str`
        As ``s_region`` has them: ``POLYGON ICRS`` and corners in degrees. Others are left out.
    order : `int`
        Of the cells; each has the side of about 58.6 degrees divided by ``2**order``.

    Returns
    -------
    cells : `numpy.ndarray` of `int`
        HEALPix cells of that order, nested; each once, ascending.
    """
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import polygon_search

    found = [np.zeros(0, np.int64)]
    for outline in outlines:
        words = outline.split()
        if not words or words[0].upper() != "POLYGON":
            continue
        numbers = np.array([float(word) for word in words if word[0] in "+-.0123456789"])
        if len(numbers) < 6 or len(numbers) % 2:
            continue
        lon, lat = Longitude(numbers[::2] * units.deg), Latitude(numbers[1::2] * units.deg)
        cells, _, _ = polygon_search(lon, lat, order, flat=True)
        found.append(cells.astype(np.int64))
    return np.unique(np.concatenate(found))


def written(cells: npt.NDArray[np.int64], order: int, form: str) -> bytes:
    """A coverage map as a document.

    Parameters
    ----------
    cells : `numpy.ndarray` of `int`
        As of `coverage`.
    order : `int`
        Their order.
    form : `str`
        One of `FORMATS`.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if there is no such format.
    """
    if form == "fits":
        out = io.BytesIO()
        moc_file(cells, order).writeto(out)
        return out.getvalue()
    numbers = merge(cells, order)
    by_order: dict[int, list[int]] = {}
    for number in numbers.tolist():
        level = (number.bit_length() - 3) // 2
        by_order.setdefault(level, []).append(number - 4 ** (level + 1))
    # So that the resolution is told even where the finest cells are all joined.
    by_order.setdefault(order, [])
    told: dict[str, Any] = {str(level): by_order[level] for level in sorted(by_order)}
    if form == "json":
        return json.dumps(told).encode()
    if form == "ascii":
        words = [f"{level}/{' '.join(map(str, cells_of))}" for level, cells_of in told.items()]
        return f"{' '.join(words)}\n".encode()
    raise ParameterError(
        f"“{form[:40]}” is no format of coverage maps.",
        parameter="RESPONSEFORMAT",
        hint=f"Use {', '.join(FORMATS)}.",
    )
