"""Variable stars and active galactic nuclei: which there are, and how their light changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.id_draws import normal, uniform
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.truth.magnitudes import EXTINCTION
from lsp_jupyter.demo.survey.truth.stellar import locus

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Tile

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = [
    "AGN",
    "ECLIPSING",
    "KINDS",
    "NONE",
    "RRAB",
    "RRC",
    "Light",
    "Variables",
    "light",
    "make_variables",
    "period",
]

NONE, RRAB, RRC, ECLIPSING, AGN = range(5)

#: What each kind is called in the tables of the truth.
KINDS = ("", "RRab", "RRc", "eclipsing binary", "AGN")

#: Those that everybody shall find in the deepest field: kind and mean magnitude in r.
SHOWN = (
    *((RRAB, 17.2), (RRAB, 18.3), (RRAB, 19.1), (RRC, 17.8), (RRC, 18.9)),
    *((ECLIPSING, 17.0), (ECLIPSING, 18.2), (ECLIPSING, 19.2)),
    *((AGN, 18.6), (AGN, 19.4), (AGN, 20.0), (AGN, 20.6)),
)

#: In a square degree of any field: RR Lyrae stars of the halo (Sesar et al. 2010), and quasars
#: brighter than `QUASARS_TO` in r (after Palanque-Delabrouille et al. 2016).
HALO_PULSATORS, QUASARS, QUASARS_TO = 1.6, 260.0, 22.5

#: RR Lyrae stars in a square degree of the dwarf galaxies, thinned as those are, and their mean
#: magnitude in r (Fiorentino et al. 2017, Soszynski et al. 2016).
PULSATORS: Mapping[str, tuple[float, float]] = {
    "Fornax_dSph": (350.0, 21.2),
    "47_Tuc": (60.0, 19.35),
}

#: Amplitudes of RR Lyrae stars (Sesar et al. 2010), and of active nuclei (MacLeod et al. 2010), by
#: band in units of that in g.
_PULSATION = np.array([0.95, 1.0, 0.71, 0.57, 0.53, 0.50])
_FLICKER = np.array([1.16, 1.0, 0.88, 0.80, 0.75, 0.71])

#: Waves that make up a damped random walk, and the spread of their periods: days.
_WAVES, _LONGEST, _SHORTEST = 96, 6000.0, 0.5

#: Nothing happens at this moment but that phases are counted from it: MJD, TAI.
_ORIGIN = 60_600.0


@dataclass(frozen=True, slots=True)
class Variables:
    """Variable objects besides other stars and galaxies; arrays of one length.

    Attributes
    ----------
    kind : `numpy.ndarray` of `int`
        One of the codes.
    xi, eta : `numpy.ndarray`
        Places in the plane of the tile: degrees.
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        Means: AB, in ``ugrizy``, reddened.
    redshift : `numpy.ndarray`
        Of active nuclei; 0 for stars.
    """

    kind: Integers
    xi: Floats
    eta: Floats
    magnitudes: Floats
    redshift: Floats


def make_variables(tile: Tile, share: float, show: float, random: np.random.Generator) -> Variables:
    """Variable objects of a tile: pulsating stars and quasars; eclipsing stars to be shown.

    Parameters
    ----------
    tile : `Tile`
        Where.
    share : `float`
        Which part of those that the rates say is made.
    show : `float`
        How far from the middle of the field the ones of `SHOWN` are at most: degrees. 0 for none.
    random : `numpy.random.Generator`
        Where chance comes from.
    """
    kinds, means = [], []
    shown = SHOWN if show and tile.field.name == "ECDFS" and tile.number == 0 else ()
    kinds.append(np.array([kind for kind, _ in shown], dtype=np.int64))
    means.append(np.array([mean for _, mean in shown], dtype=float))
    n = random.poisson(HALO_PULSATORS * share * tile.area)
    kinds.append(np.where(random.random(n) < 0.77, RRAB, RRC))
    means.append(random.uniform(14.5, 20.5, n))
    density, mean = PULSATORS.get(tile.field.name, (0.0, 20.0))
    n = random.poisson(density * tile.area)
    kinds.append(np.where(random.random(n) < 0.75, RRAB, RRC))
    means.append(mean + 0.1 * random.standard_normal(n))
    n = random.poisson(QUASARS * share * tile.area)
    kinds.append(np.full(n, AGN))
    # Their counts rise by 0.38 dex a magnitude there.
    means.append(QUASARS_TO + np.log10(np.maximum(random.random(n), 1e-3)) / 0.38)
    kind, r = np.concatenate(kinds), np.concatenate(means)
    xi, eta = tile.scatter(len(kind), random)
    away = show * np.sqrt(random.uniform(0.05, 1.0, len(shown)))
    angle = 2 * np.pi * (np.arange(len(shown)) + random.random(len(shown))) / max(len(shown), 1)
    xi[: len(shown)], eta[: len(shown)] = away * np.cos(angle), away * np.sin(angle)
    magnitudes, redshift = _magnitudes(kind, r, random)
    return Variables(kind, xi, eta, magnitudes + tile.field.ebv * EXTINCTION, redshift)


def _magnitudes(kind: Integers, r: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    n = len(kind)
    ri = np.where(kind == ECLIPSING, random.uniform(0.08, 0.3, n), random.uniform(0.0, 0.07, n))
    stars = r[:, None] + locus(ri, np.where(kind == ECLIPSING, -0.5, -1.5))
    redshift = np.clip(random.gamma(5.0, 0.32, n), 0.2, 4.0)
    # Power laws of frequency with bumps of lines, blue where the Lyman forest is not in the band.
    slope = np.array([0.35, 0.22, 0.0, -0.13, -0.20, -0.27])
    quasars = r[:, None] + slope * (1 + 0.3 * random.standard_normal((n, 1)))
    quasars += 0.06 * random.standard_normal((n, len(BANDS)))
    quasars[:, 0] += np.clip(redshift - 2.4, 0, 1.5) * 2
    quasars[:, 1] += np.clip(redshift - 3.0, 0, 1.5) * 1.2
    active = kind == AGN
    return np.where(active[:, None], quasars, stars), np.where(active, redshift, 0.0)


@dataclass(frozen=True, slots=True)
class Light:
    """How the light of variable objects changes; arrays of one length.

    Attributes
    ----------
    id, kind : `numpy.ndarray` of `int`
        Which objects they are.
    seed : `int`
        Of the survey.
    period : `numpy.ndarray`
        From one maximum, or one deep eclipse, to the next: days; NaN for active nuclei.
    epoch : `numpy.ndarray`
        When one of them is: MJD, TAI; NaN for active nuclei.
    amplitude : `numpy.ndarray`, shape ``(n, 6)``
        In ``ugrizy``: of pulsating stars from minimum to maximum, of eclipsing stars the depth of
        the deep eclipse, of active nuclei the standard deviation; magnitudes.
    shape : `numpy.ndarray`
        Of pulsating stars the part of the period that the rise takes, of eclipsing stars the part
        from the beginning to the middle of an eclipse; 0 for active nuclei.
    second : `numpy.ndarray`
        Of eclipsing stars the depth of the other eclipse in units of the deep one; 0 for others.
    damping : `numpy.ndarray`
        Of active nuclei the time after which they forget: days; NaN for others.
    """

    id: Integers
    kind: Integers
    seed: int
    period: Floats
    epoch: Floats
    amplitude: Floats
    shape: Floats
    second: Floats
    damping: Floats

    def __len__(self) -> int:
        return len(self.id)

    def change(self, band: str, mjd: float | Floats) -> Floats:
        """Flux in units of its mean.

        Parameters
        ----------
        band : `str`
            One of ``ugrizy``.
        mjd : `float` or `numpy.ndarray`, shape ``(n,)`` or ``(times, 1)``
            One time for all, one for each, or several for all: days, TAI.

        Returns
        -------
        change : `numpy.ndarray`, shape ``(n,)`` or ``(times, n)``
            Its mean over all times is 1.
        """
        time = np.asarray(mjd, float)
        made = np.ones(np.broadcast_shapes(time.shape, self.id.shape))
        for kinds, curve in (
            ((RRAB, RRC), self._pulsation),
            ((ECLIPSING,), self._eclipses),
            ((AGN,), self._flicker),
        ):
            some = np.flatnonzero(np.isin(self.kind, kinds))
            if len(some):
                here = np.broadcast_to(time, made.shape)[..., some]
                made[..., some] = curve(some, BANDS.index(band), here)
        return made

    def _phase(self, some: npt.NDArray[np.intp], time: Floats) -> Floats:
        return np.asarray((time - self.epoch[some]) / self.period[some] % 1.0)

    def _pulsation(self, some: npt.NDArray[np.intp], band: int, time: Floats) -> Floats:
        size, rise = self.amplitude[some, band], self.shape[some]
        steep = self.kind[some] == RRAB
        flux = _pulse(self._phase(some, time), rise, steep, size)
        steps = (np.arange(200)[:, None] + 0.5) / 200
        return np.asarray(flux / _pulse(steps, rise, steep, size).mean(axis=0))

    def _eclipses(self, some: npt.NDArray[np.intp], band: int, time: Floats) -> Floats:
        depth, width, second = self.amplitude[some, band], self.shape[some], self.second[some]
        phase = self._phase(some, time)
        flux = _binary(phase, depth, width, second)
        steps = (np.arange(400)[:, None] + 0.5) / 400
        return np.asarray(flux / _binary(steps, depth, width, second).mean(axis=0))

    def _flicker(self, some: npt.NDArray[np.intp], band: int, time: Floats) -> Floats:
        """A damped random walk: a sum of waves with its power spectrum (Kelly et al. 2009)."""
        ids, damping = self.id[some], self.damping[some]
        edges = np.geomspace(1 / _LONGEST, 1 / _SHORTEST, _WAVES + 1)
        # The power between two frequencies is a difference of arctangents.
        turns = np.arctan(2 * np.pi * edges[:, None] * damping)
        power = np.diff(turns, axis=0)
        power /= power.sum(axis=0)
        place, phase = _waves(self.seed, ids.tobytes())
        frequency = edges[:-1, None] * (edges[1:] / edges[:-1])[:, None] ** place
        waves = np.cos(2 * np.pi * (frequency * time[..., None, :] + phase))
        magnitude = (np.sqrt(2 * power) * waves).sum(axis=-2)
        size = self.amplitude[some, band]
        # The mean of the exponential of normal numbers is that of half their variance.
        natural = 0.4 * np.log(10) * size
        return np.asarray(np.exp(-natural * magnitude - natural**2 / 2))


@lru_cache(maxsize=64)
def _waves(seed: int, ids: bytes) -> tuple[Floats, Floats]:
    """Where in its interval the frequency of each wave of each object is, and its phase."""
    numbers = np.frombuffer(ids, np.int64)
    place, phase = (
        np.array([uniform(seed, f"{what} {wave}", numbers) for wave in range(_WAVES)])
        for what in ("frequency", "phase")
    )
    return place, phase


def _pulse(phase: Floats, rise: Floats, steep: npt.NDArray[np.bool_], size: Floats) -> Floats:
    """Flux of pulsating stars at phases since maximum, faintest before a steep rise."""
    # A fast decline, a slow one, and the rise; smooth where they meet.
    fall = np.clip(phase / (1 - rise), 0.0, 1.0)
    climb = np.clip((phase - 1 + rise) / rise, 0.0, 1.0)
    down = 0.72 * (1 - np.exp(-4.2 * fall)) / (1 - np.exp(-4.2)) + 0.28 * np.sin(np.pi / 2 * fall)
    saw = np.where(phase < 1 - rise, down, 1 - np.sin(np.pi / 2 * climb) ** 2)
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * phase) - 0.06 * np.sin(4 * np.pi * phase)
    return np.asarray(10 ** (-0.4 * size * np.where(steep, saw, wave)))


def _binary(phase: Floats, depth: Floats, width: Floats, second: Floats) -> Floats:
    """Flux of eclipsing stars at phases since the middle of the deep eclipse."""
    deep = 1 - 10 ** (-0.4 * depth)
    first = _eclipse(np.minimum(phase, 1 - phase) / width)
    other = _eclipse(np.abs(phase - 0.5) / width)
    # Near stars draw each other long: brightest when seen from the side.
    tide = 0.05 * np.clip(width / 0.1, 0, 1) ** 3 * (1 - np.cos(4 * np.pi * phase)) / 2
    return np.asarray((1 - deep * first - deep * second * other) * (1 + tide))


def _eclipse(distance: Floats) -> Floats:
    """1 in the middle of an eclipse and flat there, 0 outside."""
    return np.asarray(np.clip(1.3 * (1 - np.minimum(distance, 1.0) ** 2), 0.0, 1.0))


def light(seed: int, ids: Integers, kinds: Integers) -> Light:
    """How the light of objects changes: by their ids and the seed alone.

    Parameters
    ----------
    seed : `int`
        Of the survey.
    ids, kinds : `numpy.ndarray` of `int`, shape ``(n,)``
        Which variable objects, and what they are.
    """
    first, spread = uniform(seed, "phase", ids), normal(seed, "period", ids)
    size, other = uniform(seed, "amplitude", ids), uniform(seed, "shape", ids)
    # Means and spreads of the field (Sesar et al. 2010); periods of eclipsing stars even in their
    # logarithm.
    period = np.choose(
        kinds,
        [
            np.full(len(ids), np.nan),
            np.clip(0.575 + 0.06 * spread, 0.44, 0.75),
            np.clip(0.335 + 0.035 * spread, 0.24, 0.42),
            np.exp(np.log(0.3) + (np.log(4.0) - np.log(0.3)) * uniform(seed, "log period", ids)),
            np.full(len(ids), np.nan),
        ],
    )
    in_g = np.choose(
        kinds,
        [
            np.zeros(len(ids)),
            # Long periods go with small amplitudes.
            np.clip(1.05 - 3.0 * (period - 0.575) + 0.25 * (size - 0.5), 0.5, 1.4),
            0.40 + 0.25 * size,
            0.35 + 0.75 * size**2,
            np.exp(np.log(0.16) + 0.35 * normal(seed, "flicker", ids)),
        ],
    )
    by_band = np.where(
        (kinds == ECLIPSING)[:, None], 1.0, np.where((kinds == AGN)[:, None], _FLICKER, _PULSATION)
    )
    shape = np.choose(
        kinds,
        [
            np.zeros(len(ids)),
            0.13 + 0.06 * other,
            np.full(len(ids), 0.45),
            # Near pairs have wide eclipses.
            np.clip(0.055 * period ** (-2 / 3) * (0.8 + 0.4 * other), 0.02, 0.13),
            np.zeros(len(ids)),
        ],
    )
    return Light(
        id=ids,
        kind=kinds,
        seed=seed,
        period=period,
        epoch=_ORIGIN + first * period,
        amplitude=in_g[:, None] * by_band,
        shape=shape,
        second=np.where(kinds == ECLIPSING, 0.25 + 0.7 * uniform(seed, "second", ids), 0.0),
        damping=np.where(
            kinds == AGN, np.exp(np.log(120.0) + 0.5 * normal(seed, "damping", ids)), np.nan
        ),
    )


def period(seed: int, number: int, kind: int) -> float:
    """Days from one maximum, or one deep eclipse, to the next; NaN for an active nucleus.

    Parameters
    ----------
    seed : `int`
        Of the survey.
    number : `int`
        The object's id.
    kind : `int`
        What it is.
    """
    return float(light(seed, np.array([number]), np.array([kind])).period[0])
