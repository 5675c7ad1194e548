"""Open files of images, kept by a worker between its tasks."""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import NotFoundError, UsageError
from lsp_jupyter.images.butler.fits import PLANE, ExposureFile
from lsp_jupyter.images.cutouts.stencil import Sky
from lsp_jupyter.images.cutouts.tiles import Tiles, section_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    from lsp_jupyter.images.butler.box import Box

__all__ = ["Handle", "opened"]

#: Files that are open at once.
MOST = 24


@dataclass(frozen=True, slots=True)
class Plane:
    """One plane of an image file.

    Attributes
    ----------
    name : `str`
        ``IMAGE``, ``MASK`` or ``VARIANCE``.
    section : object
        Reads a part of it.
    header : `astropy.io.fits.Header`
        As of the uncompressed plane.
    """

    name: str
    section: Any
    header: Header


class Handle:
    """An open file of an image, with what was found out of it.

    Parameters
    ----------
    path : `str`
        The file.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if it is not there, or has no image.
    lsp_jupyter.errors.UsageError
        Raised if it is no FITS file that can be read.
    """

    def __init__(self, path: str) -> None:
        try:
            self.file = ExposureFile(path)
            self.shape: tuple[int, int] = tuple(self.file.image_hdu.shape)
        except FileNotFoundError:
            raise NotFoundError("The file of this image is not there any more.") from None
        except NotFoundError:
            raise
        except Exception as error:
            raise UsageError(f"The file of this image cannot be read: {_plain(error)}.") from None

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    @cached_property
    def primary(self) -> Header:
        """The header of the file."""
        header: Header = self.file.hdus[0].header
        return header

    @property
    def image_is_first(self) -> bool:
        """Whether the header of the file is that of the image."""
        return self.file.image_hdu is self.file.hdus[0]

    @cached_property
    def planes(self) -> Mapping[str, Plane]:
        """The planes there are, by name."""
        found = {"IMAGE": self._plane("IMAGE", self.file.image_hdu)}
        for name in ("MASK", "VARIANCE"):
            if name in self.file.hdus and tuple(self.file.hdus[name].shape) == self.shape:
                found[name] = self._plane(name, self.file.hdus[name])
        return found

    def _plane(self, name: str, hdu: Any) -> Plane:
        section, shape = section_of(hdu), getattr(hdu, "tile_shape", None)
        if shape is not None and len(shape) == 2:
            section = Tiles(section, self.shape, (int(shape[0]), int(shape[1])))
        return Plane(name, section, hdu.header)

    @cached_property
    def psf(self) -> Any:
        """The extension of the point-spread function; none if there is none."""
        hdus = self.file.hdus
        return hdus["PSF"] if "PSF" in hdus else None  # noqa: SIM401 - it is a list

    @cached_property
    def bits(self) -> Mapping[str, int]:
        """The bits of the mask by name."""
        mask = self.planes.get("MASK")
        if mask is None:
            return {}
        return {
            key.removeprefix(PLANE): int(value)
            for key, value in mask.header.items()
            if key.startswith(PLANE)
        }

    @cached_property
    def wcs(self) -> WCS | None:
        """World coordinates of the file's pixels, the first of which is 0, 0."""
        from astropy.wcs import WCS

        header = self.planes["IMAGE"].header
        if not str(header.get("CTYPE1", "")).strip():
            return None
        try:
            wcs = WCS(header, fix=False).celestial
        except Exception as error:
            raise UsageError(
                f"The world coordinates of this image cannot be used: {_plain(error)}.",
                hint="Its pixels can be had as a whole.",
            ) from None
        return wcs if wcs.naxis == 2 else None

    @cached_property
    def sky(self) -> Sky:
        """Where its pixels are.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if nobody knows.
        """
        if self.wcs is None:
            raise UsageError(
                "This image has no world coordinates.", hint="Its pixels can be had as a whole."
            )
        return Sky(self.wcs, self.shape)

    def in_order(self, boxes: Sequence[Box], planes: Collection[str]) -> Iterator[int]:
        """The numbers of many boxes in an order that reads each compressed tile once.

        Parameters
        ----------
        boxes : sequence of `~lsp_jupyter.images.butler.box.Box`
            What will be read, counted from the image's first pixel.
        planes : collection of `str`
            Of which planes.
        """
        sections = [plane.section for name, plane in self.planes.items() if name in planes]
        tiled = [section for section in sections if isinstance(section, Tiles)]
        if not tiled:
            yield from range(len(boxes))
            return
        tall = tiled[0].tile[0]
        order = sorted(range(len(boxes)), key=lambda one: (boxes[one].y // tall, boxes[one].x))
        parts = [boxes[one].slices for one in order]
        start = 0
        with contextlib.ExitStack() as stack:
            for tiles in tiled:
                stack.enter_context(tiles.busy())
            while start < len(order):
                end = start + min(tiles.together(parts[start:]) for tiles in tiled)
                for tiles in tiled:
                    # What is damaged shows itself to those who read it.
                    with contextlib.suppress(Exception):
                        tiles.prepare(parts[start:end])
                yield from order[start:end]
                start = end

    def read(self, plane: str, slices: tuple[slice, slice]) -> npt.NDArray[Any]:
        """Pixels of a plane, in the order of bytes that FITS has.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if the file is damaged there.
        """
        try:
            pixels = self.planes[plane].section[slices]
        except Exception as error:
            raise UsageError(
                f"The pixels of this image cannot be read: {_plain(error)}.",
                hint="Its file is damaged. Tell whoever runs this instance.",
            ) from None
        return np.asarray(pixels, pixels.dtype.newbyteorder(">"))


def _plain(error: BaseException) -> str:
    from lsp_jupyter.images.headers import plain

    return plain(error).rstrip(".")


_handles: OrderedDict[str, tuple[tuple[int, int, int], Handle]] = OrderedDict()


def opened(path: str) -> Handle:
    """The open file at a path; opened if it is not, or if another one is there now.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised as by `Handle`.
    """
    try:
        status = os.stat(path)
    except OSError:
        raise NotFoundError("The file of this image is not there any more.") from None
    mark = status.st_ino, status.st_size, status.st_mtime_ns
    known = _handles.get(path)
    if known is not None and known[0] == mark:
        _handles.move_to_end(path)
        return known[1]
    if known is not None:
        del _handles[path]
        known[1].close()
    while len(_handles) >= MOST:
        _handles.popitem(last=False)[1][1].close()
    handle = Handle(path)
    _handles[path] = mark, handle
    return handle
