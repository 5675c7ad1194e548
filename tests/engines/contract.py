"""What every engine must do. A test class derives from it and says which engine."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from lsp_jupyter.engines.arrow_stream import Place, map_file, read_batch
from lsp_jupyter.engines.protocol import Attachment, Engine, Queue, State, Status, Task
from lsp_jupyter.errors import EngineError, LspError, QueryAbortedError, QueryError
from tests.engines.sky import FIRST_ID, ROWS, Loop

FIELDS = (
    {"name": "id", "datatype": "long", "ucd": "meta.id", "description": "Number"},
    {"name": "ra", "datatype": "double", "unit": "deg"},
    {"name": "name", "datatype": "unicodeChar", "arraysize": "*"},
)


class EngineContract:
    """Derive, and provide the fixture ``engine`` and the queries in the engine's dialect."""

    #: id, ra, name of all stars by id, with ``{limit}``.
    rows_sql: str
    #: One column that gives a few rows soon, then goes on for minutes.
    endless_sql: str
    #: Fails on one row in the middle.
    failing_sql: str

    @pytest.fixture
    def task(self, tmp_path: Path, attached: Attachment) -> Task:
        """The first 1000 stars by id."""
        return Task(
            id=tmp_path.name,
            sql=self.rows_sql.format(limit=1001),
            fields=FIELDS,
            output=tmp_path / "result.arrow",
            attachments=(attached,),
            maxrec=1000,
            timeout=50,
            metadata={"lsp:query": "SELECT …", "lsp:job": "j1"},
        )

    @pytest.fixture
    def endless(self, task: Task) -> Task:
        """A task that gives rows but does not end."""
        return replace(
            task,
            sql=self.endless_sql,
            fields=({"name": "id", "datatype": "long"},),
            maxrec=100_000_000,
        )

    # -- the straight way --------------------------------------------------

    def test_result_is_an_arrow_stream(self, run: Loop, engine: Engine, task: Task) -> None:
        status = finish(run, engine, task)
        assert status.state is State.DONE
        assert (status.rows, status.fraction, status.error) == (1000, 1.0, None)
        data = task.output.read_bytes()
        assert status.size == len(data)
        assert status.sha256 == hashlib.sha256(data).hexdigest()
        with pa.ipc.open_stream(data) as reader:
            table = reader.read_all()
        assert table.num_rows == 1000
        assert table.schema.names == ["id", "ra", "name"]
        assert table.schema.types == [pa.int64(), pa.float64(), pa.string()]
        assert table.schema.metadata == {b"lsp:query": "SELECT …".encode(), b"lsp:job": b"j1"}
        assert table.schema.field("ra").metadata == {b"datatype": b"double", b"unit": b"deg"}

    def test_batches_lie_where_the_status_says(self, run: Loop, engine: Engine, task: Task) -> None:
        status = finish(
            run, engine, replace(task, maxrec=ROWS, sql=self.rows_sql.format(limit=ROWS))
        )
        rows = [
            row for batch in read_places(task.output, status) for row in batch["id"].to_pylist()
        ]
        assert rows == list(range(FIRST_ID, FIRST_ID + ROWS))

    def test_64_bit_ids_are_exact_and_in_order(self, run: Loop, engine: Engine, task: Task) -> None:
        finish(run, engine, task)
        with pa.ipc.open_stream(task.output.read_bytes()) as reader:
            ids = reader.read_all()["id"].to_pylist()
        assert ids == [FIRST_ID + n for n in range(1000)]

    def test_fetch_gives_the_same_rows(self, run: Loop, engine: Engine, task: Task) -> None:
        handle = run(engine.submit(task))
        ids = run(fetch_ids(engine, handle, task, 0))
        assert ids == [FIRST_ID + n for n in range(1000)]
        # Once more, now that it is done, and from beyond the end.
        assert run(fetch_ids(engine, handle, task, 0)) == ids
        assert run(fetch_ids(engine, handle, task, 1_000)) == []

    def test_no_rows(self, run: Loop, engine: Engine, task: Task) -> None:
        status = finish(run, engine, replace(task, sql=self.rows_sql.format(limit=0)))
        assert (status.rows, status.overflow, status.batches) == (0, False, ())
        with pa.ipc.open_stream(task.output.read_bytes()) as reader:
            assert reader.read_all().num_rows == 0
            assert reader.schema.names == ["id", "ra", "name"]

    # -- limits ------------------------------------------------------------

    @pytest.mark.req("PRTL-REQ-0012")
    @pytest.mark.parametrize(
        ("maxrec", "limit", "rows", "overflow"),
        [(10, 11, 10, True), (10, 10, 10, False), (10, 9, 9, False), (0, 1, 0, True)],
    )
    def test_maxrec(
        self,
        run: Loop,
        engine: Engine,
        task: Task,
        maxrec: int,
        limit: int,
        rows: int,
        overflow: bool,
    ) -> None:
        status = finish(
            run, engine, replace(task, maxrec=maxrec, sql=self.rows_sql.format(limit=limit))
        )
        assert status.state is State.DONE
        assert (status.rows, status.overflow) == (rows, overflow)

    def test_max_bytes(self, run: Loop, engine: Engine, task: Task) -> None:
        most = 500_000
        wanted = replace(task, sql=self.rows_sql.format(limit=ROWS), maxrec=ROWS, max_bytes=most)
        status = finish(run, engine, wanted)
        assert status.state is State.DONE
        assert status.overflow
        assert 0.8 * most < status.size <= most
        with pa.ipc.open_stream(task.output.read_bytes()) as reader:
            assert reader.read_all()["id"].to_pylist() == [FIRST_ID + n for n in range(status.rows)]

    def test_timeout(self, run: Loop, engine: Engine, endless: Task) -> None:
        begin = time.monotonic()
        status = finish(run, engine, replace(endless, timeout=0.5))
        assert time.monotonic() - begin < 4
        assert status.state is State.FAILED
        assert status.error is not None
        assert status.error["code"] == "QueryTimeoutError"
        assert "0.5 seconds" in status.error["message"]
        assert not endless.output.exists()

    # -- failing -----------------------------------------------------------

    def test_error_in_the_data(self, run: Loop, engine: Engine, task: Task) -> None:
        handle = run(engine.submit(replace(task, sql=self.failing_sql, fields=())))
        status = run(end_of(engine, handle))
        assert status.state is State.FAILED
        assert status.error is not None
        assert status.error["code"] == "QueryError"
        assert "'oops'" in status.error["message"]
        assert "/" not in status.error["message"]
        assert not task.output.exists()
        with pytest.raises(QueryError):
            run(fetch_ids(engine, handle, task, 0))
        again = replace(task, id="after-" + task.id)
        assert finish(run, engine, again).state is State.DONE

    def test_cancel_running(self, run: Loop, engine: Engine, endless: Task) -> None:
        handle = run(engine.submit(endless))
        while run(engine.poll(handle, seen=0, wait=20)).rows == 0:
            pass
        begin = time.monotonic()
        run(engine.cancel(handle))
        assert time.monotonic() - begin < 2
        status = run(engine.poll(handle))
        assert status.state is State.CANCELLED
        assert not endless.output.exists()
        with pytest.raises(QueryAbortedError):
            run(fetch_ids(engine, handle, endless, 10**6))

    def test_cancel_finished_does_nothing(self, run: Loop, engine: Engine, task: Task) -> None:
        handle = run(engine.submit(task))
        run(end_of(engine, handle))
        run(engine.cancel(handle))
        assert run(engine.poll(handle)).state is State.DONE
        assert task.output.exists()

    def test_queued_tasks_wait_and_can_be_cancelled(
        self, run: Loop, engine: Engine, endless: Task
    ) -> None:
        lanes = sum(engine.describe().workers.values())
        handles = [
            run(
                engine.submit(
                    replace(
                        endless,
                        id=f"{endless.id}-{n}",
                        output=endless.output.with_name(f"{n}.arrow"),
                        queue=Queue.SCAN,
                    )
                )
            )
            for n in range(lanes + 2)
        ]
        last = run(engine.poll(handles[-1], wait=0))
        assert last.state is State.QUEUED
        assert last.queue_position is not None
        assert last.queue_position >= 1
        for handle in reversed(handles):
            run(engine.cancel(handle))
        assert {run(engine.poll(handle)).state for handle in handles} == {State.CANCELLED}

    # -- growing -----------------------------------------------------------

    def test_rows_can_be_read_while_it_grows(
        self, run: Loop, engine: Engine, endless: Task
    ) -> None:
        handle = run(engine.submit(endless))
        seen = 0
        for _ in range(3):
            status = run(engine.poll(handle, seen=seen, wait=20))
            while len(status.batches) <= seen:
                status = run(engine.poll(handle, seen=seen, wait=20))
            assert status.state is State.RUNNING
            seen = len(status.batches)
            batches = read_places(endless.output, status)
            assert sum(batch.num_rows for batch in batches) == status.rows
            assert all(batch["id"].null_count == 0 for batch in batches)
        run(engine.cancel(handle))

    # -- handles -----------------------------------------------------------

    def test_handle_can_be_stored(self, run: Loop, engine: Engine, task: Task) -> None:
        handle = run(engine.submit(task))
        assert json.loads(handle)["engine"] == engine.describe().name
        assert run(engine.attach(str(handle)))
        run(end_of(engine, handle))

    @pytest.mark.parametrize(
        "handle", ["", "{}", '{"engine": "x"}', "[1]", '{"id": [], "boot": 1}']
    )
    def test_unknown_handle(self, run: Loop, engine: Engine, handle: str) -> None:
        assert run(engine.attach(handle)) is False
        with pytest.raises(EngineError):
            run(engine.poll(handle))

    def test_one_name_one_task(self, run: Loop, engine: Engine, task: Task) -> None:
        handle = run(engine.submit(task))
        with pytest.raises(LspError):
            run(engine.submit(task))
        run(end_of(engine, handle))

    def test_describe_and_estimate(self, run: Loop, engine: Engine, task: Task) -> None:
        info = engine.describe()
        assert info.name
        assert info.version
        assert info.dialect
        estimate = run(engine.estimate(task))
        assert estimate.rows is None or estimate.rows >= 0


def finish(run: Loop, engine: Engine, task: Task) -> Status:
    """Submit it and wait for its end."""

    async def work() -> Status:
        return await end_of(engine, await engine.submit(task))

    return run(work())


async def end_of(engine: Engine, handle: str) -> Status:
    """Its last status."""
    while True:
        status = await engine.poll(handle, seen=1 << 60, wait=20)
        if status.finished:
            return status


async def fetch_ids(engine: Engine, handle: str, task: Task, first: int) -> list[int]:
    """The ids that `Engine.fetch` gives."""
    ids: list[int] = []
    async for message in engine.fetch(handle, first):
        with pa.ipc.open_stream(task.output.read_bytes()) as reader:
            schema = reader.schema
        batch = pa.ipc.read_record_batch(pa.ipc.read_message(message), schema)
        ids += batch["id"].to_pylist()
    return ids


def read_places(path: Path, status: Status) -> Iterator[pa.RecordBatch] | list[pa.RecordBatch]:
    """The batches a status tells of, read from the file as it is now."""
    with path.open("rb") as file:
        data = map_file(file.fileno())
    schema = pa.ipc.read_schema(data.slice(0, status.header))
    return [
        read_batch(data, schema, Place(batch.offset, batch.length, batch.rows))
        for batch in status.batches
    ]
