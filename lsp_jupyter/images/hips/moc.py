"""Coverage of the sky: multi-order coverage maps (IVOA MOC 2.0)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.io.fits import HDUList

    Integers = npt.NDArray[np.int64]

__all__ = ["merge", "moc_file", "read_moc", "read_numbers", "sky_fraction", "write_moc"]


def merge(cells: Integers, order: int) -> Integers:
    """Join cells into the fewest that cover the same sky.

    Parameters
    ----------
    cells : `numpy.ndarray` of `int`
        HEALPix cells, nested.
    order : `int`
        Their order.

    Returns
    -------
    numbers : `numpy.ndarray` of `int`
        Cells of several orders as MOC 2.0 section 4.3.2 numbers them: ``4**(order + 1) + cell``;
        ascending.
    """
    kept = []
    cells = np.unique(cells)
    while order >= 0 and len(cells):
        parents, count = np.unique(cells >> 2, return_counts=True)
        whole = parents[count == 4] if order else parents[:0]
        kept.append(cells[~np.isin(cells >> 2, whole)] + 4 ** (order + 1))
        cells, order = whole, order - 1
    return np.sort(np.concatenate(kept)) if kept else np.zeros(0, np.int64)


def sky_fraction(cells: Integers, order: int) -> float:
    """The part of the sky that different cells of an order cover."""
    return float(len(np.unique(cells)) / (12 * 4**order))


def write_moc(cells: Integers, order: int, path: Path) -> None:
    """Write the coverage of cells of one order as a FITS file."""
    moc_file(cells, order).writeto(path, overwrite=True)


def read_moc(path: Path, order: int) -> Integers:
    """The cells of an order that a coverage in a file has, ascending.

    Parameters
    ----------
    path : `~pathlib.Path`
        As `write_moc` wrote it.
    order : `int`
        At least that of its finest cells.
    """
    numbers = read_numbers(path)
    found = [np.zeros(0, np.int64)]
    for level in range(order + 1):
        base = 4 ** (level + 1)
        cells = numbers[(numbers >= base) & (numbers < 4 * base)] - base
        if len(cells):
            inside = np.arange(4 ** (order - level))
            found.append(((cells << 2 * (order - level))[:, None] + inside).ravel())
    return np.sort(np.concatenate(found))


def read_numbers(path: Path) -> Integers:
    """The cells of a coverage in a file as it has them.

    Parameters
    ----------
    path : `~pathlib.Path`
        As `write_moc` wrote it.

    Returns
    -------
    numbers : `numpy.ndarray` of `int`
        As `merge` gives them.

    Raises
    ------
    OSError
        Raised if it cannot be read.
    KeyError
        Raised if it is no coverage.
    """
    from astropy.io import fits

    with fits.open(path, memmap=False) as hdus:
        return np.asarray(hdus[1].data["UNIQ"], np.int64)


def moc_file(cells: Integers, order: int) -> HDUList:
    """The coverage of cells of one order as FITS."""
    from astropy.io import fits

    cards: dict[str, Any] = {
        "MOCVERS": "2.0",
        "MOCDIM": "SPACE",
        "ORDERING": "NUNIQ",
        "COORDSYS": "C",
        "MOCORD_S": order,
        # What readers of MOC 1.1 look for.
        "PIXTYPE": "HEALPIX",
        "MOCORDER": order,
    }
    column = fits.Column("UNIQ", "K", array=merge(cells, order))
    table = fits.BinTableHDU.from_columns([column], header=fits.Header(cards))
    return fits.HDUList([fits.PrimaryHDU(), table])
