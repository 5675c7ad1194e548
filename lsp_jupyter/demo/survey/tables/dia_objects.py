"""Rows of ``DiaObject``: statistics of the sources that difference images have at a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.measured.difference import Difference, difference
from lsp_jupyter.demo.survey.measured.photometry import digits
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["LightCurves", "dia_object_rows"]

#: Columns of fluxes that Data Preview 2 kept.
_KEPT = frozenset(
    f"psfFlux{name}"
    for name in ("Mean", "MeanErr", "Sigma", "Ndata", "Min", "Max", "MaxSlope", "ErrMean")
) | {"scienceFluxMean", "scienceFluxMeanErr"}


def dia_object_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``DiaObject``, tile by tile.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    release : `str`
        ``dp1`` or ``dp2``.
    """
    for field in release_fields(release):
        for tile in sky.tiles(field):
            yield _frame(difference(sky, tile), release)


def _frame(found: Difference, release: str) -> Frame:
    sources = found.sources
    owners = found.owners()
    fixed = owners >= 0
    count = len(found.objects)
    mjd = np.asarray(found.of_visits("mjd"), float)
    band = found.of_visits("band")
    frame: dict[str, Array] = {
        "diaObjectId": found.object_ids,
        "ra": found.ra,
        "dec": found.dec,
        "nDiaSources": np.bincount(owners[fixed], minlength=count),
    }
    if release == "dp1":
        # Their place is the mean of places, so their time is the mean of times.
        total = np.bincount(owners[fixed], mjd[fixed], count)
        frame["radecMjdTai"] = total / np.maximum(frame["nDiaSources"], 1)
    for name in BANDS:
        here = fixed & (band == name)
        curves = LightCurves(
            owners[here], mjd[here], sources.flux[here], sources.error[here], count
        )
        science = LightCurves(
            owners[here], mjd[here], sources.direct[here], sources.direct_error[here], count
        )
        columns = curves.statistics() | science.means()
        for column, values in columns.items():
            if release == "dp1" or column in _KEPT:
                frame[f"{name}_{column}"] = values
    return frame


class LightCurves:
    """Light curves of objects in a band.

    Parameters
    ----------
    owner : `numpy.ndarray` of `int`, shape ``(n,)``
        Which object each point is of.
    time : `numpy.ndarray`, shape ``(n,)``
        MJD, TAI.
    flux, error : `numpy.ndarray`, shape ``(n,)``
        Nanojansky.
    count : `int`
        How many objects there are.
    """

    def __init__(
        self, owner: Integers, time: Floats, flux: Floats, error: Floats, count: int
    ) -> None:
        order = np.lexsort([time, owner])
        self._owner = owner[order]
        self._time, self._flux, self._error = time[order], flux[order], error[order]
        self._count = count
        self._n = np.bincount(owner, minlength=count).astype(float)
        self._first = np.searchsorted(self._owner, np.arange(count))

    def _sum(self, values: Floats) -> Floats:
        return np.bincount(self._owner, values, self._count).astype(float)

    def _where(self, least: int, values: Floats) -> Floats:
        """The values of objects with so many points at least."""
        return np.where(self._n >= least, values, np.nan)

    def _weighted(self) -> tuple[Floats, Floats]:
        """Weighted means, and the sums of the weights."""
        weight = 1 / self._error**2
        total = self._sum(weight)
        with np.errstate(invalid="ignore"):
            return self._sum(weight * self._flux) / total, total

    def means(self) -> dict[str, Floats]:
        """Means of fluxes in the visit images, NaN for objects without any."""
        mean, total = self._weighted()
        with np.errstate(divide="ignore"):
            error = total**-0.5
        return {
            "scienceFluxMean": self._rounded(1, mean),
            "scienceFluxMeanErr": self._rounded(1, error),
            "scienceFluxSigma": self._rounded(2, self._deviation()),
        }

    def statistics(self) -> dict[str, Floats]:
        """Statistics of fluxes, by the names of the columns that follow the band."""
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, total = self._weighted()
            pull = (self._flux - mean[self._owner]) / self._error
            sigma = self._deviation()
            slope, intercept = self._line()
            ordered = self._ordered()
            median = self._quantile(ordered, 0.5)
            columns = {
                "psfFluxLinearSlope": (2, slope),
                "psfFluxLinearIntercept": (2, intercept),
                "psfFluxMAD": (1, self._spread(median)),
                "psfFluxMaxSlope": (2, self._steepest()),
                "psfFluxErrMean": (1, self._sum(self._error) / self._n),
                "psfFluxMean": (1, mean),
                "psfFluxMeanErr": (1, total**-0.5),
                "psfFluxMin": (1, self._quantile(ordered, 0.0)),
                "psfFluxMax": (1, self._quantile(ordered, 1.0)),
                "psfFluxSigma": (2, sigma),
                "psfFluxSkew": (3, self._skew()),
                "psfFluxChi2": (1, self._sum(pull**2)),
                "psfFluxStetsonJ": (2, self._stetson(pull)),
            }
            for percent in (5, 25, 50, 75, 95):
                values = self._quantile(ordered, percent / 100)
                columns[f"psfFluxPercentile{percent:02d}"] = (1, values)
        made = {name: self._rounded(*value) for name, value in columns.items()}
        # Found in no exposure of the band.
        return made | {"psfFluxNdata": self._n}

    def _rounded(self, least: int, values: Floats) -> Floats:
        return self._where(least, digits(values, 7))

    def _deviation(self) -> Floats:
        """Standard deviations of samples."""
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = self._sum(self._flux) / self._n
            square = self._sum((self._flux - mean[self._owner]) ** 2)
            return np.asarray(np.sqrt(square / (self._n - 1)))

    def _line(self) -> tuple[Floats, Floats]:
        """Slope and value at MJD 0 of the straight line that fits best."""
        weight = 1 / self._error**2
        total = self._sum(weight)
        time = self._sum(weight * self._time) / total
        mean = self._sum(weight * self._flux) / total
        since = self._time - time[self._owner]
        slope = self._sum(weight * since * self._flux) / self._sum(weight * since**2)
        return slope, mean - slope * time

    def _ordered(self) -> Floats:
        """The fluxes of each object in ascending order."""
        return self._flux[np.lexsort([self._flux, self._owner])]

    def _quantile(self, ordered: Floats, part: float) -> Floats:
        """Quantiles, between points where need be."""
        if not len(ordered):
            return np.full(self._count, np.nan)
        at = part * np.maximum(self._n - 1, 0)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(self._n - 1, 0).astype(np.int64))
        last = len(ordered) - 1
        below = ordered[np.minimum(self._first + low, last)]
        above = ordered[np.minimum(self._first + high, last)]
        return self._where(1, below + (at - low) * (above - below))

    def _spread(self, median: Floats) -> Floats:
        """Median absolute deviations."""
        off = np.abs(self._flux - median[self._owner])
        return self._quantile(off[np.lexsort([off, self._owner])], 0.5)

    def _steepest(self) -> Floats:
        """The greatest slope from one point to the next."""
        made = np.full(self._count, -np.inf)
        same = self._owner[1:] == self._owner[:-1]
        slope = (np.diff(self._flux) / np.diff(self._time))[same]
        np.maximum.at(made, self._owner[1:][same], slope)
        return np.where(np.isfinite(made), made, np.nan)

    def _skew(self) -> Floats:
        """Skewness of samples, with the correction for their size."""
        n = self._n
        mean = self._sum(self._flux) / n
        off = self._flux - mean[self._owner]
        second, third = self._sum(off**2) / n, self._sum(off**3) / n
        return np.asarray(np.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5)

    def _stetson(self, pull: Floats) -> Floats:
        """The index J of single points (Stetson 1996, PASP 108, 851)."""
        delta = pull * np.sqrt(self._n / (self._n - 1))[self._owner]
        product = delta**2 - 1
        return np.asarray(self._sum(np.sign(product) * np.sqrt(np.abs(product))) / self._n)
