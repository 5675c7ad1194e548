"""An image that goes into a mosaic or into tiles: what of it is needed, and how much it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.errors import UsageError
from lsp_jupyter.images.butler.box import Box
from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.butler.planes import Mask
from lsp_jupyter.images.mosaics.color import sky_noise
from lsp_jupyter.images.mosaics.combine import weight_of
from lsp_jupyter.images.mosaics.grid import Grid
from lsp_jupyter.images.mosaics.resample import MASK_BITS, Planes
from lsp_jupyter.images.pictures.frame import sky_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

__all__ = ["Source", "read", "wcs_of"]

#: Pixels of an input beyond those that the grid needs: splines look around.
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class Source:
    """An image that goes into a mosaic.

    Attributes
    ----------
    did : `str`
        Its identifier.
    path : `str`
        Its file.
    """

    did: str
    path: str


def wcs_of(file: ExposureFile, one: Source) -> WCS:
    """The world coordinates of an image, whose first pixel is 0, 0.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it has none that can be used.
    """
    made = sky_of(file)
    if made is None:
        raise UsageError(
            f"The image {one.did} has no world coordinates that can be used.",
            hint="Images of calibration are not of a part of the sky; leave them out.",
        )
    return made


def read(
    file: ExposureFile, one: Source, grid: Grid, bits: dict[str, int]
) -> tuple[Planes | None, WCS, float]:
    """What of an image a grid needs, where it is, and how much it counts.

    Parameters
    ----------
    file : `ExposureFile`
        The image.
    one : `Source`
        What it is called.
    grid : `Grid`
        The pixels it shall be on.
    bits : `dict`
        The bit of each plane of the mask; planes that are new are added.

    Returns
    -------
    planes : `Planes` or `None`
        Its pixels; none if it is not on the grid.
    wcs : `astropy.wcs.WCS`
        Of these pixels.
    weight : `float`
        As of `weight_of`.
    """
    wcs = wcs_of(file, one)
    box = _needed(wcs, file.bbox, grid)
    if box is None:
        return None, wcs, 0.0
    whole = file.bbox
    image = file.image(box).array.astype(np.float32, copy=False)
    variance, mask = file.variance(box), file.mask(box)
    if variance is None:
        # Its noise tells as much as is needed for a weight.
        errors = np.full(image.shape, sky_noise(image) ** 2, np.float32)
    else:
        errors = variance.array.astype(np.float32, copy=False)
    codes = np.zeros(image.shape, np.int32)
    if mask is not None:
        codes = _renamed(mask, bits)
    part = wcs[box.y - whole.y : box.endY - whole.y, box.x - whole.x : box.endX - whole.x]
    return Planes(image, errors, codes), part, weight_of(errors)


def _needed(wcs: WCS, whole: Box, grid: Grid) -> Box | None:
    """The pixels of an image that are on a grid, with some around."""
    from astropy.wcs.utils import pixel_to_pixel

    x, y = np.meshgrid(
        np.linspace(-0.5, grid.columns - 0.5, 33), np.linspace(-0.5, grid.rows - 0.5, 33)
    )
    place = np.array(pixel_to_pixel(grid.wcs, wcs, x.ravel(), y.ravel()))
    if not np.isfinite(place).all():
        # The grid reaches beyond the image's projection.
        return whole
    low = np.clip(np.floor(place.min(axis=1)) - _MARGIN, -1e9, 1e9).astype(int)
    high = np.clip(np.ceil(place.max(axis=1)) + _MARGIN + 1, -1e9, 1e9).astype(int)
    box = Box(int(low[0]), int(low[1]), *(int(n) for n in high - low))
    box = box.shiftedBy(whole.x, whole.y).clippedTo(whole)
    return None if box.isEmpty() else box


def _renamed(mask: Mask, bits: dict[str, int]) -> npt.NDArray[np.int32]:
    """A mask whose planes have the bits that they have in the mosaic, where new ones are added."""
    array = mask.array.astype(np.int32, copy=False)
    planes = mask.getMaskPlaneDict()
    for name, bit in sorted(planes.items(), key=lambda item: item[1]):
        if name not in bits:
            free = bit if bit < MASK_BITS and bit not in bits.values() else _free(bits)
            if free is None:
                continue
            bits[name] = free
    if all(bits.get(name) == bit for name, bit in planes.items()):
        return array
    made = np.zeros_like(array)
    for name, bit in planes.items():
        if name in bits:
            made |= np.where(array >> bit & 1, np.int32(1 << bits[name]), np.int32(0))
    return made


def _free(bits: Mapping[str, int]) -> int | None:
    return next((bit for bit in range(MASK_BITS) if bit not in bits.values()), None)
