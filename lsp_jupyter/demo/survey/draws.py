"""Random numbers that depend on what they are for, and on nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["draw"]


def draw(seed: int, *purpose: str | int) -> np.random.Generator:
    """A generator of its own for each purpose.

    So that a table, tile or image comes out the same whether it is made alone, first or last,
    in this process or another.

    Parameters
    ----------
    seed : `int`
        Of the survey.
    purpose : `str` or `int`
        Words that name what the numbers are for.

    Returns
    -------
    generator : `numpy.random.Generator`
        Always in the same state.
    """
    import numpy as np

    text = "\x1f".join(map(str, (seed, *purpose)))
    words = np.frombuffer(hashlib.blake2b(text.encode(), digest_size=16).digest(), "<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words.tolist())))
