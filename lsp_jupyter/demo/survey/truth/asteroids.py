"""The small bodies of the survey: chosen so that its exposures see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.tangent import unproject
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.truth.orbits import (
    LIGHT,
    SUN,
    TO_ECLIPTIC,
    Asteroids,
    elements_of,
    observatory,
    phase_light,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["make_asteroids"]

#: By field: bodies at least, and bodies a square degree of a large one. Few are far from the
#: ecliptic (after the survey simulations of Grav et al. 2016).
NUMBERS: Mapping[str, tuple[int, float]] = {
    "Rubin_SV_38_7": (16, 60.0),
    "ECDFS": (6, 2.0),
    "Seagull": (2, 3.0),
    "Fornax_dSph": (2, 2.0),
    "Rubin_SV_095_-25": (1, 2.0),
    "EDFS_comcam": (1, 1.0),
}

#: Of four bodies two are of the main belt, one a Trojan of Jupiter, one beyond Saturn: distances
#: from the observatory in au. The far ones are slow: they stay in a field for nights.
DISTANCES = ((1.1, 2.3), (1.1, 2.3), (4.1, 4.6), (16.0, 34.0))

#: Epoch of the elements: MJD, TT.
EPOCH = 60_600.0

# Magnitudes in ugrizy less that in V of bodies like C and S types, and of far ones (after Ivezic
# et al. 2001 and Sheppard 2010).
_GREY = (1.75, 0.24, -0.20, -0.30, -0.31, -0.31)
_RED = (1.95, 0.33, -0.27, -0.46, -0.40, -0.38)
_FAR = (2.10, 0.42, -0.33, -0.65, -0.85, -0.95)

#: Digits of the numbers in packed designations.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"

#: Half months of discovery, and the first and last number after the letters: higher ones than
#: those of real discoveries of that time.
_HALVES, _CYCLES = "UVWXY", (400, 619)


def make_asteroids(size: Size, seed: int) -> Asteroids:
    """The bodies of a survey: each passes over a detector of some exposures.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    random = draw(seed, "asteroids")
    visits = schedule(size, seed)
    parts = []
    for name, (least, rate) in NUMBERS.items():
        nights = _nights([visit for visit in visits if visit.field.name == name])
        count = max(least, int(random.poisson(rate * size.side**2)))
        parts.append(_seen(nights, count, size, random))
    distance, home, place, when, magnitude = (
        np.concatenate(arrays) for arrays in zip(*parts, strict=True)
    )
    n = len(distance)
    q, e, incl, node, peri, t_p = elements_of(place, _velocities(place, random), when)
    # The perihelion nearest to the epoch.
    period = 365.256898 * (q / (1 - e)) ** 1.5
    t_p += period * np.round((EPOCH - t_p) / period)
    slope = np.clip(0.15 + 0.06 * random.standard_normal(n), 0.0, 0.4)
    sun = np.linalg.norm(place, axis=1)
    cos = np.einsum("ij,ij->i", place, place - home) / sun / distance
    phase = np.degrees(np.arccos(np.clip(cos, -1, 1)))
    color = np.where(random.random((n, 1)) < 0.55, _GREY, _RED)
    color = np.where(distance[:, None] > 10, _FAR, color)
    names, packed = _designations(n)
    return Asteroids(
        id=np.array([int.from_bytes(name.encode(), "big") for name in packed], np.int64),
        designation=np.array(names),
        packed=np.array(packed),
        q=q,
        e=e,
        incl=incl,
        node=node,
        peri=peri,
        t_p=t_p,
        epoch=EPOCH,
        H=magnitude - 5 * np.log10(sun * distance) + 2.5 * np.log10(phase_light(phase, slope)),
        G=slope,
        color=color + 0.03 * random.standard_normal((n, 6)),
    )


def _nights(visits: Sequence[Visit]) -> list[list[Visit]]:
    """The exposures of a field by night, those with most first."""
    nights: dict[int, list[Visit]] = {}
    for visit in visits:
        nights.setdefault(visit.day_obs, []).append(visit)
    return sorted(nights.values(), key=lambda night: (-len(night), night[0].id))


def _seen(
    nights: list[list[Visit]], count: int, size: Size, random: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Distances, observatories, places, times (TT) and magnitudes of bodies when seen."""
    distance = np.array([random.uniform(*DISTANCES[k % len(DISTANCES)]) for k in range(count)])
    home, toward, when = np.empty((count, 3)), np.empty((count, 3)), np.empty(count)
    for k in range(count):
        # The nights with several exposures, in turn.
        several = [night for night in nights if len(night) > 1] or nights
        night = several[k % len(several)]
        mjd = float(np.mean([visit.mjd for visit in night]))
        radius, angle = 0.33 * size.side * random.random() ** 0.5, random.uniform(0, 2 * np.pi)
        ra, dec = (
            np.radians(part)
            for part in unproject(
                np.array(radius * np.cos(angle)),
                np.array(radius * np.sin(angle)),
                night[0].field.ra,
                night[0].field.dec,
            )
        )
        home[k], _ = observatory(mjd)
        toward[k] = np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)
        when[k] = mjd + 32.184 / 86_400 - distance[k] / LIGHT
    magnitude = 22.6 + np.log10(random.uniform(0.02, 1.0, count)) / 0.45
    return distance, home, home + distance[:, None] * toward, when, magnitude


def _velocities(place: Floats, random: np.random.Generator) -> Floats:
    """Velocities of orbits that are almost circles, prograde and inclined a little."""
    n = len(place)
    sun = np.linalg.norm(place, axis=1, keepdims=True)
    out = place @ TO_ECLIPTIC.T / sun
    forward = np.cross([0.0, 0.0, 1.0], out)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    upward = np.cross(out, forward)
    tilt, rise = 0.10 * random.standard_normal((n, 1)), 0.10 * random.standard_normal((n, 1))
    speed = np.sqrt(SUN / sun) * np.clip(1 + 0.05 * random.standard_normal((n, 1)), 0.85, 1.15)
    rate = speed * (forward * np.cos(tilt) + upward * np.sin(tilt) + out * rise)
    return np.asarray(rate @ TO_ECLIPTIC)


def _designations(count: int) -> tuple[list[str], list[str]]:
    """Provisional designations of discoveries at the end of 2024, and packed to seven letters."""
    names, packed = [], []
    for k in range(count):
        rest, letter = divmod(k, len(_LETTERS))
        half, cycle = divmod(rest, _CYCLES[1] - _CYCLES[0] + 1)
        cycle += _CYCLES[0]
        start = _HALVES[half]
        names.append(f"2024 {start}{_LETTERS[letter]}{cycle}")
        packed.append(f"K24{start}{_DIGITS[cycle // 10]}{cycle % 10}{_LETTERS[letter]}")
    return names, packed
