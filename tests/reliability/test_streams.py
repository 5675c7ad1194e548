"""What the server holds while results go out (R4)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from lsp_jupyter.formats.registry import FORMATS
from tests.servers import Server

#: Bytes that the server may grow by.
GROWTH = 64 << 20


class Watch:
    """How much a server grows, and how long its slowest answer takes meanwhile."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.growth = 0
        self.slowest = 0.0
        self._before = self._memory()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _memory(self) -> int:
        """Bytes that are its own: not the pages of files, which the system may take back."""
        lines = Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._end.wait(0.02):
                self.growth = max(self.growth, self._memory() - self._before)
                start = time.monotonic()
                session.get(f"{self.server.base}health", timeout=30)
                self.slowest = max(self.slowest, time.monotonic() - start)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


def result(server: Server, session: requests.Session, form: str) -> str:
    """URL of a finished result of 480,000 rows."""
    send = {"QUERY": "SELECT * FROM gaia.source", "RESPONSEFORMAT": form, "PHASE": "RUN"}
    url = session.post(f"{server.base}tap/async", send).url
    for _ in range(20):
        if session.get(f"{url}/phase").text == "COMPLETED":
            return f"{url}/results/result"
        session.get(url, params={"WAIT": 5})
    raise AssertionError(session.get(url).text)


def check_growth(server: Server, session: requests.Session, form: str, size: int) -> None:
    url = result(server, session, form)
    # A first time, for what is made once and kept.
    assert session.get(url).status_code == 200
    sent = 0
    with Watch(server) as watch:
        while sent < size:
            with session.get(url, stream=True) as answer:
                sent += sum(map(len, answer.iter_content(1 << 20)))
    assert watch.growth < GROWTH
    assert watch.slowest < 2


@pytest.mark.parametrize("form", ["votable/td", "votable/b2"])
def test_the_server_stays_small_while_much_goes_out(
    lab_server: Server, session: requests.Session, form: str
) -> None:
    check_growth(lab_server, session, form, 2 * GROWTH)


@pytest.mark.soak
@pytest.mark.parametrize("form", [form.name for form in FORMATS])
def test_the_server_stays_small_while_ten_times_as_much_goes_out(
    lab_server: Server, session: requests.Session, form: str
) -> None:
    check_growth(lab_server, session, form, 10 * GROWTH)


def test_slow_readers_and_those_that_vanish_cost_nothing(
    lab_server: Server, session: requests.Session
) -> None:
    url = urlsplit(result(lab_server, session, "votable/td"))
    request = (
        f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"Authorization: Bearer {lab_server.token}\r\n\r\n"
    ).encode()
    readers = [socket.create_connection((url.hostname, url.port), 10) for _ in range(4)]
    try:
        with Watch(lab_server) as watch:
            for reader in readers:
                reader.sendall(request)
            # 50 kB a second each, of a document of 80 MB.
            for _ in range(20):
                assert all(reader.recv(5000) for reader in readers)
                time.sleep(0.1)
            for reader in readers:
                reader.close()
        assert watch.growth < GROWTH
        assert watch.slowest < 2
    finally:
        for reader in readers:
            reader.close()
    # Whoever comes next is served.
    send = {"QUERY": "SELECT TOP 1 ra FROM gaia.source"}
    assert session.get(f"{lab_server.base}tap/sync", params=send).status_code == 200
