"""The galaxies: numbers, redshifts, colours, sizes, shapes and clustering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.truth.magnitudes import EXTINCTION
from lsp_jupyter.demo.survey.truth.templates import (
    ELLIPTICAL,
    SPIRAL,
    STARBURST,
    colors,
    distance_modulus,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Tile

    Floats = npt.NDArray[np.float64]

__all__ = ["CLUSTERS", "Cluster", "Galaxies", "counts", "make_galaxies"]

#: The brightest magnitude in i that is drawn.
BRIGHTEST = 14.0

#: Galaxies in a square degree brighter than 25 in i (LSST Science Book, section 3.7.2).
TO_25 = 46 * 3600.0

#: Where the counts change their slope, and the slopes: magnitudes in i, and the logarithm of
#: counts by magnitude (after Yasuda et al. 2001 and Capak et al. 2007; the faint end as `TO_25`).
KNEES = (18.0, 20.0, 23.0)
SLOPES = (0.58, 0.45, 0.40, 0.31)

#: The part of galaxies in groups, how many a group has for one in a square degree, and how far
#: groups reach in degrees: together about the clustering that deep surveys find (w = 0.02 at an
#: arcminute for i < 24, Coupon et al. 2012).
GROUPED, GROUP, REACH = 0.35, 1.6e-4, 3.0 / 60


@dataclass(frozen=True)
class Cluster:
    """A rich cluster of galaxies.

    Attributes
    ----------
    ra, dec : `float`
        Its centre: degrees, ICRS.
    redshift : `float`
        Mean of its galaxies.
    members : `int`
        Galaxies brighter than 24 in i, on average.
    core, edge : `float`
        Where the density begins to fall, and where it ends: degrees.
    dispersion : `float`
        Of redshifts.
    """

    ra: float
    dec: float
    redshift: float
    members: int
    core: float
    edge: float
    dispersion: float


#: By field: Abell 360.
CLUSTERS: Mapping[str, Cluster] = {
    "Rubin_SV_38_7": Cluster(37.865, 6.982, 0.220, 450, 0.015, 0.12, 0.0035)
}


@dataclass(frozen=True, slots=True)
class Galaxies:
    """Galaxies of a tile; arrays of one length, as in `~lsp_jupyter.demo.survey.truth.sky.Objects`.

    Attributes
    ----------
    xi, eta : `numpy.ndarray`
        Places in the plane of the tile: degrees.
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        AB, in ``ugrizy``, reddened.
    bulge, bulge_radius, disk_radius, axis_ratio, angle, redshift : `numpy.ndarray`
        As there.
    """

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
    """Galaxies in a square degree brighter than magnitudes in i, beyond the Milky Way's dust."""
    magnitude, number = _grid()
    return np.asarray(np.interp(i, magnitude, number))


@lru_cache(maxsize=1)
def _grid() -> tuple[Floats, Floats]:
    magnitude = np.linspace(BRIGHTEST - 3, 28.5, 1451)
    slope = np.asarray(SLOPES)[np.searchsorted(KNEES, magnitude)]
    rise = np.concatenate([[0.0], np.cumsum(slope[1:] * np.diff(magnitude))])
    density = 10 ** (rise - np.interp(25.0, magnitude, rise))
    density *= TO_25 * SLOPES[-1] * np.log(10)
    return magnitude, np.concatenate([[0.0], np.cumsum(density[1:] * np.diff(magnitude))])


def make_galaxies(tile: Tile, faint: float, share: float, random: np.random.Generator) -> Galaxies:
    """All galaxies of a tile.

    Parameters
    ----------
    tile : `Tile`
        Where.
    faint : `float`
        The faintest magnitude in i, before reddening.
    share : `float`
        Which part of them is made.
    random : `numpy.random.Generator`
        Where chance comes from.
    """
    bright, all_of_them = counts(np.array([BRIGHTEST, faint])).tolist()
    n = int(random.poisson(share * tile.area * (all_of_them - bright)))
    magnitude, number = _grid()
    i = np.asarray(np.interp(random.uniform(bright, all_of_them, n), number, magnitude))
    # z**2 exp(-z / z0), z0 growing with the magnitude (the same book, section 3.7.2); it holds
    # beyond 20.5. Brighter galaxies grow nearer as those of one luminosity do, or nearly so.
    scale = np.where(i > 20.5, 0.0417 * i - 0.744, 0.111 * 10 ** (0.14 * (i - 20.5)))
    redshift = np.clip(random.gamma(3.0, scale), 0.005, 5.9)
    xi, eta = _places(tile, redshift, random)
    members = _members(tile, faint, share, random)
    i = np.concatenate([i, members[0]])
    redshift = np.concatenate([redshift, members[1]])
    xi, eta = np.concatenate([xi, members[2]]), np.concatenate([eta, members[3]])
    in_cluster = np.arange(len(i)) >= n
    n = len(i)
    red = random.random(n) < np.where(in_cluster, 0.8, _red(i, redshift))
    magnitudes = _magnitudes(i, redshift, red, random) + tile.field.ebv * EXTINCTION
    return Galaxies(xi, eta, magnitudes, *_shapes(i, red, random), redshift)


def _red(i: Floats, redshift: Floats) -> Floats:
    """The part of galaxies that form no more stars (after Ilbert et al. 2013): bright, near."""
    absolute = i - distance_modulus(redshift)
    bright = 1 / (1 + np.exp((absolute + 20.3) / 0.8))
    return np.asarray((0.08 + 0.62 * bright) * np.clip(1.1 - 0.45 * redshift, 0.05, 1.0))


def _magnitudes(
    i: Floats, redshift: Floats, red: npt.NDArray[np.bool_], random: np.random.Generator
) -> Floats:
    n = len(i)
    # Small and far galaxies are the bluer ones.
    absolute = i - distance_modulus(redshift)
    blue = SPIRAL + 0.30 + 0.14 * (absolute + 20) + 0.35 * redshift
    blue += 0.45 * random.standard_normal(n)
    kind = np.where(
        red,
        ELLIPTICAL + 0.10 + 0.06 * np.abs(random.standard_normal(n)) + 0.02 * (absolute + 21),
        np.clip(blue, SPIRAL - 0.5, STARBURST),
    )
    magnitudes = colors(kind, redshift)
    magnitudes += (i - magnitudes[:, BANDS.index("i")])[:, None]
    # What dust and ages do to them, more in the ultraviolet.
    tilt = random.standard_normal(n) * np.where(red, 0.02, 0.07)
    tilted = magnitudes + tilt[:, None] * np.array([1.7, 1.0, 0.4, 0.0, -0.2, -0.3])
    return np.asarray(tilted + 0.015 * random.standard_normal((n, len(BANDS))))


def _shapes(
    i: Floats, red: npt.NDArray[np.bool_], random: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Bulge, bulge radius, disk radius, axis ratio and angle."""
    n = len(i)
    # Half-light radii in HST images of COSMOS: 0.33 arcsec at 24 (Leauthaud et al. 2007).
    radius = 0.33 * 10 ** (-0.12 * (i - 24) + 0.19 * random.standard_normal(n))
    radius = np.clip(radius, 0.05, 25.0)
    bulge = np.where(red, random.beta(4, 1.6, n), random.beta(0.8, 5, n))
    bulge[bulge < 0.04] = 0.0
    bulge[bulge > 0.96] = 1.0
    # Together they shall have that half-light radius, within some per cent.
    small = np.where(red, 0.75, 0.4)
    disk_radius = radius / (1 - 0.75 * bulge * (1 - small))
    # Disks of a thickness of 0.2 seen from every side; spheroids as round as they are.
    tilt = random.random(n)
    ratio = np.where(
        red, np.clip(random.normal(0.75, 0.15, n), 0.35, 1.0), np.sqrt(0.04 + 0.96 * tilt**2)
    )
    return (
        bulge,
        np.where(bulge > 0, small * disk_radius, 0.0),
        disk_radius,
        ratio,
        180 * random.random(n),
    )


def _places(tile: Tile, redshift: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Places, many of them in groups of like redshift.

    In a group the density falls as r**-1.4, so that pairs of it are as frequent as r**-0.8.
    """
    n = len(redshift)
    xi, eta = tile.scatter(n, random)
    # Along the redshifts, galaxies one after the other make a group.
    order = np.argsort(redshift)
    grouped = order[random.random(n) < GROUPED]
    first = random.random(len(grouped)) < 1 / max(GROUP * n / tile.area, 2.0)
    group = np.cumsum(first)
    east, north = tile.scatter(int(group[-1]) + 1 if len(group) else 1, random)
    away = REACH * random.random(len(grouped)) ** (1 / 0.6)
    angle = 2 * np.pi * random.random(len(grouped))
    xi[grouped] = east[group] + away * np.cos(angle)
    eta[grouped] = north[group] + away * np.sin(angle)
    # What leaves the tile comes in on its other side, so that it is full to its edges.
    xi = tile.west + (xi - tile.west) % (tile.east - tile.west)
    eta = tile.south + (eta - tile.south) % (tile.north - tile.south)
    return xi, eta


def _members(
    tile: Tile, faint: float, share: float, random: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Magnitudes, redshifts and places of the galaxies of a cluster, those in a tile."""
    cluster = CLUSTERS.get(tile.field.name)
    if cluster is None:
        return np.empty(0), np.empty(0), np.empty(0), np.empty(0)
    n = int(random.poisson(share * cluster.members * 10 ** (0.18 * (faint - 24))))
    # The brightest is three magnitudes above the knee; many small ones (a slope of 0.18).
    brightest = 16.6
    i = np.maximum(faint + np.log10(random.random(n)) / 0.18, brightest)
    x, y = project(np.array(cluster.ra), np.array(cluster.dec), tile.field.ra, tile.field.dec)
    away = cluster.core * np.expm1(random.random(n) * np.log1p(cluster.edge / cluster.core))
    angle = 2 * np.pi * random.random(n)
    xi, eta = x + away * np.cos(angle), y + away * np.sin(angle)
    inside = tile.holds(xi, eta)
    redshift = cluster.redshift + cluster.dispersion * random.standard_normal(n)
    return i[inside], redshift[inside], xi[inside], eta[inside]
