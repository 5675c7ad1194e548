"""Tracts and patches: how coadds divide the sky."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import FIELDS, Field
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.sizes import PIXEL, Size

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["SKYMAP", "Patch", "Tract", "tract", "tracts"]

#: The name under which the Butler knows it.
SKYMAP = "lsst_cells_v1"

#: Patches along each side of a tract: an odd number, so that one is in the middle.
PATCHES = 5


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of a tract, the area of one coadd.

    Attributes
    ----------
    id : `int`
        Within its tract: row times `PATCHES` plus column.
    column, row : `int`
        Its place.
    x, y : `int`
        The tract's pixel of its lower left pixel, border included.
    width, height : `int`
        Pixels, border included.
    """

    id: int
    column: int
    row: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Tract:
    """A plane with one projection.

    Attributes
    ----------
    id : `int`
        Its number.
    field : `Field`
        The field it covers.
    wcs : `TangentWcs`
        World coordinates of its pixels.
    inner : `int`
        Pixels of a patch along a side that belong to it alone.
    border : `int`
        Pixels of a patch's neighbours that it has too, on each side.
    """

    id: int
    field: Field
    wcs: TangentWcs
    inner: int
    border: int

    def patch(self, number: int) -> Patch:
        """The patch of a number."""
        row, column = divmod(number, PATCHES)
        size = self.inner + 2 * self.border
        return Patch(
            number,
            column,
            row,
            column * self.inner - self.border,
            row * self.inner - self.border,
            size,
            size,
        )

    def patches(self) -> tuple[Patch, ...]:
        """All of them."""
        return tuple(self.patch(number) for number in range(PATCHES**2))

    def patch_wcs(self, patch: Patch) -> TangentWcs:
        """World coordinates of a patch's own pixels."""
        wcs = self.wcs
        return TangentWcs(wcs.ra, wcs.dec, wcs.x0 - patch.x, wcs.y0 - patch.y, wcs.cd)

    def find(
        self, ra: npt.NDArray[np.float64], dec: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.int64]:
        """The patch, by number, whose inner part holds each position; the nearest if none does."""
        x, y = self.wcs.sky_to_pixel(ra, dec)
        column = np.clip(np.floor((x + 0.5) / self.inner), 0, PATCHES - 1)
        row = np.clip(np.floor((y + 0.5) / self.inner), 0, PATCHES - 1)
        return np.asarray(row * PATCHES + column, np.int64)


def tract(field: Field, size: Size) -> Tract:
    """The tract of a field: its patches cover the field and what the camera sees beside it."""
    # Dithered and turned, the camera sees half as much again.
    inner = math.ceil(1.5 * 3 * size.pixels / PATCHES / 4) * 4
    middle = (inner * PATCHES - 1) / 2
    wcs = TangentWcs.of(field.ra, field.dec, middle, middle, PIXEL)
    return Tract(field.tract, field, wcs, inner, max(8, inner // 20))


def tracts(size: Size) -> tuple[Tract, ...]:
    """The tracts of all fields."""
    return tuple(tract(field, size) for field in FIELDS)
