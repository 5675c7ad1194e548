"""The corpus of wrong requests to the services of images, against a real server (B1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from tests.conformance import bad_inputs_soda
from tests.conformance.bad_inputs import Bad
from tests.conformance.bad_inputs_images import BAD
from tests.conformance.test_bad_inputs import error_text, send
from tests.servers import Server

CASES = [
    pytest.param(bad, method, id=f"{bad.name} ({method})") for bad in BAD for method in bad.methods
]

PARTS = [
    pytest.param(bad, method, id=f"{bad.name} ({method})")
    for bad in bad_inputs_soda.BAD
    for method in bad.methods
]


@pytest.fixture(scope="module")
def session(survey_server: Server) -> Iterator[requests.Session]:
    with survey_server.session() as session:
        yield session


@pytest.mark.req("LSP-REQ-0006", "API-REQ-0006", "API-REQ-0009")
@pytest.mark.parametrize(("bad", "method"), CASES)
def test_a_wrong_request_is_told_what_is_wrong(
    survey_server: Server, session: requests.Session, bad: Bad, method: str
) -> None:
    answer = send(session, survey_server.base + bad.path, bad, method)
    assert answer.status_code == bad.status, answer.text[:1000]
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    text = error_text(answer.content)
    assert re.search(bad.message, text, re.DOTALL), text
    assert "Traceback" not in text
    assert str(survey_server.state) not in text


@pytest.fixture(scope="module")
def did(survey_server: Server, session: requests.Session) -> str:
    """An image that is there."""
    query = "SELECT TOP 1 obs_publisher_did FROM ivoa.obscore ORDER BY obs_publisher_did"
    answer = session.get(
        f"{survey_server.base}tap/sync", params={"QUERY": query, "FORMAT": "csv", "LANG": "ADQL"}
    )
    return answer.text.split()[1].strip('"')


@pytest.mark.req("LSP-REQ-0006", "API-REQ-0006")
@pytest.mark.parametrize(("bad", "method"), PARTS)
def test_a_wrong_wish_for_parts_is_told_what_is_wrong(
    survey_server: Server, session: requests.Session, did: str, bad: Bad, method: str
) -> None:
    given = {
        name: [one.replace("{did}", did) for one in ([value] if isinstance(value, str) else value)]
        for name, value in bad.send.items()
    }
    answer = send(session, survey_server.base + bad.path, replace(bad, send=given), method)
    assert answer.status_code == bad.status, answer.text[:1000]
    if bad.path == "soda/sync":
        # SODA 1.0 section 5: an error is a line of text.
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.text
    else:
        assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
        text = error_text(answer.content)
    assert re.search(bad.message, text, re.DOTALL), text
    assert "Traceback" not in text
    assert str(survey_server.state) not in text


def test_the_server_logged_no_failure(survey_server: Server, session: requests.Session) -> None:
    answer = session.get(f"{survey_server.base}sia/dp1/query", params={"MAXREC": "1"})
    assert answer.status_code == 200
    log = survey_server.log.read_text()
    assert "Failure " not in log
    assert survey_server.token not in log
