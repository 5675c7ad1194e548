"""The corpus of wrong requests against a real server (B1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlencode

import pytest
import requests
from astropy.io.votable import parse

from tests.conformance import bad_inputs_scs, bad_inputs_tap, bad_inputs_upload, bad_inputs_uws
from tests.conformance.bad_inputs import FINE, TABLE, Bad
from tests.servers import Server

PARTS = (bad_inputs_tap, bad_inputs_upload, bad_inputs_uws, bad_inputs_scs)
BAD = [bad for part in PARTS for bad in part.BAD]
CASES = [
    pytest.param(bad, method, id=f"{bad.name} ({method})") for bad in BAD for method in bad.methods
]


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def jobs(lab_server: Server, session: requests.Session) -> dict[str, str]:
    """Ids of jobs by what became of them."""
    root = f"{lab_server.base}tap/async"
    endless = f"SELECT COUNT(*) FROM {TABLE} AS a JOIN {TABLE} AS b ON a.ra < b.ra"
    urls = {
        "pending": session.post(root, {"QUERY": FINE}).url,
        "done": session.post(root, {"QUERY": FINE, "PHASE": "RUN"}).url,
        "failed": session.post(root, {"QUERY": "SELECT", "PHASE": "RUN"}).url,
        "aborted": session.post(root, {"QUERY": endless, "PHASE": "RUN"}).url,
    }
    session.post(f"{urls['aborted']}/phase", {"PHASE": "ABORT"})
    for name, phase in {"done": "COMPLETED", "failed": "ERROR", "aborted": "ABORTED"}.items():
        for _ in range(20):
            if phase in session.get(urls[name], params={"WAIT": 5}).text:
                break
        assert session.get(f"{urls[name]}/phase").text == phase
    return {name: url.rpartition("/")[2] for name, url in urls.items()}


def error_text(document: bytes, *, cone: bool = False) -> str:
    """What a DALI error document says (DALI 1.1 section 4.2).

    That of a cone search says the same as version 1.03 has it (its section 2.3).
    """
    table = parse(BytesIO(document), verify="exception")
    (results,) = [each for each in table.resources if each.type == "results"]
    (status,) = [each for each in results.infos if each.name == "QUERY_STATUS"]
    assert status.value == "ERROR"
    if cone:
        (error,) = [each for each in table.infos if each.name == "Error"]
        assert error.value == " ".join(status.content.split())
    return str(status.content)


def send(session: requests.Session, url: str, bad: Bad, method: str) -> requests.Response:
    """Send one row; parameters go into the body of a POST."""
    if bad.files:
        files = {name: (name, content) for name, content in bad.files.items()}
        return session.post(url, dict(bad.send), files=files, headers=bad.headers)
    encoded = bad.raw or urlencode(bad.send, doseq=True)
    if method == "POST":
        headers = {"Content-Type": bad.kind, **bad.headers}
        return session.post(url, encoded.encode(), headers=headers, allow_redirects=False)
    # Built here, since requests would tidy up a path such as `a/../b`.
    request = requests.Request(method, url, headers=bad.headers)
    prepared = session.prepare_request(request)
    prepared.url = f"{url}?{encoded}"
    return session.send(prepared, allow_redirects=False)


@pytest.mark.req("LSP-REQ-0006", "API-REQ-0006", "API-REQ-0009")
@pytest.mark.parametrize(("bad", "method"), CASES)
def test_a_wrong_request_is_told_what_is_wrong(
    lab_server: Server, session: requests.Session, jobs: dict[str, str], bad: Bad, method: str
) -> None:
    answer = send(session, lab_server.base + bad.path.format(**jobs), bad, method)
    assert answer.status_code == bad.status, answer.text[:1000]
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    text = error_text(answer.content, cone=bad.path.count("/") == 1 and "scs/" in bad.path)
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
