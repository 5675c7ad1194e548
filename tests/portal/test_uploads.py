"""Queries that bring tables over the private interface, and everything that can be wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.portal.conftest import Portal

MINE = "SELECT a FROM TAP_UPLOAD.mine ORDER BY a"


def form(job: Any, **files: bytes) -> dict[str, Any]:
    """A form with a query and its tables, or the query alone, as arguments of a request."""
    if not files:
        return {"json": job}
    parts: dict[str, Any] = {name: (name, data) for name, data in files.items()}
    if job is not None:
        parts["job"] = (None, json.dumps(job), "application/json")
    return {"files": parts}


def test_a_query_reads_the_tables_that_came_with_it(portal: Portal) -> None:
    query = {"adql": MINE, "origin": "notebook", "uploads": {"mine": "param:t0"}}
    answer = portal.ask("POST", "jobs", 201, **form(query, t0=b"a\n1\n2\n"))
    job = portal.end(answer.json()["id"])
    assert (job["rows"], job["origin"]) == (2, "notebook")
    # A result is an upload without a form.
    again = portal.run('SELECT * FROM TAP_UPLOAD."first"', uploads={"first": f"job:{job['id']}"})
    assert again["rows"] == 2


@pytest.mark.parametrize(
    ("job", "files", "status", "says"),
    [
        (None, {"t0": b"a\n1\n"}, 400, "not JSON"),
        ({"uploads": {"mine": "param:t0"}}, {"t0": b"a\n1\n"}, 400, "no query"),
        ({"adql": MINE}, {"t0": b"a\n1\n"}, 400, "UPLOAD does not name it"),
        ({"adql": MINE, "uploads": {"mine": "param:t1"}}, {"t0": b"a\n1\n"}, 400, "no part"),
        ({"adql": MINE, "uploads": {"mine": "param:t0"}}, {"t0": b""}, 400, "empty"),
        ({"adql": MINE, "uploads": {"mine": "param:t0"}}, {"t0": b"\0\1"}, 400, "mine"),
        ({"adql": MINE, "uploads": {"a b": "param:t0"}}, {"t0": b"a\n1\n"}, 400, "cannot be"),
        ({"adql": MINE, "uploads": {"mine": "http://x/y"}}, {}, 400, "not fetched"),
        ({"adql": MINE, "uploads": {"mine": f"job:{'0' * 32}"}}, {}, 404, "job"),
        ({"adql": MINE, "uploads": {"mine": "workspace:../x"}}, {}, 400, "name of a file"),
        ({"adql": MINE, "uploads": {"mine": 7}}, {}, 400, "not fetched"),
        ({"adql": MINE, "uploads": ["mine"]}, {}, 400, "an object"),
        (
            {"adql": "SELECT b FROM TAP_UPLOAD.mine", "uploads": {"mine": "param:t0"}},
            {"t0": b"a\n1\n"},
            400,
            "b",
        ),
    ],
)
def test_a_wrong_form_is_explained(
    portal: Portal, job: Any, files: dict[str, bytes], status: int, says: str
) -> None:
    error = portal.error("POST", "jobs", status, **form(job, **files))
    assert says in error["message"]
