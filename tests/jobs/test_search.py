"""Looking for jobs: the store and the running server find the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.search import Search
from lsp_jupyter.jobs.store import JobStore
from tests.jobs.service import ANN, BOB
from tests.jobs.test_store import NOW, make

JOBS = (
    make("a1", name="Red dwarfs", tags=("paper", "m dwarfs"), origin=Origin.PORTAL),
    make("b2", run_id="bright Ωμ", phase=Phase.COMPLETED, parameters={"QUERY": "SELECT Gaia"}),
    make("c3", tags=("paper",), phase=Phase.ERROR, parameters={"QUERY": "SELECT 100%_x FROM y"}),
    make("d4", parameters={"ID": "no query"}, origin=Origin.SODA),
    make("e5", phase=Phase.ARCHIVED, tags=("gone",)),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobStore]:
    store = JobStore(tmp_path_factory.mktemp("search") / "jobs.sqlite")
    for place, job in enumerate(JOBS):
        store.insert(later(job, place), ANN)
    store.insert(replace(make("z9", tags=("secret",)), owner="bob"), BOB)
    yield store
    store.close()


def later(job: Job, place: int) -> Job:
    return replace(job, created=NOW + timedelta(seconds=place))


@pytest.mark.req("PRTL-REQ-0013")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(), "d4 c3 b2 a1"),
        (Search(text="RED Dwarfs"), "a1"),
        (Search(text="dwarfs m paper"), "a1"),
        (Search(text="gaia"), "b2"),
        (Search(text="bright ωΜ"), "b2"),
        (Search(text="100%_"), "c3"),
        (Search(text="%"), "c3"),
        (Search(text="b2"), "b2"),
        (Search(text="select nothing"), ""),
        (Search(tag="paper"), "c3 a1"),
        (Search(tag="pap"), ""),
        (Search([Phase.ERROR, Phase.COMPLETED]), "c3 b2"),
        (Search(origins=[Origin.SODA]), "d4"),
        (Search(before=NOW + timedelta(seconds=2)), "b2 a1"),
        (Search(after=NOW, before=NOW + timedelta(seconds=2), tag=""), "b2"),
        (Search([Phase.ARCHIVED], tag="gone"), "e5"),
    ],
)
def test_jobs_are_found(store: JobStore, search: Search, found: str) -> None:
    assert [job.id for job in store.find(ANN, search)] == found.split()
    assert [job.id for job in store.find(ANN, search, last=1)] == found.split()[:1]


words = st.lists(
    st.sampled_from(["red", "PAPER", "select", "%", "_", "gaia", "'", "dwarfs", '"', "b", "ΩΜ"]),
    max_size=3,
)


@given(words, st.sampled_from(["", "paper", "gone", "m dwarfs"]), st.integers(-1, 5))
def test_records_and_running_jobs_agree(
    store: JobStore, text: list[str], tag: str, second: int
) -> None:
    search = Search(
        list(Phase), None, NOW + timedelta(seconds=second), text=" ".join(text), tag=tag
    )
    expected = {job.id for place, job in enumerate(JOBS) if search.matches(later(job, place))}
    assert {job.id for job in store.find(ANN, search)} == expected


def test_tags_are_those_of_ones_own_jobs(store: JobStore) -> None:
    assert store.tags(ANN) == ["m dwarfs", "paper"]
    assert store.tags(BOB) == ["secret"]
