"""AB magnitudes and the fluxes they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.visits import AB_NANOJANSKY

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["EXTINCTION", "flux_of", "mag_of"]

#: Extinction in ``ugrizy`` for a unit of E(B-V) (Schlafly & Finkbeiner 2011, LSST, R_V = 3.1).
EXTINCTION = np.array([4.145, 3.237, 2.273, 1.684, 1.323, 1.088])


def flux_of(magnitudes: Floats) -> Floats:
    """Nanojansky of AB magnitudes."""
    return np.asarray(10 ** ((AB_NANOJANSKY - magnitudes) / 2.5))


def mag_of(flux: Floats) -> Floats:
    """AB magnitudes of nanojansky; NaN where there is no flux."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flux > 0, AB_NANOJANSKY - 2.5 * np.log10(flux), np.nan)
