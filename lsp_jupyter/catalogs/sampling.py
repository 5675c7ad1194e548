"""Uniform random numbers that can be made again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["uniform"]


def uniform(seed: int, first: int, count: int) -> npt.NDArray[np.float32]:
    """The random numbers of some rows of a table.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014) over the number of
    the row: rows get the same numbers whenever a file is made again, and
    neighbours on the sky are independent.

    Parameters
    ----------
    seed : `int`
        Tells one table from another.
    first, count : `int`
        The rows, counted from 0.

    Returns
    -------
    numbers : `numpy.ndarray` of `float`
        In [0, 1), in steps of 2**-24.
    """
    mixed = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed += np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)
