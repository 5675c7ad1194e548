"""User tables in queries: ``FROM mydb.<name>``."""

from __future__ import annotations

from collections.abc import Iterable

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job
from lsp_jupyter.jobs.readable import Finder, Opened

from .tables import SCHEMA, UserTables

__all__ = ["MyTables"]


class MyTables:
    """The tables of each caller's own.

    Parameters
    ----------
    tables : `~lsp_jupyter.workspace.tables.UserTables`
        Has them.

    Attributes
    ----------
    schema : `str`
        What they are in; see `~lsp_jupyter.jobs.readable.TableProvider`.
    """

    schema = SCHEMA

    def __init__(self, tables: UserTables) -> None:
        self._tables = tables

    def finder(self, caller: Caller, job: Job | None) -> Finder:  # noqa: ARG002
        """Tables of the caller's own; see `~lsp_jupyter.jobs.readable.TableProvider`."""
        return _Mine(self._tables, caller)


class _Mine:
    """The tables of one caller."""

    def __init__(self, tables: UserTables, caller: Caller) -> None:
        self._tables = tables
        self._caller = caller

    def find(self, name: str) -> Opened:
        """A table by its name."""
        found = self._tables.get(self._caller, name)
        return Opened(
            found.table,
            attachments=(self._tables.attachment(self._caller, found.table),),
            releases=frozenset({found.version}),
        )

    def tables(self) -> Iterable[Table]:
        """All of them."""
        return [one.table for one in self._tables.of(self._caller)]
