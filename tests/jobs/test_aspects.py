"""Results as tables, and costs, on every way a person has to the platform."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.servers import ROOT, Server

BRIGHT = "SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.source WHERE phot_g_mean_mag < 5"
COUNT = 'SELECT count(*) AS k, min(phot_g_mean_mag) AS m FROM job."{}"'


@pytest.fixture
def session(lab_server: Server) -> requests.Session:
    return lab_server.session()


def sync(session: requests.Session, server: Server, query: str) -> requests.Response:
    """A synchronous TAP query with a CSV answer."""
    data = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv"}
    return session.post(f"{server.base}tap/sync", data=data, timeout=60)


def wait(session: requests.Session, server: Server, job: str) -> None:
    """Return when the job has ended."""
    url = f"{server.base}portal/jobs/{job}"
    while not (found := session.get(url, params={"wait": 10}, timeout=60).json())["ended"]:
        assert found["phase"] in ("QUEUED", "EXECUTING")


def lsp(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command on the same state folder."""
    return subprocess.run(
        [sys.executable, "-m", "lsp_jupyter.cli", "query", "--state", str(state), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.req("PRTL-REQ-0015", "LSP-REQ-0005")
def test_every_aspect_reads_the_result_of_every_other(
    lab_server: Server, session: requests.Session
) -> None:
    first = sync(session, lab_server, BRIGHT)
    number = len(first.text.splitlines()) - 1
    made = {"sync": first.headers["X-LSP-Job"]}
    submitted = session.post(
        f"{lab_server.base}tap/async",
        data={"LANG": "ADQL", "QUERY": BRIGHT, "PHASE": "RUN"},
        timeout=60,
    )
    made["async"] = submitted.url.rpartition("/")[2]
    panel = session.post(f"{lab_server.base}portal/jobs", json={"adql": BRIGHT}, timeout=60)
    made["panel"] = panel.json()["id"]
    for job in made.values():
        wait(session, lab_server, job)
    told = []
    for job in made.values():
        reply = sync(session, lab_server, COUNT.format(job))
        assert reply.status_code == 200, reply.text
        told.append(reply.text)
    shell = lsp(lab_server.state, COUNT.format(made["panel"]))
    assert shell.returncode == 0, shell.stderr
    told.append(shell.stdout)
    assert {text.splitlines()[1].partition(",")[0] for text in told} == {str(number)}
    shown = session.post(
        f"{lab_server.base}portal/jobs", json={"adql": COUNT.format(made["async"])}, timeout=60
    )
    assert shown.status_code == 201
    (row,) = {text.splitlines()[1] for text in told}
    job = shown.json()["id"]
    wait(session, lab_server, job)
    assert sync(session, lab_server, f'SELECT * FROM job."{job}"').text.splitlines()[1] == row


def test_a_result_joins_the_catalogue(lab_server: Server, session: requests.Session) -> None:
    job = sync(session, lab_server, BRIGHT).headers["X-LSP-Job"]
    query = (
        f'SELECT count(*) AS k FROM job."{job}" AS j JOIN gaia.source AS g'
        " ON g.source_id = j.source_id"
    )
    expected = sync(session, lab_server, f"SELECT count(*) AS k FROM ({BRIGHT}) AS q")
    assert sync(session, lab_server, query).text == expected.text


@pytest.mark.req("API-REQ-0023")
def test_an_unknown_result_is_told(lab_server: Server, session: requests.Session) -> None:
    reply = sync(session, lab_server, f'SELECT *\nFROM job."{"0" * 32}"')
    assert reply.status_code == 400
    assert "Line 2, column 6: There is no such job" in reply.text
    shell = lsp(lab_server.state, f'SELECT * FROM job."{"0" * 32}"')
    assert shell.returncode == 2
    assert "There is no such job" in shell.stderr


@pytest.mark.req("PRTL-REQ-0018")
def test_panel_and_shell_tell_the_cost(lab_server: Server, session: requests.Session) -> None:
    url = f"{lab_server.base}portal/estimate"
    known = int(sync(session, lab_server, f"SELECT count(*) FROM ({BRIGHT}) AS q").text.split()[1])
    found = session.post(url, json={"adql": BRIGHT}, timeout=60).json()
    assert set(found) == {"rows", "bytes", "seconds", "partitions", "partitions_total"}
    assert known / 3 < found["rows"] < known * 3
    assert 1 <= found["partitions"] <= found["partitions_total"]
    assert session.post(url, json={"adql": BRIGHT, "maxrec": 5}, timeout=60).json()["rows"] == 5
    wrong = session.post(url, json={"adql": "SELECT x FROM gaia.source"}, timeout=60)
    assert wrong.status_code == 400
    assert wrong.json()["error"]["line"] == 1
    assert session.post(url, json={"adql": " "}, timeout=60).status_code == 400
    assert session.post(url, json={"adql": BRIGHT, "x": 1}, timeout=60).status_code == 400
    shell = lsp(lab_server.state, BRIGHT, "--estimate")
    assert shell.returncode == 0, shell.stderr
    lines = dict(line.split(":", 1) for line in shell.stdout.splitlines())
    assert set(lines) == {"rows", "size", "reads", "time"}
    assert lines["rows"].split() == ["about", f"{found['rows']:,}"]
