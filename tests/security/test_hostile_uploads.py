"""S3: hostile uploads neither reach out, nor stop the server, nor make it grow."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.security.hostile import FILES
from tests.servers import Server, copy_state, start_server

#: Seconds an answer may take, and bytes the server may grow by over the whole corpus.
PATIENCE = 5.0
GROWTH = 192 << 20


@pytest.fixture(scope="module")
def server(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes uploads up to 64 MiB."""
    root = tmp_path_factory.mktemp("hostile")
    limit = f"--LspConfig.upload_max_bytes={64 << 20}"
    server = start_server(root, copy_state(demo_state, root / "state"), limit)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[str, list[str]]]:
    """An address that notes who connects to it."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                callers.append(str(address))
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", callers


def memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) << 10


def send(server: Server, data: bytes) -> requests.Response:
    with server.session() as session:
        return session.post(
            f"{server.base}tap/sync",
            data={"QUERY": "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine", "UPLOAD": "mine,param:f"},
            files={"f": ("../../x.vot", data)},
        )


def test_there_are_sixty() -> None:
    assert len(FILES) >= 60


@pytest.fixture(scope="module")
def before(server: Server) -> int:
    """Bytes of memory the server has before anything harmful came."""
    assert send(server, b"a\n1\n").status_code == 200
    return memory(server.process.pid)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused(
    server: Server, trap: tuple[str, list[str]], before: int, name: str
) -> None:
    address, callers = trap
    hostile = FILES[name]
    data = hostile.make(address)
    start = time.monotonic()
    answer = send(server, data)
    seconds = time.monotonic() - start
    assert answer.status_code == hostile.status, answer.text[:2000]
    assert hostile.words in answer.text, answer.text[:2000]
    assert "root:x:0" not in answer.text
    assert str(server.state) not in answer.text
    if hostile.status != 200:
        assert 'name="QUERY_STATUS" value="ERROR"' in answer.text
    assert callers == []
    assert seconds < PATIENCE
    assert memory(server.process.pid) - before < GROWTH
    # The files go right after the answer.
    for _ in range(50):
        if not list((server.state / "uploads").iterdir()):
            break
        time.sleep(0.02)
    assert list((server.state / "uploads").iterdir()) == []
