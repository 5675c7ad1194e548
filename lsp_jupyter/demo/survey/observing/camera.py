"""The camera: nine detectors in a raft, as in Rubin's commissioning camera."""

from __future__ import annotations

from dataclasses import dataclass

from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.sizes import PIXEL

__all__ = ["DETECTORS", "GAIN", "INSTRUMENT", "READ_NOISE", "SATURATION", "Detector"]

#: The name under which the Butler and the tables know it.
INSTRUMENT = "LSSTComCam"

#: Electrons for each count of the converter.
GAIN = 1.6

#: Electrons, for each pixel and read-out.
READ_NOISE = 8.0

#: Electrons in a pixel above which it is saturated.
SATURATION = 140_000.0


@dataclass(frozen=True, slots=True)
class Detector:
    """One sensor of the raft.

    Attributes
    ----------
    id : `int`
        0 to 8; 4 is in the middle.
    column, row : `int`
        Its place in the raft, 0 to 2, along the x and the y axis of the camera.
    """

    id: int
    column: int
    row: int

    @property
    def name(self) -> str:
        """The name in its raft."""
        return f"S{self.row}{self.column}"

    @property
    def full_name(self) -> str:
        """The name in the camera."""
        return f"R22_{self.name}"

    def offset(self, pixels: int) -> tuple[float, float]:
        """Pixels from this detector's centre to the middle of the camera, x and y.

        Parameters
        ----------
        pixels : `int`
            Columns and rows of a detector.
        """
        # The gaps between the real sensors are about 1/80 of their width.
        pitch = pixels * (1 + 1 / 80)
        return (1 - self.column) * pitch, (1 - self.row) * pitch

    def wcs(self, ra: float, dec: float, rotation: float, pixels: int) -> TangentWcs:
        """World coordinates of an exposure.

        Parameters
        ----------
        ra, dec : `float`
            Where the middle of the camera points: degrees.
        rotation : `float`
            From north to the camera's y axis, through east: degrees.
        pixels : `int`
            Columns and rows of a detector.
        """
        dx, dy = self.offset(pixels)
        middle = (pixels - 1) / 2
        return TangentWcs.of(ra, dec, middle + dx, middle + dy, PIXEL, rotation)


DETECTORS = tuple(
    Detector(3 * row + column, column, row) for row in range(3) for column in range(3)
)
