"""What one query may read: published tables, and those that providers add for its caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lsp_jupyter.adql.schema import Schema, Table
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.errors import AdqlError, LspError
from lsp_jupyter.identity import Caller

from .job import Job

__all__ = ["Finder", "Opened", "PublishedSchema", "ReadableSchema", "TableProvider"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A table that is not published, ready to be read.

    Attributes
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        As a query sees it.
    attachments : `tuple` of `~lsp_jupyter.engines.protocol.Attachment`
        The native files it is in.
    results : `tuple` of `~lsp_jupyter.engines.protocol.Attachment`
        The Arrow IPC streams it is in.
    releases : `frozenset` of `str`
        The versions of releases it was made from, for the provenance.
    """

    table: Table
    attachments: tuple[Attachment, ...] = ()
    results: tuple[Attachment, ...] = ()
    releases: frozenset[str] = frozenset()


class Finder(Protocol):
    """The tables of one schema that one query may read."""

    def find(self, name: str) -> Opened | None:
        """The table of that name, compared without regard to case.

        `None` stands for the published table of that name.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if it cannot be read; the message and the hint say why.
        """

    def tables(self) -> Iterable[Table]:
        """Those to be listed; there may be others."""


class TableProvider(Protocol):
    """Has tables that are not published.

    Attributes
    ----------
    schema : `str`
        The schema they are in, in lower case.
    """

    schema: str

    def finder(self, caller: Caller, job: Job | None) -> Finder:
        """What a query of this caller may read.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        job : `~lsp_jupyter.jobs.job.Job`, optional
            Whose query it is; none where tables are only listed or looked up.
        """


class PublishedSchema(Schema, Protocol):
    """Tables that are published in releases."""

    def tables(self) -> Iterator[Table]:
        """Every table, release by release."""

    def version_of(self, table: Table) -> str:
        """The version of the release that a table is of."""

    def credits(self, versions: Iterable[str]) -> tuple[list[str], list[str]]:
        """What to cite for these versions of releases, and their licences; each once."""


class ReadableSchema:
    """Implements `lsp_jupyter.adql.schema.Schema`: the catalogue and what providers add.

    It remembers what one query asks of it, so make one for each query.

    Parameters
    ----------
    published : `PublishedSchema`
        The published tables the caller may read.
    finders : mapping
        The other schemas by name, in lower case.
    """

    def __init__(self, published: PublishedSchema, finders: Mapping[str, Finder]) -> None:
        self._published = published
        self._finders = finders
        self._opened: dict[tuple[str, str], Opened] = {}
        self._refused: dict[tuple[str, str], LspError] = {}

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """Tables of that name; of a provider only if the schema is named. See the protocol."""
        place = (schema or "").lower()
        if place not in self._finders:
            return self._published.find(name, schema)
        key = place, name.lower()
        if key not in self._opened and key not in self._refused:
            try:
                found = self._finders[place].find(name)
            except LspError as error:
                self._refused[key] = error
            else:
                if found is None:
                    return self._published.find(name, schema)
                self._opened[key] = found
        opened = self._opened.get(key)
        return () if opened is None else (opened.table,)

    def names(self) -> Iterable[str]:
        """Every ``schema.name`` that is listed."""
        added = (table for finder in self._finders.values() for table in finder.tables())
        return [*self._published.names(), *(table.full_name for table in added)]

    def tables(self) -> Iterator[Table]:
        """Every table that is listed: published ones first."""
        yield from self._published.tables()
        for finder in self._finders.values():
            yield from finder.tables()

    def explain(self, error: AdqlError) -> AdqlError:
        """The error of a query, with the reason why a table it names cannot be read."""
        told: LspError = error
        for (schema, name), reason in self._refused.items():
            if f"{schema}.{name}" in error.message.lower():
                told = reason
        return AdqlError(
            told.message,
            line=error.line,
            column=error.column,
            length=error.length,
            hint=told.hint,
            others=tuple(map(self.explain, error.others)),
        )

    def opened(self, tables: Iterable[Table]) -> list[Opened]:
        """Those of these tables that providers added."""
        found = (self._opened.get(_key(table)) for table in tables)
        return [one for one in found if one is not None]

    def published(self, tables: Iterable[Table]) -> list[Table]:
        """Those of these tables that are published."""
        return [table for table in tables if _key(table) not in self._opened]

    def releases(self, tables: Sequence[Table]) -> set[str]:
        """The releases' versions that these tables are of; of a result those it was made from."""
        versions = {self._published.version_of(table) for table in self.published(tables)}
        return versions.union(*(one.releases for one in self.opened(tables)))

    def credits(self, versions: Iterable[str]) -> tuple[list[str], list[str]]:
        """What to cite for these versions of releases, and their licences; each once."""
        return self._published.credits(versions)


def _key(table: Table) -> tuple[str, str]:
    return table.schema.lower(), table.name.lower()
