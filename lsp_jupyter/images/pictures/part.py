"""The image that is shown of a file: any of its extensions, any layer of a cube, any plane."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.butler.box import Box
from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.damage import damage_told

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.images.pictures.pyramid import Rows

    Pixels = npt.NDArray[Any]

__all__ = ["PartFile", "opened", "parts_of", "plane_of"]

#: Extensions that are looked at.
_MOST = 1_000


class PartFile(ExposureFile):
    """An open FITS file of which one image is meant.

    Parameters
    ----------
    path : `str` or `~pathlib.Path`
        The file.
    hdu : `int`, optional
        Number of the extension; by default that of the name IMAGE, or else the first with an
        image.
    layer : `int`
        Which image of a cube, counted from 0 with the third axis the fastest.
    """

    def __init__(self, path: Any, hdu: int | None = None, layer: int = 0) -> None:
        super().__init__(path)
        self._hdu = hdu
        self._layer = layer

    @cached_property
    def image_hdu(self) -> Any:
        """The extension of the image."""
        if self._hdu is None:
            if "IMAGE" in self.hdus:
                return self.hdus["IMAGE"]
            found = next((hdu for hdu in self.hdus if _is_image(hdu)), None)
        else:
            found = self.hdus[self._hdu] if self._hdu < len(self.hdus) else None
            found = found if found is not None and _is_image(found) else None
        if found is None:
            raise NotFoundError(
                "The file has no image there.",
                hint="Images are extensions of FITS files with two axes or more.",
            )
        if not 0 <= self._layer < _layers(found):
            raise NotFoundError(
                f"The cube has no layer {self._layer}.",
                hint=f"It has {_layers(found)}, counted from 0.",
            )
        return found

    @cached_property
    def bbox(self) -> Box:
        """The pixels there are, counted as in the parent image."""
        rows, columns = self.image_hdu.shape[-2:]
        header = self.image_hdu.header
        return Box(-round(header.get("LTV1", 0)), -round(header.get("LTV2", 0)), columns, rows)

    def rows(self, first: int, last: int) -> Pixels:
        """Some rows of the image as floats."""
        shape = self.image_hdu.shape
        index = np.unravel_index(self._layer, shape[:-2]) if len(shape) > 2 else ()
        part = self.image_hdu.section[(*(int(one) for one in index), slice(first, last))]
        return np.asarray(part, np.float32)


class _Plane:
    """An image, its variance or its mask, some rows at a time."""

    def __init__(self, file: PartFile, name: str) -> None:
        self._file = file
        self._name = name
        self._box = file.bbox
        self.shape = self._box.height, self._box.width
        self.dtype: np.dtype[Any] = np.dtype(np.int32 if name == "mask" else np.float32)

    def __getitem__(self, rows: slice) -> Pixels:
        first, last, _ = rows.indices(self.shape[0])
        if self._name == "image":
            return self._file.rows(first, last)
        box = Box(self._box.x, self._box.y + first, self._box.width, last - first)
        return np.asarray(self._file.component(self._name, box).array, self.dtype)


@contextmanager
def opened(args: Mapping[str, Any]) -> Iterator[PartFile]:
    """The file that a task is about, damage told.

    Parameters
    ----------
    args : mapping
        ``path`` of the file; ``hdu`` and ``layer`` if a certain image of it is meant.
    """
    with damage_told(), PartFile(args["path"], args.get("hdu"), args.get("layer", 0)) as file:
        yield file


@contextmanager
def plane_of(args: Mapping[str, Any]) -> Iterator[Rows]:
    """A plane of the image that a task is about.

    Parameters
    ----------
    args : mapping
        As of `opened`, and the ``plane``: ``image``, ``variance`` or ``mask``.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if the image has no such plane.
    """
    name = args["plane"]
    with opened(args) as file:
        if name != "image":
            there = name.upper() in file.hdus and file.hdus[name.upper()].shape == (
                file.bbox.height,
                file.bbox.width,
            )
            if not there:
                raise NotFoundError(
                    f"The image has no {name}.", hint="Ask for PLANE=image, which all have."
                )
        yield _Plane(file, name)


def parts_of(file: PartFile) -> list[dict[str, Any]]:
    """The images of a file.

    Parameters
    ----------
    file : `PartFile`
        Any.

    Returns
    -------
    parts : `list` of `dict`
        ``hdu``, its number; ``name``; ``columns``, ``rows`` and ``layers``; the ``unit``; whether
        it is ``compressed``.
    """
    found = []
    for number, hdu in enumerate(file.hdus):
        if number >= _MOST:
            break
        if _is_image(hdu):
            found.append(
                {
                    "hdu": number,
                    "name": str(hdu.name),
                    "columns": int(hdu.shape[-1]),
                    "rows": int(hdu.shape[-2]),
                    "layers": _layers(hdu),
                    "unit": str(hdu.header.get("BUNIT", "")),
                    "compressed": hasattr(hdu, "compression_type"),
                }
            )
    return found


def _is_image(hdu: Any) -> bool:
    return bool(hdu.is_image) and len(hdu.shape) >= 2 and 0 not in hdu.shape


def _layers(hdu: Any) -> int:
    return math.prod(hdu.shape[:-2])
