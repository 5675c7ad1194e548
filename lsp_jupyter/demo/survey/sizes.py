"""How big a survey is made."""

from __future__ import annotations

from dataclasses import dataclass

from lsp_jupyter.errors import ParameterError

__all__ = ["DENSITY", "PIXEL", "SIZES", "Size", "size"]

#: Arcseconds a pixel, of detectors and coadds.
PIXEL = 0.2

#: Objects a square degree that two exposures in each band find, about.
DENSITY = 180_000


@dataclass(frozen=True, slots=True)
class Size:
    """What is made, and how much of it.

    Attributes
    ----------
    name : `str`
        As users type it.
    pixels : `int`
        Columns and rows of a detector; three by three of them make the camera, and the camera's
        field of view is a field of the survey.
    share : `float`
        The part of Data Preview 1's exposures that is made; at least two in every band.
    images : `int`
        Images of the sky at most; 0 makes catalogues alone.
    wide : `bool`
        Whether every column is filled. Otherwise only the columns of positions, fluxes, shapes,
        flags and keys that queries use are, and the rest is null.
    """

    name: str
    pixels: int
    share: float
    images: int
    wide: bool = True

    @property
    def side(self) -> float:
        """Width of a field: degrees."""
        return 3 * self.pixels * PIXEL / 3600.0


SIZES = {
    "tiny": Size("tiny", pixels=256, share=0.05, images=40),
    "small": Size("small", pixels=1024, share=0.08, images=150),
    "large": Size("large", pixels=17_700, share=0.0, images=0, wide=False),
}


def size(name: str) -> Size:
    """The size of a name, or of a number of objects.

    Parameters
    ----------
    name : `str`
        One of `SIZES`, or about how many objects there shall be, such as ``2e6``.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is neither.
    """
    if name in SIZES:
        return SIZES[name]
    try:
        objects = int(float(name))
    except (ValueError, OverflowError):
        objects = 0
    if not 10_000 <= objects <= 1_000_000_000:
        raise ParameterError(
            f'"{name}" is no size of the demo survey.',
            hint=f"Use {', '.join(SIZES)}, or a number of objects from 10000 to 1e9.",
        )
    pixels = round((objects / 7 / DENSITY) ** 0.5 * 3600 / PIXEL / 3)
    return Size(str(objects), pixels=pixels, share=0.0, images=0, wide=False)
