"""Colours and brightness of kinds of stars.

Magnitudes are AB; the passbands of Rubin are taken as those of SDSS, to some hundredths. Colours
follow the stellar locus, along which r - i tells all others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = [
    "HALO",
    "INTERMEDIATE",
    "METAL_POOR",
    "METAL_RICH",
    "THICK_DISK",
    "THIN_DISK",
    "Population",
    "gaia_magnitudes",
    "locus",
]

# Medians of main-sequence stars (Covey et al. 2007; z - y after Tonry et al. 2012).
_RI = np.array([-0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4, 0.6, 1.0, 1.4, 1.8, 2.2, 2.6])
_IZ = np.array([-0.33, -0.19, -0.13, -0.06, 0.02, 0.08, 0.20, 0.32, 0.55, 0.77, 1.00, 1.25, 1.5])
_ZY = np.array([-0.20, -0.11, -0.08, -0.04, 0.01, 0.04, 0.10, 0.15, 0.27, 0.38, 0.52, 0.7, 0.95])
_GR = np.array([-0.6, -0.4, -0.2, 0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.39, 1.7])
_UG = np.array([-0.4, 0.4, 1.0, 1.1, 1.08, 1.12, 1.25, 1.45, 1.65, 1.87, 2.05, 2.3, 2.5, 2.65, 2.7])


def locus(ri: Floats, metals: float | Floats = 0.0) -> Floats:
    """Colours of stars against their r magnitude.

    Parameters
    ----------
    ri : `numpy.ndarray`, shape ``(n,)``
        r - i without reddening: magnitudes.
    metals : `float` or `numpy.ndarray`, shape ``(n,)``
        Metallicity [Fe/H]; stars of few metals are bright in the ultraviolet.

    Returns
    -------
    offsets : `numpy.ndarray`, shape ``(n, 6)``
        Magnitudes in ``ugrizy`` less that in r.
    """
    ri = np.clip(ri, -0.4, 2.6)
    # Juric et al. 2008, equation 4.
    gr = 1.39 * (1 - np.exp(-((4.9 * ri + 2.45) * ri + 1.68) * ri - 0.05))
    # The blanketing of solar-type stars (after Ivezic et al. 2008).
    ug = np.interp(gr, _GR, _UG) + 0.24 * np.clip(metals, -2.5, 0.3) * np.exp(
        -(((gr - 0.5) / 0.3) ** 2)
    )
    iz = np.interp(ri, _RI, _IZ)
    zy = np.interp(ri, _RI, _ZY)
    return np.stack([ug + gr, gr, np.zeros_like(ri), -ri, -ri - iz, -ri - iz - zy], axis=-1)


def gaia_magnitudes(g: Floats, bp_rp: Floats) -> Floats:
    """Magnitudes of stars of Gaia (Gaia EDR3 documentation, table 5.7: SDSS from G and BP - RP).

    Parameters
    ----------
    g, bp_rp : `numpy.ndarray`, shape ``(n,)``
        Mean G magnitude and BP - RP as Gaia gives them (Vega); NaN colours count as 0.8.

    Returns
    -------
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        AB, in ``ugrizy``, reddened as the star is; u, z and y from the stellar locus.
    """
    x = np.clip(np.nan_to_num(bp_rp, nan=0.8), -0.2, 2.7)
    blue = g - np.polyval([0.0064, -0.1548, -0.6365, 0.2199], x)
    r = g - np.polyval([0.02263, -0.1701, 0.1907, 0.08592, -0.09837], x)
    i = g - np.polyval([-0.002104, -0.09609, 0.6404, -0.293], x)
    offsets = locus(r - i)
    magnitudes = r[:, None] + offsets
    magnitudes[:, 0] += blue - magnitudes[:, 1]
    magnitudes[:, 1] = blue
    magnitudes[:, 3:] += (i - magnitudes[:, 3])[:, None]
    return np.asarray(magnitudes)


@dataclass(frozen=True)
class Population:
    """Stars of an age and metallicity.

    Attributes
    ----------
    r : `tuple` of `float`
        Absolute magnitudes in r along the sequence, from bright to faint.
    ri : `tuple` of `float`
        r - i there.
    density : `tuple` of `float`
        Stars for each magnitude there, in any unit.
    clump : `tuple` of four `float`
        Helium-burning stars beside the sequence: their number in the same unit, their absolute
        magnitude and r - i, and the spread of r - i.
    metals : `float`
        Mean metallicity [Fe/H].
    spread : `float`
        Of the metallicity.
    """

    r: tuple[float, ...]
    ri: tuple[float, ...]
    density: tuple[float, ...]
    clump: tuple[float, float, float, float] = (0.0, 0.5, 0.2, 0.01)
    metals: float = 0.0
    spread: float = 0.1

    @cached_property
    def _grid(self) -> tuple[Floats, Floats]:
        """Absolute magnitudes and how many stars of the sequence are brighter."""
        magnitude = np.linspace(self.r[0], self.r[-1], 800)
        density = np.exp(np.interp(magnitude, self.r, np.log(self.density)))
        return magnitude, np.concatenate([[0.0], np.cumsum(density[1:] * np.diff(magnitude))])

    def count(self, faint: float | Floats) -> Floats:
        """How many stars are brighter than absolute magnitudes in r, in the density's unit."""
        magnitude, number = self._grid
        clump = np.where(np.asarray(faint) > self.clump[1], self.clump[0], 0.0)
        return np.asarray(np.interp(faint, magnitude, number, left=0.0) + clump)

    def sample(
        self, faint: float | Floats, count: int, random: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw stars brighter than a magnitude.

        Parameters
        ----------
        faint : `float` or `numpy.ndarray`, shape ``(count,)``
            The faintest absolute magnitude in r.
        count : `int`
            How many.
        random : `numpy.random.Generator`
            Where chance comes from.

        Returns
        -------
        r : `numpy.ndarray`, shape ``(count,)``
            Absolute magnitudes.
        offsets : `numpy.ndarray`, shape ``(count, 6)``
            Magnitudes in ``ugrizy`` less that in r.
        """
        magnitude, number = self._grid
        total = np.broadcast_to(self.count(faint), count)
        clump = np.where(np.broadcast_to(faint, count) > self.clump[1], self.clump[0], 0.0)
        pick = random.random(count) * total
        r = np.interp(np.clip(pick - clump, 0, None), number, magnitude)
        metals = self.metals + self.spread * random.standard_normal(count)
        # Metals redden giants most, as their envelopes are cool.
        tilt = np.interp(r, [-3, 2.5, 5], [0.12, 0.04, 0.03])
        ri = np.interp(r, self.r, self.ri) + tilt * (metals - self.metals)
        burning = pick < clump
        r[burning] = self.clump[1] + 0.07 * random.standard_normal(int(burning.sum()))
        ri[burning] = self.clump[2] + self.clump[3] * random.standard_normal(int(burning.sum()))
        # Spins, ages and pairs widen the locus by a fiftieth of a magnitude.
        return r, locus(ri, metals) + 0.014 * random.standard_normal((count, 6))


#: The colours of dwarfs (Juric et al. 2008, equation 1, below the turn-off).
_DWARF_R = (4.4, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0, 11.0, 12.0, 13.5, 15.0)
_DWARF_RI = (
    *(0.10, 0.16, 0.21, 0.265, 0.33, 0.40, 0.48, 0.58, 0.68, 0.79, 0.91),
    *(1.04, 1.30, 1.53, 1.85, 2.15),
)

#: Stars near the Sun: stars a cubic parsec and magnitude (after Wielen, Jahreiss & Krueger 1983).
THIN_DISK = Population(
    r=(-1.0, 0.0, 1.0, 2.0, 3.0, 3.8, *_DWARF_R),
    ri=(-0.20, -0.16, -0.11, -0.04, 0.03, 0.07, *_DWARF_RI),
    density=(
        *(6e-6, 4e-5, 1.6e-4, 4e-4, 9e-4, 1.7e-3),
        *(2.4e-3, 3.1e-3, 3.1e-3, 3.0e-3, 2.9e-3, 2.9e-3, 3.1e-3, 3.5e-3),
        *(4.2e-3, 5.0e-3, 6.0e-3, 7.2e-3, 8.5e-3, 7.8e-3, 5e-3, 3e-3),
    ),
    clump=(3e-4, 0.6, 0.24, 0.03),
    metals=-0.1,
    spread=0.2,
)

# An old sequence: giants, turn-off, dwarfs (an age of 12 Gyr; anchored at the turn-off, subgiants
# and red clump of 47 Tuc, after An et al. 2008 for M 71).
_OLD_R = (
    *(-2.6, -2.2, -1.5, -0.5, 0.5, 1.5, 2.5, 3.1, 3.35, 3.5, 3.8, 4.1, 4.5, 5.0, 5.5, 6.0),
    *(7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 14.0),
)
_OLD_RI = (
    *(0.62, 0.47, 0.375, 0.315, 0.275, 0.25, 0.235, 0.225, 0.20, 0.175, 0.15, 0.145, 0.155),
    *(0.175, 0.20, 0.235, 0.325, 0.47, 0.66, 0.88, 1.15, 1.42, 1.8),
)
_OLD_DENSITY = (
    *(0.008, 0.010, 0.015, 0.030, 0.060, 0.10, 0.18, 0.32, 0.55, 0.70, 0.90, 1.0, 1.1, 1.2, 1.35),
    *(1.5, 1.75, 2.0, 2.5, 3.1, 3.3, 2.6, 1.2),
)


def _old(metals: float, spread: float, scale: float, clump: tuple[float, ...]) -> Population:
    """The old sequence with fewer metals than 47 Tuc has: bluer, mostly the giants."""
    shift = metals + 0.75
    tilt = np.interp(_OLD_R, [-3, 2.5, 5, 9], [0.12, 0.04, 0.03, 0.06])
    number, r, ri, width = clump
    return Population(
        r=_OLD_R,
        ri=tuple((np.array(_OLD_RI) + tilt * shift).tolist()),
        density=tuple((np.array(_OLD_DENSITY) * scale).tolist()),
        clump=(number * scale, r, ri, width),
        metals=metals,
        spread=spread,
    )


#: As 47 Tuc: a red horizontal branch. Its small stars have gone outwards, so that there are few.
METAL_RICH = replace(
    _old(-0.75, 0.03, 1.0, (0.14, 0.50, 0.205, 0.012)),
    density=tuple(
        (np.array(_OLD_DENSITY) * np.interp(_OLD_R, [5, 6, 8, 11], [1, 0.85, 0.55, 0.2])).tolist()
    ),
)

#: As the old stars of dwarf galaxies: a horizontal branch that reaches over the instability strip.
METAL_POOR = _old(-1.8, 0.25, 1.0, (0.10, 0.40, 0.03, 0.11))

#: The density is that of the thin disk at M_r = 6, to be multiplied by the local share.
THICK_DISK = _old(-0.6, 0.25, 2e-3, (0.10, 0.45, 0.21, 0.02))
HALO = _old(-1.5, 0.35, 2e-3, (0.08, 0.45, 0.06, 0.10))

#: Stars of one to ten gigayears as in the dwarf galaxies: a bright turn-off and a red clump.
INTERMEDIATE = Population(
    r=(*(-2.7, -2.0, -1.0, 0.0, 1.0, 1.8, 2.1, 2.4, 2.9, 3.5, 4.2), 5.0, 6.0, 8.0, 10.0, 12.0),
    ri=(
        *(0.55, 0.40, 0.30, 0.25, 0.215, 0.195, 0.12, 0.06, 0.045, 0.06, 0.10),
        *(0.15, 0.23, 0.46, 0.87, 1.40),
    ),
    density=(
        *(0.012, 0.016, 0.028, 0.055, 0.10, 0.17, 0.25, 0.42, 0.60, 0.75, 0.95),
        *(1.2, 1.5, 2.0, 3.0, 2.6),
    ),
    clump=(0.16, 0.30, 0.19, 0.02),
    metals=-1.0,
    spread=0.25,
)
