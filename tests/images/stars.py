"""Images of stars whose places and fluxes are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io.fits import Header

from lsp_jupyter.images.butler.exposure import Exposure
from lsp_jupyter.images.butler.fits import write
from lsp_jupyter.images.butler.planes import Image, Mask
from lsp_jupyter.images.butler.wcs import Wcs

#: Right ascension, declination and flux: degrees and nJy.
STARS = [
    (149.995 + 0.002 * column, 1.995 + 0.002 * row, 20_000.0 + 5_000 * (column + row))
    for column in range(6)
    for row in range(6)
]
SKY = 10.0
SIGMA = 2.0
PLANES = {"BAD": 0, "SAT": 1, "CR": 3, "NO_DATA": 8}


def header(
    ra: float = 150.0,
    dec: float = 2.0,
    *,
    side: int = 200,
    scale: float = 0.2,
    turn: float = 0.0,
    flip: bool = False,
    kind: str = "TAN",
) -> Header:
    """World coordinates around a place, turned by degrees."""
    step, turn = scale / 3600, np.radians(turn)
    east = step if flip else -step
    made = Header()
    made["CTYPE1"], made["CTYPE2"] = f"RA---{kind}", f"DEC--{kind}"
    made["CRVAL1"], made["CRVAL2"] = ra, dec
    made["CRPIX1"] = made["CRPIX2"] = (side + 1) / 2
    made["CD1_1"], made["CD1_2"] = east * np.cos(turn), -east * np.sin(turn)
    made["CD2_1"], made["CD2_2"] = step * np.sin(turn), step * np.cos(turn)
    made["RADESYS"] = "ICRS"
    if kind.endswith("SIP"):
        # A few pixels of distortion at the edge.
        made["A_ORDER"] = made["B_ORDER"] = 2
        made["A_2_0"], made["B_1_1"] = 2e-4, -1e-4
    return made


def light(wcs: Wcs, shape: tuple[int, int], area: float = 1.0) -> npt.NDArray[np.float64]:
    """The stars without noise; flux is conserved in pixels of any area."""
    made = np.zeros(shape)
    places = wcs.skyToPixelArray(*np.transpose(STARS)[:2], degrees=True)
    sigma = SIGMA / area**0.5
    reach = round(8 * sigma)
    for column, row, (_, _, flux) in zip(*places, STARS, strict=True):
        x, y = (
            np.arange(round(middle) - reach, round(middle) + reach + 1) for middle in (column, row)
        )
        x, y = x[(x >= 0) & (x < shape[1])], y[(y >= 0) & (y < shape[0])]
        distance = (x - column) ** 2 + (y[:, None] - row) ** 2
        made[np.ix_(y, x)] += flux / (2 * np.pi * sigma**2) * np.exp(-distance / (2 * sigma**2))
    return made


def make(path: Path, *, seed: int = 1, noise: float = SKY, side: int = 200, **frame: Any) -> Path:
    """Write an exposure."""
    wcs = Wcs(header(side=side, **frame))
    random = np.random.default_rng(seed)
    area = (frame.get("scale", 0.2) / 0.2) ** 2
    image = light(wcs, (side, side), area) + random.normal(0, noise, (side, side))
    variance = np.full((side, side), noise**2, np.float32)
    exposure = Exposure(
        Image(image.astype(np.float32), (0, 0), "nJy"),
        Mask(np.zeros((side, side), np.int32), (0, 0), PLANES),
        Image(variance, (0, 0), "nJy2"),
        wcs=wcs,
    )
    write(exposure, path)
    return path


def found(
    image: npt.NDArray[Any], x: float, y: float, reach: int = 7
) -> tuple[float, float, float]:
    """The centre of light near a pixel, and its sum."""
    column, row = round(x), round(y)
    part = image[row - reach : row + reach + 1, column - reach : column + reach + 1].astype(float)
    part = np.nan_to_num(part)
    rows, columns = np.indices(part.shape)
    # Weighted by the profile itself, so that the noise far out does not count.
    centre = (float(reach), float(reach))
    for _ in range(8):
        distance = (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2
        weights = part * np.exp(-distance / (2 * SIGMA**2))
        shift = [
            2 * ((axis * weights).sum() / weights.sum() - middle)
            for axis, middle in zip((columns, rows), centre, strict=True)
        ]
        centre = (centre[0] + shift[0], centre[1] + shift[1])
    return column - reach + centre[0], row - reach + centre[1], float(part.sum())


def inside(places: Sequence[tuple[float, float]], shape: tuple[int, int], edge: int = 10) -> Any:
    """Which places are not near the edge of an image."""
    x, y = np.transpose(places)
    return (x > edge) & (x < shape[1] - edge) & (y > edge) & (y < shape[0] - edge)
