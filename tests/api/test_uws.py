"""UWS job resources over a real server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.api.schemas import validated
from tests.api.test_tap import ENDLESS, wait_until
from tests.servers import Server

FAST = "SELECT TOP 3 ra, dec FROM gaia.source"
UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def jobs_url(lab_server: Server) -> str:
    return f"{lab_server.base}tap/async"


@pytest.fixture
def make(session: requests.Session, jobs_url: str) -> Iterator[Any]:
    made: list[str] = []

    def make(query: str = FAST, **parameters: str) -> str:
        answer = session.post(jobs_url, {"QUERY": query, "LANG": "ADQL"} | parameters)
        assert answer.status_code == 200, answer.text
        made.append(answer.url)
        return answer.url

    yield make
    for job in made:
        session.delete(job)


def describe(session: requests.Session, job: str, **parameters: Any) -> Any:
    answer = session.get(job, params=parameters)
    assert answer.headers["Content-Type"] == "application/xml"
    return validated(answer.content)


@pytest.mark.req("API-REQ-0008", "API-REQ-0038")
def test_a_job_tells_all_about_itself(session: requests.Session, make: Any) -> None:
    job = make(RUNID="run 1", MAXREC="2", PHASE="RUN")
    assert wait_until(session, job, "COMPLETED", "ERROR") == "COMPLETED"
    tree = describe(session, job)
    assert tree.findtext(f"{UWS}jobId") == job.rpartition("/")[2]
    assert tree.findtext(f"{UWS}runId") == "run 1"
    parameters = {each.get("id"): each.text for each in tree.find(f"{UWS}parameters")}
    assert parameters == {"QUERY": FAST, "LANG": "ADQL", "MAXREC": "2", "RUNID": "run 1"}
    (result,) = tree.find(f"{UWS}results")
    assert result.get("id") == "result"
    assert result.get(f"{XLINK}href") == f"{job}/results/result"
    assert session.get(result.get(f"{XLINK}href")).headers["X-LSP-Overflow"] == "true"
    assert tree.findtext(f"{UWS}startTime") <= tree.findtext(f"{UWS}endTime")
    texts = {
        name: session.get(f"{job}/{name}").text
        for name in ("phase", "owner", "quote", "executionduration", "destruction")
    }
    assert texts["phase"] == "COMPLETED"
    assert texts["owner"] == tree.findtext(f"{UWS}ownerId")
    assert texts["quote"] == tree.findtext(f"{UWS}quote") == tree.findtext(f"{UWS}endTime")
    assert texts["executionduration"] == tree.findtext(f"{UWS}executionDuration")
    assert texts["destruction"] == tree.findtext(f"{UWS}destruction")
    assert len(validated(session.get(f"{job}/results").content)) == 1
    assert len(validated(session.get(f"{job}/parameters").content)) == 4
    assert session.get(f"{job}/parameters/maxrec").text == "2"
    assert session.get(f"{job}/parameters/UPLOAD").status_code == 404
    missing = session.get(f"{job}/results/other")
    assert (missing.status_code, "It has result." in missing.text) == (404, True)
    info = {each.tag.rpartition("}")[2]: each.text for each in tree.find(f"{UWS}jobInfo")}
    assert (info["rows"], info["overflow"], info["percent"]) == ("2", "true", "100.0")


def test_settings_can_be_changed_until_the_job_runs(session: requests.Session, make: Any) -> None:
    job = make("SELECT nothing FROM nowhere")
    sooner = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    for path, name, value in (
        ("parameters", "QUERY", FAST),
        ("parameters", "RESPONSEFORMAT", "csv"),
        ("parameters", "RUNID", "later"),
        ("executionduration", "EXECUTIONDURATION", "60"),
        ("destruction", "DESTRUCTION", sooner.isoformat()),
    ):
        answer = session.post(f"{job}/{path}", {name: value}, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, job)
    tree = describe(session, job)
    assert tree.findtext(f"{UWS}executionDuration") == "60"
    assert tree.findtext(f"{UWS}runId") == "later"
    assert tree.findtext(f"{UWS}destruction") == f"{sooner:%Y-%m-%dT%H:%M:%S}.000Z"
    session.post(f"{job}/phase", {"PHASE": "RUN"})
    assert wait_until(session, job, "COMPLETED", "ERROR") == "COMPLETED"
    assert session.get(f"{job}/results/result").text.startswith("ra,dec")


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("executionduration", "EXECUTIONDURATION", "999999999"),
        ("executionduration", "EXECUTIONDURATION", "0"),
        ("destruction", "DESTRUCTION", "2999-01-01T00:00:00Z"),
    ],
)
def test_settings_are_clipped_to_the_limits(
    session: requests.Session, make: Any, path: str, name: str, value: str
) -> None:
    job = make()
    before = session.get(f"{job}/{path}").text
    assert session.post(f"{job}/{path}", {name: value}).status_code == 200
    assert session.get(f"{job}/{path}").text == before


def test_a_running_job_is_waited_for_and_stopped(session: requests.Session, make: Any) -> None:
    job = make(ENDLESS, PHASE="RUN")
    assert wait_until(session, job, "EXECUTING") == "EXECUTING"
    started = time.monotonic()
    assert describe(session, job, WAIT=1).findtext(f"{UWS}phase") == "EXECUTING"
    assert 0.9 < time.monotonic() - started < 3
    started = time.monotonic()
    assert describe(session, job, WAIT=30, PHASE="QUEUED").findtext(f"{UWS}phase") == "EXECUTING"
    stopped = session.post(f"{job}/phase", {"PHASE": "ABORT"}, allow_redirects=False)
    assert (stopped.status_code, stopped.headers["Location"]) == (303, job)
    assert session.get(f"{job}/phase").text == "ABORTED"
    assert describe(session, job, WAIT=-1).findtext(f"{UWS}phase") == "ABORTED"
    assert time.monotonic() - started < 3
    assert session.get(f"{job}/results/result").status_code == 404
    assert len(validated(session.get(f"{job}/results").content)) == 0


def test_a_wait_ends_when_the_job_does(session: requests.Session, make: Any) -> None:
    job = make(PHASE="RUN")
    started = time.monotonic()
    while (phase := describe(session, job, WAIT=20).findtext(f"{UWS}phase")) != "COMPLETED":
        assert phase in ("QUEUED", "EXECUTING")
    assert time.monotonic() - started < 10


def test_a_running_job_can_be_deleted(session: requests.Session, make: Any) -> None:
    job = make(ENDLESS, PHASE="RUN")
    wait_until(session, job, "EXECUTING")
    started = time.monotonic()
    answer = session.post(job, {"ACTION": "DELETE"}, allow_redirects=False)
    assert answer.status_code == 303
    assert time.monotonic() - started < 2
    assert session.get(job).status_code == 404


def test_the_list_is_filtered_and_newest_first(
    session: requests.Session, jobs_url: str, make: Any
) -> None:
    def listed(**parameters: Any) -> list[str]:
        tree = validated(session.get(jobs_url, params=parameters).content)
        return [each.get(f"{XLINK}href") for each in tree]

    before = datetime.now(UTC)
    first, second, third = make(), make(RUNID="two"), make(PHASE="RUN")
    wait_until(session, third, "COMPLETED")
    assert listed(AFTER=before.isoformat()) == [third, second, first]
    assert listed(LAST=2) == [third, second]
    assert listed(PHASE="PENDING", LAST=2) == [second, first]
    assert listed(PHASE=["COMPLETED", "pending"], LAST=3) == [third, second, first]
    assert listed(AFTER=datetime.now(UTC).isoformat()) == []
    assert listed(PHASE="SUSPENDED") == []
    session.get(jobs_url.replace("async", "sync"), params={"QUERY": FAST})
    assert listed(LAST=1) == [third]
    tree = validated(session.get(jobs_url, params={"LAST": 2}).content)
    assert tree[1].findtext(f"{UWS}runId") == "two"
    assert re.fullmatch(r"\d{4}-.*Z", tree[1].findtext(f"{UWS}creationTime"))
