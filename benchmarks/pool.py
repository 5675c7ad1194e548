"""The engine's own workers, without jobs, users and HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from benchmarks.store import Store
from lsp_jupyter.adql import Compiled
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.protocol import Queue, State, Task

__all__ = ["Pool"]


class Pool:
    """Warm workers over the files of a store.

    Parameters
    ----------
    store : `~benchmarks.store.Store`
        What to query.
    folder : `~pathlib.Path`
        Where results go.
    queries : sequence of `~lsp_jupyter.adql.Compiled`
        What will be asked.
    """

    def __init__(self, store: Store, folder: Path, queries: Sequence[Compiled]) -> None:
        self.store = store
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.engine = DuckDBEngine(store.config, folder / "spool")
        tables = {table.full_name: table for query in queries for table in query.tables}
        self.attachments = tuple(store.catalog.pin(tuple(tables.values())))
        self.numbers = itertools.count()

    async def __aenter__(self) -> Self:
        await self.engine.start()
        await self.engine.warm(self.attachments, wait=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.close()

    def task(self, query: Compiled, queue: Queue = Queue.INTERACTIVE) -> Task:
        """What the platform would have the engine do."""
        name = f"result-{next(self.numbers)}"
        return Task(
            id=name,
            sql=query.sql,
            fields=tuple({"name": column.name, **column.metadata()} for column in query.columns),
            attachments=self.attachments,
            output=self.folder / name,
            maxrec=self.store.config.maxrec,
            timeout=600,
            queue=queue,
            durable=False,
        )

    async def run(self, query: Compiled, queue: Queue = Queue.INTERACTIVE) -> float:
        """Seconds from asking to the end.

        Raises
        ------
        RuntimeError
            Raised if the query fails.
        """
        task = self.task(query, queue)
        start = time.perf_counter()
        handle = await self.engine.submit(task)
        status = await self.engine.poll(handle)
        while not status.finished:
            status = await self.engine.poll(handle, seen=len(status.batches), wait=10)
        taken = time.perf_counter() - start
        if status.state is not State.DONE:
            raise RuntimeError(f"The query failed: {status.error}")
        task.output.unlink()
        return taken
