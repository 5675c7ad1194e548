"""Variable stars and active galactic nuclei: how their flux changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.magnitudes import locus
from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.fields import BANDS

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = [
    "AGN",
    "ECLIPSING",
    "KINDS",
    "NONE",
    "RRAB",
    "RRC",
    "change",
    "kinds_of",
    "magnitudes_of",
    "period",
]

NONE, RRAB, RRC, ECLIPSING, AGN = range(5)

#: What each kind is called in the tables of the truth.
KINDS = ("", "RRab", "RRc", "eclipsing binary", "AGN")

#: In the deepest field, for its light curves; and in every other one.
_DEEP = (RRAB,) * 3 + (RRC,) * 2 + (ECLIPSING,) * 4 + (AGN,) * 5
_OTHER = (RRAB, RRC, ECLIPSING, ECLIPSING, AGN, AGN)

#: In a square degree, for fields that are larger.
_RATES = {RRAB: 2.0, RRC: 1.0, ECLIPSING: 20.0, AGN: 100.0}

#: Amplitude of RR Lyrae stars by band, in units of that in g (after Sesar et al. 2010, ApJ 708,
#: 717), and of the variations of active nuclei (after MacLeod et al. 2010, ApJ 721, 1014).
_PULSATION = dict(zip(BANDS, (1.0, 1.0, 0.71, 0.57, 0.53, 0.50), strict=True))
_FLICKER = dict(zip(BANDS, (1.25, 1.0, 0.85, 0.76, 0.70, 0.66), strict=True))


def kinds_of(field: str, area: float, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """The variable objects of a tile.

    Parameters
    ----------
    field : `str`
        The name of its field.
    area : `float`
        Square degrees.
    random : `numpy.random.Generator`
        For large areas.
    """
    if area < 0.1:
        return np.array(_DEEP if field == "ECDFS" else _OTHER)
    return np.repeat(list(_RATES), [random.poisson(rate * area) for rate in _RATES.values()])


def magnitudes_of(kinds: npt.NDArray[np.int64], random: np.random.Generator) -> Floats:
    """Mean magnitudes of such objects.

    Returns
    -------
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        AB, in ``ugrizy``.
    """
    n = len(kinds)
    r = np.choose(
        kinds,
        [
            np.zeros(n),
            random.uniform(16.5, 19.0, n),
            random.uniform(16.5, 19.0, n),
            random.uniform(16.5, 20.0, n),
            random.uniform(18.0, 20.8, n),
        ],
    )
    g_i = np.where(kinds == ECLIPSING, random.uniform(0.4, 1.6, n), random.uniform(0.1, 0.35, n))
    magnitudes = locus(g_i, r)
    # Quasars: the median colours of those at redshifts of one to two.
    quasar = np.cumsum([0.0, 0.25, 0.20, 0.12, 0.05, 0.05])
    quasar = r[:, None] + quasar[2] - quasar + random.normal(0, 0.05, (n, 6))
    return np.where((kinds == AGN)[:, None], quasar, magnitudes)


def period(seed: int, number: int, kind: int) -> float:
    """Days from one maximum, or one primary eclipse, to the next; NaN for an active nucleus."""
    random = draw(seed, "period", number)
    if kind == RRAB:
        return float(np.clip(random.normal(0.57, 0.06), 0.45, 0.75))
    if kind == RRC:
        return float(np.clip(random.normal(0.33, 0.03), 0.27, 0.40))
    if kind == ECLIPSING:
        return float(np.exp(random.uniform(np.log(0.35), np.log(3.0))))
    return float("nan")


def change(seed: int, number: int, kind: int, band: str, mjd: Floats) -> Floats:
    """The flux of a variable object at some times in units of its mean.

    Parameters
    ----------
    seed : `int`
        Of the survey.
    number : `int`
        The object's id.
    kind : `int`
        What it is.
    band : `str`
        One of ``ugrizy``.
    mjd : `numpy.ndarray`
        Days, TAI.
    """
    random = draw(seed, "light", number)
    time = np.asarray(mjd, float)
    if kind == AGN:
        return _flicker(random, band, time)
    phase = (time - 60_600.0) / period(seed, number, kind) + random.random()
    phase = phase % 1.0
    if kind == RRAB:
        # A steep rise within a sixth of the period, then a decline that slows down.
        size = random.uniform(0.8, 1.2) * _PULSATION[band]
        rise = 0.16
        shape = np.where(
            phase < rise,
            0.5 - np.sin(np.pi / 2 * phase / rise) ** 2,
            -0.5 + ((phase - rise) / (1 - rise)) ** 0.6,
        )
        magnitude = size * shape
    elif kind == RRC:
        magnitude = -0.25 * _PULSATION[band] * np.cos(2 * np.pi * phase)
    else:
        width = random.uniform(0.05, 0.11)
        deep = random.uniform(0.35, 0.75)
        shallow = deep * random.uniform(0.2, 0.9)
        second = np.abs(phase - 0.5)
        first = np.minimum(phase, 1 - phase)
        magnitude = deep * _eclipse(first / width) + shallow * _eclipse(second / width)
    return np.asarray(10 ** (-0.4 * magnitude))


def _eclipse(distance: Floats) -> Floats:
    """1 in the middle of an eclipse, 0 outside, flat at the bottom."""
    return np.asarray(np.clip(1.35 * (1 - distance**2), 0.0, 1.0))


def _flicker(random: np.random.Generator, band: str, time: Floats) -> Floats:
    """A damped random walk, as a sum of waves with its power spectrum."""
    damping = np.exp(random.normal(np.log(150.0), 0.4))
    frequency = np.geomspace(1 / 4000.0, 1 / 0.7, 160) * np.exp(random.normal(0, 0.02, 160))
    power = np.gradient(frequency) / (1 + (2 * np.pi * frequency * damping) ** 2)
    amplitude = np.sqrt(2 * power / power.sum()) * random.uniform(0.15, 0.3)
    phase = random.uniform(0, 2 * np.pi, 160)
    angle = 2 * np.pi * frequency * np.asarray(time)[..., None] + phase
    magnitude = (amplitude * np.cos(angle)).sum(axis=-1) * _FLICKER[band]
    return np.asarray(10 ** (-0.4 * magnitude))
