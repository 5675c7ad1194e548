"""How a kernel finds its server, and what it refuses."""

from __future__ import annotations

import json
import os
import pickle  # noqa: TID251
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsp_jupyter.errors import ServerNotFoundError, UsageError
from lsp_jupyter.notebook.connection import Connection, Finder, Secret, is_loopback, parse_url

TOKEN = "tell-nobody-0123456789"


class Files:
    """Runtime files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.finder = Finder(folder)

    def write(self, pid: int, *, mode: int = 0o600, **more: object) -> Path:
        """Write one as the server extension does."""
        path = self.folder / f"lsp_jupyter-{pid}.json"
        told = {"pid": pid, "url": f"http://127.0.0.1:{8000 + pid % 1000}/", "token": TOKEN}
        path.write_text(json.dumps(told | {"state": f"/state/{pid}"} | more))
        path.chmod(mode)
        return path


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    return Files(tmp_path)


@pytest.fixture
def processes() -> Iterator[list[int]]:
    """Two live processes that are not ancestors of this one."""
    made = [
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(2)
    ]
    yield [process.pid for process in made]
    for process in made:
        process.communicate(b"\n")


@pytest.fixture
def dead() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_server_that_started_the_kernel_comes_first(
    files: Files, processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for pid in (*processes, os.getppid()):
        files.write(pid)
    monkeypatch.setenv("JPY_PARENT_PID", str(processes[1]))
    found = files.finder.find()
    assert found.pid == processes[1]
    assert found.token.reveal() == TOKEN
    assert found.base == f"{found.url}lsp_jupyter/"


def test_then_an_ancestor(files: Files, processes: list[int]) -> None:
    """A process that a server's terminal started: here, ours stands for the server."""
    for pid in (processes[0], os.getpid()):
        files.write(pid)
    code = (
        "import sys; from pathlib import Path\n"
        "from lsp_jupyter.notebook.connection import Finder\n"
        "print(Finder(Path(sys.argv[1])).find().pid)"
    )
    shell = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])"]
    command = [*shell, sys.executable, "-c", code, str(files.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(os.getpid()), done.stderr


def test_then_the_only_one_alive(files: Files, processes: list[int], dead: int) -> None:
    files.write(processes[0])
    files.write(dead)
    (files.folder / "lsp_jupyter-x.json").write_text("{}")
    (files.folder / "jpserver-1.json").write_text("{}")
    assert files.finder.find().pid == processes[0]


def test_it_stays_with_the_server_it_found(files: Files, processes: list[int]) -> None:
    first, second = processes
    path = files.write(first)
    assert files.finder.find().pid == first
    files.write(second)
    assert files.finder.find().pid == first
    files.write(first, token="another")
    assert files.finder.find().token.reveal() == "another"
    path.unlink()
    assert files.finder.find().pid == second


def test_several_are_listed_without_their_tokens(files: Files, processes: list[int]) -> None:
    for pid in processes:
        files.write(pid)
    with pytest.raises(ServerNotFoundError) as caught:
        files.finder.find()
    text = str(caught.value)
    assert all(f"process {pid}" in text and f"/state/{pid}" in text for pid in processes)
    assert "lsp.connect" in text
    assert TOKEN not in text


def test_none_says_how_to_go_on(files: Files, dead: int) -> None:
    files.write(dead)
    with pytest.raises(ServerNotFoundError, match=r"jupyter lab.*lsp\.connect\(url, token"):
        files.finder.find()


@pytest.mark.req("NB-REQ-0003")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_can_read_is_refused(files: Files, mode: int) -> None:
    files.write(os.getpid(), mode=mode)
    with pytest.raises(ServerNotFoundError, match="open to other users") as caught:
        files.finder.find()
    assert TOKEN not in str(caught.value)


@pytest.mark.req("NB-REQ-0003")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give a file away")
def test_a_file_of_somebody_else_is_refused(files: Files) -> None:
    os.chown(files.write(os.getpid()), 65534, 65534)
    with pytest.raises(ServerNotFoundError, match="does not belong to you"):
        files.finder.find()


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_only_a_plain_file_is_read(files: Files, kind: str) -> None:
    path = files.write(os.getpid())
    real = path.rename(files.folder / "real.json")
    if kind == "link":
        path.symlink_to(real)
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    else:
        path.mkdir(0o700)
    with pytest.raises(ServerNotFoundError, match="not used"):
        files.finder.find()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": 1}', "[" * 100_000, "\xff"])
def test_a_damaged_file_is_an_error_with_a_hint(files: Files, content: str) -> None:
    files.write(os.getpid()).write_text(content, encoding="latin-1")
    with pytest.raises(ServerNotFoundError, match=r"damaged.*start JupyterLab again"):
        files.finder.find()


def test_a_unix_socket_is_told_apart(files: Files) -> None:
    files.write(os.getpid(), url="http+unix://%2Ftmp%2Fx.sock/")
    with pytest.raises(ServerNotFoundError, match="Unix socket"):
        files.finder.find()


def test_a_server_is_found_by_its_url(files: Files, processes: list[int]) -> None:
    for pid in processes:
        files.write(pid, url=f"http://127.0.0.1:{pid}/user/me/")
    found = files.finder.by_url(f"http://localhost:{processes[1]}/user/me/")
    assert found is not None
    assert found.pid == processes[1]
    assert files.finder.by_url("http://127.0.0.1:1/") is None


@pytest.mark.parametrize(
    ("url", "server", "token"),
    [
        ("http://127.0.0.1:8888", "http://127.0.0.1:8888/", ""),
        ("http://localhost:8888/lab?token=abc", "http://localhost:8888/", "abc"),
        ("http://localhost:8888/lab/tree/lab/x.ipynb#y", "http://localhost:8888/", ""),
        ("http://[::1]:8888/tree", "http://[::1]:8888/", ""),
        ("https://hub.org/user/me/lab/workspaces/a", "https://hub.org/user/me/", ""),
        ("https://hub.org/user/lab/lab", "https://hub.org/user/lab/", ""),
        ("https://hub.org/base/lsp_jupyter/tap/async/1", "https://hub.org/base/", ""),
        (" https://me:pw@hub.org/x/ ", "https://hub.org/x/", ""),
    ],
)
def test_the_server_is_taken_out_of_a_url(url: str, server: str, token: str) -> None:
    assert parse_url(url) == (server, token)


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8888", "ftp://a/", "file:///etc/passwd", "http://", "http://a:b/", "x"]
)
def test_what_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"lsp\.connect"):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://127.8.0.1/", True),
        ("http://localhost/", True),
        ("http://[::1]:2/", True),
        ("http://127.0.0.1.evil.org/", False),
        ("http://localhost.evil.org/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_loopback_is_told_by_the_whole_host(url: str, local: bool) -> None:
    assert is_loopback(url) is local


@pytest.mark.req("NB-REQ-0003")
def test_a_token_does_not_show_itself() -> None:
    connection = Connection("http://127.0.0.1:1/", Secret(TOKEN))
    for shown in (repr(connection), str(connection), f"{connection.token}", repr(vars)):
        assert TOKEN not in shown
    with pytest.raises(TypeError):
        pickle.dumps(connection)
