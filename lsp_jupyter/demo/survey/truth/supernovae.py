"""Supernovae: where they are, and their light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import BANDS, Field
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.truth.magnitudes import EXTINCTION, flux_of
from lsp_jupyter.demo.survey.truth.templates import distance_modulus

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Objects

    Floats = npt.NDArray[np.float64]

__all__ = ["TYPES", "Supernovae", "make_supernovae"]

#: The types, as the tables of the truth name them.
TYPES = ("Ia", "II")

#: How many in a small field; one in the others.
NUMBERS = {"ECDFS": 7, "EDFS_comcam": 2, "Rubin_SV_38_7": 2}

#: In a square degree of a large field: about those that one look at this depth finds.
RATE = 25.0

#: Redshifts wanted, so that their maxima have r = 19 to 22.5.
NEAREST, FARTHEST = 0.06, 0.45

#: Effective wavelengths of the bands: nanometres (SMTN-002).
_WAVELENGTHS = np.array([372.0, 480.0, 622.0, 756.0, 868.0, 973.0])

# Absolute AB magnitudes of a usual supernova of type Ia by days since the maximum in B, at rest
# wavelengths (smoothed after Nugent et al. 2002 and Hsiao et al. 2007).
_IA_DAYS = np.array([-17, -15, -10, -5, 0, 5, 10, 15, 20, 25, 30, 40, 60, 80, 120.0])
_IA_REST = np.array([280.0, 360.0, 440.0, 550.0, 650.0, 800.0, 950.0])
_IA_EARLY = np.array(
    [
        [-12.4, -14.2, -16.4, -17.3, -17.2, -16.7, -15.9, -15.1, -14.5, -14.1, -13.9],
        [-14.6, -16.5, -18.4, -18.95, -18.85, -18.45, -17.8, -17.0, -16.2, -15.7, -15.45],
        [-15.0, -16.8, -18.5, -19.15, -19.3, -19.05, -18.65, -18.2, -17.6, -17.0, -16.65],
        [-15.0, -16.8, -18.45, -19.0, -19.2, -19.18, -18.95, -18.65, -18.3, -17.95, -17.6],
        [-14.9, -16.7, -18.35, -18.9, -19.05, -19.0, -18.75, -18.5, -18.35, -18.2, -17.95],
        [-14.5, -16.4, -17.95, -18.4, -18.45, -18.25, -18.0, -17.9, -18.0, -18.1, -17.95],
        [-14.2, -16.1, -17.6, -18.0, -18.0, -17.7, -17.5, -17.5, -17.7, -17.8, -17.6],
    ]
)
_IA_LATE = np.array(
    [
        [-13.6, -13.2, -12.9, -12.3],
        [-15.15, -14.8, -14.5, -13.9],
        [-16.25, -15.9, -15.6, -15.0],
        [-17.05, -16.45, -15.95, -14.95],
        [-17.35, -16.55, -15.9, -14.8],
        [-17.3, -16.3, -15.6, -14.3],
        [-17.0, -16.0, -15.2, -13.9],
    ]
)
_IA = np.concatenate([_IA_EARLY, _IA_LATE], axis=1)

# The same of type II-P by days since the explosion (after Nugent's template and Anderson et al.
# 2014).
_II_DAYS = np.array([0, 2, 6, 10, 20, 35, 50, 80, 95, 105, 115, 160.0])
_II_REST = np.array([280.0, 360.0, 440.0, 550.0, 650.0, 800.0, 950.0])
_II = np.array(
    [
        [-12.0, -16.2, -17.5, -17.2, -15.8, -14.0, -13.0, -12.4, -12.1, -11.2, -10.6, -10.2],
        [-12.0, -16.0, -17.4, -17.4, -16.6, -15.4, -14.7, -14.1, -13.8, -12.8, -12.1, -11.7],
        [-12.0, -15.8, -17.1, -17.3, -17.1, -16.6, -16.2, -15.8, -15.5, -14.4, -13.6, -13.2],
        [-12.0, -15.6, -16.9, -17.1, -17.15, -17.05, -16.95, -16.75, -16.5, -15.5, -14.8, -14.3],
        [-12.0, -15.4, -16.7, -17.0, -17.15, -17.15, -17.15, -17.1, -16.9, -16.0, -15.4, -14.9],
        [-12.0, -15.1, -16.4, -16.7, -16.9, -17.0, -17.05, -17.1, -16.9, -16.1, -15.5, -15.0],
        [-12.0, -14.9, -16.1, -16.5, -16.7, -16.85, -16.95, -17.0, -16.8, -16.0, -15.4, -14.9],
    ]
)


@dataclass(frozen=True, slots=True)
class Supernovae:
    """Supernovae of a field; arrays of one length.

    Attributes
    ----------
    field : `Field`
        Where they are.
    id : `numpy.ndarray` of `int`
        Above 2**53, and no id of an object.
    host : `numpy.ndarray` of `int`
        The id of the galaxy each is in.
    ra, dec : `numpy.ndarray`
        Degrees, ICRS.
    redshift : `numpy.ndarray`
        Of the host.
    peak : `numpy.ndarray`
        When it is brightest in B at rest: MJD, TAI.
    type : `numpy.ndarray` of `int`
        Its place in `TYPES`.
    offset : `numpy.ndarray`
        How much fainter than usual it is: magnitudes.
    stretch : `numpy.ndarray`
        How much slower than usual it is.
    """

    field: Field
    id: npt.NDArray[np.int64]
    host: npt.NDArray[np.int64]
    ra: Floats
    dec: Floats
    redshift: Floats
    peak: Floats
    type: npt.NDArray[np.int64]
    offset: Floats
    stretch: Floats

    def __len__(self) -> int:
        return len(self.id)

    def flux(self, band: str, mjd: float) -> Floats:
        """The flux of each at a time: nanojansky, reddened by the Milky Way.

        Parameters
        ----------
        band : `str`
            One of ``ugrizy``.
        mjd : `float`
            Days, TAI.
        """
        place = BANDS.index(band)
        age = (mjd - self.peak) / (1 + self.redshift) / self.stretch
        rest = _WAVELENGTHS[place] / (1 + self.redshift)
        first = _absolute(_IA_DAYS, _IA_REST, _IA, age, rest)
        # Type II is brightest in B ten days after the explosion.
        second = _absolute(_II_DAYS, _II_REST, _II, age + 10, rest)
        absolute = np.where(self.type == 0, first, second) + self.offset
        # Light spread over more frequencies is brighter in each.
        modulus = distance_modulus(self.redshift) - 2.5 * np.log10(1 + self.redshift)
        return flux_of(absolute + modulus + EXTINCTION[place] * self.field.ebv)


def _absolute(days: Floats, rest: Floats, table: Floats, age: Floats, wavelength: Floats) -> Floats:
    """Absolute magnitudes between those of a table; infinite before the explosion."""
    row = np.clip(np.searchsorted(rest, wavelength) - 1, 0, len(rest) - 2)
    column = np.clip(np.searchsorted(days, age) - 1, 0, len(days) - 2)
    across = np.clip((wavelength - rest[row]) / (rest[row + 1] - rest[row]), -0.3, 1.0)
    along = np.maximum((age - days[column]) / (days[column + 1] - days[column]), 0.0)
    below = table[row, column] * (1 - along) + table[row, column + 1] * along
    above = table[row + 1, column] * (1 - along) + table[row + 1, column + 1] * along
    magnitude = below * (1 - across) + above * across
    # From nothing, as the square of time, until the table begins.
    early = np.clip((age - days[0] + 3) / 3, 1e-30, 1.0)
    return np.asarray(np.where(age < days[0] - 3, np.inf, magnitude - 5 * np.log10(early)))


def make_supernovae(
    tiles: Sequence[Objects], side: float, nights: tuple[float, float], random: np.random.Generator
) -> Supernovae:
    """The supernovae of a field.

    Parameters
    ----------
    tiles : sequence of `Objects`
        The objects in the middle of the field; the hosts are among them.
    side : `float`
        Width of the field: degrees.
    nights : `tuple` of two `float`
        When the field is observed first and last: MJD, TAI.
    random : `numpy.random.Generator`
        Where chance comes from.
    """
    field = tiles[0].field
    columns = ("id", "ra", "dec", "redshift", "disk_radius", "axis_ratio", "angle", "galaxy")
    every = {name: np.concatenate([getattr(tile, name) for tile in tiles]) for name in columns}
    xi, eta = project(every["ra"], every["dec"], field.ra, field.dec)
    # All exposures see the middle of the field.
    reach = min(0.38 * side, 0.5)
    near = every["galaxy"] & (np.hypot(xi, eta) < reach) & (every["redshift"] > 0.02)
    hosts = np.flatnonzero(near)
    number = NUMBERS.get(field.name, 1)
    if side > 0.5:
        number = max(number, int(random.poisson(RATE * np.pi * reach**2)))
    wanted = random.uniform(NEAREST, FARTHEST, number)
    chosen: list[int] = []
    for redshift in wanted[: len(hosts)]:
        # The nearest redshift of the galaxies that have had none.
        free = np.setdiff1d(hosts, chosen)
        chosen.append(int(free[np.argmin(np.abs(np.log(every["redshift"][free] / redshift)))]))
    host = np.array(chosen, dtype=np.int64)
    n = len(host)
    # In the disk, seen as flat as the disk is.
    away = every["disk_radius"][host] * random.uniform(0.3, 1.5, n) / 3600
    turn = random.uniform(0, 2 * np.pi, n)
    major = away * np.cos(turn)
    minor = away * np.sin(turn) * every["axis_ratio"][host]
    angle = np.radians(every["angle"][host])
    east = major * np.sin(angle) + minor * np.cos(angle)
    dec = every["dec"][host] + major * np.cos(angle) - minor * np.sin(angle)
    # A quarter are core collapses, but the first never.
    kind = ((random.random(n) < 0.25) & (np.arange(n) > 0)).astype(np.int64)
    first, last = nights
    third = (last - first) / 3
    return Supernovae(
        field=field,
        # The last numbers of the tract: tiles count from the first.
        id=((field.tract * 100 + 99) << 40) + np.arange(1, n + 1, dtype=np.int64),
        host=every["id"][host],
        ra=every["ra"][host] + east / np.cos(np.radians(dec)),
        dec=dec,
        redshift=every["redshift"][host],
        # Most of them rise and fall within the campaign.
        peak=random.uniform(first + 0.3 * third, last - third, n),
        type=kind,
        offset=np.where(kind == 0, 0.13, 0.6) * random.standard_normal(n),
        stretch=np.clip(1 + 0.1 * random.standard_normal(n), 0.8, 1.2),
    )
