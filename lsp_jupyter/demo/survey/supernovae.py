"""Supernovae: where they are, and their light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.magnitudes import flux_of
from lsp_jupyter.demo.survey.fields import BANDS, Field

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.sky import Objects

    Floats = npt.NDArray[np.float64]

__all__ = ["TYPES", "Supernovae", "make_supernovae"]

#: The types, as the tables of the truth name them.
TYPES = ("Ia", "II")

#: How many in a small field.
_NUMBERS = {"ECDFS": 8, "EDFS_comcam": 3, "Rubin_SV_38_7": 2}

#: In a square degree, for larger fields: those that two months of such exposures show.
_RATE = 40.0

#: Absolute magnitude at maximum, and how much fainter it is in each band.
_PEAK = {"Ia": -19.3, "II": -17.6}
_COLOR = {
    "Ia": dict(zip(BANDS, (0.5, 0.0, 0.0, 0.3, 0.4, 0.5), strict=True)),
    "II": dict(zip(BANDS, (0.2, 0.0, 0.1, 0.2, 0.25, 0.3), strict=True)),
}

#: Magnitudes by which a type Ia is fainter 15 days after its maximum.
_DECLINE = dict(zip(BANDS, (1.6, 1.0, 0.7, 0.55, 0.5, 0.5), strict=True))


@dataclass(frozen=True, slots=True)
class Supernovae:
    """The supernovae of a field; arrays of one length.

    Attributes
    ----------
    field : `Field`
        Where they are.
    id : `numpy.ndarray` of `int`
        Above 2**53.
    host : `numpy.ndarray` of `int`
        The id of the galaxy each is in.
    ra, dec : `numpy.ndarray`
        Degrees, ICRS.
    redshift : `numpy.ndarray`
        Of the host.
    peak : `numpy.ndarray`
        When it is brightest: MJD, TAI.
    type : `numpy.ndarray` of `int`
        Its place in `TYPES`.
    """

    field: Field
    id: npt.NDArray[np.int64]
    host: npt.NDArray[np.int64]
    ra: Floats
    dec: Floats
    redshift: Floats
    peak: Floats
    type: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.id)

    def flux(self, band: str, mjd: float) -> Floats:
        """The flux of each at a time: nanojansky."""
        age = (mjd - self.peak) / (1 + self.redshift)
        light = np.where(self.type == 0, _thermonuclear(age, band), _collapse(age, band))
        faint = [_PEAK[TYPES[kind]] + _COLOR[TYPES[kind]][band] for kind in self.type]
        return np.asarray(flux_of(np.array(faint) + _modulus(self.redshift)) * light)


def _modulus(redshift: Floats) -> Floats:
    """Distance modulus to second order in the redshift, for 70 km/s/Mpc and q0 = -0.53."""
    distance = 299_792.458 / 70 * (redshift + 0.765 * redshift**2)
    return np.asarray(5 * np.log10(distance) + 25)


def _thermonuclear(age: Floats, band: str) -> Floats:
    rise = np.clip((age + 18) / 18, 0, 1) ** 2
    late = np.maximum(age - 25, 0)
    magnitude = _DECLINE[band] * np.minimum(np.maximum(age, 0), 25) / 15 + 0.022 * late
    # The second maximum in the red.
    if band in "izy":
        magnitude -= 0.35 * np.exp(-(((age - 25) / 7) ** 2)) * (age > 0)
    return np.asarray(np.where(age < 0, rise, 10 ** (-0.4 * magnitude)))


def _collapse(age: Floats, band: str) -> Floats:
    """A plateau of a hundred days after a quick rise."""
    rise = np.clip((age + 8) / 8, 0, 1)
    slope = {"u": 0.05, "g": 0.015}.get(band, 0.004)
    drop = 2.0 / (1 + np.exp(-(age - 95) / 5))
    magnitude = slope * np.clip(age, 0, 90) + drop
    return np.asarray(np.where(age < 0, rise, 10 ** (-0.4 * magnitude)))


def make_supernovae(objects: Objects, area: float, random: np.random.Generator) -> Supernovae:
    """The supernovae of a field.

    Parameters
    ----------
    objects : `Objects`
        The objects of its first tile; the hosts are among them.
    area : `float`
        Of that tile: square degrees.
    random : `numpy.random.Generator`
        What they are drawn from.
    """
    field = objects.field
    number = _NUMBERS.get(field.name, 1)
    if area > 0.1:
        number = max(number, int(random.poisson(_RATE * area)))
    # Near enough to be bright, far enough to be usual; a tile without such has the next best.
    hosts = np.flatnonzero(objects.galaxy & (objects.redshift > 0.03))
    distance = np.abs(np.log(objects.redshift[hosts] / 0.12))
    usual = hosts[distance < 0.75]
    hosts = usual if len(usual) >= number else hosts[np.argsort(distance)[:number]]
    hosts = random.choice(hosts, size=min(number, len(hosts)), replace=False)
    n = len(hosts)
    away = objects.disk_radius[hosts] * random.uniform(0.4, 1.2, n) / 3600
    angle = random.uniform(0, 2 * np.pi, n)
    dec = objects.dec[hosts] + away * np.sin(angle)
    ra = objects.ra[hosts] + away * np.cos(angle) / np.cos(np.radians(dec))
    kind = (random.random(n) < 0.25).astype(np.int64)
    if n:
        kind[0] = 0
    return Supernovae(
        field=field,
        id=((field.tract * 100 + 99) << 40) + np.arange(1, n + 1, dtype=np.int64),
        host=objects.id[hosts],
        ra=ra,
        dec=dec,
        redshift=objects.redshift[hosts],
        peak=random.uniform(60_615.0, 60_645.0, n),
        type=kind,
    )
