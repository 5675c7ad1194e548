"""Sets of rows as half-open ranges: the algebra of selections and subsets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Ranges", "combine", "intersect", "invert", "merge"]

#: ``(n, 2)`` array of half-open ranges ``[start, stop)``.
Ranges = npt.NDArray[np.int64]


def merge(ranges: Ranges) -> Ranges:
    """The same rows as ascending ranges that neither touch nor overlap.

    Parameters
    ----------
    ranges : `numpy.ndarray`
        ``(n, 2)`` half-open ranges in any order.
    """
    ranges = ranges[ranges[:, 0] < ranges[:, 1]]
    if not len(ranges):
        return ranges
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ranges[:, 1])
    first = np.concatenate(([True], ranges[1:, 0] > reach[:-1]))
    last = np.concatenate((first[1:], [True]))
    return np.column_stack((ranges[first, 0], reach[last]))


def intersect(one: Ranges, other: Ranges) -> Ranges:
    """The rows that are in both; each as `merge` gives it."""
    if not len(one) or not len(other):
        return np.empty((0, 2), np.int64)
    ends = np.concatenate((one[:, 1], other[:, 1]))
    starts = np.concatenate((one[:, 0], other[:, 0]))
    places = np.concatenate((ends, starts))
    steps = np.repeat(np.array([-1, 1], np.int8), [len(ends), len(starts)])
    # Ends before starts at the same place, as they stand: the sort is stable.
    order = np.argsort(places, kind="stable")
    places = places[order]
    both = np.flatnonzero(np.cumsum(steps[order], dtype=np.int64) == 2)
    return np.column_stack((places[both], places[both + 1]))


def invert(ranges: Ranges, rows: int) -> Ranges:
    """The rows from 0 to ``rows`` that are not in what `merge` gave."""
    stops = np.concatenate(([0], ranges[:, 1])).astype(np.int64)
    starts = np.concatenate((ranges[:, 0], [rows])).astype(np.int64)
    out = np.column_stack((stops, starts))
    return out[out[:, 0] < out[:, 1]]


def combine(old: Ranges, new: Ranges, mode: str, rows: int) -> Ranges:
    """A set of rows changed by another one.

    Parameters
    ----------
    old, new : `numpy.ndarray`
        Each as `merge` gives it.
    mode : `str`
        ``new``, ``add``, ``remove`` or ``intersect``.
    rows : `int`
        Rows of the result.
    """
    if mode == "add":
        return merge(np.concatenate((old, new)))
    if mode == "remove":
        return intersect(old, invert(new, rows))
    if mode == "intersect":
        return intersect(old, new)
    return new
