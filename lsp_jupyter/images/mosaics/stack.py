"""The images of a mosaic one by one on its grid: a cube in an HDF5 file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import LimitError
from lsp_jupyter.images.mosaics.resample import Resampled

if TYPE_CHECKING:
    from lsp_jupyter.images.mosaics.grid import Grid

__all__ = ["Stack", "check_stack"]

#: Rows and columns that are compressed together.
_CHUNK = 128

_PLANES = {"image": (np.float32, np.nan), "variance": (np.float32, np.nan), "mask": (np.int32, 0)}


def check_stack(images: int, grid: Grid, most: int) -> None:
    """See to it that a stack is not too large.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if all of its images together have more than so many pixels.
    """
    if images * grid.columns * grid.rows > most:
        raise LimitError(
            f"A stack of {images} images of {grid.columns} by {grid.rows} pixels is too large; "
            f"at most {most} pixels are possible together.",
            hint="Ask for fewer images, for larger pixels, or for a smaller part of the sky.",
        )


class Stack:
    """Writes images of one grid to an HDF5 file.

    There is a group for each colour, or one called ``gray``. In it are the datasets ``image``,
    ``variance`` and ``mask``, whose axes are the image, its rows and its columns, and ``id``.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file.
    grid : `Grid`
        Where the pixels are: its FITS keywords are the attribute ``wcs``, as JSON.
    about : mapping
        More attributes of the file.
    """

    def __init__(self, path: Path, grid: Grid, about: Mapping[str, str]) -> None:
        import h5py

        self._shape = grid.rows, grid.columns
        self._file: Any = h5py.File(path, "w")
        self._file.attrs.update({"wcs": json.dumps(grid.to_cards()), **about})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def begin(self, name: str, ids: Sequence[str]) -> None:
        """Make room for images; what is not put there has no value."""
        group = self._file.create_group(name)
        group.create_dataset("id", data=[text.encode() for text in ids])
        for plane, (kind, empty) in _PLANES.items():
            group.create_dataset(
                plane,
                (len(ids), *self._shape),
                kind,
                fillvalue=empty,
                chunks=(1, *(min(_CHUNK, length) for length in self._shape)),
                compression="gzip",
                compression_opts=1,
                shuffle=True,
            )

    def put(self, name: str, index: int, part: Resampled) -> None:
        """Write some rows of an image.

        Parameters
        ----------
        name : `str`
            The group.
        index : `int`
            Which image it is, as in `begin`.
        part : `Resampled`
            Its pixels.
        """
        group = self._file[name]
        for plane in _PLANES:
            group[plane][(index, *part.box.slices)] = getattr(part, plane)

    def tell(self, name: str, unit: str, planes: Mapping[str, int]) -> None:
        """Say what the values are in, and which bit of the mask is which plane."""
        group = self._file[name]
        group["image"].attrs["unit"] = unit
        group["variance"].attrs["unit"] = f"({unit})**2" if unit else ""
        group["mask"].attrs["planes"] = json.dumps(planes)
