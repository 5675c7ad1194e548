"""Selections: ranges merged, mapped through views, and forgotten in order."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.portal import selections
from lsp_jupyter.portal.selections import Selection, SelectionStore, merge, parse_ranges, through


def members(ranges: np.ndarray) -> set[int]:
    return {row for start, stop in ranges for row in range(start, stop)}


def told(selection: Selection) -> dict[str, object]:
    return json.loads(selection.to_json())


spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda s: [s[0], s[0] + s[1]]),
    max_size=20,
)


@given(spans)
def test_merge_keeps_the_rows_and_orders_them(given_ranges: list[list[int]]) -> None:
    ranges = np.array(given_ranges, np.int64).reshape(-1, 2)
    merged = merge(ranges)
    assert members(merged) == members(ranges)
    assert (merged[:, 0] < merged[:, 1]).all()
    assert (merged[1:, 0] > merged[:-1, 1]).all()


@given(spans, st.randoms())
def test_through_selects_the_rows_that_were_shown(
    given_ranges: list[list[int]], random: object
) -> None:
    order = np.random.default_rng(random.randrange(1 << 30)).permutation(100).astype(np.int32)
    ranges = merge(np.array(given_ranges, np.int64).reshape(-1, 2))
    mapped = through(ranges, order)
    assert members(mapped) == {int(order[position]) for position in members(ranges)}
    assert mapped.dtype == np.int64
    assert (mapped[1:, 0] > mapped[:-1, 1]).all()


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"a": 1},
        [1, 2],
        [[1]],
        [[1, 2, 3]],
        [["1", "2"]],
        [[0.0, 1.0]],
        [[True, True]],
        [[-1, 2]],
        [[3, 2]],
        [[0, 11]],
        [[0, 1 << 70]],
    ],
)
def test_parse_refuses(value: object) -> None:
    with pytest.raises(ParameterError) as error:
        parse_ranges(value, 10)
    assert error.value.parameter == "ranges"
    assert error.value.hint


def test_parse_accepts_the_whole_and_nothing() -> None:
    assert parse_ranges([[0, 10]], 10).tolist() == [[0, 10]]
    assert parse_ranges([], 10).tolist() == []
    assert parse_ranges([[4, 4]], 10).tolist() == []
    assert parse_ranges([[5, 7], [0, 5]], 10).tolist() == [[0, 7]]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selections, "SENT", 2)
    monkeypatch.setattr(selections, "MAPPED", 5)
    monkeypatch.setattr(selections, "STORED", 3)
    with pytest.raises(LimitError, match="ranges"):
        parse_ranges([[0, 1]] * 3, 10)
    order = np.arange(0, 100, 2)
    with pytest.raises(LimitError, match="selected"):
        through(np.array([[0, 6]]), order)
    with pytest.raises(LimitError, match="places"):
        through(np.array([[0, 4]]), order)
    assert through(np.array([[0, 3]]), order).tolist() == [[0, 1], [2, 3], [4, 5]]


def test_store_counts_revisions_and_keeps_owners_apart() -> None:
    store = SelectionStore()
    assert told(store.get("a", "j")) == {"ranges": [], "rows": 0, "revision": 0}
    one = store.put("a", "j", np.array([[0, 3], [5, 6]]))
    assert told(one) == {"ranges": [[0, 3], [5, 6]], "rows": 4, "revision": 1}
    two = store.put("a", "j", np.array([[1, 2]]))
    assert two.revision > one.revision
    assert store.get("b", "j").rows == 0
    store.drop("a", "j")
    assert store.get("a", "j").rows == 0
    assert store.put("a", "j", np.array([[1, 2]])).revision > two.revision


def test_many_ranges_are_written_as_they_are() -> None:
    ranges = np.arange(4 * selections.PIECE + 6).reshape(-1, 2) * 3
    assert told(Selection(ranges, 5, 1))["ranges"] == ranges.tolist()


def test_store_forgets_the_longest_unused() -> None:
    store = SelectionStore(kept=2, total=5)
    store.put("a", "1", np.array([[0, 1]]))
    store.put("a", "2", np.array([[0, 1]]))
    store.get("a", "1")
    store.put("a", "3", np.array([[0, 1]]))
    assert [store.get("a", name).rows for name in "123"] == [1, 0, 1]
    store.put("a", "4", np.array([[2 * i, 2 * i + 1] for i in range(5)]))
    assert [store.get("a", name).rows for name in "134"] == [0, 0, 5]
