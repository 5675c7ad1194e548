"""How the brightness of asteroids depends on the angle at which they are lit: H and G12.

The functions are those of Muinonen et al. 2010, Icarus 209, 542.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["FIDUCIAL", "PhaseCurve", "fit_phase_curve", "phase_magnitude"]

#: The slope that is taken where none can be fitted.
FIDUCIAL = 0.5

#: A slope is fitted to so many points that span so many degrees at least.
_POINTS, _SPAN = 5, 2.0

# Values of the second and third function at phase angles in degrees, and their slopes at the ends
# for each radian; and the same of the first.
_FIRST = (
    (7.5, 30.0, 60.0, 90.0, 120.0, 150.0),
    (0.75, 3.3486016e-1, 1.3410560e-1, 5.1104756e-2, 2.1465687e-2, 3.6396989e-3),
    (-1.9098593, -9.1328612e-2),
)
_SECOND = (
    (7.5, 30.0, 60.0, 90.0, 120.0, 150.0),
    (0.925, 6.2884169e-1, 3.1755495e-1, 1.2716367e-1, 2.2373903e-2, 1.6505689e-4),
    (-5.7295780e-1, -8.6573138e-8),
)
_THIRD = (
    (0.0, 0.3, 1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 30.0),
    (
        *(1.0, 8.3381185e-1, 5.7735424e-1, 4.2144772e-1, 2.3174230e-1, 1.0348178e-1),
        *(6.1733473e-2, 1.6107006e-2, 0.0),
    ),
    (-1.0630097, 0.0),
)


class PhaseCurve(NamedTuple):
    """A fit to magnitudes at the distances of 1 au from the Sun and the Earth.

    Attributes
    ----------
    H, H_error : `float`
        Magnitude at the phase angle 0, and its error.
    G12, G12_error : `float`
        Slope and its error; `FIDUCIAL` and NaN if none was fitted.
    covariance : `float`
        Of both; NaN if no slope was fitted.
    chi2 : `float`
        Sum of the squares of what is left, in units of the errors.
    failed : `bool`
        Whether no slope was fitted.
    """

    H: float
    H_error: float
    G12: float
    G12_error: float
    covariance: float
    chi2: float
    failed: bool


@lru_cache(maxsize=3)
def _spline(number: int) -> tuple[Floats, Floats, Floats]:
    """Nodes in radians, values and slopes there of a cubic spline with given slopes at its ends."""
    angles, values, ends = (_FIRST, _SECOND, _THIRD)[number]
    x: Floats = np.radians(np.array(angles))
    y = np.array(values)
    step, rise = np.diff(x), np.diff(y) / np.diff(x)
    n = len(x)
    matrix, right = np.eye(n), np.zeros(n)
    right[0], right[-1] = ends
    for k in range(1, n - 1):
        before, after = 1 / step[k - 1], 1 / step[k]
        matrix[k, k - 1 : k + 2] = before, 2 * (before + after), after
        right[k] = 3 * (rise[k - 1] * before + rise[k] * after)
    return x, y, np.asarray(np.linalg.solve(matrix, right), float)


def _between(number: int, angle: Floats) -> Floats:
    x, y, slope = _spline(number)
    k = np.clip(np.searchsorted(x, angle) - 1, 0, len(x) - 2)
    step = x[k + 1] - x[k]
    part = np.clip((angle - x[k]) / step, 0, 1)
    rest = 1 - part
    return np.asarray(
        rest**2 * ((1 + 2 * part) * y[k] + part * step * slope[k])
        + part**2 * ((1 + 2 * rest) * y[k + 1] - rest * step * slope[k + 1])
    )


def phase_magnitude(phase: Floats, slope: float) -> Floats:
    """Magnitudes at phase angles, less that at 0.

    Parameters
    ----------
    phase : `numpy.ndarray`
        Degrees, up to 150.
    slope : `float`
        The parameter G12.
    """
    angle = np.radians(phase)
    straight = angle < np.radians(7.5)
    first = np.where(straight, 1 - 6 * angle / np.pi, _between(0, angle))
    second = np.where(straight, 1 - 9 * angle / (5 * np.pi), _between(1, angle))
    third = np.where(angle < np.radians(30), _between(2, angle), 0.0)
    if slope < 0.2:
        one, two = 0.7527 * slope + 0.06164, -0.9612 * slope + 0.6270
    else:
        one, two = 0.9529 * slope + 0.02162, -0.6125 * slope + 0.5572
    return np.asarray(-2.5 * np.log10(one * first + two * second + (1 - one - two) * third))


def fit_phase_curve(phase: Floats, magnitude: Floats, error: Floats) -> PhaseCurve:
    """Fit H, and G12 if the points tell of it.

    Parameters
    ----------
    phase : `numpy.ndarray`, shape ``(n,)``
        Degrees; at least one.
    magnitude, error : `numpy.ndarray`, shape ``(n,)``
        At 1 au from the Sun and from the Earth, and their errors.
    """
    weight = 1 / error**2

    def height(slope: float) -> tuple[float, float]:
        """The best H for a slope, and what is left of the points."""
        rest = magnitude - phase_magnitude(phase, slope)
        best = float(np.average(rest, weights=weight))
        return best, float((weight * (rest - best) ** 2).sum())

    if len(phase) >= _POINTS and np.ptp(phase) >= _SPAN:
        grid = np.linspace(0, 1, 101)
        slope = float(grid[np.argmin([height(each)[1] for each in grid])])
        change = (
            phase_magnitude(phase, slope + 0.01) - phase_magnitude(phase, slope - 0.01)
        ) / 0.02
        matrix = np.array(
            [
                [weight.sum(), (weight * change).sum()],
                [(weight * change).sum(), (weight * change**2).sum()],
            ]
        )
        covariance = np.linalg.inv(matrix)
        if 0 < slope < 1 and covariance[1, 1] < 0.5**2:
            best, chi2 = height(slope)
            errors = np.sqrt(np.diag(covariance))
            return PhaseCurve(
                best,
                float(errors[0]),
                slope,
                float(errors[1]),
                float(covariance[0, 1]),
                chi2,
                False,
            )
    best, chi2 = height(FIDUCIAL)
    nan = float("nan")
    return PhaseCurve(best, float(weight.sum() ** -0.5), FIDUCIAL, nan, nan, chi2, True)
