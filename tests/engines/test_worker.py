"""The worker's own steps, without the process around them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lsp_jupyter.engines import duckdb_worker, wire
from lsp_jupyter.engines.parent import Channel
from lsp_jupyter.engines.process import environment
from lsp_jupyter.engines.watcher import Watcher


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[Channel, Any]]:
    """A channel to the parent, and what reads everything that was sent."""
    log = tmp_path / "sent"
    fd = os.open(log, os.O_WRONLY | os.O_CREAT)

    def read() -> list[wire.Message]:
        messages = []
        source = os.open(log, os.O_RDONLY)
        while (message := wire.read_blocking(source)) is not None:
            messages.append(message)
        os.close(source)
        return messages

    yield Channel(fd), read
    os.close(fd)


def run(channel: Channel, sql: str, output: Path, **more: object) -> None:
    connection = duckdb_worker._connect(
        {"memory": 1 << 28, "threads": 1, "temp": str(output.parent / "t"), "spill": 1 << 20}
    )
    message = {
        "sql": sql,
        "fields": [],
        "metadata": {},
        "output": str(output),
        "maxrec": 10**9,
        "max_bytes": 1 << 30,
        "one_batch": 1 << 28,
        "durable": True,
    }
    duckdb_worker.Run(connection, channel, Watcher(0.1), message | more)()
    connection.close()


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("durable", [False, True])
def test_merge(
    tmp_path: Path, told: Any, monkeypatch: pytest.MonkeyPatch, fails: bool, durable: bool
) -> None:
    monkeypatch.setattr(duckdb_worker, "BATCH_BYTES", 100_000)
    if fails:

        def full(*_: object, **__: object) -> None:
            raise MemoryError

        monkeypatch.setattr(duckdb_worker, "merge_batches", full)
    channel, sent = told
    run(channel, "SELECT i FROM range(100000) t(i)", tmp_path / "x.arrow", durable=durable)
    *batches, done = sent()
    assert len([m for m in batches if m["op"] == "batch"]) > 3
    assert done["merged"] is not fails
    assert (len(done["places"]) == 1) is not fails
    data = (tmp_path / ("x.arrow" if fails else "x.arrow.merged")).read_bytes()
    assert done["sha256"] == hashlib.sha256(data).hexdigest()
    assert (done["size"], done["rows"]) == (len(data), 100_000)
    with pa.ipc.open_stream(data) as reader:
        assert reader.read_all()["i"].to_pylist() == list(range(100_000))


def test_large_results_are_hashed_while_they_grow(
    tmp_path: Path, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_worker, "BATCH_BYTES", 100_000)
    channel, sent = told
    run(channel, "SELECT i FROM range(100000) t(i)", tmp_path / "x.arrow", one_batch=200_000)
    done = sent()[-1]
    assert not done["merged"]
    data = (tmp_path / "x.arrow").read_bytes()
    assert done["sha256"] == hashlib.sha256(data).hexdigest()


def test_what_is_done_at_once_is_written_once(tmp_path: Path, told: Any) -> None:
    channel, sent = told
    run(channel, "SELECT i FROM range(50000) t(i)", tmp_path / "x.arrow")
    (done,) = sent()
    assert done["op"] == "done"
    assert [rows for _, _, rows in done["places"]] == [50_000]
    assert not (tmp_path / "x.arrow.merged").exists()


def test_it_never_overwrites(tmp_path: Path, told: Any) -> None:
    (tmp_path / "x.arrow").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        run(told[0], "SELECT 1 AS i", tmp_path / "x.arrow")
    assert (tmp_path / "x.arrow").read_bytes() == b"mine"


class TestProcess:
    """The process as its parent starts it."""

    @pytest.fixture
    def process(self, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen(
            [sys.executable, "-s", "-P", "-m", "lsp_jupyter.engines.duckdb_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(tmp_path),
        ) as process:
            yield process
            process.kill()

    def start(self, process: subprocess.Popen[bytes], tmp_path: Path) -> wire.Message:
        assert process.stdin is not None
        assert process.stdout is not None
        start = {
            "op": "start",
            "memory": 1 << 28,
            "threads": 1,
            "spill": 0,
            "temp": str(tmp_path / "t"),
            "nice": 0,
            "address_space": 4 << 30,
            "attachments": [],
        }
        wire.write_blocking(process.stdin.fileno(), start)
        answer = wire.read_blocking(process.stdout.fileno())
        assert answer is not None
        return answer

    def test_it_ends_when_its_input_closes(
        self, process: subprocess.Popen[bytes], tmp_path: Path
    ) -> None:
        assert self.start(process, tmp_path)["op"] == "ready"
        assert process.stdin is not None
        run = {
            "op": "run",
            "sql": "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b",
            "fields": [],
            "metadata": {},
            "output": str(tmp_path / "x"),
            "maxrec": 1,
            "max_bytes": 1 << 20,
            "one_batch": 0,
            "durable": False,
            "results": [],
        }
        wire.write_blocking(process.stdin.fileno(), run)
        process.stdin.close()
        assert process.wait(5) == 0

    def test_it_ends_when_it_cannot_understand(
        self, process: subprocess.Popen[bytes], tmp_path: Path
    ) -> None:
        assert self.start(process, tmp_path)["op"] == "ready"
        assert process.stdin is not None
        process.stdin.write(b"\xff" * 100)
        process.stdin.flush()
        assert process.wait(5) == 0

    def test_unknown_message_is_answered(
        self, process: subprocess.Popen[bytes], tmp_path: Path
    ) -> None:
        assert self.start(process, tmp_path)["op"] == "ready"
        assert process.stdin is not None
        assert process.stdout is not None
        wire.write_blocking(process.stdin.fileno(), {"op": "dance"})
        answer = wire.read_blocking(process.stdout.fileno())
        assert answer is not None
        assert answer["op"] == "error"
        assert answer["error"]["code"] == "EngineError"

    def test_environment_leads_to_the_code_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = Path(duckdb_worker.__file__).resolve().parents[2]
        monkeypatch.setattr("site.getsitepackages", list)
        monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
        monkeypatch.setenv("SECRET_TOKEN", "x")
        env = environment(tmp_path)
        paths = env["PYTHONPATH"].split(os.pathsep)
        assert paths[0] == str(root)
        assert (Path(paths[1]) / "duckdb").is_dir()
        assert "SECRET_TOKEN" not in env
        # What the interpreter finds by itself is not put before its standard library.
        monkeypatch.setattr("site.getsitepackages", lambda: paths)
        assert "PYTHONPATH" not in environment(tmp_path)
