"""What a worker process is asked to do: a query, its cost, or the order of a view."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from lsp_jupyter.errors import LspError, QueryAbortedError, QueryTimeoutError

from . import wire
from .process import WorkerProcess
from .protocol import Attachment, Batch, Estimate, State, Status, Task

__all__ = ["Arrangement", "Estimation", "Query", "Work"]


class Work(Protocol):
    """One thing to do, as it waits, runs and ends.

    Attributes
    ----------
    attachments : `tuple` of `Attachment`
        Files the worker must have.
    timeout : `float`
        Seconds it may run.
    worker : `WorkerProcess`, optional
        Who does it now.
    cancelled : `bool`
        Whether nobody wants it any more.
    turn : `str`
        See `~lsp_jupyter.engines.protocol.Task`.
    """

    attachments: tuple[Attachment, ...]
    timeout: float
    worker: WorkerProcess | None
    cancelled: bool
    turn: str

    def message(self) -> wire.Message:
        """What to send to the worker."""

    def begin(self) -> None:
        """Note that a worker starts with it now."""

    def receive(self, answer: wire.Message) -> None:
        """Take one answer; the last one is ``done``."""

    def fail(self, error: LspError) -> None:
        """Note that it ended without success; does nothing if it ended already."""

    def too_late(self) -> LspError:
        """The error of its timeout."""


class Query:
    """One query and what is known of its result.

    Parameters
    ----------
    task : `Task`
        The query.
    one_batch : `int`
        Bytes up to which a finished result becomes one batch.
    """

    def __init__(self, task: Task, one_batch: int) -> None:
        self.task = task
        self.attachments = task.attachments
        self.timeout = task.timeout
        self.turn = task.turn
        self.worker: WorkerProcess | None = None
        self.cancelled = False
        self.one_batch = one_batch
        self.state = State.QUEUED
        self.streamed: list[Batch] = []
        self.merged: Batch | None = None
        self.header = 0
        self._size = 0
        self._fraction: float | None = None
        self._overflow = False
        self._sha256 = ""
        self.error: Mapping[str, Any] | None = None
        self._event = asyncio.Event()

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)

    def status(self, position: int | None = None) -> Status:
        """All of it, as it is now."""
        batches = tuple(self.streamed) if self.merged is None else (self.merged,)
        return Status(
            state=self.state,
            batches=batches,
            header=self.header,
            rows=sum(batch.rows for batch in batches),
            size=self._size or max([self.header, *(b.offset + b.length for b in batches[-1:])]),
            fraction=self._fraction,
            queue_position=position,
            overflow=self._overflow,
            sha256=self._sha256,
            error=self.error,
        )

    async def changed(self) -> None:
        """Wait until something happens."""
        await self._event.wait()

    def _change(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def message(self) -> wire.Message:
        """What to send to the worker."""
        task = self.task
        return {
            "op": "run",
            "sql": task.sql,
            "results": _results(task),
            "fields": [dict(item) for item in task.fields],
            "metadata": dict(task.metadata),
            "output": str(task.output),
            "maxrec": task.maxrec,
            "max_bytes": task.max_bytes,
            "one_batch": self.one_batch,
            "durable": task.durable,
        }

    def begin(self) -> None:
        """Note that a worker starts with it now."""
        self.state = State.RUNNING
        self._change()

    def receive(self, answer: wire.Message) -> None:
        """Take one answer; the last one is ``done``."""
        match answer["op"]:
            case "batch":
                self.header = answer["header"]
                self.streamed.append(Batch(*answer["place"]))
            case "progress":
                # It never goes back, though the engine's own estimate may.
                self._fraction = max(self._fraction or 0.0, answer["fraction"])
            case "done":
                self._finish(answer)
            case _:
                pass
        self._change()

    def _finish(self, answer: wire.Message) -> None:
        self.header = answer["header"]
        self._size = answer["size"]
        self._overflow = answer["overflow"]
        self._sha256 = answer["sha256"]
        self._fraction = 1.0
        if answer["merged"]:
            # In one step of the loop with the change of state: who sees batches of
            # the growing file and opens it in the same step opens the right one.
            _replace(Path(f"{self.task.output}.merged"), self.task.output)
            (self.merged,) = (Batch(*place) for place in answer["places"])
        else:
            self.streamed = [Batch(*place) for place in answer["places"]]
        self.state = State.DONE

    def fail(self, error: LspError) -> None:
        """Note that it ended without success; does nothing if it ended already."""
        if self.finished:
            return
        if self.cancelled:
            self.state = State.CANCELLED
            self.error = QueryAbortedError("The query was cancelled.").to_dict()
        else:
            self.state = State.FAILED
            self.error = error.to_dict()
        for path in (self.task.output, Path(f"{self.task.output}.merged")):
            path.unlink(missing_ok=True)
        self._change()

    def too_late(self) -> LspError:
        """The error of its timeout."""
        return QueryTimeoutError(
            f"The query ran longer than its limit of {self.timeout:g} seconds and was ended.",
            hint="Narrow the selection, or run it as a job with a longer execution duration.",
        )


class Arrangement:
    """The order of the rows of a view.

    Parameters
    ----------
    sql : `str`
        Gives the numbers of the rows in order.
    results : sequence of mapping
        As `lsp_jupyter.engines.duckdb_results.registered` takes them.
    order : `~pathlib.Path`
        The file to write.
    timeout : `float`
        Seconds it may take.
    """

    def __init__(
        self,
        sql: str,
        results: Sequence[Mapping[str, Any]],
        order: Path,
        timeout: float,
    ) -> None:
        self.attachments: tuple[Attachment, ...] = ()
        self.timeout = timeout
        self.turn = ""
        self.worker: WorkerProcess | None = None
        self.cancelled = False
        self._message: wire.Message = {
            "op": "arrange",
            "sql": sql,
            "results": [dict(item) for item in results],
            "order": str(order),
        }
        self.rows: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def message(self) -> wire.Message:
        """What to send to the worker."""
        return self._message

    def begin(self) -> None:
        """Note that a worker starts with it now."""

    def receive(self, answer: wire.Message) -> None:
        """Take one answer; the last one is ``done``."""
        if answer["op"] == "done" and not self.rows.done():
            self.rows.set_result(answer["rows"])

    def fail(self, error: LspError) -> None:
        """Note that it ended without success; does nothing if it ended already."""
        if not self.rows.done():
            self.rows.set_exception(error)

    def too_late(self) -> LspError:
        """The error of its timeout."""
        return QueryTimeoutError(
            f"Sorting and filtering took longer than {self.timeout:g} seconds.",
            hint="Filter to fewer rows, or sort in the query.",
        )


class Estimation:
    """What a query will cost.

    Parameters
    ----------
    task : `Task`
        The query.
    timeout : `float`
        Seconds it may take.
    """

    def __init__(self, task: Task, timeout: float) -> None:
        self.attachments = task.attachments
        self.timeout = timeout
        self.turn = task.turn
        self.worker: WorkerProcess | None = None
        self.cancelled = False
        self._task = task
        self.estimate: asyncio.Future[Estimate] = asyncio.get_running_loop().create_future()

    def message(self) -> wire.Message:
        """What to send to the worker."""
        task = self._task
        return {
            "op": "estimate",
            "sql": task.sql,
            "results": _results(task),
            "maxrec": task.maxrec,
        }

    def begin(self) -> None:
        """Note that a worker starts with it now."""

    def receive(self, answer: wire.Message) -> None:
        """Take one answer; the last one is ``done``."""
        if answer["op"] == "done" and not self.estimate.done():
            self.estimate.set_result(Estimate(**answer["estimate"]))

    def fail(self, error: LspError) -> None:
        """Note that it ended without success; does nothing if it ended already."""
        if not self.estimate.done():
            self.estimate.set_exception(error)

    def too_late(self) -> LspError:
        """The error of its timeout."""
        return QueryTimeoutError(
            f"The cost of the query was not found within {self.timeout:g} seconds.",
            hint="Run it with a small MAXREC first.",
        )


def _results(task: Task) -> list[dict[str, str]]:
    return [{"alias": one.alias, "path": str(one.path)} for one in task.results]


def _replace(source: Path, target: Path) -> None:
    """Rename over a file without freeing its space here, which may take long."""
    held = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    source.replace(target)
    asyncio.get_running_loop().run_in_executor(None, os.close, held)
