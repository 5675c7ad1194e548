"""An image in smaller and smaller versions, kept on the disk, cut into tiles for a screen."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.butler.box import Box

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[Any]

__all__ = ["TILE", "Pyramid", "Rows", "halved"]

#: Columns and rows of a tile.
TILE = 512

#: Rows that are read at once, an even number.
STRIPE = 1024

#: Columns and rows of the pixels from which limits are found.
SAMPLE = 512

_ABOUT = "about.json"


class Rows(Protocol):
    """An image whose rows can be read, such as an array."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of its pixels."""

    def __getitem__(self, rows: slice, /) -> Pixels:
        """Some of its rows."""


class Pyramid:
    """The versions of one plane of an image.

    Version 0 is the image itself, no longer compressed. In every other one a pixel is the mean
    of two by two pixels of the one before, those without a value left out; of a mask it is all
    of their bits. Tiles and pixels are counted from the first column and row of the file.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where it is kept.
    shape : pair of `int`
        Rows and columns of the image.
    """

    def __init__(self, folder: Path, shape: tuple[int, int]) -> None:
        self._folder = folder
        self.shape = shape

    @classmethod
    def at(cls, folder: Path, read: Callable[[], AbstractContextManager[Rows]]) -> Self:
        """The one in a folder; made if it is not there.

        Parameters
        ----------
        folder : `~pathlib.Path`
            Of this plane of this image alone. It appears when it is whole.
        read : callable
            Opens the plane; its pixels are read some rows at a time.
        """
        about = folder / _ABOUT
        try:
            rows, columns = json.loads(about.read_bytes())["shape"]
            os.utime(folder)
        except FileNotFoundError:
            with read() as image:
                rows, columns = _make(folder, image)
        return cls(folder, (rows, columns))

    @property
    def depth(self) -> int:
        """The number of the smallest version: the first that fits one tile."""
        return depth_of(self.shape)

    def size(self, level: int) -> tuple[int, int]:
        """Rows and columns of a version."""
        rows, columns = self.shape
        return _halves(rows, level), _halves(columns, level)

    def sample(self) -> Pixels:
        """Pixels of all of the image, as many as limits need."""
        return np.asarray(np.load(self._folder / "sample.npy"))

    def version(self, level: int) -> Pixels:
        """All pixels of a version, read as far as they are used."""
        return np.asarray(np.load(self._folder / f"{level}.npy", mmap_mode="r"))

    def tile(self, level: int, x: int, y: int) -> Pixels:
        """The pixels of a tile.

        Parameters
        ----------
        level : `int`
            The version.
        x, y : `int`
            Its column and row among tiles.

        Returns
        -------
        pixels : `numpy.ndarray`, shape ``(rows, columns)``
            Fewer than `TILE` at the upper and the right edge.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such tile.
        """
        if not 0 <= level <= self.depth:
            raise NotFoundError(
                f"The image has no level {level}.", hint=f"It has levels from 0 to {self.depth}."
            )
        rows, columns = self.size(level)
        box = Box(x * TILE, y * TILE, TILE, TILE).clippedTo(Box(0, 0, columns, rows))
        if x < 0 or y < 0 or box.isEmpty():
            across, along = -(-columns // TILE), -(-rows // TILE)
            raise NotFoundError(
                f"The image has no tile {x}, {y} at level {level}.",
                hint=f"It has {across} by {along} there, counted from 0.",
            )
        return self.version(level)[box.slices]


class _Written:
    """A version that was written, read without being mapped."""

    def __init__(
        self, path: Path, start: int, shape: tuple[int, int], dtype: np.dtype[Any]
    ) -> None:
        self._path = path
        self._start = start
        self.shape = shape
        self.dtype = dtype

    def __getitem__(self, rows: slice) -> Pixels:
        first, last, _ = rows.indices(self.shape[0])
        columns = self.shape[1]
        before = self._start + first * columns * self.dtype.itemsize
        count = (last - first) * columns
        return np.fromfile(self._path, self.dtype, count, offset=before).reshape(-1, columns)


def halved(array: Pixels) -> Pixels:
    """The next version of an image.

    Parameters
    ----------
    array : `numpy.ndarray`, shape ``(rows, columns)``
        Floats, or the bits of a mask.

    Returns
    -------
    array : `numpy.ndarray`, shape ``(rows / 2, columns / 2)``
        Rounded up: the last column and row may stand for fewer pixels.
    """
    rows, columns = array.shape
    floats = np.issubdtype(array.dtype, np.floating)
    if rows % 2 or columns % 2:
        fill = np.nan if floats else 0
        array = np.pad(array, ((0, rows % 2), (0, columns % 2)), constant_values=fill)
    parts = [array[i::2, j::2] for i in (0, 1) for j in (0, 1)]
    if not floats:
        return np.asarray(np.bitwise_or.reduce(parts))
    total = parts[0] + parts[1] + parts[2] + parts[3]
    if np.isfinite(total).all():
        return np.asarray(total * total.dtype.type(0.25))
    total = np.zeros_like(total)
    number = np.zeros_like(total)
    for part in parts:
        known = np.isfinite(part)
        number += known
        total += np.where(known, part, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / np.where(number, number, np.nan))


def depth_of(shape: tuple[int, int]) -> int:
    """The number of the smallest version of an image of so many rows and columns."""
    return max(0, (max(shape) - 1) // TILE).bit_length()


def _halves(length: int, level: int) -> int:
    return (length + (1 << level) - 1) >> level


def _make(folder: Path, image: Rows) -> tuple[int, int]:
    """Write all versions of an image; gives its shape. Some rows at a time are in memory."""
    rows, columns = image.shape
    draft = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    draft.mkdir(mode=0o700, parents=True)
    try:
        step = max(1, -(-max(rows, columns) // SAMPLE))
        sample = []
        before: Rows = image
        for level in range(depth_of((rows, columns)) + 1):
            path = draft / f"{level}.npy"
            with path.open("wb") as out:
                shape = _halves(rows, level), _halves(columns, level)
                descr = np.lib.format.dtype_to_descr(image.dtype)
                told = {"descr": descr, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(out, told)
                start = out.tell()
                for first in range(0, before.shape[0], STRIPE):
                    stripe = np.asarray(before[first : first + STRIPE])
                    if level == 0:
                        sample.append(stripe[-first % step :: step, ::step].copy())
                    else:
                        stripe = halved(stripe)
                    np.ascontiguousarray(stripe, image.dtype).tofile(out)
            before = _Written(path, start, shape, image.dtype)
        np.save(draft / "sample.npy", np.concatenate(sample))
        (draft / _ABOUT).write_text(json.dumps({"shape": [rows, columns]}))
        # Another worker may have been faster: what it made is the same.
        with suppress(OSError):
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return rows, columns
