"""The corpus of wrong requests against a real server (B1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlencode

import pytest
import requests
from astropy.io.votable import parse

from tests.conformance.bad_inputs import BAD, FINE, Bad
from tests.servers import Server

CASES = [
    pytest.param(bad, method, id=f"{bad.name} ({method})") for bad in BAD for method in bad.methods
]


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def jobs(lab_server: Server, session: requests.Session) -> dict[str, str]:
    """Ids of a job that waits to be started, and of one that is complete."""
    root = f"{lab_server.base}tap/async"
    pending = session.post(root, {"QUERY": FINE}).url
    done = session.post(root, {"QUERY": FINE, "PHASE": "RUN"}).url
    for _ in range(20):
        if "COMPLETED" in session.get(done, params={"WAIT": 5}).text:
            break
    assert session.get(f"{done}/phase").text == "COMPLETED"
    return {"pending": pending.rpartition("/")[2], "done": done.rpartition("/")[2]}


def error_text(document: bytes) -> str:
    """What a DALI error document says (DALI 1.1 section 4.2)."""
    table = parse(BytesIO(document), verify="exception")
    (results,) = [each for each in table.resources if each.type == "results"]
    (status,) = [each for each in results.infos if each.name == "QUERY_STATUS"]
    assert status.value == "ERROR"
    return str(status.content)


@pytest.mark.req("LSP-REQ-0006", "API-REQ-0006", "API-REQ-0009")
@pytest.mark.parametrize(("bad", "method"), CASES)
def test_a_wrong_request_is_told_what_is_wrong(
    lab_server: Server, session: requests.Session, jobs: dict[str, str], bad: Bad, method: str
) -> None:
    encoded = bad.raw or urlencode(bad.send, doseq=True)
    url = f"{lab_server.base}tap/{bad.path.format(**jobs)}"
    if method == "POST":
        answer = session.post(url, encoded.encode(), headers={"Content-Type": bad.kind})
    else:
        answer = session.request(method, f"{url}?{encoded}", allow_redirects=False)
    assert answer.status_code == bad.status, answer.text[:1000]
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    text = error_text(answer.content)
    assert re.search(bad.message, text, re.DOTALL), text
    assert "Traceback" not in text
    assert "/site-packages/" not in text
    assert str(lab_server.state) not in text


def test_the_server_went_on_and_logged_no_failure(
    lab_server: Server, session: requests.Session
) -> None:
    answer = session.get(f"{lab_server.base}tap/sync", params={"QUERY": FINE})
    assert answer.status_code == 200
    log = lab_server.log.read_text()
    assert "Traceback" not in log
    assert "Failure " not in log
    assert lab_server.token not in log
