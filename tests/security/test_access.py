"""The base handler over a real Jupyter server, with handlers of the test's own."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.httpclient import HTTPClientError
from tornado.httputil import HTTPHeaders

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import OverloadError
from lsp_jupyter.web import BaseHandler, MissingHandler
from lsp_jupyter.web.handler import BLOCK
from tests.servers import Server

TOKEN = "the-server-token"
KERNEL = "the-kernel-token"


class Echo(BaseHandler):
    def get(self) -> None:
        self.send_bytes((self.credentials or "").encode(), "text/plain")

    def post(self) -> None:
        self.send_bytes(self.request.body, "application/octet-stream")

    def delete(self) -> None:
        raise OverloadError("Full.", retry_after=7)

    def patch(self) -> None:
        raise ZeroDivisionError("secret detail")


class VoEcho(Echo):
    vo = True


class Link(BaseHandler):
    public = True

    def get(self) -> None:
        self.send_json({"link": self.link("tap")})


class Public(BaseHandler):
    public = True

    def get(self) -> None:
        self.send_bytes(b"open to all", "text/plain")


class Stream(BaseHandler):
    async def get(self, how: str) -> None:
        def parts() -> Any:
            if how == "early":
                raise OverloadError("Not yet.")
            for number in range(5):
                yield bytes([number]) * BLOCK
                if how == "late" and number == 2:
                    raise OSError("disk gone")
            yield b"end"

        self.set_header("Content-Type", "application/octet-stream")
        await self.stream(parts())


class Endless(BaseHandler):
    made = 0
    closed = asyncio.Event()

    async def get(self) -> None:
        loop = asyncio.get_running_loop()

        def parts() -> Any:
            try:
                for _ in range(10_000):
                    Endless.made += 1
                    yield bytes(BLOCK)
            finally:
                loop.call_soon_threadsafe(Endless.closed.set)

        assert not await self.stream(parts())


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {"allow_unauthenticated_access": False, "jpserver_extensions": {}},
        "IdentityProvider": {"token": TOKEN},
    }


@pytest.fixture
def jp_auth_header() -> dict[str, str]:
    return {}


@pytest.fixture
def app(jp_serverapp: Any, jp_base_url: str) -> Any:
    jp_serverapp.web_app.settings |= {
        "lsp_config": LspConfig(query_max_bytes=1024),
        "lsp_kernel_token": KERNEL,
    }
    root = f"{jp_base_url}lsp_jupyter/"
    jp_serverapp.web_app.add_handlers(
        ".*$",
        [
            (f"{root}echo", Echo),
            (f"{root}vo", VoEcho),
            (f"{root}stream/(.*)", Stream),
            (f"{root}endless", Endless),
            (f"{root}public", Public),
            (f"{root}link", Link),
            (f"{root}(.*)", MissingHandler),
        ],
    )
    return jp_serverapp


@pytest.fixture
def ask(app: Any, jp_fetch: Any) -> Any:
    async def ask(path: str, method: str = "GET", headers: Any = None, **kwargs: Any) -> Any:
        if method in ("POST", "PUT", "PATCH"):
            kwargs.setdefault("body", b"")
        try:
            return await jp_fetch(
                "lsp_jupyter",
                *path.split("/"),
                method=method,
                headers=HTTPHeaders(headers or {}),
                follow_redirects=False,
                **kwargs,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            return error.response

    return ask


def bearer(token: str = TOKEN, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {token}"}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.req("API-REQ-0003", "LSP-REQ-0020")
@pytest.mark.parametrize(
    ("headers", "credentials"),
    [
        (bearer(), "header"),
        (bearer(scheme="token"), "header"),
        (bearer(scheme="BEARER"), "header"),
        (bearer(KERNEL), "header"),
        (basic(f"token:{TOKEN}"), "basic"),
        (basic(f"{TOKEN}:"), "basic"),
        (basic(f"{TOKEN}:x"), "basic"),
        (basic(f"anybody:{KERNEL}"), "basic"),
    ],
)
@pytest.mark.parametrize("path", ["echo", "vo"])
async def test_tokens_are_taken(ask: Any, path: str, headers: Any, credentials: str) -> None:
    answer = await ask(path, headers=headers)
    assert (answer.code, answer.body.decode()) == (200, credentials)
    assert answer.headers.get_list("Set-Cookie") == []


@pytest.mark.req("API-REQ-0005")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        {"Authorization": "Bearer"},
        bearer(TOKEN[:-1]),
        bearer(TOKEN + "x"),
        bearer("é"),
        basic(f"token:{TOKEN}x"),
        basic(":"),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /w=="},
        {"Authorization": f"Digest {TOKEN}"},
        {"Cookie": "username-127-0-0-1=forged"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_strangers_are_refused(ask: Any, headers: Any, method: str) -> None:
    for path, challenges in (("echo", ["Bearer"]), ("vo", ["Bearer", "Basic"])):
        answer = await ask(path, method, headers)
        assert answer.code == 401
        given = answer.headers.get_list("WWW-Authenticate")
        assert [one.split()[0] for one in given] == challenges
        assert TOKEN.encode() not in answer.body
    assert (await ask("nothing/here", method, headers)).code == 401


async def test_a_token_in_the_url_or_a_form_is_no_token(ask: Any) -> None:
    for name in ("token", "TOKEN"):
        for headers in ({}, bearer()):
            answer = await ask("echo", headers=headers, params={name: TOKEN})
            assert answer.code == 401
            assert "Authorization header" in json.loads(answer.body)["error"]["hint"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await ask("echo", "POST", form, body=f"token={TOKEN}")).code == 401


async def test_a_public_route_asks_nobody(ask: Any) -> None:
    for headers in ({}, bearer("wrong"), bearer()):
        assert (await ask("public", headers=headers)).body == b"open to all"
    assert (await ask("public", params={"token": TOKEN})).code == 401


async def log_in(jp_fetch: Any) -> str:
    """What a browser keeps after Jupyter's own login."""
    answer = await jp_fetch("api", "status", headers=bearer())
    sent = answer.headers.get_list("Set-Cookie")
    (login,) = [one.split(";")[0] for one in sent if one.startswith("username-")]
    return f"{login}; _xsrf={'ab' * 16}"


PROOF = {"X-XSRFToken": "ab" * 16}


@pytest.mark.parametrize(
    ("method", "headers", "code"),
    [
        ("GET", {}, 200),
        ("GET", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ("GET", {"Origin": "http://evil.example"}, 403),
        ("POST", {}, 403),
        ("POST", PROOF, 200),
        ("POST", {"X-XSRFToken": "cd" * 16}, 403),
        ("POST", PROOF | {"Origin": "http://evil.example"}, 403),
        ("POST", PROOF | {"Origin": "null"}, 403),
        ("POST", PROOF | {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", {"Origin": "http://{host}"}, 403),
        ("POST", PROOF | {"Origin": "http://{host}"}, 200),
        ("POST", PROOF | {"Origin": "http://{host}.evil.example"}, 403),
    ],
)
async def test_a_login_cookie_needs_proof_of_the_page(
    ask: Any, jp_fetch: Any, http_server_port: Any, method: str, headers: Any, code: int
) -> None:
    host = f"127.0.0.1:{http_server_port[1]}"
    cookies = await log_in(jp_fetch)
    headers = {key: value.replace("{host}", host) for key, value in headers.items()}
    answer = await ask("echo", method, {"Cookie": cookies} | headers)
    assert answer.code == code


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_basic_credentials_a_browser_kept_are_no_way_around(ask: Any, origin: str) -> None:
    headers = basic(f"token:{TOKEN}")
    assert (await ask("vo", "POST", headers)).code == 200
    assert (await ask("vo", "POST", headers | {"Origin": origin})).code == 403
    assert (await ask("vo", "POST", headers | {"Sec-Fetch-Site": "cross-site"})).code == 403
    assert (await ask("vo", "POST", bearer() | {"Origin": origin})).code == 200


async def test_without_jupyters_authentication_scripts_pass_and_foreign_pages_do_not(
    ask: Any, app: Any
) -> None:
    app.identity_provider.token = ""
    assert (await ask("echo")).body == b"open"
    assert (await ask("echo", "POST", body=b"x")).body == b"x"
    for headers in ({"Origin": "http://evil.example"}, {"Referer": "http://evil.example/"}):
        assert (await ask("echo", "POST", headers)).code == 403


async def test_password_login_without_token_leaves_cookie_and_kernel_token(
    ask: Any, app: Any, jp_fetch: Any
) -> None:
    cookies = await log_in(jp_fetch)
    app.identity_provider.token = ""
    app.identity_provider.hashed_password = "argon2:anything"
    for headers in ({}, {"Authorization": "Bearer"}, basic(":"), bearer(TOKEN)):
        assert (await ask("echo", headers=headers)).code == 401
    assert (await ask("echo", headers=bearer(KERNEL))).body == b"header"
    assert (await ask("echo", headers={"Cookie": cookies})).body == b"cookie"


async def test_a_foreign_host_name_is_refused(ask: Any) -> None:
    answer = await ask("echo", headers=bearer() | {"Host": "evil.example"})
    assert answer.code == 403


async def test_bodies_are_limited_before_they_are_read(ask: Any, app: Any) -> None:
    longest = 3 * 1024 + (64 << 10)
    assert len((await ask("echo", "POST", bearer(), body=b"x" * longest)).body) == longest
    answer = await ask("echo", "POST", bearer(), body=b"x" * (longest + 1))
    assert (answer.code, json.loads(answer.body)["error"]["code"]) == (413, "LimitError")
    assert (await ask("echo", "POST", {}, body=b"x" * (longest + 1))).code == 401


async def test_a_chunked_body_is_limited_too(ask: Any) -> None:
    async def produce(write: Any) -> None:
        for _ in range(40):
            await write(b"x" * 4096)

    answer = await ask("echo", "POST", bearer(), body=None, body_producer=produce)
    assert (answer.code, json.loads(answer.body)["error"]["code"]) == (413, "LimitError")
    assert (await ask("echo", "POST", bearer(), body=b"next")).body == b"next"


async def test_errors_say_what_to_do_and_no_more(
    ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    full = await ask("echo", "DELETE", bearer())
    assert (full.code, full.headers["Retry-After"]) == (503, "7")
    failed = await ask("echo", "PATCH", bearer())
    assert failed.code == 500
    assert b"secret" not in failed.body
    assert b"Zero" not in failed.body
    reference = json.loads(failed.body)["error"]["hint"].split()[-1].rstrip(".")
    assert any(reference in record.getMessage() for record in caplog.records)
    missing = await ask("nothing/here", headers=bearer())
    assert (missing.code, json.loads(missing.body)["error"]["code"]) == (404, "NotFoundError")
    wrong = await ask("stream/x", "DELETE", bearer())
    assert (wrong.code, wrong.headers["Allow"]) == (405, "GET")
    preflight = await ask("echo", "OPTIONS")
    assert preflight.code == 401


async def test_answers_carry_security_headers(ask: Any) -> None:
    for answer in (await ask("echo", headers=bearer()), await ask("echo"), await ask("x")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert answer.headers["Cache-Control"] == "private, no-store"


async def test_a_stream_arrives_whole_or_visibly_broken(ask: Any) -> None:
    whole = await ask("stream/fine", headers=bearer())
    assert len(whole.body) == 5 * BLOCK + 3
    assert whole.body.endswith(b"\x04end")
    early = await ask("stream/early", headers=bearer())
    assert (early.code, early.headers["Content-Type"]) == (503, "application/json")
    with pytest.raises(HTTPClientError, match="closed"):
        await ask("stream/late", headers=bearer())


async def test_a_client_that_leaves_stops_the_stream(
    app: Any, jp_base_url: str, http_server: Any, http_server_port: Any
) -> None:
    path = f"{jp_base_url}lsp_jupyter/endless"
    reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {TOKEN}"]
    writer.write("\r\n".join([*head, "", ""]).encode())
    await reader.readexactly(1 << 16)
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0" + bytes(4)
    )
    writer.close()
    await asyncio.wait_for(Endless.closed.wait(), 10)
    assert Endless.made < 100


@pytest.mark.parametrize(
    ("public_url", "link"),
    [
        ("", "http://127.0.0.1:{port}/a%40b/lsp_jupyter/tap"),
        ("https://hub.example/u/x/", "https://hub.example/u/x/lsp_jupyter/tap"),
        ("https://hub.example/u/x", "https://hub.example/u/x/lsp_jupyter/tap"),
    ],
)
async def test_links_are_those_the_client_knows(
    ask: Any, app: Any, http_server_port: Any, public_url: str, link: str
) -> None:
    app.web_app.settings["lsp_config"].public_url = public_url
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = await ask("link", headers=headers)
    assert json.loads(answer.body)["link"] == link.replace("{port}", str(http_server_port[1]))


class OwnProvider(IdentityProvider):
    """Knows its users itself, as JupyterHub's does."""

    async def get_user(self, handler: Any) -> User | None:
        if self.get_token(handler) == "own":
            handler._token_authenticated = True
            return User("somebody")
        return self.user_from_cookie('{"username": "c"}') if handler.get_cookie("own") else None

    def user_from_cookie(self, cookie_value: str) -> User:
        return User(json.loads(cookie_value)["username"])


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (bearer("own"), 200),
        (basic("anybody:own"), 200),
        (basic("own:"), 200),
        (bearer(KERNEL), 200),
        (bearer(TOKEN), 401),
        (basic(f"token:{TOKEN}"), 401),
        ({}, 401),
        ({"Cookie": "own=1"}, 403),
        ({"Cookie": f"own=1; _xsrf={'ab' * 16}"} | PROOF, 200),
    ],
)
async def test_a_provider_of_its_own_decides(ask: Any, app: Any, headers: Any, code: int) -> None:
    app.web_app.settings["identity_provider"] = OwnProvider(parent=app, token=TOKEN)
    assert (await ask("vo", "POST", headers)).code == code


def test_a_stranger_who_sends_a_file_in_chunks_hears_why_not(lab_server: Server) -> None:
    """Java's clients send a file before they listen; then they ask for a password."""

    def in_chunks() -> Iterator[bytes]:
        for _ in range(500):
            yield bytes(10_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    url = f"{lab_server.base}tap/sync"
    answer = requests.post(url, data=in_chunks(), headers=headers, timeout=30)
    assert answer.status_code == 401
    assert "credentials" in answer.text
    assert answer.headers["WWW-Authenticate"]
