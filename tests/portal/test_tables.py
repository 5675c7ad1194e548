"""Tables of one's own over the private interface: saved, uploaded, renamed, deleted."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.portal.conftest import Portal

LINES = {"Accept": "application/x-ndjson"}
CSV = "id,ra,dec,name\n9007199254740993,10.5,-20.25,a\n7,11,21,ß\n"


@pytest.fixture(autouse=True)
def _nothing_stays(portal: Portal) -> Iterator[None]:
    yield
    for one in portal.get("tables")["tables"]:
        portal.ask("DELETE", f"tables/{one['name']}", 204)


def names(portal: Portal) -> list[str]:
    return [one["full_name"] for one in portal.get("tables")["tables"]]


def upload(portal: Portal, name: str, data: str | bytes, status: int = 201, **params: Any) -> Any:
    body = data.encode() if isinstance(data, str) else data
    return portal.ask("PUT", f"tables/{name}", status, data=body, params=params).json()


def big_table(rows: int = 400_000) -> bytes:
    """An Arrow stream of that many rows, too many for a thread of the server."""
    numbers = np.arange(rows)
    table = pa.table({"id": numbers, "ra": numbers % 360 + 0.5, "dec": numbers % 180 - 89.5})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_a_result_becomes_a_table_that_queries_read(portal: Portal, bright: dict[str, Any]) -> None:
    body = {"job": bright["id"], "name": "bright", "title": "Bright stars"}
    made = portal.ask("POST", "tables", 201, json=body).json()
    assert made["full_name"] == "mydb.bright"
    assert made["rows"] == bright["rows"]
    assert made["title"] == "Bright stars"
    assert bright["query"][:20] in made["description"]
    assert made["position"] == ["ra", "dec"]
    columns = {column["name"]: column for column in made["columns"]}
    assert list(columns) == ["source_id", "ra", "dec", "phot_g_mean_mag"]
    assert columns["ra"]["unit"] == "deg"
    assert portal.get("tables/bright") == made
    listed = portal.get("tables")
    assert listed["tables"] == [made]
    assert 0 < listed["used"] == made["size"] < listed["limit"]
    assert listed["upload_limit"] > 0

    count = portal.run("SELECT COUNT(*) AS n FROM mydb.bright")
    assert portal.rows(count["id"])[0]["n"].to_pylist() == [bright["rows"]]
    # Once more is a conflict, unless told what to do.
    error = portal.error("POST", "tables", 409, json=body)
    assert error["code"] == "ConflictError"
    assert "replace" in error["hint"]
    twice = portal.ask("POST", "tables", 201, json=body | {"mode": "append"}).json()
    assert twice["rows"] == 2 * bright["rows"]
    again = portal.ask("POST", "tables", 201, json=body | {"mode": "replace"}).json()
    assert again["rows"] == bright["rows"]
    assert again["version"] != made["version"]


def test_a_cut_off_result_says_so_as_a_table(portal: Portal) -> None:
    job = portal.run("SELECT source_id FROM gaia.source", maxrec=7)
    made = portal.ask("POST", "tables", 201, json={"job": job["id"], "name": "few"}).json()
    assert made["rows"] == 7
    assert made["description"].startswith("The first 7 rows of more.")


def test_a_file_becomes_a_table(portal: Portal) -> None:
    made = upload(portal, "stars", CSV, title="Mine", description="From afar")
    assert (made["rows"], made["title"], made["description"]) == (2, "Mine", "From afar")
    assert made["position"] == ["ra", "dec"]
    assert upload(portal, "stars", "id,ra,dec\n1,2,3\n", mode="append")["rows"] == 3
    assert upload(portal, "stars", CSV, mode="replace", ra="", dec="")["rows"] == 2
    job = portal.run("SELECT id, name FROM mydb.stars ORDER BY id")
    rows, _ = portal.rows(job["id"])
    assert rows["id"].to_pylist() == [7, 9007199254740993]
    assert rows["name"].to_pylist() == ["ß", "a"]


def test_a_large_file_tells_how_far_it_is(portal: Portal) -> None:
    url = f"{portal.base}tables/big?mode=replace"
    # What a fast machine has stored before there is anything to tell is answered at once.
    for rows in (400_000, 1_600_000, 6_400_000):
        data = big_table(rows)
        response = portal.session.put(url, data=data, headers=LINES, timeout=60)
        if response.status_code != 201:
            break
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/x-ndjson")
    *progress, last = [json.loads(line) for line in response.text.splitlines()]
    assert progress
    so_far = [line["rows"] for line in progress]
    assert so_far == sorted(so_far)
    assert so_far[-1] <= rows
    assert last["table"]["rows"] == rows
    # What fails while it is stored is told last, and changes nothing.
    broken = b"a,b\n" + b"1,2\n" * rows + b"1,2,3\n"
    # On an idle machine it fails before there is anything to tell.
    response = portal.session.put(url, data=broken, headers=LINES, timeout=60)
    assert response.status_code in (200, 400)
    error = json.loads(response.text.splitlines()[-1])["error"]
    assert error["message"]
    assert "Traceback" not in response.text
    assert portal.get("tables/big")["rows"] == rows


def test_what_goes_wrong_at_once_has_its_status(portal: Portal) -> None:
    upload(portal, "one", CSV)
    # On a busy machine nothing is at once.
    for name, status, word in [("one", 409, "error"), ("two", 201, "table")]:
        url = f"{portal.base}tables/{name}"
        answer = portal.session.put(url, data=CSV, headers=LINES, timeout=30)
        lines = answer.text.splitlines()
        assert answer.status_code == (status if len(lines) == 1 else 200)
        assert word in json.loads(lines[-1])


def test_storing_ends_when_the_client_leaves(portal: Portal) -> None:
    data = big_table(3_000_000)
    with pytest.raises(requests.Timeout):
        portal.session.put(f"{portal.base}tables/gone", data=data, timeout=(5, 0.4))
    # The next change of the same caller waits for the end of that one.
    upload(portal, "later", CSV)
    assert names(portal) == ["mydb.later"]
    incoming = portal.server.state.glob("users/*/incoming/*")
    assert not list(incoming)


def test_tables_are_renamed_and_deleted(portal: Portal) -> None:
    upload(portal, "stars", CSV)
    upload(portal, "others", CSV)
    renamed = portal.ask("PATCH", "tables/stars", json={"name": "Targets"}).json()
    assert (renamed["full_name"], renamed["rows"]) == ("mydb.Targets", 2)
    assert set(names(portal)) == {"mydb.Targets", "mydb.others"}
    assert portal.error("PATCH", "tables/Targets", 409, json={"name": "others"})
    portal.ask("DELETE", "tables/targets", 204)
    assert names(portal) == ["mydb.others"]
    for method, body in [("GET", None), ("DELETE", None), ("PATCH", {"name": "x"})]:
        assert portal.error(method, "tables/targets", 404, json=body)["code"] == "NotFoundError"


@pytest.mark.parametrize(
    ("method", "path", "kwargs", "status", "word"),
    [
        ("POST", "tables", {"json": {"name": "a"}}, 400, "job"),
        ("POST", "tables", {"json": {"job": "abc"}}, 400, "name"),
        ("POST", "tables", {"json": {"job": "nothing", "name": "a"}}, 404, "job"),
        ("POST", "tables", {"json": {"job": 1, "name": "a"}}, 400, "text"),
        ("POST", "tables", {"data": b"\xff"}, 400, "UTF-8"),
        ("PUT", "tables/a", {}, 400, "body"),
        ("PUT", "tables/a", {"data": b""}, 400, "body"),
        ("PUT", "tables/1a", {"data": CSV}, 400, "name"),
        ("PUT", "tables/gaia.source", {"data": CSV}, 400, "name"),
        ("PUT", "tables/..%2f..%2fa", {"data": CSV}, 400, "name"),
        ("PUT", "tables/a?mode=drop", {"data": CSV}, 400, "way"),
        ("PUT", "tables/a?mode=append", {"data": CSV}, 404, "no table"),
        ("PUT", "tables/a?ra=x", {"data": CSV}, 400, "position"),
        ("PUT", "tables/a?ra=x&dec=y", {"data": CSV}, 400, "x"),
        ("PUT", "tables/a", {"data": b"\0\1\2\3"}, 400, "kind"),
        ("PUT", "tables/a", {"data": "a,b\n1,2,3\n"}, 400, "cells"),
        ("PATCH", "tables/a", {"json": {}}, 400, "name"),
    ],
)
def test_bad_requests_are_explained(
    portal: Portal, method: str, path: str, kwargs: dict[str, Any], status: int, word: str
) -> None:
    error = portal.error(method, path, status, **kwargs)
    assert word in error["message"]
    assert names(portal) == []


def test_a_job_that_has_not_ended_is_no_table_yet(portal: Portal, bright: dict[str, Any]) -> None:
    failed = portal.end(
        portal.submit("SELECT CAST(description AS INTEGER) FROM tap_schema.tables")["id"]
    )
    portal.error("POST", "tables", 404, json={"job": failed["id"], "name": "a"})
    error = portal.error(
        "POST", "tables", 400, json={"job": bright["id"], "name": "a", "position": ["ra"]}
    )
    assert "position" in error["message"]
    assert names(portal) == []


def test_tabs_hear_of_every_change(portal: Portal) -> None:
    url = f"{portal.server.base.replace('http', 'ws', 1)}portal/events"
    changes = [
        lambda: upload(portal, "stars", CSV),
        lambda: portal.ask("PATCH", "tables/stars", json={"name": "mine"}),
        lambda: portal.session.delete(f"{portal.server.base}tap/tables/mine", timeout=20),
    ]

    async def main() -> None:
        socket = await websocket_connect(HTTPRequest(url, headers=portal.server.headers))
        assert json.loads(await socket.read_message())["topic"] == "hello"
        for change in changes:
            await asyncio.to_thread(change)
            async with asyncio.timeout(10):
                while json.loads(await socket.read_message())["topic"] != "tables":
                    pass
        socket.close()

    asyncio.run(main())


def test_many_changes_at_once_leave_whole_tables(portal: Portal) -> None:
    statuses: list[int] = []

    def put() -> None:
        session = portal.server.session()
        answer = session.put(f"{portal.base}tables/same", data=CSV, timeout=30)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 7
    assert portal.get("tables/same")["rows"] == 2
