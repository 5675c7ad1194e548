"""The algebra of sets of rows, against Python's own sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lsp_jupyter.results.ranges import combine, invert, merge

ROWS = 40

rows = st.sets(st.integers(0, ROWS - 1))


def ranges_of(members: set[int]) -> np.ndarray:
    return merge(np.array([[row, row + 1] for row in members], np.int64).reshape(-1, 2))


def members(ranges: np.ndarray) -> set[int]:
    return {row for start, stop in ranges for row in range(start, stop)}


@given(rows, rows)
def test_sets_are_combined(old: set[int], new: set[int]) -> None:
    wanted = {"new": new, "add": old | new, "remove": old - new, "intersect": old & new}
    for mode, rest in wanted.items():
        found = combine(ranges_of(old), ranges_of(new), mode, ROWS)
        assert members(found) == rest
        # In the one form that everything else expects.
        assert (found[:, 0] < found[:, 1]).all()
        assert (found[1:, 0] > found[:-1, 1]).all()


@given(rows)
def test_the_others(some: set[int]) -> None:
    assert members(invert(ranges_of(some), ROWS)) == set(range(ROWS)) - some
