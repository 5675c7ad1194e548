"""Synchronous services: a job is run while the client waits, and its table is the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa
from tornado.iostream import StreamClosedError

from lsp_jupyter.api.described import services_for
from lsp_jupyter.errors import LspError, QueryAbortedError, QueryTimeoutError, error_from_dict
from lsp_jupyter.formats.header import Rows, TableHeader, provenance
from lsp_jupyter.formats.registry import Format, writer_for
from lsp_jupyter.images.access import addressed
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.uploads import StagedUploads
from lsp_jupyter.web import BaseHandler
from lsp_jupyter.web.tables import send_rows

__all__ = ["View", "completed", "format_of", "send_table"]

#: How a service shows a table: its schema and batches in, those to be written out.
View = Callable[[pa.Schema, Iterable[pa.RecordBatch]], tuple[pa.Schema, Iterable[pa.RecordBatch]]]

#: Bytes of a result that is written at once.
SMALL = 64 << 10


def format_of(parameters: Mapping[str, str], default: str) -> Format:
    """The format a request asks for (DALI 1.1 section 3.4.3)."""
    return writer_for(parameters.get("RESPONSEFORMAT") or parameters.get("FORMAT") or default)


async def completed(
    handler: BaseHandler, parameters: Mapping[str, str], uploads: StagedUploads | None = None
) -> Job:
    """Run a query to its end while the client waits; it ends when the client goes away.

    Parameters
    ----------
    handler : `~lsp_jupyter.web.BaseHandler`
        Of the request.
    parameters : mapping
        Of the job; see `~lsp_jupyter.jobs.runner.Jobs.submit`.
    uploads : `~lsp_jupyter.jobs.uploads.StagedUploads`, optional
        The tables that came with it; removed when it has ended.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised as what made the job fail.
    lsp_jupyter.errors.QueryTimeoutError
        Raised if it takes longer than the limit of synchronous queries.
    """
    try:
        return await _completed(handler, parameters, uploads)
    finally:
        if uploads is not None:
            await asyncio.to_thread(uploads.discard)


async def _completed(
    handler: BaseHandler, parameters: Mapping[str, str], uploads: StagedUploads | None
) -> Job:
    jobs, caller, config = handler.platform.jobs, handler.caller, handler.settings_of_instance
    job = await jobs.submit(
        caller,
        parameters,
        origin=Origin.TAP_SYNC,
        run_id=parameters.get("RUNID", ""),
        uploads=uploads,
    )
    try:
        job = await handler.unless_gone(jobs.finished(caller, job.id, config.sync_timeout))
    except (StreamClosedError, asyncio.CancelledError):
        await jobs.abort(caller, job.id)
        raise
    if not job.phase.final:
        await jobs.abort(caller, job.id)
        raise QueryTimeoutError(
            f"The query took longer than {config.sync_timeout:g} s.",
            hint="Run it asynchronously: POST it to tap/async.",
        )
    if job.phase is not Phase.COMPLETED:
        raise _failure(job)
    return job


async def send_table(handler: BaseHandler, job: Job, view: View | None = None) -> None:
    """Answer with the result of a completed job in the format it asked for.

    Parameters
    ----------
    handler : `~lsp_jupyter.web.BaseHandler`
        Of the request.
    job : `~lsp_jupyter.jobs.job.Job`
        Completed.
    view : callable, optional
        What the service makes of the table.
    """
    form = format_of(job.parameters, handler.settings_of_instance.result_format)
    result = handler.platform.jobs.result(handler.caller, job.id)
    schema = result.schema
    root = handler.link()

    def batches() -> Iterable[pa.RecordBatch]:
        return addressed(root, result.schema, result.iter_batches())

    rows = Rows(batches)
    if view is not None:
        schema, _ = view(schema, ())
        rows = Rows(lambda: view(result.schema, batches())[1])
    header = TableHeader(
        schema=schema,
        overflow=result.overflow,
        infos=provenance(result.schema),
        rows=result.rows,
        scratch=handler.settings_of_instance.state(),
        # A service that has a view of its own, as a cone search, answers with one RESOURCE alone.
        services=services_for(handler, schema) if form.extension == "vot" and view is None else (),
    )
    handler.set_header("X-LSP-Job", job.id)
    await send_rows(handler, form, header, rows, job.id, small=result.size <= SMALL, shown=True)


def _failure(job: Job) -> LspError:
    if job.error is not None:
        return error_from_dict(dict(job.error))
    return QueryAbortedError("The query was cancelled.")
