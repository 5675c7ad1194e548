"""The galaxies: numbers, redshifts, colours, sizes and clustering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.magnitudes import EXTINCTION

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.sky import Tile

    Floats = npt.NDArray[np.float64]

__all__ = ["Galaxies", "make_galaxies"]

#: Limits of the magnitude in i that is drawn.
BRIGHTEST, FAINTEST = 14.0, 26.8

#: Colours by redshift of an elliptical and of a spiral galaxy: u - g, g - r, r - i, i - z, z - y
#: (after Fukugita, Shimasaku and Ichikawa 1995, PASP 107, 945, and later templates of the kind).
_RED = np.array(
    [
        (0.0, 1.75, 0.77, 0.39, 0.28, 0.15),
        (0.2, 2.00, 1.24, 0.46, 0.34, 0.20),
        (0.4, 2.00, 1.65, 0.66, 0.36, 0.25),
        (0.6, 1.80, 1.72, 1.02, 0.44, 0.28),
        (0.8, 1.60, 1.60, 1.20, 0.70, 0.35),
        (1.0, 1.30, 1.30, 1.15, 0.95, 0.45),
        (1.5, 1.00, 0.85, 0.95, 0.85, 0.70),
        (2.5, 0.90, 0.50, 0.50, 0.55, 0.50),
        (4.0, 2.50, 1.20, 0.40, 0.30, 0.25),
    ]
)
_BLUE = np.array(
    [
        (0.0, 1.05, 0.42, 0.23, 0.14, 0.06),
        (0.2, 0.95, 0.60, 0.27, 0.19, 0.09),
        (0.4, 0.80, 0.74, 0.38, 0.21, 0.12),
        (0.6, 0.62, 0.70, 0.50, 0.27, 0.15),
        (0.8, 0.48, 0.58, 0.54, 0.37, 0.18),
        (1.0, 0.40, 0.48, 0.50, 0.42, 0.22),
        (1.5, 0.32, 0.30, 0.35, 0.38, 0.30),
        (2.5, 0.60, 0.15, 0.20, 0.24, 0.22),
        (4.0, 2.40, 0.60, 0.12, 0.10, 0.10),
    ]
)


@dataclass(frozen=True, slots=True)
class Galaxies:
    """Galaxies of a tile; arrays of one length, as in `~lsp_jupyter.demo.survey.sky.Objects`."""

    xi: Floats
    eta: Floats
    magnitudes: Floats
    bulge: Floats
    bulge_radius: Floats
    disk_radius: Floats
    axis_ratio: Floats
    angle: Floats
    redshift: Floats


def counts(i: Floats) -> Floats:
    """Galaxies in a square degree brighter than a magnitude in i.

    46 x 10**(0.31 (i - 25)) in a square arcminute (LSST Science Book, section 3.7); brighter than
    21 they are fewer than that law says, as in a Euclidean universe.
    """
    law = 46 * 3600 * 10 ** (0.31 * (np.asarray(i, float) - 25))
    knee = 46 * 3600 * 10 ** (0.31 * (21 - 25))
    return np.where(i < 21, knee * 10 ** (0.55 * (np.asarray(i, float) - 21)), law)


def make_galaxies(tile: Tile, random: np.random.Generator) -> Galaxies:
    """All galaxies of a tile, to fainter than any coadd shows.

    Parameters
    ----------
    tile : `Tile`
        Where.
    random : `numpy.random.Generator`
        What they are drawn from.
    """
    area = (tile.east - tile.west) * (tile.north - tile.south)
    n = int(random.poisson(float(counts(np.array(FAINTEST))) * area))
    steps = np.linspace(BRIGHTEST, FAINTEST, 600)
    cumulative = counts(steps)
    i = np.interp(random.uniform(cumulative[0], cumulative[-1], n), cumulative, steps)
    # z**2 exp(-z / z0) with z0 growing with the magnitude (the same book and section).
    redshift = np.minimum(random.gamma(3.0, np.maximum(0.0417 * i - 0.744, 0.015)), 4.0)
    red = random.random(n) < np.clip(0.62 - 0.38 * redshift - 0.05 * (i - 22), 0.04, 0.75)
    colours = np.where(red[:, None], _colours(_RED, redshift), _colours(_BLUE, redshift))
    scatter = np.where(red, 0.04, 0.12)
    colours = colours + random.normal(0, 1, (n, 5)) * scatter[:, None]
    g_r, r_i = colours[:, 1], colours[:, 2]
    r = i + r_i
    z = i - colours[:, 3]
    g = r + g_r
    magnitudes = np.stack([g + colours[:, 0], g, r, i, z, z - colours[:, 4]], axis=1)
    magnitudes += EXTINCTION * tile.field.ebv
    # Half-light radii of galaxies in i (median 0.3 arcsec at 24, as deep images of HST have it).
    radius = 0.30 * 10 ** (-0.13 * (i - 24)) * np.exp(0.4 * random.standard_normal(n))
    bulge = np.where(red, random.beta(5, 3, n), random.beta(1.2, 6, n))
    xi, eta = _places(tile, n, random)
    return Galaxies(
        xi=xi,
        eta=eta,
        magnitudes=magnitudes,
        bulge=bulge,
        bulge_radius=radius * np.where(red, 1.0, 0.5),
        disk_radius=radius * np.where(red, 1.2, 1.1),
        axis_ratio=np.where(red, random.uniform(0.5, 1.0, n), random.uniform(0.2, 1.0, n)),
        angle=random.uniform(0, 180, n),
        redshift=redshift,
    )


def _colours(table: Floats, redshift: Floats) -> Floats:
    return np.stack([np.interp(redshift, table[:, 0], table[:, k]) for k in range(1, 6)], axis=1)


def _places(tile: Tile, n: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Clustered places: about some are others, at separations whose density falls as r**-0.8."""
    xi = random.uniform(tile.west, tile.east, n)
    eta = random.uniform(tile.south, tile.north, n)
    children = np.flatnonzero(random.random(n) < 0.3)
    parents = random.integers(0, max(1, n // 12), len(children))
    # A surface density of r**-0.8 is r**0.2 a unit of radius; out to two arcminutes.
    away = 2 / 60 * random.random(len(children)) ** (1 / 1.2)
    angle = random.uniform(0, 2 * np.pi, len(children))
    xi[children] = xi[parents] + away * np.cos(angle)
    eta[children] = eta[parents] + away * np.sin(angle)
    # What would leave the tile comes in on its other side, so that it stays full to the edge.
    xi = tile.west + (xi - tile.west) % (tile.east - tile.west)
    eta = tile.south + (eta - tile.south) % (tile.north - tile.south)
    return xi, eta
