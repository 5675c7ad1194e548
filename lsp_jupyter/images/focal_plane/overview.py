"""A small version of an image, made once, so that many of them can be seen at once."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.damage import damage_told
from lsp_jupyter.images.pictures.frame import sky_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.float32]

__all__ = ["SIDE", "Overview"]

#: Columns or rows of an overview at most.
SIDE = 128

#: Keywords that tell where in the camera a detector is, best first.
_RAFT, _SLOT = ("RAFTBAY", "RAFTNAME"), ("CCDSLOT", "SENSNAME", "CCDNAME", "DETNAME")


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """A small version of an image.

    Attributes
    ----------
    pixels : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        Means of `step` by `step` pixels, those without a value left out. The first row is at
        the bottom.
    columns, rows : `int`
        Of the image.
    step : `int`
        Columns and rows of the image that are one of the overview.
    unit : `str`
        Of the values; empty if the file does not tell.
    raft, slot : `str`
        Where in the camera the detector is, such as ``R22`` and ``S11``; empty if the header
        does not tell.
    wcs : `dict`
        World coordinates of the image's pixels as FITS keywords; empty if there are none.
    """

    pixels: Pixels
    columns: int
    rows: int
    step: int
    unit: str = ""
    raft: str = ""
    slot: str = ""
    wcs: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> Self:
        """The overview of the image in a FITS file, all of which is read.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if it cannot be read.
        """
        with damage_told(), ExposureFile(path) as file:
            header = file.metadata()
            array = file.image().array
            rows, columns = array.shape
            step = max(1, -(-max(rows, columns) // SIDE))
            wcs = sky_of(file)
            cards = wcs.to_header(relax=True).cards if wcs is not None else ()
            return cls(
                _means(array, step),
                columns,
                rows,
                step,
                unit=file.unit,
                raft=_first(header, _RAFT),
                slot=_first(header, _SLOT),
                wcs={card.keyword: card.value for card in cards if card.keyword},
            )

    @classmethod
    def read(cls, path: Path) -> Self:
        """One that was written.

        Raises
        ------
        OSError, ValueError, KeyError
            Raised if there is none that can be used.
        """
        with np.load(path, allow_pickle=False) as kept:
            return cls(kept["pixels"], **json.loads(str(kept["about"])))

    def write(self, path: Path) -> None:
        """Keep it in a file, which appears when it is whole."""
        about = {
            name: getattr(self, name)
            for name in ("columns", "rows", "step", "unit", "raft", "slot", "wcs")
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{secrets.token_hex(4)}.draft.npz")
        try:
            np.savez(draft, pixels=self.pixels, about=np.array(json.dumps(about)))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def _means(array: npt.NDArray[Any], step: int) -> Pixels:
    """The means of squares of pixels; those at the upper and right edge may be of fewer."""
    rows, columns = array.shape
    height, width = -(-rows // step), -(-columns // step)
    whole = array.astype(np.float32, copy=False)
    padded = ((0, height * step - rows), (0, width * step - columns))
    squares = np.pad(whole, padded, constant_values=np.nan).reshape(height, step, width, step)
    known = np.isfinite(squares)
    if known.all():
        return np.asarray(squares.mean(axis=(1, 3), dtype=np.float32))
    number = known.sum(axis=(1, 3))
    total = np.where(known, squares, 0).sum(axis=(1, 3), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / np.where(number, number, np.nan), np.float32)


def _first(header: Any, names: tuple[str, ...]) -> str:
    return next((str(header[name]).strip() for name in names if name in header), "")
