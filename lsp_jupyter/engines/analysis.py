"""Grids and regions over a result, as a worker process is asked for them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import LspError, QueryTimeoutError

from . import wire
from .process import WorkerProcess
from .protocol import Attachment

__all__ = ["Analysis"]


class Analysis:
    """Implements `lsp_jupyter.engines.work.Work`.

    Parameters
    ----------
    kind : `str`
        ``grid`` (`lsp_jupyter.engines.duckdb_grid.fill_grid`), ``region``
        (`lsp_jupyter.engines.duckdb_regions.select_region`) or ``quantiles``
        (`lsp_jupyter.engines.duckdb_quantiles.quantiles`).
    sql : `str`
        What it takes.
    results : sequence of mapping
        As `lsp_jupyter.engines.duckdb_results.registered` takes them.
    options : mapping
        What else it takes.
    folder : `~pathlib.Path`
        Of the answer until it is read.
    timeout : `float`
        Seconds it may take.

    Attributes
    ----------
    output : `~pathlib.Path`
        The file that is written.
    told : `asyncio.Future`
        What is said of it.
    ended : `asyncio.Event`
        Set when no process does it any more.
    """

    def __init__(
        self,
        kind: str,
        sql: str,
        results: Sequence[Mapping[str, Any]],
        options: Mapping[str, Any],
        folder: Path,
        timeout: float,
    ) -> None:
        self.attachments: tuple[Attachment, ...] = ()
        self.timeout = timeout
        self.turn = ""
        self.worker: WorkerProcess | None = None
        self.cancelled = False
        self.output = folder / f"a{secrets.token_hex(8)}"
        self._message: wire.Message = {
            "op": kind,
            "sql": sql,
            "results": [dict(one) for one in results],
            "options": dict(options),
            "output": str(self.output),
        }
        self.ended = asyncio.Event()
        self.told: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def message(self) -> wire.Message:
        """What to send to the worker."""
        return self._message

    def begin(self) -> None:
        """Note that a worker starts with it now."""

    def receive(self, answer: wire.Message) -> None:
        """Take one answer; the last one is ``done``."""
        if answer["op"] == "done":
            self.ended.set()
            if not self.told.done():
                self.told.set_result(answer["told"])

    def fail(self, error: LspError) -> None:
        """Note that it ended without success; does nothing if it ended already."""
        self.ended.set()
        if not self.told.done():
            self.told.set_exception(error)
            # Nobody may be left to hear of it.
            self.told.exception()

    def too_late(self) -> LspError:
        """The error of its timeout."""
        return QueryTimeoutError(
            f"The computation took longer than {self.timeout:g} seconds.",
            hint="Filter to fewer rows first.",
        )

    def tidy(self) -> None:
        """Remove what was written. It must not run any more."""
        self.output.unlink(missing_ok=True)
