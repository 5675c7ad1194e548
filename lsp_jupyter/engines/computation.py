"""Statements over results whose answers are small, as a worker process is asked for them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from lsp_jupyter.errors import EngineError, LspError, QueryTimeoutError

from . import wire
from .process import WorkerProcess
from .protocol import Attachment

__all__ = ["Computation"]


class Computation:
    """Implements `lsp_jupyter.engines.work.Work`.

    Parameters
    ----------
    statements : sequence of `str`
        What to compute, one after the other.
    results : sequence of mapping
        As `lsp_jupyter.engines.duckdb_results.registered` takes them.
    fields : sequence, optional
        For each statement what its columns are declared to be.
    folder : `~pathlib.Path`
        Of the answers until they are read.
    timeout : `float`
        Seconds it may take.

    Attributes
    ----------
    ended : `asyncio.Event`
        Set when no process does it any more.
    """

    def __init__(
        self,
        statements: Sequence[str],
        results: Sequence[Mapping[str, Any]],
        fields: Sequence[Sequence[Mapping[str, str]] | None] | None,
        folder: Path,
        timeout: float,
    ) -> None:
        self.attachments: tuple[Attachment, ...] = ()
        self.timeout = timeout
        self.turn = ""
        self.worker: WorkerProcess | None = None
        self.cancelled = False
        self._output = folder / f"c{secrets.token_hex(8)}"
        self._message: wire.Message = {
            "op": "compute",
            "sql": list(statements),
            "results": [dict(one) for one in results],
            "fields": None if fields is None else [one and list(one) for one in fields],
            "output": str(self._output),
        }
        self.ended = asyncio.Event()
        self._count = len(statements)
        self._answers: asyncio.Queue[int | LspError | None] = asyncio.Queue()

    def message(self) -> wire.Message:
        """What to send to the worker."""
        return self._message

    def begin(self) -> None:
        """Note that a worker starts with it now."""

    def receive(self, answer: wire.Message) -> None:
        """Take one answer; the last one is ``done``."""
        if answer["op"] == "computed":
            self._answers.put_nowait(answer["number"])
        elif answer["op"] == "done":
            self.ended.set()
            self._answers.put_nowait(None)

    def fail(self, error: LspError) -> None:
        """Note that it ended without success."""
        self.ended.set()
        self._answers.put_nowait(error)

    def too_late(self) -> LspError:
        """The error of its timeout."""
        return QueryTimeoutError(
            f"The computation took longer than {self.timeout:g} seconds.",
            hint="Filter to fewer rows first.",
        )

    async def answers(self) -> AsyncIterator[pa.Table]:
        """The answers in order, each as soon as it is there."""
        for number in range(self._count):
            answer = await self._next()
            if answer is None:
                raise EngineError("The engine gave no answer.")
            table = await asyncio.to_thread(_read, Path(f"{self._output}.{answer}"))
            if number == self._count - 1:
                # The process is free for what is asked next.
                await self._next()
            yield table

    async def _next(self) -> int | None:
        answer = await self._answers.get()
        if isinstance(answer, LspError):
            raise answer
        return answer

    def tidy(self) -> None:
        """Remove what was not read. It must not run any more."""
        for number in range(self._count):
            with contextlib.suppress(OSError):
                Path(f"{self._output}.{number}").unlink(missing_ok=True)


def _read(path: Path) -> pa.Table:
    try:
        with pa.memory_map(str(path)) as file:
            return pa.ipc.open_stream(file).read_all()
    finally:
        # The mapped bytes stay as long as the table.
        path.unlink(missing_ok=True)
