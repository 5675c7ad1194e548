"""UWS documents against the schema of the standard."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from lsp_jupyter.api.uws_documents import (
    Output,
    job_document,
    job_list,
    parameters_document,
    parse_seconds,
    parse_time,
    results_document,
    text_time,
)
from lsp_jupyter.errors import ParameterError, QueryError, WorkerDiedError
from lsp_jupyter.jobs.job import Job, Origin, Phase
from tests.api.schemas import validated

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
THEN = datetime(2026, 11, 22, 18, 30, 1, 234567, tzinfo=UTC)
QUERY = "SELECT '<&\"]]>' \r\n\tFROM \U0001f30c"
URL = "http://h/tap/async/1/results"
OUTPUT = Output("result", "text/csv;header=present", 12)


def job(**changes: Any) -> Job:
    items: dict[str, Any] = {
        "id": "0123abcd",
        "owner": "local-1",
        "phase": Phase.PENDING,
        "parameters": {"QUERY": QUERY, "LANG": "ADQL"},
        "origin": Origin.TAP_ASYNC,
        "created": THEN,
        "destruction": THEN,
        "execution_duration": 14400.5,
    }
    return Job(**(items | changes))


@pytest.mark.req("API-REQ-0008")
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("run_id", ["", "run <1>"])
def test_a_job_in_every_phase_is_valid(phase: Phase, run_id: str) -> None:
    begun = THEN if phase not in (Phase.PENDING, Phase.QUEUED, Phase.HELD) else None
    one = job(phase=phase, run_id=run_id, started=begun, ended=THEN if phase.final else None)
    outputs = [OUTPUT] if phase is Phase.COMPLETED else []
    tree = validated(job_document(one, outputs, URL))
    assert tree.get("version") == "1.1"
    assert tree.findtext(f"{UWS}phase") == phase
    assert (tree.findtext(f"{UWS}runId") or "") == run_id
    assert (tree.find(f"{UWS}startTime").get(NIL) == "true") is (begun is None)
    assert tree.findtext(f"{UWS}executionDuration") == "14401"
    assert tree.findtext(f"{UWS}creationTime") == "2026-11-22T18:30:01.234Z"
    results = tree.findall(f"{UWS}results/{UWS}result")
    assert [each.get(f"{XLINK}href") for each in results] == [f"{URL}/result" for _ in outputs]
    assert [each.get("size") for each in results] == ["12" for _ in outputs]


def test_progress_is_told_in_elements_of_our_own() -> None:
    def info(one: Job) -> dict[str, str]:
        (found,) = validated(job_document(one, [], URL)).findall(f"{UWS}jobInfo")
        return {each.tag: each.text for each in found}

    assert info(job(phase=Phase.QUEUED, position=3, expected=2.5)) == {
        "rows": "0",
        "bytes": "0",
        "overflow": "false",
        "position": "3",
        "expectedSeconds": "2.5",
    }
    running = job(phase=Phase.EXECUTING, started=THEN, rows=7, size=99, fraction=1 / 3)
    assert info(running) == {"rows": "7", "bytes": "99", "overflow": "false", "percent": "33.3"}
    done = info(job(phase=Phase.COMPLETED, twin="abcd", overflow=True, rows=2**40))
    assert done == {
        "rows": str(2**40),
        "bytes": "0",
        "overflow": "true",
        "percent": "100.0",
        "answeredBy": "abcd",
    }
    why = QueryError("It takes an hour.", hint="Send PHASE=RUN.")
    held = job(phase=Phase.HELD, error=why.to_dict())
    assert info(held)["held"] == "It takes an hour. Send PHASE=RUN."
    assert validated(job_document(held, [], URL)).find(f"{UWS}errorSummary") is None


def test_the_quote_is_when_it_should_be_done() -> None:
    def quote(one: Job) -> str | None:
        return validated(job_document(one, [], URL)).findtext(f"{UWS}quote") or None

    assert quote(job()) is None
    assert quote(job(started=THEN, expected=10.0)) == "2026-11-22T18:30:11.234Z"
    assert quote(job(started=THEN, expected=10.0, ended=THEN)) == "2026-11-22T18:30:01.234Z"


def test_parameters_come_back_as_they_were_sent() -> None:
    tree = validated(parameters_document({"QUERY": QUERY, "MAXREC": "10"}))
    assert {each.get("id"): each.text for each in tree} == {"QUERY": QUERY, "MAXREC": "10"}


@pytest.mark.parametrize(
    ("error", "kind"), [(QueryError("No <b>."), "fatal"), (WorkerDiedError("Gone."), "transient")]
)
def test_a_failure_is_told(error: Any, kind: str) -> None:
    tree = validated(job_document(job(phase=Phase.ERROR, error=error.to_dict()), [], URL))
    summary = tree.find(f"{UWS}errorSummary")
    assert (summary.get("type"), summary.get("hasDetail")) == (kind, "true")
    assert summary.findtext(f"{UWS}message") == str(error)


def test_the_list_and_the_results_are_valid() -> None:
    tree = validated(job_list([(job(), "http://h/1"), (job(id="2", run_id="r"), "http://h/2?a&b")]))
    assert [(each.get("id"), each.get(f"{XLINK}href")) for each in tree] == [
        ("0123abcd", "http://h/1"),
        ("2", "http://h/2?a&b"),
    ]
    assert len(validated(job_list([]))) == 0
    assert tree[1].findtext(f"{UWS}runId") == "r"
    assert tree.get("version") == "1.1"
    assert len(validated(results_document([OUTPUT], URL))) == 1
    assert len(validated(results_document([], URL))) == 0


def test_a_thousand_jobs_are_listed_at_once() -> None:
    jobs = [(job(id=f"{number:032x}"), f"http://h/{number}") for number in range(1000)]
    began = time.thread_time()
    document = job_list(jobs)
    assert time.thread_time() - began < 0.05
    assert len(validated(document)) == 1000


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T18:30:01.234Z",
        "2026-11-22T18:30:01.234",
        "2026-11-22 18:30:01.234",
        "2026-11-22T19:30:01.234+01:00",
        "20261122T183001.234Z",
    ],
)
def test_times_are_utc(text: str) -> None:
    assert text_time(parse_time(text, "AFTER")) == "2026-11-22T18:30:01.234Z"


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "12", "0001-01-01T00:00:00+05:00"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ParameterError, match="DESTRUCTION must be a time"):
        parse_time(text, "DESTRUCTION")


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("7", 7), ("-1", -1), ("9" * 15, 2**31 - 1)])
def test_seconds(text: str, value: int) -> None:
    assert parse_seconds(text, "WAIT", low=-1) == value


@pytest.mark.parametrize("text", ["", "-2", "1.5", "1e3", "x", "٣", "9" * 40, "--1", "+1"])
def test_other_texts_are_no_seconds(text: str) -> None:
    with pytest.raises(ParameterError, match="WAIT must be a whole number from -1 on"):
        parse_seconds(text, "WAIT", low=-1)
