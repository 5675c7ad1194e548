"""Selections, ``show`` and the event channel: what keeps panel, widget and kernel together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import requests
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.portal.conftest import Portal
from tests.servers import Server


async def connect(
    server: Server, query: str = "", headers: dict[str, str] | None = None
) -> WebSocketClientConnection:
    """Open the event channel, by default with the token in the header."""
    url = f"{server.base.replace('http', 'ws', 1)}portal/events{query}"
    return await websocket_connect(
        HTTPRequest(url, headers=server.headers if headers is None else headers)
    )


async def until(
    socket: WebSocketClientConnection, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The first message of that kind."""
    while (text := await socket.read_message()) is not None:
        message = json.loads(text)
        if wanted(message):
            return message
    raise AssertionError("The channel was closed.")


def run(main: Awaitable[None]) -> None:
    asyncio.run(asyncio.wait_for(main, 40))


# -- selections ----------------------------------------------------------------


@pytest.mark.req("PRTL-REQ-0053", "PRTL-REQ-0106", "NB-REQ-0034")
def test_rows_selected_in_a_view_are_the_rows_of_the_result(
    portal: Portal, bright: dict[str, Any]
) -> None:
    path = f"results/{bright['id']}/selection"
    view = {"sort": [["phot_g_mean_mag", "asc"]], "filter": []}
    shown, _ = portal.rows(bright["id"], view=json.dumps(view))
    put = portal.ask("PUT", path, json={"ranges": [[0, 3], [10, 12]], "view": view}).json()
    order = shown["__row__"].to_pylist()
    wanted = sorted(order[:3] + order[10:12])
    assert [row for start, stop in put["ranges"] for row in range(start, stop)] == wanted
    assert put["rows"] == 5
    assert portal.get(path) == put
    plain = portal.ask("PUT", path, json={"ranges": [[4, 6], [0, 4], [9, 10]], "view": None}).json()
    assert plain["ranges"] == [[0, 6], [9, 10]]
    assert plain["revision"] > put["revision"]
    nothing = portal.ask("PUT", path, json={"ranges": []}).json()
    assert (nothing["ranges"], nothing["rows"]) == ([], 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ranges"),
        ({"ranges": 5}, "ranges"),
        ({"ranges": [[0, 101]]}, "ranges"),
        ({"ranges": [[0, 5]], "view": {"filter": [["phot_g_mean_mag", "<", -9]]}}, "ranges"),
        ({"ranges": [[0, 1]], "view": {"sort": [["x", "asc"]]}}, "view"),
        ({"ranges": [[0, 1]], "view": "ra"}, "view"),
        ({"ranges": [[0, 1]], "rows": 3}, "rows"),
    ],
)
def test_a_wrong_selection_is_refused(
    portal: Portal, bright: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    error = portal.error("PUT", f"results/{bright['id']}/selection", 400, json=body)
    assert error["parameter"] == field


def test_a_selection_goes_with_its_job(portal: Portal) -> None:
    job = portal.run("SELECT TOP 3 ra FROM gaia.source")
    path = f"results/{job['id']}/selection"
    portal.ask("PUT", path, json={"ranges": [[0, 2]]})
    portal.ask("DELETE", f"jobs/{job['id']}", 204)
    portal.error("GET", path, 404)
    portal.error("PUT", path, 404, json={"ranges": [[0, 2]]})


# -- events ---------------------------------------------------------------------


@pytest.mark.req("PRTL-REQ-0011", "LSP-REQ-0005", "NB-REQ-0030")
def test_a_tab_hears_of_jobs_selections_and_show(portal: Portal) -> None:
    async def main() -> None:
        socket = await connect(portal.server)
        hello = json.loads(await socket.read_message())
        assert (hello["topic"], hello["id"]) == ("hello", "")
        job = await asyncio.to_thread(portal.run, "SELECT TOP 5 ra FROM gaia.source")
        seen = [await until(socket, lambda m: m["topic"] == "job" and m["id"] == job["id"])]
        while seen[-1]["state"]["phase"] != "COMPLETED":
            seen.append(await until(socket, lambda m: m["id"] == job["id"]))
        assert seen[-1]["state"] == job | {"deleted": False}
        assert [m["seq"] for m in seen] == sorted({m["seq"] for m in seen})
        assert seen[0]["seq"] > hello["seq"]

        path = f"results/{job['id']}/selection"
        put = (await asyncio.to_thread(portal.ask, "PUT", path, json={"ranges": [[1, 3]]})).json()
        selected = await until(socket, lambda m: m["topic"] == "selection")
        assert selected["id"] == job["id"]
        assert selected["state"] == {"rows": 2, "revision": put["revision"]}

        shown = await asyncio.to_thread(portal.ask, "POST", "show", 202, json={"id": job["id"]})
        assert shown.json()["listeners"] >= 1
        assert (await until(socket, lambda m: m["topic"] == "show"))["id"] == job["id"]
        socket.close()

        # The connection is lost, things happen, the tab comes back.
        await asyncio.to_thread(portal.ask, "DELETE", f"jobs/{job['id']}", 204)
        other = await asyncio.to_thread(portal.run, "SELECT TOP 5 dec FROM gaia.source")
        back = await connect(portal.server, f"?since={selected['seq']}")
        missed = [json.loads(await back.read_message()) for _ in range(3)]
        assert [m["topic"] for m in missed] == ["hello", "show", "job"]
        assert [m["seq"] for m in missed] == sorted(m["seq"] for m in missed)
        assert missed[2]["id"] == job["id"]
        assert missed[2]["state"]["deleted"]
        await until(back, lambda m: m["id"] == other["id"] and m["state"]["phase"] == "COMPLETED")
        back.close()

        lost = await connect(portal.server, "?since=12345")
        assert json.loads(await lost.read_message())["topic"] == "hello"
        assert json.loads(await lost.read_message())["topic"] == "reset"
        lost.close()

    run(main())


def test_show_counts_the_tabs_and_knows_only_own_jobs(
    portal: Portal, bright: dict[str, Any]
) -> None:
    assert portal.error("POST", "show", 404, json={"id": "nothing"})["code"] == "JobNotFoundError"
    assert portal.error("POST", "show", 404, json={})["code"] == "JobNotFoundError"
    assert portal.error("POST", "show", 400, json={"id": 5})["parameter"] == "id"
    portal.ask("POST", "show", 202, json={"id": bright["id"]})


def login(server: Server) -> requests.Session:
    """A browser that logged in: it holds Jupyter's cookies and nothing else."""
    session = requests.Session()
    session.trust_env = False
    reply = session.get(f"{server.url}login", timeout=10)
    reply = session.post(
        f"{server.url}login",
        data={"password": server.token, "_xsrf": session.cookies["_xsrf"]},
        timeout=10,
        allow_redirects=False,
    )
    assert reply.status_code == 302
    return session


def test_a_browser_is_known_by_its_cookie_and_its_origin(lab_server: Server) -> None:
    session = login(lab_server)
    cookie = "; ".join(f"{each.name}={each.value}" for each in session.cookies)
    origin = lab_server.url.rstrip("/")

    async def main() -> None:
        socket = await connect(lab_server, headers={"Cookie": cookie, "Origin": origin})
        assert json.loads(await socket.read_message())["topic"] == "hello"
        socket.close()
        for headers, status in [
            ({"Cookie": cookie, "Origin": "http://evil.example"}, 403),
            ({"Cookie": cookie, "Origin": f"{origin}.evil.example"}, 403),
            ({"Cookie": cookie, "Origin": "null"}, 403),
            ({"Origin": origin}, 401),
            ({"Authorization": "Bearer wrong"}, 401),
            ({}, 401),
        ]:
            with pytest.raises(HTTPClientError) as error:
                await connect(lab_server, headers=headers)
            assert error.value.code == status, headers
        # A right token in the URL is refused, with or without other credentials.
        for headers in ({}, lab_server.headers, {"Cookie": cookie, "Origin": origin}):
            with pytest.raises(HTTPClientError) as error:
                await connect(lab_server, f"?token={lab_server.token}", headers=headers)
            assert error.value.code == 401
        with pytest.raises(HTTPClientError) as error:
            await connect(lab_server, "?since=yesterday")
        assert error.value.code == 400

    run(main())
    # What changes something needs the XSRF token beside the cookie.
    assert session.get(f"{lab_server.base}portal/jobs", timeout=10).status_code == 200
    show = f"{lab_server.base}portal/show"
    assert session.post(show, json={"id": "nothing"}, timeout=10).status_code == 403
    xsrf = {"X-XSRFToken": session.cookies["_xsrf"]}
    assert session.post(show, json={"id": "nothing"}, headers=xsrf, timeout=10).status_code == 404


@pytest.mark.req("LSP-REQ-0020", "API-REQ-0003")
def test_no_private_route_serves_a_stranger(lab_server: Server, bright: dict[str, Any]) -> None:
    from lsp_jupyter.portal.routes import routes

    seen = 0
    for pattern, handler, _ in routes():
        path = pattern.replace("([A-Za-z0-9]+)", bright["id"]).replace("(?:/.*)?", "/x")
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            for method in ("GET", "POST", "PUT", "DELETE"):
                reply = requests.request(
                    method, f"{lab_server.url.rstrip('/')}{path}", headers=headers, timeout=10
                )
                if handler.public:
                    assert reply.status_code == (200 if method == "GET" else 405)
                    continue
                seen += 1
                assert reply.status_code == 401, (method, path)
                # A Basic challenge would open the browser's own login dialog.
                assert reply.headers["WWW-Authenticate"].lower().startswith("bearer")
                assert "basic" not in reply.headers["WWW-Authenticate"].lower()
                assert reply.json()["error"]["code"] == "AuthenticationError"
    assert seen > 100
