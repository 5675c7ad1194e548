"""A part of an image: its pixels, mask and variance, and its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.butler.box import Box
from lsp_jupyter.images.butler.fits import PLANE
from lsp_jupyter.images.cutouts.names import DETAILS
from lsp_jupyter.images.cutouts.stencil import Stencil
from lsp_jupyter.images.regions import Polygon

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

    from lsp_jupyter.images.cutouts.handles import Handle
    from lsp_jupyter.images.regions import Region

__all__ = ["OUTSIDE", "Cut", "cut", "cut_box", "mask_key"]

#: The plane of the mask of pixels that are in the box, but not in the region.
OUTSIDE = "OUTSIDE_STENCIL"


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A part of an image.

    Attributes
    ----------
    handle : `~lsp_jupyter.images.cutouts.handles.Handle`
        The file it is of.
    box : `~lsp_jupyter.images.butler.box.Box`
        Which pixels, counted from the first one of the file.
    planes : mapping
        Pixels by the name of the plane, in the order of bytes that FITS has.
    bits : mapping
        The bits of the mask by name.
    blank : `int`, optional
        What stands for a missing pixel of an image of whole numbers.
    psf : `bool`
        Whether the point-spread function belongs to it.
    """

    handle: Handle
    box: Box
    planes: Mapping[str, npt.NDArray[Any]]
    bits: Mapping[str, int]
    blank: int | None = None
    psf: bool = False

    @property
    def wcs(self) -> WCS | None:
        """World coordinates of its pixels, the first of which is 0, 0."""
        if self.handle.wcs is None:
            return None
        return self.handle.wcs[
            self.box.y : self.box.y + self.box.height, self.box.x : self.box.x + self.box.width
        ]


def cut(
    handle: Handle, region: Region | None, *, detail: str = "exposure", most: int = 64_000_000
) -> Cut:
    """Cut a part out of an image.

    Of a polygon, pixels outside of it are missing (not a number); of other regions they are
    there, as in the box. The mask tells them apart.

    Parameters
    ----------
    handle : `~lsp_jupyter.images.cutouts.handles.Handle`
        The image.
    region : `~lsp_jupyter.images.regions.Region`, optional
        Which part; all of it if not given.
    detail : `str`
        One of `lsp_jupyter.images.cutouts.names.DETAILS`.
    most : `int`
        Pixels of a plane at most.

    Raises
    ------
    lsp_jupyter.errors.NoOverlapError
        Raised if no pixel is in the region.
    lsp_jupyter.errors.ParameterError
        Raised if the region is a polygon whose sides cross.
    lsp_jupyter.errors.LimitError
        Raised if there are too many pixels.
    """
    rows, columns = handle.shape
    stencil: Stencil | None = None
    box = Box(0, 0, columns, rows)
    if region is not None:
        if isinstance(region, Polygon) and region.crosses_itself():
            raise ParameterError(
                "The sides of the polygon cross, or it is larger than half of the sky.",
                parameter="POLYGON",
                hint="Give its corners in order, all the way round.",
            )
        stencil = handle.sky.stencil(region)
        box = stencil.box
    return cut_box(
        handle, box, stencil, detail=detail, most=most, blanked=isinstance(region, Polygon)
    )


def cut_box(
    handle: Handle,
    box: Box,
    stencil: Stencil | None = None,
    *,
    detail: str = "exposure",
    most: int = 64_000_000,
    blanked: bool = False,
) -> Cut:
    """Cut a box of pixels out of an image; see `cut`."""
    if box.width * box.height > most:
        raise LimitError(
            f"This part has {box.width:,} by {box.height:,} pixels, and {most:,} at most "
            "are given out at once.",
            hint="Ask for a smaller part, or for the file.",
        )
    names = DETAILS[detail]
    slices = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
    planes = {name: handle.read(name, slices) for name in handle.planes if name in names}
    bits, blank = dict(handle.bits), None
    outside = None if stencil is None or stencil.inside.all() else ~stencil.inside
    if outside is not None:
        if blanked:
            for name in ("IMAGE", "VARIANCE"):
                if name in planes:
                    planes[name], number = _without(planes[name], outside)
                    blank = number if name == "IMAGE" else blank
        if "MASK" in planes:
            planes["MASK"], bits = _marked(planes["MASK"], outside, bits)
    return Cut(handle, box, planes, bits, blank, "PSF" in names and handle.psf is not None)


def _without(
    pixels: npt.NDArray[Any], outside: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[Any], int | None]:
    """Pixels without some of them, and the number that stands for those."""
    pixels = pixels.copy()
    if pixels.dtype.kind == "f":
        pixels[outside] = np.nan
        return pixels, None
    number = 0 if pixels.dtype.kind == "u" else int(np.iinfo(pixels.dtype).min)
    pixels[outside] = number
    return pixels, number


def _marked(
    mask: npt.NDArray[Any], outside: npt.NDArray[np.bool_], bits: Mapping[str, int]
) -> tuple[npt.NDArray[Any], dict[str, int]]:
    """A mask with a plane for what is outside, if it has room for one."""
    room = 8 * mask.dtype.itemsize - (1 if mask.dtype.kind == "i" else 0)
    free = bits.get(OUTSIDE, max(bits.values(), default=-1) + 1)
    if free >= room:
        return mask, dict(bits)
    mask = mask.copy()
    mask[outside] |= mask.dtype.type(1 << free)
    return mask, {**bits, OUTSIDE: free}


def mask_key(name: str) -> str:
    """The keyword of a plane of the mask."""
    return PLANE + name
