"""Publications of other processes, as a running server meets them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.jobs import follower
from lsp_jupyter.jobs.follower import Follower
from lsp_jupyter.jobs.job import Origin, Phase
from lsp_jupyter.jobs.leases import Lease, pinned_files, sweep_leases
from lsp_jupyter.platform import Platform
from tests.engines.sky import Loop

#: Publishes ``web.numbers`` with so many rows, in a process of its own.
PUBLISH = """
import sys
from pathlib import Path
import pyarrow as pa
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.store import Catalog, Release, TableSpec

catalog = Catalog(Path(sys.argv[1]))
rows = int(sys.argv[2])
spec = TableSpec("web", "numbers", (Column("n", "long"), Column("x", "double")))
table = pa.table({"n": pa.array(range(rows), pa.int64()), "x": [n / 7 for n in range(rows)]})
publish_table(catalog, Release("web", "Numbers"), spec, table.to_batches())
"""

COUNT = "SELECT count(*) AS k FROM web.numbers"
SLOW = (
    "SELECT count(*) AS k FROM web.numbers AS a, web.numbers AS b, web.numbers AS c"
    " WHERE sin(a.x * b.x * c.x) > 0.5"
)


def publish(state: Path, rows: int) -> None:
    """Publish from another process."""
    subprocess.run([sys.executable, "-c", PUBLISH, str(state), str(rows)], check=True, timeout=60)


def worker_pids() -> set[int]:
    """The live worker processes of this process."""
    found = set()
    for child in psutil.Process().children():
        try:
            if "lsp_jupyter.engines.duckdb_worker" in child.cmdline():
                found.add(child.pid)
        except psutil.NoSuchProcess:
            continue
    return found


async def count(platform: Platform) -> int:
    """Rows of the table, asked synchronously."""
    caller = platform.caller
    job = await platform.jobs.submit(caller, {"QUERY": COUNT}, origin=Origin.TAP_SYNC)
    job = await platform.jobs.finished(caller, job.id, 20)
    assert job.phase is Phase.COMPLETED, job.error
    return int(platform.jobs.result(caller, job.id).read()["k"][0].as_py())


class TestPublication:
    def test_running_servers_follow_and_drop_nothing(self, run: Loop, tmp_path: Path) -> None:
        """A query that runs ends on what it began with; workers follow within seconds."""
        state = tmp_path / "state"
        config = LspConfig(state_dir=str(state), disk_floor=0)
        config.state()
        publish(state, 20_000)

        async def work() -> None:
            async with Platform(config) as platform:
                caller, jobs = platform.caller, platform.jobs
                assert await count(platform) == 20_000
                slow = await jobs.submit(caller, {"QUERY": SLOW}, origin=Origin.TAP_ASYNC)
                while jobs.get(caller, slow.id).phase is Phase.QUEUED:
                    await jobs.wait(caller, slow.id, timeout=1, phase=Phase.QUEUED)
                before = worker_pids()
                old = {item.path for item in platform.catalog.pin_all()}
                await asyncio.to_thread(publish, state, 30_000)
                assert await count(platform) == 30_000
                new = {item.path for item in platform.catalog.pin_all()}
                published = time.monotonic()
                # All but the one that works, which keeps its generation.
                while len(worker_pids() & before) > 1:
                    assert time.monotonic() - published < 15
                    await asyncio.sleep(0.05)
                assert jobs.get(caller, slow.id).phase is Phase.EXECUTING
                assert len(worker_pids() & before) == 1
                gone = platform.catalog.collect(jobs._executor.pinned(), grace=-60)
                assert not {path for path in gone if path in new}
                assert any(path.exists() for path in old - new)
                await jobs.abort(caller, slow.id)
                while worker_pids() & before:
                    assert time.monotonic() - published < 15
                    await asyncio.sleep(0.05)
                assert await count(platform) == 30_000

        run(work())

    def test_there_is_always_a_worker(self, run: Loop, tmp_path: Path) -> None:
        """While the workers follow, one after the other, queries find one that is ready."""
        state = tmp_path / "state"
        config = LspConfig(state_dir=str(state), disk_floor=0)
        config.state()
        publish(state, 1000)

        async def work() -> None:
            async with Platform(config) as platform:
                files = platform.catalog.pin_all()
                await platform.engine.warm(files, wait=True)
                before = worker_pids()
                # Nothing that the query needs changes, but all workers are replaced.
                other = tmp_path / "other.duckdb"
                other.hardlink_to(files[0].path)
                await platform.engine.warm([*files, Attachment("other_1", other)])
                times = []
                while worker_pids() & before:
                    begin = time.monotonic()
                    await count(platform)
                    times.append(time.monotonic() - begin)
                # A worker takes several times as long to start.
                assert len(times) > 10
                assert sorted(times)[len(times) * 9 // 10] < 0.2

        run(work())


class TestFollower:
    def test_it_tells_of_changes_only_and_survives_failures(
        self, run: Loop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(follower, "LOOK_EVERY", 0.01)
        one, two = (Attachment(name, tmp_path / name) for name in ("one", "two"))

        class Source:
            files: tuple[Attachment, ...] | None = (one,)
            looks = 0

            def pin_all(self) -> tuple[Attachment, ...]:
                self.looks += 1
                if self.files is None:
                    raise OSError("the disk is away")
                return self.files

        class Engine:
            told: list[list[Attachment]] = []

            async def warm(self, attachments: object) -> None:
                self.told.append(list(attachments))  # type: ignore[call-overload]

        source, engine = Source(), Engine()

        async def looks(number: int) -> None:
            wanted = source.looks + number
            while source.looks < wanted:  # noqa: ASYNC110 - it shall look by itself
                await asyncio.sleep(0.005)

        async def work() -> None:
            following = Follower(source, engine)
            await following.start()
            await looks(3)
            source.files = None
            await looks(3)
            source.files = (one, two)
            await looks(3)
            await following.close()

        run(work())
        assert engine.told == [[one], [one, two]]


class TestPins:
    def test_servers_know_what_others_need(self, tmp_path: Path) -> None:
        folder = tmp_path / "leases"
        first, second = Lease(folder), Lease(folder)
        first.pin([tmp_path / "a", tmp_path / "b"])
        second.pin([tmp_path / "c"])
        assert pinned_files(folder) == {tmp_path / name for name in "abc"}
        first.pin([])
        assert pinned_files(folder) == {tmp_path / "c"}
        second.release()
        first.release()
        assert pinned_files(folder) == set()
        assert list(folder.iterdir()) == []

    def test_the_pins_of_the_dead_go(self, tmp_path: Path) -> None:
        folder = tmp_path / "leases"
        lease = Lease(folder)
        lease.pin([tmp_path / "a"])
        sweep_leases(folder)
        assert pinned_files(folder) == {tmp_path / "a"}
        os.close(lease._fd)
        sweep_leases(folder)
        assert list(folder.iterdir()) == []
