"""Measures pixels: statistics in a figure, and values along a line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.pictures.figures import Figure
from lsp_jupyter.images.pictures.work import pyramid_of
from lsp_jupyter.images.tasks import Report

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["WIDEST", "line_of", "profile", "statistics"]

#: Quantiles that are told.
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
#: Bars of the histogram.
_BARS = 64
#: Values along a line, and pixels across it, at most.
_LONGEST, WIDEST = 20_000, 1_000
#: The median of distances from the median of numbers that are normally distributed.
_MAD = 1.482602218505602


def statistics(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Measure the pixels of a figure.

    Parameters
    ----------
    args : mapping
        What `~lsp_jupyter.images.pictures.work.pyramid_of` takes, and the ``figure``.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        ``pixels`` inside and how many of them are ``empty``; ``sum``, ``mean``, ``median``,
        ``stddev``, ``madstd`` (from the median of distances from the median), ``minimum`` and
        ``maximum`` with their places, ``quantiles`` by part, a ``histogram`` between the first
        and the last of them, and the ``centroid`` of what is brighter than the median. Places
        are pixels. Without any value only the first two.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if no pixel is inside.
    """
    pyramid = pyramid_of(args)
    box, inside = Figure.of(args["figure"]).inside(*pyramid.shape)
    if not inside.any():
        raise ParameterError(
            "No pixel of the image is in the figure.",
            parameter="REGION",
            hint="Draw it on the image, and larger.",
        )
    pixels = np.asarray(pyramid.version(0)[box.slices], np.float64)
    known = inside & np.isfinite(pixels)
    total = int(inside.sum())
    values = pixels[known]
    told: dict[str, Any] = {"pixels": total, "empty": total - values.size}
    if values.size == 0:
        return told
    rows, columns = np.nonzero(known)
    quantiles = np.quantile(values, _QUANTILES)
    median = float(quantiles[3])
    low, high = float(quantiles[0]), float(quantiles[-1])
    counts, edges = np.histogram(values, _BARS, (low, high if high > low else low + 1))

    def at(place: int) -> list[int]:
        return [int(columns[place]) + box.x, int(rows[place]) + box.y]

    lowest, highest = int(values.argmin()), int(values.argmax())
    told |= {
        "sum": float(values.sum()),
        "mean": float(values.mean()),
        "median": median,
        "stddev": float(values.std(ddof=1)) if values.size > 1 else 0.0,
        "madstd": float(_MAD * np.median(np.abs(values - median))),
        "minimum": {"value": float(values[lowest]), "at": at(lowest)},
        "maximum": {"value": float(values[highest]), "at": at(highest)},
        "quantiles": dict(zip(map("{:g}".format, _QUANTILES), quantiles.tolist(), strict=True)),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
    }
    light = np.clip(values - median, 0, None)
    if light.sum() > 0:
        told["centroid"] = [
            float(np.average(columns, weights=light)) + box.x,
            float(np.average(rows, weights=light)) + box.y,
        ]
    return told


def line_of(text: str) -> tuple[float, float, float, float]:
    """The ends of a line: ``x y x y`` in pixels.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none, or too long.
    """
    try:
        x0, y0, x1, y1 = map(float, text.replace(",", " ").split())
    except ValueError:
        x0 = y0 = x1 = y1 = math.nan
    length = math.hypot(x1 - x0, y1 - y0)
    if not 0 < length < _LONGEST:
        raise ParameterError(
            f"“{text[:60]}” is no line.",
            parameter="LINE",
            hint=f"Send both ends as x y x y, in pixels; it may have {_LONGEST:,}.",
        )
    return x0, y0, x1, y1


def profile(args: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - all tasks
    """Measure values along a line.

    Parameters
    ----------
    args : mapping
        What `~lsp_jupyter.images.pictures.work.pyramid_of` takes; the ``line`` as of `line_of`,
        and its ``width`` in pixels.
    report : callable
        Not called.

    Returns
    -------
    told : `dict`
        ``distance`` from the first end in pixels, about one apart, and ``value``: the mean
        across the width, between pixels linear; nothing where the image has none.
    """
    from scipy.ndimage import map_coordinates

    pyramid = pyramid_of(args)
    x0, y0, x1, y1 = args["line"]
    width = args["width"]
    length = math.hypot(x1 - x0, y1 - y0)
    along = np.linspace(0, 1, max(2, round(length) + 1))
    across = np.arange(width) - (width - 1) / 2
    x = x0 + (x1 - x0) * along[:, None] - (y1 - y0) / length * across
    y = y0 + (y1 - y0) * along[:, None] + (x1 - x0) / length * across
    part, corner = _around(pyramid.version(0), x, y)
    found = map_coordinates(part, [y - corner[1], x - corner[0]], order=1, cval=np.nan)
    known = np.isfinite(found)
    number = known.sum(axis=1)
    with np.errstate(invalid="ignore"):
        means = np.where(known, found, 0).sum(axis=1) / np.where(number, number, np.nan)
    return {
        "distance": (along * length).tolist(),
        "value": [None if math.isnan(one) else one for one in means.tolist()],
    }


def _around(pixels: Any, x: Floats, y: Floats) -> tuple[Floats, tuple[int, int]]:
    """The pixels around places, and which one is their first."""
    rows, columns = pixels.shape
    left, low = (max(0, math.floor(one.min()) - 1) for one in (x, y))
    right, high = min(columns, math.ceil(x.max()) + 2), min(rows, math.ceil(y.max()) + 2)
    part = np.asarray(pixels[low : max(high, low), left : max(right, left)], np.float64)
    return (part if part.size else np.full((1, 1), np.nan)), (left, low)
