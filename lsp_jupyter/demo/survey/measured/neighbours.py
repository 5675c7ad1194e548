"""Which points of a plane are near one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["groups", "pairs"]


def pairs(x: Floats, y: Floats, radius: float) -> tuple[Integers, Integers, Floats]:
    """All pairs of points that are nearer than a radius.

    Parameters
    ----------
    x, y : `numpy.ndarray`, shape ``(n,)``
        The points.
    radius : `float`
        The distance, in the same unit.

    Returns
    -------
    first, second : `numpy.ndarray` of `int`, shape ``(m,)``
        Indices of the points; each pair is there once.
    distance : `numpy.ndarray`, shape ``(m,)``
        How far apart they are.
    """
    n = len(x)
    if n == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    column = np.floor((x - x.min()) / radius).astype(np.int64) + 1
    row = np.floor((y - y.min()) / radius).astype(np.int64) + 1
    width = int(row.max()) + 2
    cell = column * width + row
    order = np.argsort(cell, kind="stable")
    cells = cell[order]
    firsts, seconds = [], []
    # Half of the cells around, so that no pair comes twice; in its own cell those that follow.
    for step in (0, 1, width - 1, width, width + 1):
        start = np.searchsorted(cells, cells + step, "left") if step else np.arange(1, n + 1)
        end = np.searchsorted(cells, cells + step, "right")
        count = np.maximum(end - start, 0)
        first = np.repeat(np.arange(n), count)
        within = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
        firsts.append(order[first])
        seconds.append(order[start[first] + within])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    distance = np.hypot(x[first] - x[second], y[first] - y[second])
    near = distance < radius
    return first[near], second[near], distance[near]


def groups(n: int, first: Integers, second: Integers) -> Integers:
    """The groups that pairs connect.

    Parameters
    ----------
    n : `int`
        How many points there are.
    first, second : `numpy.ndarray` of `int`, shape ``(m,)``
        Indices of the points of pairs.

    Returns
    -------
    group : `numpy.ndarray` of `int`, shape ``(n,)``
        The lowest index in each point's group; its own, if it has no pair.
    """
    group = np.arange(n)
    while True:
        lowest = np.minimum(group[first], group[second])
        found = group.copy()
        np.minimum.at(found, group[first], lowest)
        np.minimum.at(found, group[second], lowest)
        found = found[found]
        if (found == group).all():
            return group
        group = found
