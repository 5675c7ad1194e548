"""The stars: those of Gaia, the Milky Way's, and those of a cluster and two dwarf galaxies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.tangent import project, unproject
from lsp_jupyter.demo.survey.truth.gaia_stars import GaiaStars
from lsp_jupyter.demo.survey.truth.magnitudes import EXTINCTION
from lsp_jupyter.demo.survey.truth.milky_way import milky_way, motions
from lsp_jupyter.demo.survey.truth.stellar import (
    INTERMEDIATE,
    METAL_POOR,
    METAL_RICH,
    Population,
    gaia_magnitudes,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Tile

    Floats = npt.NDArray[np.float64]

__all__ = ["SYSTEMS", "Stars", "System", "make_stars"]

#: The real stars are complete to here in G; simulated ones are fainter.
BRIGHTEST = 10.0

#: Cells along each side of a tile in which the density of a system is even.
CELLS = 96


@dataclass(frozen=True)
class System:
    """A cluster or galaxy that is resolved into stars.

    Attributes
    ----------
    ra, dec : `float`
        Its centre: degrees, ICRS.
    modulus : `float`
        Distance modulus: magnitudes.
    populations : `tuple` of (`Population`, `float`)
        Its stars, and each one's share of those brighter than 4 in absolute r.
    core, edge : `float`
        Radii of a King profile: where the surface density has halved, and where it ends; degrees.
    density : `float`
        Stars brighter than 4 in absolute r in a square degree at the centre: of these systems a
        small part of the real ones, since nobody could tell all of them apart.
    ebv : `float`
        Reddening E(B-V) before it: magnitudes.
    motion : `tuple` of two `float`
        Proper motion in right ascension (times cos dec) and declination: mas/yr.
    dispersion : `float`
        Of velocities: km/s.
    """

    ra: float
    dec: float
    modulus: float
    populations: tuple[tuple[Population, float], ...]
    core: float
    edge: float
    density: float
    ebv: float
    motion: tuple[float, float]
    dispersion: float

    @property
    def distance(self) -> float:
        """Parsec."""
        return float(10 ** (self.modulus / 5 + 1))

    def profile(self, radius: Floats) -> Floats:
        """Surface density in units of that at the centre (King 1962), by radius in degrees."""
        end = (1 + (self.edge / self.core) ** 2) ** -0.5
        bright = (1 + (radius / self.core) ** 2) ** -0.5 - end
        return np.asarray(np.where(radius < self.edge, bright / (1 - end), 0.0) ** 2)


#: By field. 47 Tucanae at 4.45 kpc with the Small Magellanic Cloud behind it, and the Fornax
#: dwarf at 147 kpc. Distances and motions: Baumgardt & Vasiliev 2021, Graczyk et al. 2020,
#: McConnachie 2012; profiles: Harris 1996 (edition 2010), Battaglia et al. 2006. The core of the
#: cluster is widened: as thinned out, the real one would be empty but for a clump.
SYSTEMS: Mapping[str, tuple[System, ...]] = {
    "47_Tuc": (
        System(
            *(6.0224, -72.0815, 13.24),
            populations=((METAL_RICH, 1.0),),
            core=0.04,
            edge=0.7,
            density=30_000,
            ebv=0.03,
            motion=(5.25, -2.53),
            dispersion=9.0,
        ),
        System(
            *(13.19, -72.83, 18.98),
            populations=((METAL_RICH, 0.25), (INTERMEDIATE, 0.75)),
            core=1.5,
            edge=8.0,
            density=35_000,
            ebv=0.04,
            motion=(0.8, -1.2),
            dispersion=25.0,
        ),
    ),
    "Fornax_dSph": (
        System(
            *(39.997, -34.449, 20.84),
            populations=((METAL_POOR, 0.35), (INTERMEDIATE, 0.65)),
            core=0.25,
            edge=1.15,
            density=36_000,
            ebv=0.02,
            motion=(0.38, -0.36),
            dispersion=11.0,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Stars:
    """Stars of a tile; arrays of one length, as in `~lsp_jupyter.demo.survey.truth.sky.Objects`.

    Attributes
    ----------
    xi, eta : `numpy.ndarray`
        Places in the plane of the tile: degrees.
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        AB, in ``ugrizy``, reddened.
    pm_ra, pm_dec, parallax, gaia : `numpy.ndarray`
        As there.
    """

    xi: Floats
    eta: Floats
    magnitudes: Floats
    pm_ra: Floats
    pm_dec: Floats
    parallax: Floats
    gaia: npt.NDArray[np.int64]

    @classmethod
    def join(cls, *parts: Stars) -> Stars:
        """All stars of several."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("xi", "eta", "magnitudes", "pm_ra", "pm_dec", "parallax", "gaia")
            )
        )


def make_stars(
    tile: Tile, real: GaiaStars, faint: float, share: float, random: np.random.Generator
) -> Stars:
    """All stars of a tile.

    Parameters
    ----------
    tile : `Tile`
        Where.
    real : `GaiaStars`
        The real ones of the fields.
    faint : `float`
        The faintest of the others: magnitude in r.
    share : `float`
        Which part of the Milky Way's stars is made.
    random : `numpy.random.Generator`
        Where chance comes from.
    """
    return Stars.join(
        _real(tile, real),
        _galactic(tile, faint, share, random),
        *(_system(tile, system, faint, random) for system in SYSTEMS.get(tile.field.name, ())),
    )


def _real(tile: Tile, real: GaiaStars) -> Stars:
    xi, eta = project(real.ra, real.dec, tile.field.ra, tile.field.dec)
    inside = tile.holds(xi, eta)
    some = real[inside]
    still = np.zeros(len(some.id))
    magnitudes = gaia_magnitudes(some.g, some.bp_rp)
    return Stars(xi[inside], eta[inside], magnitudes, still, still, still, some.id)


def _galactic(tile: Tile, faint: float, share: float, random: np.random.Generator) -> Stars:
    drawn = milky_way(tile.field, faint, share * tile.area, random)
    pm_ra, pm_dec, parallax = motions(tile.field, drawn, random)
    xi, eta = tile.scatter(len(parallax), random)
    made = Stars(
        xi, eta, drawn.magnitudes, pm_ra, pm_dec, parallax, np.zeros(len(xi), dtype=np.int64)
    )
    # Gaia's G is about the mean of g, r and i.
    in_g = made.magnitudes[:, 1:4].mean(axis=1)
    return _some(made, in_g > BRIGHTEST)


def _some(stars: Stars, which: npt.NDArray[np.bool_]) -> Stars:
    return Stars(
        stars.xi[which],
        stars.eta[which],
        stars.magnitudes[which],
        stars.pm_ra[which],
        stars.pm_dec[which],
        stars.parallax[which],
        stars.gaia[which],
    )


def _system(tile: Tile, system: System, faint: float, random: np.random.Generator) -> Stars:
    reddening = system.ebv * EXTINCTION
    limit = faint - system.modulus - reddening[BANDS.index("r")]
    numbers = [
        part * float(population.count(limit) / population.count(4.0))
        for population, part in system.populations
    ]
    xi, eta = _places(tile, system, sum(numbers), random)
    n = len(xi)
    kind = np.searchsorted(np.cumsum(numbers), random.random(n) * sum(numbers))
    magnitudes = np.empty((n, len(BANDS)))
    for index, (population, _) in enumerate(system.populations):
        some = kind == index
        r, offsets = population.sample(limit, int(some.sum()), random)
        magnitudes[some] = r[:, None] + offsets
    # Binaries of two like stars, a twentieth of the main sequence.
    dwarfs = magnitudes[:, BANDS.index("r")] > 4.2
    magnitudes[dwarfs & (random.random(n) < 0.05)] -= 0.75
    spread = system.dispersion / 4.740471 / system.distance * 1000
    return Stars(
        xi,
        eta,
        magnitudes + system.modulus + reddening,
        system.motion[0] + spread * random.standard_normal(n),
        system.motion[1] + spread * random.standard_normal(n),
        np.full(n, 1000 / system.distance),
        np.zeros(n, dtype=np.int64),
    )


def _places(
    tile: Tile, system: System, scale: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Places by a system's profile, ``scale`` times as many as its density says."""
    width, height = (tile.east - tile.west) / CELLS, (tile.north - tile.south) / CELLS
    row, column = np.divmod(np.arange(CELLS**2), CELLS)
    west, south = tile.west + column * width, tile.south + row * height
    sky = unproject(west + width / 2, south + height / 2, tile.field.ra, tile.field.dec)
    x, y = project(*sky, system.ra, system.dec)
    weight = system.profile(np.hypot(x, y)) * system.density * scale * width * height
    counts = random.poisson(weight)
    n = int(counts.sum())
    west, south = np.repeat(west, counts), np.repeat(south, counts)
    return west + width * random.random(n), south + height * random.random(n)
