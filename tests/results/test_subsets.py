"""Subsets beside a result: kept, changed, limited and deleted with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.errors import (
    ConflictError,
    LimitError,
    LspError,
    NotFoundError,
    ParameterError,
    ResultNotFoundError,
)
from lsp_jupyter.results import subsets as module
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.subsets import SubsetStore

FEW = np.array([[0, 3], [7, 9]])


@pytest.fixture
def subsets(store: ResultStore) -> SubsetStore:
    return SubsetStore(store)


@pytest.fixture
def name(keep: Callable[..., str]) -> str:
    return keep(pa.table({"a": np.arange(10)}))


def test_a_subset_is_read_as_it_was_put(subsets: SubsetStore, name: str) -> None:
    put = subsets.put(name, "few \"'<b>é", FEW, "selection")
    assert (put.rows, put.kind) == (5, "selection")
    assert subsets.all(name) == [put]
    assert subsets.ranges(name, put.name).tolist() == FEW.tolist()
    assert np.fromfile(subsets.path(name, put.name), "<i8").tolist() == FEW.ravel().tolist()


def test_a_changed_subset_is_another_file(subsets: SubsetStore, name: str) -> None:
    subsets.put(name, "a", FEW, "ranges")
    subsets.put(name, "b", FEW, "ranges")
    before = subsets.path(name, "a")
    subsets.put(name, "a", FEW[:1], "ranges")
    assert subsets.path(name, "a") != before
    assert not before.exists()
    assert [(one.name, one.rows) for one in subsets.all(name)] == [("a", 3), ("b", 5)]


def test_it_is_renamed_and_deleted(subsets: SubsetStore, name: str) -> None:
    subsets.put(name, "a", FEW, "ranges")
    subsets.put(name, "b", FEW[:1], "ranges")
    with pytest.raises(ConflictError):
        subsets.rename(name, "a", "b")
    subsets.rename(name, "a", "c")
    assert [one.name for one in subsets.all(name)] == ["c", "b"]
    path = subsets.path(name, "c")
    subsets.delete(name, "c")
    assert not path.exists()
    with pytest.raises(NotFoundError, match=r"There is no subset 'c'\. There are: b"):
        subsets.get(name, "c")
    with pytest.raises(ParameterError):
        subsets.path(name, "c")


def test_subsets_go_with_their_result(subsets: SubsetStore, store: ResultStore, name: str) -> None:
    subsets.put(name, "a", FEW, "ranges")
    store.delete(name)
    assert list(store.root.iterdir()) == []
    with pytest.raises(ResultNotFoundError):
        subsets.put(name, "a", FEW, "ranges")
    assert list(store.root.iterdir()) == []


def test_there_are_limits(
    subsets: SubsetStore, store: ResultStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for key in "abab":
        subsets.put(name, key, FEW, "ranges")
    with pytest.raises(LimitError):
        subsets.put(name, "c", FEW, "ranges")
    assert len(list(store.root.glob("*.subset"))) == 2


@pytest.mark.parametrize("wrong", ["", " ", " a", "a\n", "x" * 65])
def test_some_names_are_refused(subsets: SubsetStore, name: str, wrong: str) -> None:
    with pytest.raises(LspError, match="name"):
        subsets.put(name, wrong, FEW, "ranges")
