"""Jobs over the private interface, and everything that can be wrong with a request."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.portal.conftest import BRIGHT, LONG, Portal

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.mark.req("PRTL-REQ-0017", "PRTL-REQ-0009")
def test_a_query_runs_and_its_job_tells(portal: Portal, bright: dict[str, Any]) -> None:
    assert bright["query"] == BRIGHT
    assert bright["origin"] == "portal"
    assert 0 < bright["rows"] <= 100
    assert bright["size"] > 0
    assert bright["overflow"] is False
    assert bright["error"] is None
    assert bright["elapsed"] >= 0
    assert all(TIME.fullmatch(bright[key]) for key in ("created", "started", "ended"))
    assert re.fullmatch("[A-Za-z0-9]+", bright["id"])
    assert portal.get(f"jobs/{bright['id']}") == bright


@pytest.mark.req("PRTL-REQ-0013", "LSP-REQ-0005")
def test_the_list_has_the_newest_first_from_every_aspect(portal: Portal) -> None:
    one = portal.run("SELECT TOP 1 ra FROM gaia.source", origin="notebook", run_id="mine")
    two = portal.run("SELECT TOP 1 dec FROM gaia.source")
    jobs = portal.get("jobs")["jobs"]
    assert [job["id"] for job in jobs[:2]] == [two["id"], one["id"]]
    assert (jobs[1]["origin"], jobs[1]["run_id"]) == ("notebook", "mine")
    assert len(portal.get("jobs", last=1)["jobs"]) == 1
    assert len(jobs) <= 50
    # A job of a VO client is in the same list.
    reply = portal.session.post(
        f"{portal.server.base}tap/async",
        data={"LANG": "ADQL", "QUERY": "SELECT TOP 1 ra FROM gaia.source", "PHASE": "RUN"},
        timeout=30,
    )
    assert reply.status_code == 200
    newest = portal.get("jobs", last=1)["jobs"][0]
    assert newest["origin"] == "async"
    assert newest["id"] in reply.url


@pytest.mark.req("PRTL-REQ-0013")
def test_jobs_are_named_tagged_and_searched(portal: Portal) -> None:
    adql = "SELECT TOP 3 source_id AS sought FROM gaia.source"
    one, two, three = (
        portal.run(adql, origin=origin) for origin in ("notebook", "portal", "portal")
    )
    named = portal.ask(
        "PATCH",
        f"jobs/{one['id']}",
        json={"name": " Ω <b>\n3 ", "tags": ["paper", "x, y", "paper"]},
    ).json()
    assert (named["name"], named["tags"]) == ("Ω <b> 3", ["paper", "x y"])
    assert portal.get(f"jobs/{one['id']}") == named
    portal.ask("PATCH", f"jobs/{two['id']}", json={"tags": ["paper"]})

    def found(**params: Any) -> list[str]:
        return [job["id"] for job in portal.get("jobs", **params)["jobs"]]

    assert found(text="SOUGHT top") == [three["id"], two["id"], one["id"]]
    assert found(text="sought", tag="paper") == [two["id"], one["id"]]
    assert found(text="sought", origin="notebook") == [one["id"]]
    assert found(text="sought", phase="ERROR,ABORTED") == []
    assert found(text="Ω <b>") == [one["id"]]
    # Page by page.
    first = portal.get("jobs", text="sought", last=2)
    assert (len(first["jobs"]), first["more"]) == (2, True)
    assert {"paper", "x y"} <= set(first["tags"])
    rest = portal.get("jobs", text="sought", last=2, before=first["jobs"][-1]["id"])
    assert ([job["id"] for job in rest["jobs"]], rest["more"]) == ([one["id"]], False)
    # A name goes as it came, and tags with their job.
    assert portal.ask("PATCH", f"jobs/{one['id']}", json={"name": ""}).json()["name"] == ""
    portal.ask("DELETE", f"jobs/{one['id']}", 204)
    assert "x y" not in portal.get("jobs")["tags"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "name or tags"),
        ({"name": 3}, "name"),
        ({"tags": "paper"}, "tags"),
        ({"tags": [1]}, "name or tags"),
        ({"name": "x" * 257}, "256 characters"),
        ({"tags": ["x" * 65]}, "64 characters"),
        ({"tags": [str(n) for n in range(21)]}, "20 tags"),
    ],
)
def test_a_wrong_label_is_refused(
    portal: Portal, bright: dict[str, Any], body: dict[str, Any], words: str
) -> None:
    assert words in portal.error("PATCH", f"jobs/{bright['id']}", 400, json=body)["message"]
    assert portal.get(f"jobs/{bright['id']}")["name"] == ""


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({"phase": "DONE"}, 400, "phase 'DONE'"),
        ({"origin": "mars"}, 400, "origin 'mars'"),
        ({"text": "x" * 1001}, 400, "1000"),
        ({"before": "0" * 32}, 404, "no such job"),
        ({"last": 0}, 400, "last"),
    ],
)
def test_a_wrong_search_is_refused(
    portal: Portal, params: dict[str, Any], status: int, words: str
) -> None:
    assert words in portal.error("GET", "jobs", status, params=params)["message"]


@pytest.mark.req("PRTL-REQ-0010", "PRTL-REQ-0011")
def test_a_job_can_be_watched_cancelled_and_deleted(portal: Portal) -> None:
    job = portal.submit(LONG)
    while job["phase"] != "EXECUTING":
        job = portal.get(f"jobs/{job['id']}", wait=20, phase=job["phase"])
    # Waiting for a change ends with the change, not with the time.
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(portal.get, f"jobs/{job['id']}", wait=25, phase="EXECUTING")
        aborted = portal.ask("POST", f"jobs/{job['id']}/abort").json()
        assert watching.result(10)["phase"] == "ABORTED"
    assert aborted["phase"] == "ABORTED"
    assert portal.error("GET", f"results/{job['id']}/rows", 409)["code"] == "QueryAbortedError"
    portal.ask("DELETE", f"jobs/{job['id']}", 204)
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/abort")]:
        error = portal.error(method, f"jobs/{job['id']}{path}", 404)
        assert error["code"] == "JobNotFoundError"


def test_maxrec_cuts_off_and_says_so(portal: Portal) -> None:
    job = portal.run("SELECT source_id FROM gaia.source", maxrec=7)
    assert (job["rows"], job["overflow"]) == (7, True)


def test_a_preview_is_a_job_that_says_so(portal: Portal) -> None:
    query = "SELECT COUNT(*) AS n FROM gaia.source WHERE ra < 90"
    told = {}
    for preview in (True, False, None):
        job = portal.run(query, preview=preview)
        table, _ = portal.rows(job["id"])
        told[preview] = portal.get(f"results/{job['id']}")["provenance"].get("preview"), table
    assert told[False][1].equals(told[None][1])
    assert [share for share, _ in told.values()] == ["0.01", None, None]
    (found,), (exact,) = (told[one][1].to_pylist() for one in (True, False))
    assert found["n"] % 100 == 0
    assert 0 < abs(found["n"] - exact["n"]) < 4 * found["n_error"]
    assert "n_error" not in exact
    every = {"adql": "SELECT ra FROM gaia.source"}
    cost = [
        portal.ask("POST", "estimate", json=every | {"preview": preview}).json()["rows"]
        for preview in (True, False)
    ]
    assert 50 * cost[0] < cost[1]


@pytest.mark.parametrize(
    ("adql", "line", "column", "words"),
    [
        ("SELEC ra FROM gaia.source", 1, 1, ""),
        ("SELECT ra\nFROM gaia.sorce", 2, 6, "gaia.source"),
        ("SELECT ra, de FROM gaia.source", 1, 12, "dec"),
        ("SELECT ra FROM gaia.source WHERE", 1, 0, ""),
        ("SELECT " + "(" * 100_000 + "1" + ")" * 100_000, 1, 0, ""),
    ],
)
def test_a_wrong_query_is_pointed_at(
    portal: Portal, adql: str, line: int, column: int, words: str
) -> None:
    error = portal.error("POST", "jobs", 400, json={"adql": adql})
    assert error["code"] == "AdqlError"
    assert error["line"] == line
    assert error["column"] >= 1
    assert not column or error["column"] == column
    assert words in f"{error['message']} {error.get('hint', '')}"
    assert error["length"] >= 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b"[]", ""),
        (b"null", ""),
        (b"[" * 100_000, ""),
        (b'{"adql": "SELECT 1", "maxrec": ' + b"9" * 5000 + b"}", ""),
        ({}, "adql"),
        ({"adql": "  "}, "adql"),
        ({"adql": 1}, "adql"),
        ({"adql": ["SELECT"]}, "adql"),
        (b'{"adql": "SELECT \\ud800"}', "adql"),
        ({"adql": BRIGHT, "maxrec": "10"}, "maxrec"),
        ({"adql": BRIGHT, "maxrec": 1.5}, "maxrec"),
        ({"adql": BRIGHT, "maxrec": True}, "maxrec"),
        ({"adql": BRIGHT, "maxrec": -1}, "MAXREC"),
        ({"adql": BRIGHT, "preview": 1}, "preview"),
        ({"adql": BRIGHT, "preview": "true"}, "preview"),
        ({"adql": BRIGHT, "origin": "moon"}, "origin"),
        ({"adql": BRIGHT, "origin": "sync"}, "origin"),
        ({"adql": BRIGHT, "run_id": "x" * 257}, "run_id"),
        ({"adql": BRIGHT, "queue": "scan"}, "queue"),
    ],
)
def test_a_wrong_body_is_named(portal: Portal, body: bytes | dict[str, Any], field: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = portal.error("POST", "jobs", 400, data=data)
    assert error["code"] == "ParameterError"
    assert error.get("parameter", "") == field


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("jobs?last=x", 400),
        ("jobs?last=0", 400),
        ("jobs?last=%C2%B2", 400),
        ("jobs/nothing", 404),
        ("jobs/nothing?wait=-1", 400),
        ("jobs/nothing?wait=1e9", 400),
        ("jobs/nothing?wait=1&phase=DONE", 400),
        ("jobs/..%2F..%2Fversion", 404),
        ("jobs/%00", 404),
        ("jobs/a/b/c", 404),
        ("results/nothing", 404),
        ("results/nothing/rows", 404),
        ("results/nothing/file", 404),
        ("results/nothing/arrow", 404),
        ("results/nothing/download", 404),
        ("results/nothing/selection", 404),
        ("nothing", 404),
        ("", 404),
    ],
)
def test_a_wrong_address_is_a_json_error(portal: Portal, path: str, status: int) -> None:
    portal.error("GET", path, status)


def test_an_over_long_body_is_refused(portal: Portal) -> None:
    error = portal.error("POST", "jobs", 413, data=b" " * (8 << 20))
    assert error["code"] == "LimitError"


def test_a_refused_request_ends_its_connection_and_says_so(portal: Portal) -> None:
    for _ in range(20):
        reply = portal.ask("GET", "jobs?token=x", 401)
        assert reply.headers["Connection"] == "close"
        portal.get("jobs", last=1)
    assert "Connection" not in portal.ask("GET", "jobs/nothing", 404).headers


def test_a_wrong_method_is_refused(portal: Portal) -> None:
    error = portal.error("PUT", "jobs", 405, json={})
    assert "POST" in error["hint"]
