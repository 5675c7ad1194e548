"""Fixtures for tests of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.arrow_stream import StreamWriter
from lsp_jupyter.engines.protocol import Batch, State, Status
from lsp_jupyter.results.store import ResultStore


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path / "results", LspConfig(state_dir=str(tmp_path)))


class Growth:
    """Writes a result the way a worker does, a batch at a time."""

    def __init__(self, store: ResultStore, schema: pa.Schema) -> None:
        self.store = store
        self.id = store.new()
        self._writer = StreamWriter(store.path(self.id), schema)

    def status(self, state: State, sha256: str = "") -> Status:
        writer = self._writer
        return Status(
            state=state,
            batches=tuple(Batch(*place) for place in writer.places),
            header=writer.header,
            rows=writer.rows,
            size=writer.size,
            sha256=sha256,
        )

    def add(self, batch: pa.RecordBatch) -> None:
        self._writer.write(batch)
        self.store.grow(self.id, self.status(State.RUNNING))

    def end(self) -> Status:
        """What the engine says when it is done."""
        digest = self._writer.close()
        return self.status(State.DONE, digest)

    def finish(self) -> Status:
        status = self.end()
        self.store.finish(self.id, status)
        return status


@pytest.fixture
def keep(store: ResultStore) -> Callable[..., str]:
    """Stores a table as a finished result of some batches; gives its id."""

    def put(table: pa.Table, rows: int = 1 << 40) -> str:
        growth = Growth(store, table.schema)
        for batch in table.combine_chunks().to_batches(max_chunksize=rows):
            growth.add(batch)
        growth.finish()
        return growth.id

    return put
