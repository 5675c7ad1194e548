"""Random numbers of whole arrays of ids: each follows from its id alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["normal", "uniform"]


def uniform(seed: int, purpose: str, ids: Integers) -> Floats:
    """Numbers evenly spread between 0 and 1.

    Parameters
    ----------
    seed : `int`
        Of the survey.
    purpose : `str`
        What the numbers are for.
    ids : `numpy.ndarray` of `int`
        Of what they are for.

    Returns
    -------
    numbers : `numpy.ndarray` of `float`
        Of the shape of ``ids``; neither 0 nor 1.
    """
    text = f"{seed}\x1f{purpose}".encode()
    salt = np.frombuffer(hashlib.blake2b(text, digest_size=8).digest(), "<u8")[0]
    bits = np.asarray(ids).astype(np.uint64) ^ salt
    # The finaliser of SplitMix64 (Steele et al. 2014), after a step by the golden ratio.
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits = bits ^ (bits >> np.uint64(31))
    return np.asarray(((bits >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)


def normal(seed: int, purpose: str, ids: Integers) -> Floats:
    """Normal numbers of mean 0 and standard deviation 1; parameters as of `uniform`."""
    radius = np.sqrt(-2 * np.log(uniform(seed, f"{purpose}\x1fradius", ids)))
    return np.asarray(radius * np.cos(2 * np.pi * uniform(seed, f"{purpose}\x1fangle", ids)))
