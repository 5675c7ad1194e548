"""Those who wait take turns."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_jupyter.engines.protocol import Task
from lsp_jupyter.engines.turns import Turns
from lsp_jupyter.engines.work import Query, Work


def work(turn: str) -> Query:
    return Query(Task(id="", sql="", fields=(), output=Path("x"), turn=turn), 0)


def served(turns: Turns) -> list[Work]:
    return [turns.popleft() for _ in range(len(turns))]


def test_one_after_the_other() -> None:
    turns = Turns()
    for turn in "aaaabbc":
        turns.append(work(turn))
    assert "".join(one.turn for one in turns) == "abcabaa"
    assert "".join(one.turn for one in served(turns)) == "abcabaa"
    with pytest.raises(IndexError):
        turns.popleft()


def test_who_was_served_is_last() -> None:
    turns = Turns()
    for turn in "aab":
        turns.append(work(turn))
    assert turns.popleft().turn == "a"
    turns.append(work("c"))
    assert "".join(one.turn for one in served(turns)) == "bac"


@given(st.lists(st.sampled_from("abcde"), max_size=30), st.integers(0, 29), st.integers(0, 29))
def test_places(words: list[str], taken: int, removed: int) -> None:
    turns, waiting = Turns(), [work(word) for word in words]
    for one in waiting:
        turns.append(one)
    for _ in range(min(taken, len(waiting))):
        waiting.remove(turns.popleft())
    if removed < len(waiting):
        gone = waiting.pop(removed)
        turns.remove(gone)
        assert gone not in turns
        assert turns.ahead(gone) == 0
        with pytest.raises(ValueError, match="deque"):
            turns.remove(gone)
    order = list(turns)
    assert len(turns) == len(waiting)
    assert [turns.ahead(one) for one in order] == list(range(len(order)))
    assert served(turns) == order
    assert set(order) == set(waiting)
    # Nobody is served twice while somebody else waits for the first time.
    first = {one.turn: place for place, one in reversed(list(enumerate(order)))}
    assert sorted(first.values()) == list(range(len(first)))
