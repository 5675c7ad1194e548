from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.measured.neighbours import groups, pairs


@pytest.mark.parametrize("radius", [0.3, 2.0, 40.0])
def test_pairs_are_those_of_all_comparisons(radius: float) -> None:
    x, y = draw(1, "points").uniform(-10, 10, (2, 300))
    first, second, distance = pairs(x, y, radius)
    i, j = np.triu_indices(300, 1)
    near = np.hypot(x[i] - x[j], y[i] - y[j]) < radius
    expected = set(zip(i[near].tolist(), j[near].tolist(), strict=True))
    found = list(zip(np.minimum(first, second), np.maximum(first, second), strict=True))
    assert len(found) == len(set(found))
    assert {(int(a), int(b)) for a, b in found} == expected
    assert np.allclose(distance, np.hypot(x[first] - x[second], y[first] - y[second]))


def test_nothing_has_no_pairs() -> None:
    assert all(len(part) == 0 for part in pairs(np.zeros(0), np.zeros(0), 1.0))


def test_groups_follow_chains() -> None:
    first, second = np.array([9, 3, 7, 5, 2]), np.array([8, 7, 5, 6, 2])
    assert groups(10, first, second).tolist() == [0, 1, 2, 3, 4, 3, 3, 3, 8, 8]
    line = np.arange(999)
    assert not groups(1000, line, line + 1).any()
    assert groups(4, np.zeros(0, int), np.zeros(0, int)).tolist() == [0, 1, 2, 3]
