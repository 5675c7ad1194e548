"""The embedded engine keeps the contract, and its own promises."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.process import WorkerProcess
from lsp_jupyter.engines.protocol import Attachment, Queue, State, Task
from lsp_jupyter.errors import EngineError
from tests.engines.contract import EngineContract, end_of, fetch_ids, finish
from tests.engines.sky import ALIAS, FIRST_ID, ROWS, Loop

STARS = f'"{ALIAS}".main.data'
SLOW = f"SELECT count(*) AS n FROM {STARS} a, {STARS} b WHERE sin(a.ra * b.ra) > 0.5"


def make_engine(tmp: Path, **settings: object) -> DuckDBEngine:
    return DuckDBEngine(LspConfig(state_dir=str(tmp), **settings), tmp / "spool")


@pytest.fixture(scope="class")
def engine(
    run: Loop, attached: Attachment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DuckDBEngine]:
    engine = make_engine(tmp_path_factory.mktemp("engine"))

    async def start() -> None:
        await engine.start()
        await engine.warm([attached], wait=True)

    run(start())
    yield engine
    run(engine.close())


def workers() -> list[psutil.Process]:
    """Worker processes of this process."""
    found = []
    for child in psutil.Process().children():
        # One that ends meanwhile is none.
        with contextlib.suppress(psutil.NoSuchProcess):
            if "lsp_jupyter.engines.duckdb_worker" in child.cmdline():
                found.append(child)
    return found


def worker_of(engine: DuckDBEngine, handle: str) -> psutil.Process:
    """The process that runs a task now."""
    worker = engine._find(handle).worker
    assert worker is not None
    return psutil.Process(worker.pid)


class TestContract(EngineContract):
    rows_sql = f"SELECT id, ra, name FROM {STARS} ORDER BY id LIMIT {{limit}}"
    endless_sql = (
        f"SELECT a.id FROM {STARS} a, {STARS} b WHERE a.n + b.n > 100 AND sin(a.ra * b.ra) > 0.9999"
    )
    failing_sql = (
        f"SELECT CAST(CASE WHEN n = {ROWS // 2} THEN 'oops' ELSE '1' END AS INTEGER) AS x"
        f" FROM {STARS}"
    )


@pytest.fixture
def task(tmp_path: Path, attached: Attachment) -> Task:
    return Task(
        id=tmp_path.name,
        sql=f"SELECT id FROM {STARS} ORDER BY id LIMIT 100",
        fields=({"name": "id", "datatype": "long"},),
        output=tmp_path / "result.arrow",
        attachments=(attached,),
        timeout=50,
    )


class TestWorkers:
    def test_killed_worker_fails_its_task_only(
        self, run: Loop, engine: DuckDBEngine, task: Task
    ) -> None:
        async def work() -> None:
            before = {process.pid for process in workers()}
            handle = await engine.submit(replace(task, sql=SLOW, fields=()))
            while (await engine.poll(handle, wait=5)).state is State.QUEUED:
                pass
            busy = worker_of(engine, handle)
            assert busy.pid in before
            begin = time.monotonic()
            busy.send_signal(signal.SIGKILL)
            status = await end_of(engine, handle)
            assert time.monotonic() - begin < 2
            assert status.state is State.FAILED
            assert status.error is not None
            assert status.error["code"] == "WorkerDiedError"
            assert "SIGKILL" in status.error["message"]
            again = await engine.submit(replace(task, id=f"{task.id}-next"))
            assert (await end_of(engine, again)).state is State.DONE

        run(work())

    def test_stopped_worker_is_ended_by_the_timeout(
        self, run: Loop, engine: DuckDBEngine, task: Task
    ) -> None:
        async def work() -> None:
            handle = await engine.submit(replace(task, sql=SLOW, fields=(), timeout=1))
            while (await engine.poll(handle, wait=5)).state is State.QUEUED:
                pass
            busy = worker_of(engine, handle)
            busy.send_signal(signal.SIGSTOP)
            status = await end_of(engine, handle)
            assert status.error is not None
            assert status.error["code"] == "QueryTimeoutError"
            assert not busy.is_running() or busy.status() == psutil.STATUS_ZOMBIE

        run(work())

    def test_short_queries_pass_long_ones(
        self, run: Loop, engine: DuckDBEngine, task: Task, tmp_path: Path
    ) -> None:
        async def work() -> None:
            long = [
                await engine.submit(
                    replace(
                        task,
                        id=f"long-{n}",
                        sql=SLOW,
                        fields=(),
                        output=tmp_path / f"long-{n}.arrow",
                        queue=Queue.SCAN,
                    )
                )
                for n in range(4)
            ]
            short = await engine.submit(task)
            status = await asyncio.wait_for(end_of(engine, short), 5)
            assert status.state is State.DONE
            for handle in long:
                await engine.cancel(handle)

        run(work())

    def test_progress_is_told(self, run: Loop, engine: DuckDBEngine, task: Task) -> None:
        async def work() -> None:
            sql = SLOW + " AND b.n < 5000"
            handle = await engine.submit(replace(task, sql=sql, fields=()))
            fractions: list[float] = []
            while len(fractions) < 3:
                status = await engine.poll(handle, wait=0.3)
                assert not status.finished
                if status.fraction is not None and status.fraction not in fractions:
                    fractions.append(status.fraction)
            await engine.cancel(handle)
            assert fractions == sorted(fractions)
            assert all(0 <= fraction < 1 for fraction in fractions)

        run(work())

    def test_environment_is_scrubbed(self, run: Loop, engine: DuckDBEngine, task: Task) -> None:
        finish(run, engine, task)
        os.environ["LSP_CANARY"] = "c4n4ry"
        try:
            process = workers()[0]
            allowed = {
                *("HOME", "TMPDIR", "LANG", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH", "LC_CTYPE"),
                *("MALLOC_ARENA_MAX", "ARROW_DEFAULT_MEMORY_POOL", "OPENBLAS_NUM_THREADS"),
            }
            assert set(process.environ()) <= allowed
            assert list(Path(process.cwd()).iterdir()) == []
        finally:
            del os.environ["LSP_CANARY"]

    def test_files_are_private(self, run: Loop, engine: DuckDBEngine, task: Task) -> None:
        finish(run, engine, task)
        assert task.output.stat().st_mode & 0o777 == 0o600

    def test_reader_of_the_growing_file_survives_its_merge(
        self, run: Loop, engine: DuckDBEngine, task: Task
    ) -> None:
        # Rows for at least two batches, read to the end by one who began in time.
        # They take a second to find, so that a busy reader is in time.
        slow = "a.ra * b.ra"
        for _ in range(40):
            slow = f"sin({slow})"
        sql = f"SELECT a.id FROM {STARS} a, {STARS} b WHERE b.n < 40 AND {slow} < 2"
        wanted = replace(task, sql=sql)

        async def work() -> None:
            handle = await engine.submit(wanted)
            count = 0
            async for _ in engine.fetch(handle):
                count += 1
            status = await engine.poll(handle)
            assert status.state is State.DONE
            assert count > len(status.batches) == 1
            assert status.rows == 40 * ROWS
            ids = await fetch_ids(engine, handle, wanted, count - 1)
            assert 0 < len(ids) < status.rows
            assert set(ids) <= set(range(FIRST_ID, FIRST_ID + ROWS))
            with pa.ipc.open_stream(wanted.output.read_bytes()) as reader:
                assert reader.read_all()["id"].to_pylist()[-len(ids) :] == ids

        run(work())


@pytest.fixture(scope="class")
def small_engine(run: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """One worker with little room."""
    engine = make_engine(
        tmp_path_factory.mktemp("engine"),
        interactive_workers=1,
        scan_workers=0,
        worker_memory=256 << 20,
        worker_headroom=1 << 30,
        worker_spill=50 << 20,
        worker_threads=1,
    )
    run(engine.start())
    yield engine
    run(engine.close())


class TestMemory:
    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT max(length(repeat('x', 1000000000 + CAST(i AS INT)))) AS n FROM range(50) t(i)",
            f"SELECT string_agg(repeat(name, 200), '') AS s FROM {STARS}",
            f"SELECT a.name || b.name AS s FROM {STARS} a, {STARS} b ORDER BY s LIMIT 30000000",
            "SELECT list_sort(range(400000000)) AS s",
        ],
    )
    def test_memory_is_bounded(
        self, run: Loop, small_engine: DuckDBEngine, task: Task, sql: str
    ) -> None:
        engine = small_engine

        async def work() -> None:
            handle = await engine.submit(replace(task, sql=sql, fields=(), max_bytes=1 << 20))
            while (await engine.poll(handle, wait=5)).state is State.QUEUED:
                pass
            limit = (256 << 20) + (1 << 30) + task.attachments[0].size
            (worker,) = workers()
            assert worker.rlimit(psutil.RLIMIT_AS)[0] == limit
            assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
            status = await end_of(engine, handle)
            assert status.state is State.FAILED
            assert status.error is not None
            assert status.error["code"] == "LimitError"
            assert "memory" in status.error["message"]
            again = await engine.submit(replace(task, id=f"{task.id}-next"))
            assert (await end_of(engine, again)).rows == 100

        run(work())


class TestLife:
    def test_nothing_is_left_after_close(
        self, run: Loop, attached: Attachment, task: Task, tmp_path: Path
    ) -> None:
        engine = make_engine(tmp_path)

        async def work() -> tuple[str, list[psutil.Process]]:
            await engine.start()
            await engine.warm([attached], wait=True)
            handle = await engine.submit(replace(task, sql=SLOW, fields=()))
            while (await engine.poll(handle, wait=5)).state is State.QUEUED:
                pass
            living = workers()
            assert len(living) == 3
            await engine.close()
            return handle, living

        handle, living = run(work())
        assert not any(process.is_running() for process in living)
        assert list((tmp_path / "spool").iterdir()) == []
        status = run(engine.poll(handle))
        assert status.state is State.FAILED
        with pytest.raises(EngineError):
            run(engine.submit(replace(task, id="late")))

    def test_folders_of_dead_servers_go_and_those_of_live_ones_stay(
        self, run: Loop, tmp_path: Path
    ) -> None:
        dead = tmp_path / "spool" / "dead"
        dead.mkdir(parents=True)
        (dead / "lock").touch()
        (dead / "w1").mkdir()
        first, second = make_engine(tmp_path), make_engine(tmp_path)

        async def work() -> None:
            await first.start()
            await second.start()
            assert not dead.exists()
            assert len(list((tmp_path / "spool").iterdir())) == 2
            await second.close()
            await first.close()

        run(work())

    def test_new_tables_reach_warm_workers(
        self, run: Loop, attached: Attachment, task: Task, tmp_path: Path
    ) -> None:
        engine = make_engine(tmp_path, interactive_workers=1, scan_workers=0)
        other = Attachment("other_2", attached.path)

        async def work() -> None:
            await engine.start()
            await engine.warm([attached], wait=True)
            (old,) = workers()
            await engine.warm([other], wait=True)
            (new,) = workers()
            assert new.pid != old.pid
            # A generation that running jobs pinned can still be asked.
            handle = await engine.submit(task)
            assert (await end_of(engine, handle)).state is State.DONE
            sql = 'SELECT count(*) AS n FROM "other_2".main.data'
            handle = await engine.submit(
                replace(
                    task,
                    id="other",
                    sql=sql,
                    fields=(),
                    attachments=(other,),
                    output=tmp_path / "other.arrow",
                )
            )
            assert (await end_of(engine, handle)).state is State.DONE
            await engine.close()

        run(work())

    def test_damaged_table_harms_only_its_own_queries(
        self, run: Loop, attached: Attachment, task: Task, tmp_path: Path
    ) -> None:
        engine = make_engine(tmp_path, interactive_workers=1, scan_workers=0)
        (tmp_path / "bad.duckdb").write_bytes(b"no database" * 1000)
        bad = Attachment("bad_1", tmp_path / "bad.duckdb")

        async def work() -> None:
            await engine.start()
            await engine.warm([bad, attached], wait=True)
            handle = await engine.submit(task)
            assert (await end_of(engine, handle)).state is State.DONE
            handle = await engine.submit(replace(task, id="bad", attachments=(attached, bad)))
            status = await end_of(engine, handle)
            assert status.error is not None
            assert status.error["code"] == "EngineError"
            assert "cannot be opened" in status.error["message"]
            assert str(tmp_path) not in str(status.error)
            good = replace(task, id="good", output=tmp_path / "good.arrow")
            handle = await engine.submit(good)
            assert (await end_of(engine, handle)).state is State.DONE
            await engine.close()

        run(work())

    def test_closing_while_a_worker_is_replaced(
        self, run: Loop, attached: Attachment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = make_engine(tmp_path, interactive_workers=1, scan_workers=0)
        original = WorkerProcess.kill

        async def work() -> None:
            ending = asyncio.Event()

            async def kill(worker: WorkerProcess) -> None:
                ending.set()
                await original(worker)
                await asyncio.sleep(0.2)

            await engine.start()
            await engine.warm([attached], wait=True)
            monkeypatch.setattr(WorkerProcess, "kill", kill)
            await engine.warm([])
            # The new worker is ready, the old one is being ended.
            await ending.wait()
            await engine.close()
            assert workers() == []

        run(work())
