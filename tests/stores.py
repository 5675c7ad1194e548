"""Two real stores: an S3-compatible server, and files over HTTP by one that can be told to err."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class WebStore:
    """Files over HTTP/1.1 with ranges, and what it does wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    #: ``short``: break off half-way; ``once``: the same, but only the first time; ``longer``,
    #: ``shorter``: lie about the length; ``silent``: say nothing; ``stall``: stop half-way;
    #: ``other``: have other bytes; ``deny``: refuse; ``zip``: send another encoding.
    fault: str = ""
    requests: list[str] = field(default_factory=list)
    url: str = ""
    slow: float = 0.0


class Handler(BaseHTTPRequestHandler):
    """Serves the files of a `WebStore`."""

    protocol_version = "HTTP/1.1"
    store: WebStore

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        store = self.store
        span = self.headers.get("Range", "")
        store.requests.append(span)
        body = store.files.get(self.path.lstrip("/"))
        fault = store.fault
        if fault == "once":
            store.fault = ""
        if fault == "silent":
            time.sleep(3)
        if body is None or fault == "deny":
            self.send_response(403 if fault == "deny" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        if fault == "other":
            body = body[::-1]
        part = body[start:]
        self.send_response(206 if span else 200)
        if span:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        length = len(part) + {"longer": 1000, "shorter": -1000}.get(fault, 0)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", f'"{hash(body)}"')
        if fault == "zip":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        cut = len(part) // 2 if fault in ("short", "once", "stall") else length
        time.sleep(store.slow)
        try:
            self.wfile.write(part[:cut])
            self.wfile.flush()
            if fault == "stall":
                time.sleep(3)
        except OSError:
            return
        self.close_connection = True


@pytest.fixture
def web() -> Iterator[WebStore]:
    """An HTTP store of this test's own."""
    store = WebStore()
    handler = type("OneHandler", (Handler,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    store.url = f"http://127.0.0.1:{server.server_address[1]}/"
    yield store
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """URL of an S3-compatible server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the S3 store, with an empty bucket ``images``."""
    import boto3

    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("S3_ENDPOINT_URL", s3_server),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    client = boto3.client("s3", endpoint_url=s3_server)
    client.create_bucket(Bucket="images")
    yield client
    for each in client.list_objects_v2(Bucket="images").get("Contents", ()):
        client.delete_object(Bucket="images", Key=each["Key"])
    client.delete_bucket(Bucket="images")
