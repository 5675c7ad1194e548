"""How many stars of the Milky Way there are along a line of sight, and how they move.

Two disks and a halo of dwarfs as measured with SDSS (Juric et al. 2008, table 10, corrected for
binaries).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import Field
from lsp_jupyter.demo.survey.observing.fields import field as field_of
from lsp_jupyter.demo.survey.truth.magnitudes import EXTINCTION
from lsp_jupyter.demo.survey.truth.stellar import HALO, THICK_DISK, THIN_DISK, Population

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Component", "Drawn", "milky_way", "motions"]

#: From the Sun to the Galaxy's centre, and above its plane: parsec.
SUN_RADIUS, SUN_HEIGHT = 8_000.0, 25.0

#: Rows: the Galaxy's axes (centre, rotation, north pole) in ICRS (Hipparcos catalogue, vol. 1).
GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [0.4941094279, -0.4448296300, 0.7469822445],
        [-0.8676661490, -0.1980763734, 0.4559837762],
    ]
)

#: Where the disks end: parsec from the Galaxy's axis.
EDGE = 13_900.0

#: Height of the dust: parsec.
DUST = 70.0

#: The Sun against the local standard of rest: km/s (Schoenrich, Binney & Dehnen 2010).
SUN_VELOCITY = (11.1, 12.24, 7.25)

#: km/s of a mas/yr at a kiloparsec.
KMS = 4.740471


@dataclass(frozen=True)
class Component:
    """A part of the Galaxy.

    Attributes
    ----------
    population : `Population`
        Its stars; their density is that near the Sun, times ``share``.
    share : `float`
        See there.
    lag : `float`
        How much slower it turns than the Sun's neighbourhood: km/s.
    dispersion : `float`
        Of velocities in each direction: km/s.
    """

    population: Population
    share: float
    lag: float
    dispersion: float

    def density(self, radius: Floats, height: Floats) -> Floats:
        """Density of stars against that near the Sun.

        Parameters
        ----------
        radius, height : `numpy.ndarray`
            From the Galaxy's axis and plane: parsec.
        """
        if self.population is HALO:
            flat = np.sqrt(radius**2 + (height / 0.64) ** 2 + 500.0**2)
            return np.asarray((SUN_RADIUS / flat) ** 2.77)
        length, thickness = (2600.0, 300.0) if self.population is THIN_DISK else (3600.0, 900.0)
        return np.exp(-(radius - SUN_RADIUS) / length - (np.abs(height) - SUN_HEIGHT) / thickness)


COMPONENTS = (
    Component(THIN_DISK, 0.88, 15.0, 30.0),
    Component(THICK_DISK, 0.12, 45.0, 55.0),
    Component(HALO, 0.0051, 220.0, 130.0),
)


@dataclass(frozen=True)
class Drawn:
    """Stars drawn; arrays of one length.

    Attributes
    ----------
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        AB in ``ugrizy``, reddened.
    distance : `numpy.ndarray`
        Parsec.
    component : `numpy.ndarray` of `int`
        Which of `COMPONENTS`.
    """

    magnitudes: Floats
    distance: Floats
    component: npt.NDArray[np.int64]


@lru_cache(maxsize=32)
def _columns(name: str, faint: float) -> tuple[Floats, Floats, Floats]:
    """Distances, and stars a square degree by component and distance; and dust before them."""
    distance = 10 ** np.linspace(np.log10(30), np.log10(80_000), 300)
    field = field_of(name)
    ra, dec = np.radians([field.ra, field.dec])
    sight = GALACTIC @ [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)]
    x, y, z = sight[:, None] * distance
    height = z + SUN_HEIGHT
    radius = np.hypot(SUN_RADIUS - x, y)
    dust = 1 - np.exp(-distance * max(abs(float(sight[2])), 0.02) / DUST)
    modulus = 5 * np.log10(distance / 10) + field.ebv * dust * EXTINCTION[2]
    volume = distance**3 * np.log(distance[1] / distance[0]) * np.radians(1) ** 2
    counts = np.stack(
        [
            part.population.count(faint - modulus)
            * part.share
            * part.density(radius, height)
            * volume
            for part in COMPONENTS
        ]
    )
    return distance, counts, dust


def milky_way(field: Field, faint: float, area: float, random: np.random.Generator) -> Drawn:
    """Draw the stars of a part of a field.

    Parameters
    ----------
    field : `Field`
        Where.
    faint : `float`
        The faintest magnitude in r.
    area : `float`
        Square degrees.
    random : `numpy.random.Generator`
        Where chance comes from.

    Returns
    -------
    stars : `Drawn`
        Brighter than ``faint``.
    """
    distance, counts, dust = _columns(field.name, faint)
    number = random.poisson(counts.sum() * area)
    cells = np.sort(
        np.searchsorted(np.cumsum(counts.ravel()), random.random(number) * counts.sum())
    )
    component, place = np.divmod(np.minimum(cells, counts.size - 1), len(distance))
    step = np.log(distance[1] / distance[0])
    far = distance[place] * np.exp(step * (random.random(number) - 0.5))
    # One value for the cell, so that no star is fainter than what was counted.
    modulus = 5 * np.log10(distance[place] / 10)
    reddening = field.ebv * dust[place]
    magnitudes = np.empty((number, 6))
    for index, part in enumerate(COMPONENTS):
        some = component == index
        limit = faint - modulus[some] - reddening[some] * EXTINCTION[2]
        r, offsets = part.population.sample(limit, int(some.sum()), random)
        magnitudes[some] = r[:, None] + offsets
    magnitudes += modulus[:, None] + reddening[:, None] * EXTINCTION
    return Drawn(magnitudes, far, component)


def motions(
    field: Field, stars: Drawn, random: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Proper motions of stars, and parallaxes.

    Parameters
    ----------
    field : `Field`
        Where they are.
    stars : `Drawn`
        The stars.
    random : `numpy.random.Generator`
        Where chance comes from.

    Returns
    -------
    pm_ra, pm_dec : `numpy.ndarray`
        pm_ra times cos dec: mas/yr.
    parallax : `numpy.ndarray`
        mas.
    """
    ra, dec = np.radians([field.ra, field.dec])
    east = np.array([-np.sin(ra), np.cos(ra), 0.0])
    north = np.array([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)])
    lag = np.array([part.lag for part in COMPONENTS])
    spread = np.array([part.dispersion for part in COMPONENTS])
    u, v, w = SUN_VELOCITY
    mean = np.stack([np.full(3, -u), -v - lag, np.full(3, -w)], axis=-1) @ GALACTIC
    scale = KMS * stars.distance / 1000
    pm = [
        (
            (mean @ axis)[stars.component]
            + spread[stars.component] * random.standard_normal(len(scale))
        )
        / scale
        for axis in (east, north)
    ]
    return pm[0], pm[1], 1000 / stars.distance
