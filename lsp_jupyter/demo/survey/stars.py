"""The stars: those of Gaia where there are any, the Galaxy's, and those of two stellar systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.magnitudes import EXTINCTION, gaia_magnitudes, locus
from lsp_jupyter.demo.survey.fields import Field
from lsp_jupyter.demo.survey.tangent import project

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.sky import Tile

    Floats = npt.NDArray[np.float64]

__all__ = ["FAINTEST", "Stars", "make_stars"]

#: Nothing fainter than this in r is made: no coadd of the survey would show it.
FAINTEST = 27.0

#: The real stars of Gaia's package are complete to here in G; simulated ones are fainter.
BRIGHTEST = 10.0

#: Stars in a cubic parsec and magnitude near the Sun by absolute r (after Bochanski et al. 2010,
#: AJ 139, 2679, and Juric et al. 2008, ApJ 673, 864).
_LUMINOSITY = np.array(
    [
        (-1, 0.02e-3),
        (1, 0.25e-3),
        (3, 1.2e-3),
        (4, 2.2e-3),
        (5, 3.0e-3),
        (7, 3.4e-3),
        (8, 4.0e-3),
        (9, 6.0e-3),
        (10, 8.5e-3),
        (11, 9.5e-3),
        (12, 9.0e-3),
        (14, 6.5e-3),
        (16, 5.0e-3),
    ]
)

#: Absolute r, g - i and relative number by magnitude of an old population, from the foot of the
#: main sequence over the turn-off to the tip of the giant branch.
_OLD = np.array(
    [
        (12.5, 3.10, 9.0),
        (11.0, 2.70, 10.0),
        (10.0, 2.38, 9.0),
        (9.0, 2.02, 7.5),
        (8.0, 1.62, 6.0),
        (7.0, 1.21, 5.0),
        (6.0, 0.86, 4.2),
        (5.0, 0.62, 3.4),
        (4.4, 0.52, 2.8),
        (4.0, 0.49, 2.2),
        (3.7, 0.56, 1.3),
        (3.5, 0.72, 0.8),
        (3.2, 0.90, 0.35),
        (2.5, 1.00, 0.20),
        (1.0, 1.12, 0.09),
        (0.0, 1.24, 0.05),
        (-1.0, 1.50, 0.03),
        (-2.0, 2.05, 0.012),
        (-2.6, 2.70, 0.004),
    ]
)

#: Kilometres a second of one astronomical unit a year.
_KILOMETRES = 4.740471


@dataclass(frozen=True, slots=True)
class System:
    """A stellar system far away whose stars are all at one distance.

    Attributes
    ----------
    ra, dec : `float`
        Its centre: degrees.
    modulus : `float`
        Its distance modulus: magnitudes.
    core, limit : `float`
        Where the density has halved, and where it ends: degrees.
    density : `float`
        Stars brighter than `FAINTEST` in a square degree at the centre. For a dense cluster far
        less than the truth, since nobody could tell its stars apart.
    motion : `tuple` of two `float`
        Proper motion in right ascension (times cos dec) and declination: mas/yr.
    """

    ra: float
    dec: float
    modulus: float
    core: float
    limit: float
    density: float
    motion: tuple[float, float]


#: By field. 47 Tucanae at 4.45 kpc and the Small Magellanic Cloud behind it (Baumgardt and
#: Vasiliev 2021, MNRAS 505, 5957; Graczyk et al. 2020, ApJ 904, 13), and the Fornax dwarf at
#: 147 kpc (McConnachie 2012, AJ 144, 4).
SYSTEMS = {
    "47_Tuc": (
        System(6.0224, -72.0815, 13.24, 0.10, 0.70, 300_000, (5.25, -2.58)),
        System(13.19, -72.83, 18.98, 1.5, 8.0, 400_000, (0.8, -1.2)),
    ),
    "Fornax_dSph": (System(39.997, -34.449, 20.84, 0.25, 1.1, 180_000, (0.38, -0.36)),),
}


@dataclass(frozen=True, slots=True)
class Stars:
    """Stars of a tile; arrays of one length, as in `~lsp_jupyter.demo.survey.sky.Objects`."""

    xi: Floats
    eta: Floats
    magnitudes: Floats
    pm_ra: Floats
    pm_dec: Floats
    parallax: Floats
    gaia: npt.NDArray[np.int64]


def make_stars(
    tile: Tile, gaia: npt.NDArray[np.float64] | None, random: np.random.Generator
) -> Stars:
    """All stars of a tile.

    Parameters
    ----------
    tile : `Tile`
        Where.
    gaia : structured `numpy.ndarray`, optional
        Real stars: ``source_id, ra, dec, g, bp_rp``.
    random : `numpy.random.Generator`
        For the others.
    """
    parts = [_galactic(tile, random)]
    parts += [_system(tile, one, random) for one in SYSTEMS.get(tile.field.name, ())]
    if gaia is not None and len(gaia):
        parts.append(_real(tile, gaia))
    return Stars(*(np.concatenate(arrays) for arrays in zip(*map(_arrays, parts), strict=True)))


def _arrays(stars: Stars) -> tuple[npt.NDArray[np.generic], ...]:
    return (
        stars.xi,
        stars.eta,
        stars.magnitudes,
        stars.pm_ra,
        stars.pm_dec,
        stars.parallax,
        stars.gaia,
    )


def _galactic(tile: Tile, random: np.random.Generator) -> Stars:
    """Disk, thick disk and halo (densities of Juric et al. 2008)."""
    edges = np.geomspace(20.0, 100_000.0, 121)
    distance = np.sqrt(edges[1:] * edges[:-1])
    bright = np.arange(-0.75, 16.0, 0.25)
    thin, thick, halo = _densities(tile.field, distance)
    extinction = EXTINCTION[2] * tile.field.ebv * (1 - np.exp(-distance / 500))
    seen = bright[None, :] + 5 * np.log10(distance / 10)[:, None] + extinction[:, None]
    number = np.interp(bright, *_LUMINOSITY.T) * 0.25
    area = np.radians(tile.east - tile.west) * np.radians(tile.north - tile.south)
    volume = area * distance**2 * np.diff(edges)
    expected = (thin + thick + halo)[:, None] * volume[:, None] * number[None, :]
    # Old populations have no stars brighter than their turn-off but giants.
    expected[seen > FAINTEST] = 0
    expected[seen < BRIGHTEST] = 0
    shell, kind = np.nonzero(counts := random.poisson(expected))
    times = counts[shell, kind]
    shell, kind = np.repeat(shell, times), np.repeat(kind, times)
    n = len(shell)
    far = edges[shell] * (edges[shell + 1] / edges[shell]) ** random.random(n)
    total = (thin + thick + halo)[shell]
    draw = random.random(n) * total
    in_halo, in_thick = draw < halo[shell], (draw >= halo[shell]) & (draw < (halo + thick)[shell])
    absolute = bright[kind] + random.uniform(-0.125, 0.125, n)
    g_i = np.interp(absolute, _OLD[::-1, 0], _OLD[::-1, 1])
    # The disk has young blue stars above the old turn-off, the halo fewer metals.
    young = ~in_halo & ~in_thick & (absolute < 3.6) & (random.random(n) < 0.8)
    g_i = np.where(young, np.interp(absolute, [-1, 1, 3.6], [-0.7, -0.2, 0.45]), g_i)
    g_i += np.where(in_halo, -0.12, np.where(in_thick, -0.04, 0.0)) * (g_i < 2)
    g_i += random.normal(0, 0.04, n)
    r = absolute + 5 * np.log10(far / 10)
    reddening = tile.field.ebv * (1 - np.exp(-far / 500))
    magnitudes = locus(g_i, r) + EXTINCTION * reddening[:, None]
    speed = np.where(in_halo, 150.0, np.where(in_thick, 65.0, 35.0))
    motion = random.normal(0, 1, (2, n)) * speed / _KILOMETRES / far * 1000
    xi, eta = _scattered(tile, n, random)
    return Stars(xi, eta, magnitudes, motion[0], motion[1], 1000 / far, np.zeros(n, np.int64))


def _densities(field: Field, distance: Floats) -> tuple[Floats, Floats, Floats]:
    """Of thin disk, thick disk and halo along the line of sight, in units of the Sun's place."""
    from astropy.coordinates import SkyCoord

    place = SkyCoord(field.ra, field.dec, unit="deg").galactic
    b, lon = place.b.rad, place.l.rad
    flat = distance * np.cos(b)
    radius = np.sqrt(8000.0**2 + flat**2 - 2 * 8000.0 * flat * np.cos(lon))
    height = np.abs(distance * np.sin(b) + 25.0)
    thin = 0.88 * np.exp(-(radius - 8000) / 2600 - (height - 25) / 300)
    thick = 0.12 * np.exp(-(radius - 8000) / 3600 - (height - 25) / 900)
    shell = np.sqrt(radius**2 + (height / 0.64) ** 2)
    return thin, thick, 0.0051 * (8000 / np.maximum(shell, 500)) ** 2.77


def _system(tile: Tile, system: System, random: np.random.Generator) -> Stars:
    x0, y0 = project(np.array([system.ra]), np.array([system.dec]), tile.field.ra, tile.field.dec)
    area = (tile.east - tile.west) * (tile.north - tile.south)
    n = int(random.poisson(area * system.density))
    xi, eta = _scattered(tile, n, random)
    away = np.hypot(xi - x0[0], eta - y0[0])
    profile = np.where(away < system.limit, 1 / (1 + (away / system.core) ** 2), 0)
    kept = random.random(n) < profile
    xi, eta = xi[kept], eta[kept]
    n = len(xi)
    # Along the sequence from bright to faint, as far as anybody sees.
    along = np.linspace(-2.6, min(12.5, FAINTEST - system.modulus), 400)
    weight = np.cumsum(np.interp(along, _OLD[::-1, 0], _OLD[::-1, 2]))
    absolute = np.interp(random.random(n) * weight[-1], weight, along)
    g_i = np.interp(absolute, _OLD[::-1, 0], _OLD[::-1, 1])
    clump = random.random(n) < 0.03
    absolute = np.where(clump, random.normal(0.55, 0.08, n), absolute)
    g_i = np.where(clump, random.normal(0.85, 0.06, n), g_i)
    # Half of the stars of the main sequence are two.
    pairs = (absolute > 4) & (random.random(n) < 0.05)
    absolute = np.where(pairs, absolute - 0.75, absolute)
    magnitudes = locus(g_i + random.normal(0, 0.012, n), absolute + system.modulus)
    magnitudes += EXTINCTION * tile.field.ebv
    distance = 10 ** (system.modulus / 5 + 1)
    motion = random.normal(0, 9.0 / _KILOMETRES / distance * 1000, (2, n))
    return Stars(
        xi,
        eta,
        magnitudes,
        system.motion[0] + motion[0],
        system.motion[1] + motion[1],
        np.full(n, 1000 / distance),
        np.zeros(n, np.int64),
    )


def _real(tile: Tile, gaia: npt.NDArray[np.float64]) -> Stars:
    xi, eta = project(gaia["ra"], gaia["dec"], tile.field.ra, tile.field.dec)
    inside = (xi >= tile.west) & (xi < tile.east) & (eta >= tile.south) & (eta < tile.north)
    some = gaia[inside]
    colour = np.where(np.isfinite(some["bp_rp"]), some["bp_rp"], 0.8)
    nothing = np.zeros(len(some))
    return Stars(
        xi[inside],
        eta[inside],
        gaia_magnitudes(some["g"].astype(float), colour.astype(float)),
        nothing,
        nothing,
        nothing,
        some["source_id"].astype(np.int64),
    )


def _scattered(tile: Tile, n: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    return random.uniform(tile.west, tile.east, n), random.uniform(tile.south, tile.north, n)
