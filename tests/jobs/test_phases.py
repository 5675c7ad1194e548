"""Whatever clients do, phases move along the arrows of UWS 1.1 and nothing deleted returns."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from lsp_jupyter.errors import JobNotFoundError, ResultNotFoundError, StateError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase
from tests.engines.sky import Loop
from tests.jobs.service import ANN, BOB, FAILING, QUICK, SLOW, Service

#: UWS 1.1 section 2.1.3, as far as this service uses it.
ARROWS = {
    (Phase.PENDING, Phase.QUEUED),
    (Phase.PENDING, Phase.ABORTED),
    (Phase.QUEUED, Phase.EXECUTING),
    (Phase.QUEUED, Phase.ABORTED),
    (Phase.QUEUED, Phase.ERROR),
    # What is over before anybody can look.
    (Phase.QUEUED, Phase.COMPLETED),
    (Phase.EXECUTING, Phase.COMPLETED),
    (Phase.EXECUTING, Phase.ERROR),
    (Phase.EXECUTING, Phase.ABORTED),
} | {(phase, Phase.ARCHIVED) for phase in Phase}


class Clients(RuleBasedStateMachine):
    """Two people who use one service in any order."""

    jobs = Bundle("jobs")
    sky: Path

    def __init__(self) -> None:
        super().__init__()
        self.run = Loop()
        self.folder = tempfile.TemporaryDirectory()
        self.service = Service(
            Path(self.folder.name) / "state", self.sky, interactive_workers=1, scan_workers=0
        )
        self.run(self.service.__aenter__())
        self.heard: defaultdict[str, list[Phase]] = defaultdict(list)
        self.service.jobs.subscribe(self.hear)
        self.owned: dict[str, Caller] = {}
        self.deleted: set[str] = set()

    def hear(self, job: Job) -> None:
        phases = self.heard[job.id]
        if not phases or phases[-1] is not job.phase:
            phases.append(job.phase)

    def teardown(self) -> None:
        self.run(self.service.__aexit__())
        self.run.close()
        self.folder.cleanup()

    @rule(
        target=jobs,
        caller=st.sampled_from([ANN, BOB]),
        query=st.sampled_from([QUICK, FAILING, SLOW, "SELEC"]),
    )
    def create(self, caller: Caller, query: str) -> str:
        job = self.run(self.service.jobs.create(caller, {"QUERY": query}, origin=Origin.TAP_ASYNC))
        assert job.id not in self.owned
        self.owned[job.id] = caller
        return job.id

    @rule(job=jobs)
    def start(self, job: str) -> None:
        owner = self.owned[job]
        if job in self.deleted:
            return
        before = self.service.jobs.get(owner, job).phase
        try:
            self.run(self.service.jobs.run(owner, job))
        except StateError:
            assert before is not Phase.PENDING
        else:
            assert before is Phase.PENDING

    @rule(job=jobs)
    def abort(self, job: str) -> None:
        if job not in self.deleted:
            assert self.run(self.service.jobs.abort(self.owned[job], job)).phase.final

    @rule(job=jobs)
    def wait(self, job: str) -> None:
        if job not in self.deleted:
            self.run(self.service.jobs.wait(self.owned[job], job, timeout=0.2))

    @rule(job=consumes(jobs))
    def delete(self, job: str) -> None:
        self.run(self.service.jobs.delete(self.owned[job], job))
        self.deleted.add(job)

    @rule(job=jobs)
    def meddle(self, job: str) -> None:
        other = BOB if self.owned[job] is ANN else ANN
        for call in (self.service.jobs.abort, self.service.jobs.delete, self.service.jobs.run):
            with pytest.raises(JobNotFoundError):
                self.run(call(other, job))

    @invariant()
    def everybody_sees_their_own(self) -> None:
        for caller in (ANN, BOB):
            own = {job for job, owner in self.owned.items() if owner is caller} - self.deleted
            listed = self.service.jobs.list(caller)
            assert {job.id for job in listed} == own
            for job in listed:
                assert self.service.jobs.get(caller, job.id).id == job.id
                if job.phase is Phase.COMPLETED:
                    assert self.service.jobs.result(caller, job.id).rows == job.rows
                elif job.phase is not Phase.EXECUTING:
                    with pytest.raises(ResultNotFoundError):
                        self.service.jobs.result(caller, job.id)

    @invariant()
    def phases_follow_the_arrows(self) -> None:
        for phases in self.heard.values():
            assert phases[0] is Phase.PENDING
            for pair in pairwise(phases):
                assert pair in ARROWS, phases


def play(sky: Path, examples: int, steps: int) -> None:
    Clients.sky = sky
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Clients,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_histories(sky: Path) -> None:
    play(sky, 6, 20)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_histories(sky: Path) -> None:
    play(sky, 200, 30)
