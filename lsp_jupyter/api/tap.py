"""TAP 1.1: queries, synchronously and as jobs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import (
    LspError,
    ParameterError,
    QueryAbortedError,
    QueryTimeoutError,
    error_from_dict,
)
from lsp_jupyter.formats.header import TableHeader, provenance
from lsp_jupyter.formats.registry import Format, writer_for
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.planner import maxrec_of
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig

__all__ = ["SyncHandler", "TapJobs"]

#: What a job keeps of a request (TAP 1.1 section 2.7).
KEPT = ("REQUEST", "LANG", "QUERY", "RESPONSEFORMAT", "FORMAT", "MAXREC", "RUNID")

#: Bytes of a result that is written at once: that takes less than handing it to a thread.
SMALL = 64 << 10


def check(given: Parameters) -> dict[str, str]:
    """The parameters of a query, as sent.

    Query and language are left to the query's planner, so that a job with a
    wrong one ends in ERROR, as validators expect.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if one is repeated or cannot be used.
    """
    if given.all("UPLOAD") or given.files:
        raise ParameterError(
            "Uploaded tables are not supported by this release.",
            parameter="UPLOAD",
            hint="Query published tables only; see TAP_SCHEMA.tables.",
        )
    found = {name: given.get(name, strip=name != "QUERY") for name in KEPT}
    kept = {name: value for name, value in found.items() if value is not None}
    request = kept.get("REQUEST", "doQuery")
    if request.lower() != "doquery":
        raise ParameterError(
            f"REQUEST can only be doQuery, not “{request[:60]}”.",
            parameter="REQUEST",
            hint="The capabilities are at tap/capabilities." if "cap" in request.lower() else "",
        )
    maxrec_of(kept, sys.maxsize)
    formats = {
        writer_for(kept[name]).write for name in ("RESPONSEFORMAT", "FORMAT") if name in kept
    }
    if len(formats) > 1:
        raise ParameterError(
            "RESPONSEFORMAT and FORMAT contradict each other.",
            parameter="RESPONSEFORMAT",
            hint="Send RESPONSEFORMAT alone.",
        )
    return kept


def format_of(parameters: Mapping[str, str], default: str) -> Format:
    """The format a query asks for."""
    return writer_for(parameters.get("RESPONSEFORMAT") or parameters.get("FORMAT") or default)


async def send_table(handler: BaseHandler, job: Job) -> None:
    """Answer with the result of a completed job in the format it asked for."""
    form = format_of(job.parameters, handler.settings_of_instance.result_format)
    result = handler.platform.jobs.result(handler.caller, job.id)
    header = TableHeader(
        schema=result.schema,
        overflow=result.overflow,
        infos=provenance(result.schema),
        rows=result.rows,
    )
    handler.set_header("Content-Type", form.mime)
    handler.set_header("X-LSP-Job", job.id)
    handler.set_header("X-LSP-Rows", str(result.rows))
    handler.set_header("X-LSP-Overflow", "true" if result.overflow else "false")
    handler.attach(f"{job.id}.{form.extension}")
    document = form.write(header, result.iter_batches())
    if result.size <= SMALL:
        await handler.finish(b"".join(document))
    else:
        await handler.stream(document)


class TapJobs:
    """TAP's asynchronous queries, as `~lsp_jupyter.api.uws` serves them."""

    path = "tap/async"
    origin = Origin.TAP_ASYNC

    def check(self, given: Parameters) -> dict[str, str]:
        """The job parameters of a request; see `check`."""
        return check(given)

    def result_type(self, parameters: Mapping[str, str], config: LspConfig) -> str:
        """MIME type of the result of a job with these parameters."""
        return format_of(parameters, config.result_format).mime

    async def send_result(self, handler: BaseHandler, job: Job) -> None:
        """Answer with the table."""
        await send_table(handler, job)


class SyncHandler(BaseHandler):
    """``tap/sync``: a query whose answer is its result."""

    vo = True

    async def get(self) -> None:
        """Run the query and answer with its table."""
        parameters = check(Parameters.of(self.request))
        if "QUERY" not in parameters:
            raise ParameterError(
                "QUERY is missing.", parameter="QUERY", hint="Send an ADQL query as QUERY."
            )
        jobs, caller = self.platform.jobs, self.caller
        job = await jobs.submit(
            caller,
            parameters,
            origin=Origin.TAP_SYNC,
            run_id=parameters.get("RUNID", ""),
        )
        try:
            job = await self.unless_gone(
                jobs.finished(caller, job.id, self.settings_of_instance.sync_timeout)
            )
        except (StreamClosedError, asyncio.CancelledError):
            await jobs.abort(caller, job.id)
            raise
        if not job.phase.final:
            await jobs.abort(caller, job.id)
            raise QueryTimeoutError(
                f"The query took longer than {self.settings_of_instance.sync_timeout:g} s.",
                hint="Run it asynchronously: POST it to tap/async.",
            )
        if job.phase is not Phase.COMPLETED:
            raise _failure(job)
        await send_table(self, job)

    post = get


def _failure(job: Job) -> LspError:
    if job.error is not None:
        return error_from_dict(dict(job.error))
    return QueryAbortedError("The query was cancelled.")
