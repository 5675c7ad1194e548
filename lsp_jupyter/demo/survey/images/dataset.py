"""What an image file of the survey holds, as the Butler needs to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.observing.visits import Visit

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["TYPES", "Dataset"]

#: Rubin's dataset types of images, and the dimensions that identify one of each.
TYPES: Mapping[str, tuple[str, ...]] = {
    "raw": ("instrument", "exposure", "detector"),
    "bias": ("instrument", "detector"),
    "flat": ("instrument", "detector", "physical_filter"),
    "visit_image": ("instrument", "visit", "detector"),
    "difference_image": ("instrument", "visit", "detector"),
    "template_coadd": ("skymap", "tract", "patch", "band"),
    "deep_coadd": ("skymap", "tract", "patch", "band"),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """One image file.

    Attributes
    ----------
    type : `str`
        One of `TYPES`.
    data_id : mapping of `str` to `int` or `str`
        Values of the dimensions of its type. An exposure has the number of its visit.
    path : `~pathlib.Path`
        The file.
    width, height : `int`
        Pixels of its image.
    x, y : `int`
        What to add to a pixel of the file, counted from 0, to have the pixel of its tract; 0 for
        images of a detector.
    wcs : `TangentWcs` or `None`
        World coordinates of the file's pixels, counted from 0; none for calibrations.
    visit : `Visit` or `None`
        The exposure it is of; none for coadds and calibrations.
    """

    type: str
    data_id: Mapping[str, int | str]
    path: Path
    width: int
    height: int
    x: int = 0
    y: int = 0
    wcs: TangentWcs | None = None
    visit: Visit | None = None

    def corners(self) -> tuple[Floats, Floats]:
        """Right ascension and declination of its corners, around it: degrees, shape ``(4,)``.

        Raises
        ------
        ValueError
            Raised if it is no image of the sky.
        """
        if self.wcs is None:
            raise ValueError(self.type)
        right, top = self.width - 0.5, self.height - 0.5
        return self.wcs.pixel_to_sky(
            np.array([-0.5, right, right, -0.5]), np.array([-0.5, -0.5, top, top])
        )
