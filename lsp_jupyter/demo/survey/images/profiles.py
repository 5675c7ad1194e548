"""Light profiles of galaxies as sums of Gaussians (the idea of Hogg and Lang 2013)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["BULGE", "DISK", "Profile"]


class Profile:
    """A round profile of half-light radius 1 and flux 1.

    Parameters
    ----------
    weights, widths : `tuple` of `float`
        Parts of the flux and standard deviations of its Gaussians.
    """

    def __init__(self, weights: tuple[float, ...], widths: tuple[float, ...]) -> None:
        self.weights: Floats = np.array(weights) / sum(weights)
        self.widths: Floats = np.array(widths)

    def within(self, radius: Floats) -> Floats:
        """The part of the flux within circles of these radii."""
        square = np.asarray(radius)[..., None] ** 2
        return np.asarray(1 - (self.weights * np.exp(-square / (2 * self.widths**2))).sum(axis=-1))


#: An exponential disk (Sersic index 1), fitted to 0.1 % of the flux within any radius.
DISK = Profile((0.04302, 0.22435, 0.47645, 0.25614), (0.22967, 0.50632, 0.91227, 1.52201))

#: A de Vaucouleurs bulge (Sersic index 4) out to about ten half-light radii, beyond which the
#: real profile has some per cent of its flux that cannot be told from the sky.
BULGE = Profile(
    (0.05338, 0.12571, 0.20971, 0.25527, 0.22035, 0.11580),
    (0.05304, 0.16920, 0.42583, 0.98660, 2.26163, 5.59010),
)
