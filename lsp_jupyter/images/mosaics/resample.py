"""Images on other pixels: where they come from, and what their values and errors become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.images.butler.box import Box

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

    from lsp_jupyter.images.mosaics.grid import Grid

    Floats = npt.NDArray[np.float64]
    Image = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.int32]

__all__ = ["MASK_BITS", "METHODS", "Planes", "Resampled", "resampled"]

#: Ways to find a value between pixels; the last two mean over areas.
METHODS = ("nearest", "bilinear", "bicubic", "adaptive", "exact")

#: Sides of the cells in which places among pixels are linear, the first that is good enough.
_CELLS = (64, 32, 16, 8, 4)

#: How far a place in a cell may be from where it is: pixels.
_TOLERANCE = 0.002

#: Pixels of a grid that are worked on at once.
_AT_ONCE = 1 << 22

#: Bits that a mask may have: one more says that the image is there, and one is the sign.
MASK_BITS = 30
_THERE = 1 << MASK_BITS


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """An image, and what is known of its pixels.

    Attributes
    ----------
    image, variance : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        NaN where there is no value.
    mask : `numpy.ndarray` of ``int32``, shape ``(rows, columns)``
        A bit for each matter, from 0 to 29.
    """

    image: Image
    variance: Image
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Resampled(Planes):
    """What of an image is on some rows of a grid.

    Its variance is such that the error of a sum over many pixels is right if it is reckoned as
    if they were independent. Its mask is that of the nearest pixel.

    Attributes
    ----------
    box : `Box`
        The grid's pixels that are spoken of.
    """

    box: Box


def resampled(
    planes: Planes,
    wcs: WCS,
    grid: Grid,
    method: str,
    *,
    flux: bool = True,
    within: Box | None = None,
) -> Iterator[Resampled]:
    """An image on a grid, a few rows of it after another.

    Parameters
    ----------
    planes : `Planes`
        The image.
    wcs : `astropy.wcs.WCS`
        Where its pixels are.
    grid : `Grid`
        Where they shall be.
    method : `str`
        One of `METHODS`.
    flux : `bool`
        Whether values are of a pixel, such as nJy, and so are larger in larger pixels; otherwise
        they are of an area of the sky.
    within : `Box`, optional
        The grid's pixels that the image may be on, where that is known: in projections with
        gaps it cannot be told from the image's edge.

    Yields
    ------
    part : `Resampled`
        What of the image is on some rows; none if it is not on the grid.
    """
    rows, columns = planes.image.shape
    target = grid.wcs
    box = within or _covered(wcs, (columns, rows), target, grid)
    if box.isEmpty():
        return
    there = planes.mask | np.int32(_THERE)
    source = _Source(planes, wcs, target, method)
    height = -(-max(1, _AT_ONCE // box.width) // _CELLS[0]) * _CELLS[0]
    for first in range(box.y, box.endY, height):
        band = Box(box.x, first, box.width, height).clippedTo(box)
        cells = _Cells(target, band, wcs)
        mask = cells.read(there, "nearest")
        empty = mask & _THERE == 0
        if empty.all():
            continue
        image, variance = source.at(cells)
        area = cells.area()
        variance *= _shared(area, method)
        if flux:
            image *= area
            variance *= area * area
        image[empty] = np.nan
        variance[empty] = np.nan
        mask &= ~np.int32(_THERE)
        yield Resampled(image, variance, mask, band)


def _covered(wcs: WCS, size: tuple[int, int], target: WCS, grid: Grid) -> Box:
    """The grid's pixels that an image may be on."""
    from astropy.wcs.utils import pixel_to_pixel

    columns, rows = size
    # The inside as well: on another projection it may reach further than its edge.
    x, y = np.meshgrid(np.linspace(-0.5, columns - 0.5, 33), np.linspace(-0.5, rows - 0.5, 33))
    places = np.array(pixel_to_pixel(wcs, target, x.ravel(), y.ravel()))
    places = places[:, np.isfinite(places).all(axis=0)]
    if places.shape[1] == 0:
        return Box(0, 0, 0, 0)
    low = np.clip(np.floor(places.min(axis=1)) - 1, -2, 1 << 30).astype(int)
    high = np.clip(np.ceil(places.max(axis=1)) + 2, -2, 1 << 30).astype(int)
    covered = Box(int(low[0]), int(low[1]), *(int(n) for n in high - low))
    return covered.clippedTo(Box(0, 0, grid.columns, grid.rows))


class _Cells:
    """Where an image has the pixels of a box of a grid: linear in small cells.

    Parameters
    ----------
    target : `astropy.wcs.WCS`
        Of the grid.
    box : `Box`
        Its pixels.
    wcs : `astropy.wcs.WCS`
        Of the image.
    """

    def __init__(self, target: WCS, box: Box, wcs: WCS) -> None:
        self.box = box
        for side in _CELLS:
            self._side = side
            # Corners of the cells: edges of pixels, which Pillow counts from 0.
            x = np.arange(-(-box.width // side) + 1) * side
            y = np.arange(-(-box.height // side) + 1) * side
            self._corners = self._map(target, wcs, x, y)
            middle = self._map(target, wcs, x[:-1] + side / 2, y[:-1] + side / 2)
            mean = sum(self._around()) / 4
            far = np.abs(mean - middle)
            # Where the sky ends there are no places.
            if not (far[np.isfinite(far)] > _TOLERANCE).any():
                break

    def _map(self, target: WCS, wcs: WCS, x: Any, y: Any) -> Floats:
        from astropy.wcs.utils import pixel_to_pixel

        x, y = np.meshgrid(x + (self.box.x - 0.5), y + (self.box.y - 0.5))
        return np.array(pixel_to_pixel(target, wcs, x, y), float) + 0.5

    def _around(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The corners of each cell: lower left, upper left, upper right and lower right."""
        corners = self._corners
        return (
            *(corners[:, :-1, :-1], corners[:, 1:, :-1]),
            *(corners[:, 1:, 1:], corners[:, :-1, 1:]),
        )

    def read(self, plane: npt.NDArray[Any], method: str) -> npt.NDArray[Any]:
        """The nearest or bilinear values of a plane at the pixels; 0 where it is not."""
        from PIL import Image

        rows, columns = plane.shape
        corners = np.stack(self._around(), axis=-1).reshape(2, -1, 4)
        lines, across = (n - 1 for n in self._corners.shape[1:])
        left = np.tile(np.arange(across) * self._side, lines)
        low = np.repeat(np.arange(lines) * self._side, across)
        near = np.isfinite(corners).all(axis=(0, 2))
        for axis, length in enumerate((columns, rows)):
            near &= (corners[axis].max(axis=1) > 0) & (corners[axis].min(axis=1) < length)
        quads = corners.transpose(1, 2, 0).reshape(-1, 8)[near].tolist()
        boxes = np.stack([left, low, left + self._side, low + self._side], axis=1)[near].tolist()
        mesh = [(tuple(box), tuple(quad)) for box, quad in zip(boxes, quads, strict=True)]
        made = Image.fromarray(plane).transform(
            (self.box.width, self.box.height),
            Image.Transform.MESH,
            mesh,
            Image.Resampling[method.upper()],
        )
        return np.array(made)

    def places(self) -> Floats:
        """Columns and rows of the image at the pixels of the box."""
        across = (np.arange(self.box.width) + 0.5) / self._side
        along = (np.arange(self.box.height) + 0.5) / self._side
        x, y = across.astype(np.intp), along.astype(np.intp)
        made = []
        for corners in self._corners:
            lines = corners[y] + (along - y)[:, None] * (corners[y + 1] - corners[y])
            made.append(lines[:, x] + (across - x) * (lines[:, x + 1] - lines[:, x]) - 0.5)
        return np.array(made)

    def area(self) -> Image:
        """How many pixels of the image are in each pixel of the box."""
        first, second, third, fourth = self._around()
        one, two = third - first, second - fourth
        cells = np.abs(one[0] * two[1] - one[1] * two[0]) / (2 * self._side**2)
        spread = cells.astype(np.float32).repeat(self._side, axis=0).repeat(self._side, axis=1)
        return np.asarray(spread[: self.box.height, : self.box.width])


class _Source:
    """Gives the values of an image between its pixels.

    Parameters
    ----------
    planes : `Planes`
        The image.
    wcs, target : `astropy.wcs.WCS`
        Of it, and of the grid.
    method : `str`
        One of `METHODS`.
    """

    def __init__(self, planes: Planes, wcs: WCS, target: WCS, method: str) -> None:
        self._wcs = wcs
        self._target = target
        self._method = method
        self._planes = planes.image, planes.variance
        self._splines: list[tuple[Image, Image]] = []
        if method == "bicubic":
            from scipy.ndimage import spline_filter

            for plane in self._planes:
                known = np.isfinite(plane)
                spline = spline_filter(np.where(known, plane, 0), 3, np.float32)
                self._splines.append((spline, np.where(known, 0, np.nan).astype(np.float32)))

    def at(self, cells: _Cells) -> tuple[Image, Image]:
        """Image and variance at the pixels of a box."""
        if self._method == "bicubic":
            from scipy.ndimage import map_coordinates

            places = cells.places()[::-1]
            made = [
                # A spline reaches far: next to a pixel without a value there is none either.
                map_coordinates(spline, places, np.float32, 3, mode="nearest", prefilter=False)
                + cells.read(empty, "bilinear")
                for spline, empty in self._splines
            ]
        elif self._method in ("nearest", "bilinear"):
            made = [cells.read(plane, self._method) for plane in self._planes]
        else:
            made = [self._mean(plane, cells.box) for plane in self._planes]
        return made[0], made[1]

    def _mean(self, plane: Image, box: Box) -> Image:
        from reproject import reproject_adaptive, reproject_exact

        part = self._target[box.y : box.endY, box.x : box.endX]
        source, shape = (plane, self._wcs), (box.height, box.width)
        if self._method == "exact":
            made = reproject_exact(source, part, shape_out=shape, return_footprint=False)
        else:
            made = reproject_adaptive(
                source, part, shape_out=shape, return_footprint=False, bad_value_mode="ignore"
            )
        return np.array(made, np.float32)


def _shared(area: Image, method: str) -> Image:
    """What the variance of a value must be multiplied by, for the errors of sums to be right.

    Pixels that are averaged have less noise; values that have pixels of the image in common have
    noise in common, which is put into their variance.

    Parameters
    ----------
    area : `numpy.ndarray`
        Pixels of the image in one of the grid.
    method : `str`
        One of `METHODS`.
    """
    if method in ("adaptive", "exact"):
        return np.asarray(1 / area)
    step = np.sqrt(area)
    if method == "bilinear":
        # What the kernel has in common with itself, summed over whole steps.
        apart = 2 / 3 + np.clip(2 - step, 0, None) ** 3 / 3
    else:
        apart = np.ones_like(step)
    return np.asarray(np.where(step < 1, 1 / step, apart) ** 2, np.float32)
