"""A state folder of the platform, and the engine alone on the same files."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import duckdb

from lsp_jupyter.adql import Compiled, compile_query
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.identity import local_caller

__all__ = ["Store"]


class Store:
    """The platform's catalogue in one state folder.

    Parameters
    ----------
    state : `~pathlib.Path`
        The folder.
    """

    def __init__(self, state: Path) -> None:
        self.config = LspConfig(state_dir=str(state))
        self._connections: list[duckdb.DuckDBPyConnection] = []

    def close(self) -> None:
        """Close every connection that was given out."""
        for connection in self._connections:
            connection.close()

    @cached_property
    def catalog(self) -> Catalog:
        """What is published."""
        return Catalog(self.config.state())

    def compile(self, adql: str, *, preview: bool = False) -> Compiled:
        """What the platform makes of a query."""
        caller = local_caller(self.config.state(), self.config.instance)
        snapshot = self.catalog.snapshot(caller)
        return compile_query(adql, snapshot, maxrec=self.config.maxrec, preview=preview)

    def raw(self, *queries: Compiled) -> duckdb.DuckDBPyConnection:
        """The engine alone: a connection of this process to the files that queries read.

        It has the memory and the threads that a worker has.
        """
        connection = duckdb.connect()
        self._connections.append(connection)
        connection.execute(f"SET threads={self.config.worker_threads}")
        connection.execute(f"SET memory_limit='{self.config.worker_memory}B'")
        tables = {table.full_name: table for query in queries for table in query.tables}
        for attachment in self.catalog.pin(tuple(tables.values())):
            connection.execute(f"ATTACH '{attachment.path}' AS \"{attachment.alias}\" (READ_ONLY)")
        return connection
