"""Colours of levels."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]

__all__ = ["COLORMAPS", "bit_colors", "colormap"]

#: Colours at even distances from dark to bright, red, green and blue as six hexadecimal digits;
#: those between them follow. The perceptually even ones are matplotlib's (CC0).
COLORMAPS: Mapping[str, str] = {
    "gray": "000000 ffffff",
    "heat": "000000 7f0000 ff7f00 ffff7f ffffff",
    "cool": "000000 00007f 007fff 7fffff ffffff",
    "diverging": "053061 2f79b5 8ec3de e5eef3 f7f7f7 f9ebe3 f2a17f c1373b 67001f",
    "viridis": (
        "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 "
        "5ec962 84d44b addc30 d8e219 fde725"
    ),
    "magma": (
        "000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 f56b5c "
        "fc8961 fea772 fec488 fde2a3 fcfdbf"
    ),
    "inferno": (
        "000004 0b0724 210c4a 3d0965 57106e 71196e 8a226a a32c61 bc3754 d24644 e45a31 f1731d "
        "f98e09 fcac11 f9cb35 f2ea69 fcffa4"
    ),
    "plasma": (
        "0d0887 310597 4c02a1 6600a7 7e03a8 9511a1 aa2395 bc3587 cc4778 da5a6a e66c5c f0804e "
        "f89540 fdac33 fdc527 f8df25 f0f921"
    ),
    "cividis": (
        "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8c8878 9b9476 aba072 "
        "bcae6c cdbb63 dec958 f0d846 fee838"
    ),
}

#: The name of the colours of mask planes; nobody asks for it.
BITS = "bits"

#: Turn between the hues of neighbouring bits: the golden angle keeps all of them apart.
_TURN = 0.381966


@functools.cache
def colormap(name: str, invert: bool = False) -> Bytes:
    """The colours of all levels.

    Parameters
    ----------
    name : `str`
        One of `COLORMAPS`.
    invert : `bool`
        Whether the colours run the other way.

    Returns
    -------
    colors : `numpy.ndarray` of ``uint8``, shape ``(256, 3)``
        Level 0, which means no data, is black.
    """
    if name == BITS:
        return bit_colors()
    anchors = np.array([tuple(bytes.fromhex(word)) for word in COLORMAPS[name].split()], float)
    place = np.linspace(0, len(anchors) - 1, 255)
    even = [np.interp(place, np.arange(len(anchors)), channel) for channel in anchors.T]
    colors = np.rint(np.column_stack(even)).astype(np.uint8)
    return np.vstack([np.zeros((1, 3), np.uint8), colors[::-1] if invert else colors])


def bit_colors() -> Bytes:
    """A colour for each bit of a mask: level 1 is that of bit 0.

    Returns
    -------
    colors : `numpy.ndarray` of ``uint8``, shape ``(256, 3)``
        Level 0, which means no bit, is black.
    """
    import colorsys

    colors = [colorsys.hsv_to_rgb(bit * _TURN % 1, 0.8, 1) for bit in range(255)]
    even = np.rint(255 * np.array(colors)).astype(np.uint8)
    return np.vstack([np.zeros((1, 3), np.uint8), even])
