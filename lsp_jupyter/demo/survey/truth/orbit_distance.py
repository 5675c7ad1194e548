"""How near the orbits of small bodies come to that of the Earth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.truth.orbits import SUN, Asteroids

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Approach", "nearest_approach"]

#: Kilometres a second of one au a day.
KILOMETRES = 1731.456837

#: Steps along each orbit, and how often the search is narrowed after.
_STEPS, _ROUNDS = 48, 12

#: Bodies that are searched at once.
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Approach:
    """Where two orbits are nearest; arrays of one length.

    Attributes
    ----------
    distance : `numpy.ndarray`
        Between them: au.
    speed : `numpy.ndarray`
        Of the body against the Earth, were both there: kilometres a second.
    longitude : `numpy.ndarray`
        Of the place on the Earth's orbit, in the ecliptic of J2000: degrees.
    earth, body : `numpy.ndarray`
        True anomalies of the place on the Earth's orbit and on the body's: degrees.
    """

    distance: Floats
    speed: Floats
    longitude: Floats
    earth: Floats
    body: Floats


@dataclass(frozen=True, slots=True)
class _Orbits:
    """Ellipses about the Sun in the frame of the ecliptic; arrays of shape ``(n, ...)``."""

    parameter: Floats
    e: Floats
    toward: Floats
    ahead: Floats

    @classmethod
    def of(cls, q: Floats, e: Floats, incl: Floats, node: Floats, peri: Floats) -> _Orbits:
        """From elements: au and degrees."""
        tilt, line, turn = np.radians(incl), np.radians(node), np.radians(peri)
        along = np.stack([np.cos(line), np.sin(line), np.zeros(len(q))], axis=1)
        across = np.stack(
            [
                -np.sin(line) * np.cos(tilt),
                np.cos(line) * np.cos(tilt),
                np.sin(tilt),
            ],
            axis=1,
        )
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        return cls(q * (1 + e), e, cos * along + sin * across, cos * across - sin * along)

    def place(self, anomaly: Floats) -> Floats:
        """Places at true anomalies of shape ``(n, m)``: shape ``(n, m, 3)``, au."""
        cos, sin = np.cos(anomaly)[..., None], np.sin(anomaly)[..., None]
        radius = self.parameter[:, None] / (1 + self.e[:, None] * np.cos(anomaly))
        return np.asarray(
            radius[..., None] * (cos * self.toward[:, None] + sin * self.ahead[:, None])
        )

    def velocity(self, anomaly: Floats) -> Floats:
        """Velocities at true anomalies of shape ``(n,)``: shape ``(n, 3)``, au a day."""
        speed = np.sqrt(SUN / self.parameter)[:, None]
        forward = (self.e + np.cos(anomaly))[:, None]
        return np.asarray(speed * (forward * self.ahead - np.sin(anomaly)[:, None] * self.toward))


def nearest_approach(bodies: Asteroids) -> Approach:
    """The nearest that the orbits of bodies come to that of the Earth.

    Parameters
    ----------
    bodies : `Asteroids`
        Whose orbits.
    """
    elements = (bodies.q, bodies.e, bodies.incl, bodies.node, bodies.peri)
    parts = [
        _search(_Orbits.of(*(each[start : start + _CHUNK] for each in elements)))
        for start in range(0, max(len(bodies), 1), _CHUNK)
    ]
    return Approach(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _search(orbits: _Orbits) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    n = len(orbits.e)
    # Mean elements of the Earth at J2000 (Simon et al. 1994, A&A 282, 663).
    earth = _Orbits.of(
        np.full(n, 1.000001018 * (1 - 0.0167086342)),
        np.full(n, 0.0167086342),
        np.zeros(n),
        np.zeros(n),
        np.full(n, 102.93734808),
    )
    ours, theirs = np.zeros(n), np.zeros(n)
    width = np.pi
    least = np.zeros(n)
    for turn in range(_ROUNDS):
        steps = np.linspace(-width, width, _STEPS if turn == 0 else 9)
        first, second = ours[:, None] + steps, theirs[:, None] + steps
        apart = orbits.place(second)[:, None] - earth.place(first)[:, :, None]
        square = np.einsum("nijk,nijk->nij", apart, apart).reshape(n, len(steps) ** 2)
        best = square.argmin(axis=1)
        least = np.sqrt(square[np.arange(n), best])
        row, column = np.divmod(best, len(steps))
        ours, theirs = ours + steps[row], theirs + steps[column]
        # The next grid reaches a little further than the neighbours of the best place.
        width *= 3 / len(steps)
    speed = np.linalg.norm(orbits.velocity(theirs) - earth.velocity(ours), axis=1) * KILOMETRES
    return (
        least,
        speed,
        (np.degrees(ours) + 102.93734808) % 360,
        np.degrees(ours) % 360,
        np.degrees(theirs) % 360,
    )
