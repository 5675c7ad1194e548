"""Finished results as tables: ``FROM job."<id>"``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.errors import JobNotFoundError, ResultNotFoundError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.relation import column_of
from lsp_jupyter.results.store import Result, ResultStore

from .job import Job, Phase
from .readable import Finder, Opened

__all__ = ["SCHEMA", "JobTables", "column_of"]

#: The schema that results are in.
SCHEMA = "job"

_ID = re.compile(r"[0-9a-f]{32}")


class JobTables:
    """The results of every caller, each for its owner only.

    Parameters
    ----------
    job : callable
        Gives a caller's job by its id, as `~lsp_jupyter.jobs.reader.JobReader.get` does.
    results : `~lsp_jupyter.results.store.ResultStore`
        Has them.

    Attributes
    ----------
    schema : `str`
        What they are in; see `~lsp_jupyter.jobs.readable.TableProvider`.
    """

    schema = SCHEMA

    def __init__(self, job: Callable[[Caller, str], Job], results: ResultStore) -> None:
        self._job = job
        self._results = results

    def finder(self, caller: Caller, job: Job | None) -> Finder:  # noqa: ARG002
        """Results of the caller's own; see `~lsp_jupyter.jobs.readable.TableProvider`."""
        return _Results(self, caller)

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


class _Results:
    """The results that one caller may read."""

    def __init__(self, tables: JobTables, caller: Caller) -> None:
        self._tables = tables
        self._caller = caller

    def find(self, name: str) -> Opened:
        """The result of a job by its identifier."""
        result = self._tables.open(self._caller, name.lower())
        table = _table(name.lower(), result)
        told = result.metadata.get("lsp:release", "")
        return Opened(
            table,
            results=(Attachment(table.source[0], result.path, result.size),),
            releases=frozenset(filter(None, told.split(", "))),
        )

    def tables(self) -> Iterable[Table]:
        """None: nobody mistypes the identifier of a job."""
        return ()


def _table(job_id: str, result: Result) -> Table:
    """A result as a query sees it. It has no index: positions are computed from its columns."""
    return Table(
        schema=SCHEMA,
        name=job_id,
        columns=tuple(map(column_of, result.schema)),
        source=(f"{SCHEMA}_{job_id}",),
        title="Result of a job",
        description=result.metadata.get("lsp:query", ""),
        rows=result.rows,
        kind="job",
    )
