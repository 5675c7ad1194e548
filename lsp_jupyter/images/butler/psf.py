"""The image of a point source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.butler.box import Point
from lsp_jupyter.images.butler.likeness import Likeness
from lsp_jupyter.images.butler.planes import Image

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Psf", "Quadrupole"]

#: A Gaussian's full width at half maximum, in standard deviations.
FWHM = 2.354820045


@dataclass(frozen=True, slots=True)
class Quadrupole(Likeness):
    """The size and shape of an image: its second moments.

    Attributes
    ----------
    ixx, iyy, ixy : `float`
        Square pixels.
    """

    _like: ClassVar[str] = "lsst.afw.geom.ellipses.Quadrupole"

    ixx: float
    iyy: float
    ixy: float

    @property
    def determinantRadius(self) -> float:
        """Fourth root of the determinant; a Gaussian's standard deviation: pixels."""
        return float((self.ixx * self.iyy - self.ixy**2) ** 0.25)

    @property
    def traceRadius(self) -> float:
        """Root of the mean of both axes' moments: pixels."""
        return float(((self.ixx + self.iyy) / 2) ** 0.5)

    @property
    def area(self) -> float:
        """Of the ellipse of these moments: square pixels."""
        return float(np.pi * self.determinantRadius**2)


class Psf(Likeness):
    """The point-spread function of an image; the same in all of it.

    Parameters
    ----------
    kernel : `numpy.ndarray`, shape ``(n, n)``, with an odd n
        The image of a source in the middle of the middle pixel.
    position : pair of `float`
        The middle of the image it belongs to.
    """

    _like: ClassVar[str] = "lsst.afw.detection.Psf"

    def __init__(
        self, kernel: npt.NDArray[np.floating[Any]], position: tuple[float, float] = (0, 0)
    ) -> None:
        if kernel.ndim != 2 or not all(side % 2 for side in kernel.shape):
            raise ParameterError(
                "The image of a point source has no middle pixel.",
                hint="Give an odd number of rows and columns.",
            )
        self._kernel = np.asarray(kernel, float) / np.sum(kernel, dtype=float)
        self._position = Point(*position)

    @property
    def averagePosition(self) -> Point:
        """The place it is best known at: the middle of the image."""
        return self._position

    def at(self, position: tuple[float, float]) -> Psf:
        """The same, of an image with another middle."""
        return Psf(self._kernel, position)

    @property
    def fwhm(self) -> float:
        """Full width at half maximum of the Gaussian of the same size: pixels."""
        return FWHM * self._shape.determinantRadius

    def computeKernelImage(self, position: Any = None) -> Image:
        """A source in the middle of the image's pixel (0, 0); its sum is 1.

        Parameters
        ----------
        position : `Point`, optional
            Where in the image; it is the same everywhere.
        """
        del position
        return Image(self._kernel.copy(), self._corner(0, 0))

    def computeImage(self, position: Any = None) -> Image:
        """A source as it stands in the image, between pixels; its sum is 1.

        Parameters
        ----------
        position : `Point` or pair of `float`, optional
            Column and row in the parent image; the middle of the image if not given.
        """
        x, y = Point.of(self._position if position is None else position)
        column, row = np.floor(x + 0.5), np.floor(y + 0.5)
        return Image(_shifted(self._kernel, x - column, y - row), self._corner(column, row))

    def computePeak(self, position: Any = None) -> float:
        """The value of its highest pixel."""
        del position
        return float(self._kernel.max())

    def computeApertureFlux(self, radius: float, position: Any = None) -> float:
        """The part of the flux within a circle.

        Parameters
        ----------
        radius : `float`
            Pixels.
        position : `Point`, optional
            Where in the image; it is the same everywhere.
        """
        del position
        return float((self._kernel * _circle(self._kernel.shape, radius)).sum())

    def computeShape(self, position: Any = None) -> Quadrupole:
        """Its adaptive moments, those of the Gaussian that fits it best.

        Parameters
        ----------
        position : `Point`, optional
            Where in the image; it is the same everywhere.
        """
        del position
        return self._shape

    @cached_property
    def _shape(self) -> Quadrupole:
        y, x = _grid(self._kernel.shape)
        ixx = iyy = 4.0
        ixy = 0.0
        for _ in range(100):
            determinant = ixx * iyy - ixy**2
            weight = np.exp(-0.5 * (iyy * x * x - 2 * ixy * x * y + ixx * y * y) / determinant)
            weighed = weight * self._kernel
            # The product of two equal Gaussians has half of their moments.
            total = weighed.sum() / 2
            new = [float((weighed * part).sum() / total) for part in (x * x, y * y, x * y)]
            change = max(abs(a - b) for a, b in zip(new, (ixx, iyy, ixy), strict=True))
            ixx, iyy, ixy = new
            if change < 1e-6:
                break
        return Quadrupole(ixx, iyy, ixy)

    def _corner(self, column: float, row: float) -> tuple[float, float]:
        rows, columns = self._kernel.shape
        return column - columns // 2, row - rows // 2

    def __repr__(self) -> str:
        return f"<Psf of {self.fwhm:.2f} pixels>"


def _grid(shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Rows and columns counted from the middle."""
    y, x = np.indices(shape, dtype=float)
    return y - shape[0] // 2, x - shape[1] // 2


def _shifted(kernel: Floats, x: float, y: float) -> Floats:
    """The image moved by a part of a pixel, its spectrum unchanged."""
    rows, columns = kernel.shape
    turn_y = np.fft.fftfreq(rows)[:, None] * y
    turn_x = np.fft.fftfreq(columns)[None, :] * x
    moved = np.fft.ifft2(np.fft.fft2(kernel) * np.exp(-2j * np.pi * (turn_x + turn_y)))
    return np.asarray(moved.real)


def _circle(shape: tuple[int, ...], radius: float, fine: int = 5) -> Floats:
    """The part of each pixel that is within a circle about the middle."""
    rows, columns = shape
    y, x = _grid((rows * fine, columns * fine))
    inside = np.hypot(x, y) <= radius * fine
    return np.asarray(inside.reshape(rows, fine, columns, fine).mean(axis=(1, 3)))
