"""The weather on Cerro Pachón and the temperatures of the telescope, at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["WAVELENGTHS", "Conditions", "conditions", "seeing_at_zenith"]

#: Effective wavelengths: nanometres (SMTN-002).
WAVELENGTHS: Mapping[str, float] = {
    "u": 368,
    "g": 480,
    "r": 622,
    "i": 754,
    "z": 869,
    "y": 971,
}

#: What the telescope, the camera and the dome add to the width of stars: arcsec.
SYSTEM = 0.6

#: How long a measured seeing stands: days.
MEMORY = 12 / 1440

#: Time of the highest temperature, in the afternoon: fraction of a TAI day.
WARMEST = 19.5 / 24


def seeing_at_zenith(seeing: float, visit: Visit) -> float:
    """Width of a star as it would be at the zenith and 500 nm (Kolmogorov turbulence).

    Parameters
    ----------
    seeing : `float`
        Full width at half maximum, or any other size.
    visit : `Visit`
        The exposure in which it was measured.
    """
    return float(seeing * visit.airmass**-0.6 * (WAVELENGTHS[visit.band] / 500) ** 0.2)


@dataclass(frozen=True, slots=True)
class _Wander:
    """A quantity that varies on all times from hours to weeks, with a standard deviation of 1."""

    frequency: Floats
    phase: Floats
    amplitude: Floats

    @classmethod
    def of(cls, seed: int, name: str, slowest: float, fastest: float) -> _Wander:
        """A quantity of its own; its slowest and fastest periods are in days."""
        random = draw(seed, "conditions", name)
        count = 40
        frequency = np.exp(random.uniform(np.log(1 / slowest), np.log(1 / fastest), count))
        # As the spectrum of a random walk: half the amplitude at twice the frequency, for
        # frequencies that lie evenly in the logarithm.
        amplitude = frequency**-0.5
        amplitude *= np.sqrt(2 / (amplitude**2).sum())
        return cls(frequency, random.uniform(0, 2 * np.pi, count), amplitude)

    def __call__(self, mjd: Floats) -> Floats:
        mjd = np.asarray(mjd, float)
        total = np.zeros(mjd.shape)
        # Summed one by one: a product of matrices may round otherwise on another machine.
        for frequency, phase, amplitude in zip(
            self.frequency, self.phase, self.amplitude, strict=True
        ):
            total += amplitude * np.sin(2 * np.pi * frequency * mjd + phase)
        return total


class Conditions:
    """What the observatory's sensors would say; the same at the same time, whoever asks.

    Typical values are those of Cerro Pachón in spring, 2,715 m above the sea. Times are MJD, TAI.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """

    def __init__(self, size: Size, seed: int) -> None:
        self._visits = schedule(size, seed)
        self._wanders = {
            name: _Wander.of(seed, name, slowest, fastest)
            for name, slowest, fastest in (
                ("temperature", 12, 0.1),
                ("humidity", 8, 0.05),
                ("pressure", 10, 0.3),
                ("wind", 4, 0.02),
                ("direction", 6, 0.04),
                ("seeing", 3, 0.01),
            )
        }

    def _wander(self, name: str, mjd: Floats) -> Floats:
        return self._wanders[name](mjd)

    def temperature(self, mjd: Floats) -> Floats:
        """Of the air outside: degrees Celsius."""
        daily = np.cos(2 * np.pi * (np.asarray(mjd) - WARMEST))
        return np.asarray(11.5 + 2.6 * daily + 2.2 * self._wander("temperature", mjd))

    def humidity(self, mjd: Floats) -> Floats:
        """Relative humidity outside: percent."""
        daily = np.cos(2 * np.pi * (np.asarray(mjd) - WARMEST))
        logit = -1.0 - 0.25 * daily + 0.75 * self._wander("humidity", mjd)
        return np.asarray(100 / (1 + np.exp(-logit)))

    def dew_point(self, mjd: Floats) -> Floats:
        """Degrees Celsius (Magnus's formula, constants of Alduchov & Eskridge 1996)."""
        warm = self.temperature(mjd)
        term = np.log(self.humidity(mjd) / 100) + 17.625 * warm / (243.04 + warm)
        return np.asarray(243.04 * term / (17.625 - term))

    def pressure(self, mjd: Floats) -> Floats:
        """Of the air outside: pascals."""
        # The tides of the atmosphere are highest about 10 and 22 h of local time.
        tide = np.cos(4 * np.pi * (np.asarray(mjd) - 2.6 / 24))
        return np.asarray(74_300 + 70 * tide + 130 * self._wander("pressure", mjd))

    def wind_speed(self, mjd: Floats) -> Floats:
        """Metres a second."""
        return np.asarray(5.0 * np.exp(0.5 * self._wander("wind", mjd)))

    def wind_direction(self, mjd: Floats) -> Floats:
        """Where the wind comes from: degrees from north through east; mostly north-northeast."""
        return np.asarray((20 + 45 * self._wander("direction", mjd)) % 360)

    def dimm_seeing(self, mjd: Floats) -> Floats:
        """Of the seeing monitor, at the zenith and 500 nm: full width at half maximum, arcsec.

        About an exposure it is what the exposure's stars tell of the air.
        """
        mjd = np.asarray(mjd, float)
        times = np.array([visit.mjd for visit in self._visits])
        told = np.log([_air(visit) for visit in self._visits])
        # The monitor's own view of the air: 0.75 arcsec is the site's usual seeing.
        total = np.full(mjd.shape, np.log(0.75) * 0.05)
        weight = np.full(mjd.shape, 0.05)
        for time, value in zip(times, told, strict=True):
            near = np.exp(-0.5 * ((mjd - time) / MEMORY) ** 2)
            total += near * value
            weight += near
        return np.asarray(np.exp(total / weight + 0.1 * self._wander("seeing", mjd)))

    def dome_temperature(self, mjd: Floats) -> Floats:
        """Of the air in the dome: it follows the air outside in half an hour."""
        return self._lagging(mjd, 0.5 / 24) + 0.4

    def mirror_temperature(self, mjd: Floats) -> Floats:
        """Of the air above the primary mirror: it follows the dome in two hours."""
        return self._lagging(mjd, 2 / 24) + 0.2

    def _lagging(self, mjd: Floats, lag: float) -> Floats:
        """The mean of the air's temperature before, weighted by an exponential of a time."""
        # Nodes and weights of Gauss and Laguerre for the integral of exp(-x) f(x).
        nodes, weights = np.polynomial.laguerre.laggauss(6)
        return np.asarray(
            sum(
                weight * self.temperature(np.asarray(mjd) - lag * node)
                for node, weight in zip(nodes, weights, strict=True)
            )
        )


def _air(visit: Visit) -> float:
    """What the air alone does to the stars of an exposure, at the zenith and 500 nm: arcsec."""
    own = max(visit.seeing**2 - SYSTEM**2, 0.35**2) ** 0.5
    return seeing_at_zenith(own, visit)


@lru_cache(maxsize=2)
def conditions(size: Size, seed: int) -> Conditions:
    """The conditions of a survey, made once."""
    return Conditions(size, seed)
