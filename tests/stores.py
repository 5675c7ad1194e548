"""Two real stores: an S3-compatible server, and files over HTTP by one that can be told to err."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
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
    #: What it wants to be shown; every Authorization header that came.
    token: str = ""
    shown: list[str] = field(default_factory=list)
    #: The certificate that it has, if it speaks https.
    certificate: Path | None = None
    #: The certificate that whoever asks must have.
    clients: Path | None = None


class Handler(BaseHTTPRequestHandler):
    """Serves the files of a `WebStore`."""

    protocol_version = "HTTP/1.1"
    store: WebStore

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def refused(self) -> bool:
        """Whether who asks may not have the file; it was told then."""
        shown = self.headers.get("Authorization", "")
        self.store.shown.append(shown)
        if not self.store.token or shown == f"Bearer {self.store.token}":
            return False
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def do_HEAD(self) -> None:
        if self.refused():
            return
        body = self.store.files.get(self.path.lstrip("/"))
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()

    def do_GET(self) -> None:
        store = self.store
        if self.refused():
            return
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
        first, _, last = span.removeprefix("bytes=").partition("-")
        start, end = int(first or 0), int(last) + 1 if last else len(body)
        if fault == "other":
            body = body[::-1]
        part = body[start:end]
        self.send_response(206 if span else 200)
        if span:
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(body)}")
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


@contextmanager
def serving(store: WebStore) -> Iterator[WebStore]:
    """A store while it is there."""
    handler = type("OneHandler", (Handler,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if store.certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(store.certificate)
        if store.clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(store.clients)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    scheme = "https" if store.certificate else "http"
    store.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/"
    yield store
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def web() -> Iterator[WebStore]:
    """An HTTP store of this test's own."""
    with serving(WebStore()) as store:
        yield store


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[WebStore]:
    """An HTTPS store that wants a token, with a certificate that nobody knows."""
    store = WebStore(token="lets-me-in", certificate=certificate(tmp_path / "store.pem"))
    with serving(store):
        yield store


def certificate(path: Path) -> Path:
    """Write a certificate of this machine that it signed itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    here = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    path.chmod(0o600)
    return path


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
