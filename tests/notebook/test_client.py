"""What comes back from something that is not the platform, or breaks, is an error that helps."""

from __future__ import annotations

import gc
import io
import json
import logging
import socketserver
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest

from lsp_jupyter.errors import (
    AdqlError,
    AuthenticationError,
    ForbiddenError,
    LspError,
    OverloadError,
    RemoteError,
    ServerNotFoundError,
)
from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.connection import Connection, Secret
from lsp_jupyter.notebook.source import fetch

TOKEN = "tell-nobody-0123456789"


class Elsewhere(BaseHTTPRequestHandler):
    """Some other server: what it answers is the class's business."""

    protocol_version = "HTTP/1.1"
    status = 200
    body = b"{}"
    declared: int | None = None
    headers_sent: dict[str, str] = {}
    seen: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        """Answer what the test wants."""
        type(self).seen.append((self.path, self.headers.get("Authorization", "")))
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        length = len(self.body) if self.declared is None else self.declared
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Site:
    """A server, and a client of it."""

    def __init__(self) -> None:
        self.handler = type("Handler", (Elsewhere,), {"seen": []})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.client = Client(Connection(self.url, Secret(TOKEN)))

    def answer(self, status: int = 200, body: bytes = b"{}", **more: object) -> None:
        """Set what the next requests get."""
        self.handler.status, self.handler.body = status, body
        for name, value in more.items():
            setattr(self.handler, name, value)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (404, b"<html>", ServerNotFoundError, "extension enable"),
        (405, b"", ServerNotFoundError, "no Science Platform"),
        (302, b"", ServerNotFoundError, "no Science Platform"),
        (401, b"", AuthenticationError, "token"),
        (403, b"{}", ForbiddenError, "not allow"),
        (500, b"<html>Traceback", RemoteError, "status 500"),
        (502, b'{"error": "x"}', RemoteError, "status 502"),
        (200, b"<html>", RemoteError, "not what was expected"),
        (200, b"[" * 100_000, RemoteError, "not what was expected"),
        (400, b'{"error": {"code": "New", "message": "M"}}', LspError, "M"),
        (400, b'{"error": {"code": "AdqlError", "message": "M", "line": 3}}', AdqlError, "Line 3"),
        (503, b'{"error": {"code": "ServiceUnavailable", "message": "M"}}', OverloadError, "M"),
    ],
)
def test_answers_become_errors(
    site: Site, status: int, body: bytes, error: type[LspError], says: str
) -> None:
    site.answer(status, body, headers_sent={"Location": "http://127.0.0.1:9/login"})
    for ask in (lambda: site.client.get("x"), lambda: site.client.send("POST", "x", {})):
        with pytest.raises(error, match=says) as caught:
            ask()
        assert type(caught.value) is error
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert {path for path, _ in site.handler.seen} == {"/lsp_jupyter/x"}


def test_the_token_goes_into_the_header_only(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert site.client.get("portal/jobs", {"last": 1}) == {}
    assert site.handler.seen == [("/lsp_jupyter/portal/jobs?last=1", f"Bearer {TOKEN}")]
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(site.client) + repr(vars(site.client))


def test_a_broken_answer_is_an_error(site: Site) -> None:
    site.answer(body=b'{"a": 1}', declared=100)
    with pytest.raises(RemoteError, match="broke off"):
        site.client.get("x")


def test_a_slow_server_is_an_error(site: Site) -> None:
    release = threading.Event()
    site.handler.do_GET = lambda self: release.wait(10)  # type: ignore[method-assign]
    with pytest.raises(RemoteError, match="in time"):
        site.client.get("x", timeout=0.2)
    release.set()


def test_no_server_is_an_error() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        port = free.server_address[1]
    client = Client(Connection(f"http://127.0.0.1:{port}/", Secret(TOKEN)))
    with pytest.raises(ServerNotFoundError, match="Start JupyterLab again"):
        client.get("x")


def stream(rows: int) -> bytes:
    """A result as a stream of two batches."""
    table = pa.table({"x": list(range(rows))})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, rows // 2))
    return sink.getvalue()


def second_batch(data: bytes) -> int:
    """Where the second of two batches begins."""
    source = pa.BufferReader(data)
    with pa.ipc.open_stream(source) as reader:
        reader.read_next_batch()
        return int(source.tell())


@pytest.mark.parametrize("cut", ["at the end of a batch", "inside a batch", "inside the schema"])
@pytest.mark.parametrize("declared", ["what it sends", "the whole"])
def test_a_result_that_breaks_off_is_never_taken_for_whole(
    site: Site, cut: str, declared: str
) -> None:
    data = stream(1000)
    assert fetch_from(site, data).num_rows == 1000
    boundary = second_batch(data)
    end = {"at the end of a batch": boundary, "inside a batch": boundary + 900}.get(cut, 40)
    site.answer(body=data[:end], declared=len(data) if declared == "the whole" else None)
    with pytest.raises(RemoteError, match=r"whole|broke off"):
        fetch(site.client, "abc", 1000)


def fetch_from(site: Site, data: bytes) -> pa.Table:
    """Read a result that comes whole."""
    site.answer(body=data)
    return fetch(site.client, "abc", 1000).table


def test_a_connection_that_was_closed_meanwhile_is_made_anew(site: Site) -> None:
    """Reading is tried again; what changes something is not sent twice."""
    answer = site.handler.do_GET
    dropped: list[str] = []

    def drop(self: Elsewhere) -> None:
        dropped.append(self.command)
        self.close_connection = True
        if len(dropped) % 2 == 0:
            answer(self)

    site.handler.do_GET = site.handler.do_POST = drop  # type: ignore[method-assign]
    assert site.client.get("x") == {}
    assert dropped == ["GET", "GET"]
    with pytest.raises(ServerNotFoundError):
        site.client.send("POST", "x", {})
    assert dropped == ["GET", "GET", "POST"]


@pytest.mark.parametrize("body", [b"", b"garbage" * 100, json.dumps({"a": 1}).encode()])
def test_what_is_no_result_is_an_error(site: Site, body: bytes) -> None:
    site.answer(body=body)
    with pytest.raises(RemoteError):
        fetch(site.client, "abc", 0)


def test_sessions_of_ended_threads_go(site: Site) -> None:
    import requests

    def ask() -> None:
        thread = threading.Thread(target=site.client.get, args=("x",))
        thread.start()
        thread.join()

    for _ in range(5):
        ask()
    gc.collect()
    assert sum(isinstance(each, requests.Session) for each in gc.get_objects()) <= 1
