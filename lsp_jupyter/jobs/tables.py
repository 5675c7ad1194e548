"""Finished results as tables: ``FROM job."<id>"``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from lsp_jupyter.adql.schema import Column, Schema, Table
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.errors import AdqlError, JobNotFoundError, LspError, ResultNotFoundError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import Result, ResultStore

from .job import Job, Phase

__all__ = ["SCHEMA", "JobTables", "ReadableSchema"]

#: The schema that results are in.
SCHEMA = "job"

_ID = re.compile(r"[0-9a-f]{32}")
#: What a field's metadata says of a column, by the names of `Column`.
_WORDS = ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")


class PublishedSchema(Schema, Protocol):
    """Tables that are published in releases."""

    def version_of(self, table: Table) -> str:
        """The version of the release that a table is of."""


class JobTables:
    """The results of every caller, each for its owner only.

    Parameters
    ----------
    job : callable
        Gives a caller's job by its id, as `~lsp_jupyter.jobs.reader.JobReader.get` does.
    results : `~lsp_jupyter.results.store.ResultStore`
        Has them.
    """

    def __init__(self, job: Callable[[Caller, str], Job], results: ResultStore) -> None:
        self._job = job
        self._results = results

    def beside(self, schema: PublishedSchema, caller: Caller) -> ReadableSchema:
        """Everything a caller may read: published tables, and results of the caller's own.

        Parameters
        ----------
        schema : `PublishedSchema`
            The published tables the caller may read.
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        """
        return ReadableSchema(schema, self, caller)

    def open(self, caller: Caller, job_id: str) -> Result:
        """The result of the caller's finished job.

        Raises
        ------
        lsp_jupyter.errors.JobNotFoundError
            Raised if the caller has no such job.
        lsp_jupyter.errors.ResultNotFoundError
            Raised if its result cannot be read: not yet, not any more, or never.
        """
        if not _ID.fullmatch(job_id):
            raise JobNotFoundError(
                f"“{job_id[:60]}” is not the identifier of a job.",
                hint=f'Write {SCHEMA}."…" with the identifier of one of your finished jobs.',
            )
        job = self._job(caller, job_id)
        if not job.phase.final:
            raise ResultNotFoundError(
                f"The job {job_id} is {job.phase}: only a finished result is a table.",
                hint="Wait until it is COMPLETED.",
            )
        if job.phase is not Phase.COMPLETED:
            raise ResultNotFoundError(
                f"The job {job_id} has no result: it is {job.phase}.",
                hint="Run its query again, and use the identifier of the new job.",
            )
        return self._results.open(job.result_id)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A result that a query names."""

    table: Table
    result: Result


class ReadableSchema:
    """Implements `lsp_jupyter.adql.schema.Schema`: the catalogue and the caller's results.

    It remembers what one query asks of it, so make one for each query.

    Parameters
    ----------
    schema : `PublishedSchema`
        The published tables.
    tables : `JobTables`
        The results.
    caller : `~lsp_jupyter.identity.Caller`
        Who asks.
    """

    def __init__(self, schema: PublishedSchema, tables: JobTables, caller: Caller) -> None:
        self._schema = schema
        self._tables = tables
        self._caller = caller
        self._opened: dict[str, _Opened] = {}
        self._refused: dict[str, LspError] = {}

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """Tables of that name; results only if the schema is named. See the protocol."""
        if schema is None or schema.lower() != SCHEMA:
            return self._schema.find(name, schema)
        key = name.lower()
        if key not in self._opened and key not in self._refused:
            try:
                result = self._tables.open(self._caller, key)
                self._opened[key] = _Opened(_table(key, result), result)
            except LspError as error:
                self._refused[key] = error
        opened = self._opened.get(key)
        return () if opened is None else (opened.table,)

    def names(self) -> Iterable[str]:
        """Every published ``schema.name``; nobody mistypes the identifier of a job."""
        return self._schema.names()

    def explain(self, error: AdqlError) -> AdqlError:
        """The error of a query, with the reason why a result it names cannot be read."""
        told: LspError = error
        for name, reason in self._refused.items():
            if f"{SCHEMA}.{name}" in error.message.lower():
                told = reason
        return AdqlError(
            told.message,
            line=error.line,
            column=error.column,
            length=error.length,
            hint=told.hint,
            others=tuple(map(self.explain, error.others)),
        )

    def attachments(self, tables: Iterable[Table]) -> tuple[Attachment, ...]:
        """The files of the results among these tables."""
        found = [self._opened[table.name] for table in tables if table.kind == "job"]
        return tuple(
            Attachment(one.table.source[0], one.result.path, one.result.size) for one in found
        )

    def releases(self, tables: Iterable[Table]) -> set[str]:
        """The releases' versions that these tables are of; of a result those it was made from."""
        out: set[str] = set()
        for table in tables:
            if table.kind == "job":
                told = self._opened[table.name].result.metadata.get("lsp:release", "")
                out.update(filter(None, told.split(", ")))
            else:
                out.add(self._schema.version_of(table))
        return out


def _table(job_id: str, result: Result) -> Table:
    """A result as a query sees it. It has no index: positions are computed from its columns."""
    return Table(
        schema=SCHEMA,
        name=job_id,
        columns=tuple(map(_column, result.schema)),
        source=(f"{SCHEMA}_{job_id}",),
        title="Result of a job",
        description=result.metadata.get("lsp:query", ""),
        rows=result.rows,
        kind="job",
    )


def _column(field: pa.Field) -> Column:
    told = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    return Column(field.name, **{"datatype": "char", **{k: told[k] for k in _WORDS if k in told}})
