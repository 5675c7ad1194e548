"""TAP 1.1: queries, synchronously and as jobs."""

from __future__ import annotations

import sys
from collections.abc import Collection

from lsp_jupyter.api.answer import completed, format_of, send_table
from lsp_jupyter.api.parameters import MOST, Parameters
from lsp_jupyter.api.uploads import stage
from lsp_jupyter.api.uws import Output
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.formats.registry import writer_for
from lsp_jupyter.jobs.job import Job, Origin
from lsp_jupyter.jobs.planner import maxrec_of
from lsp_jupyter.jobs.upload_parameter import parse_uploads
from lsp_jupyter.web import BaseHandler
from lsp_jupyter.web.uploads import UploadHandler

__all__ = ["SyncHandler", "TapJobs"]

#: What a job keeps of a request (TAP 1.1 section 2.7).
KEPT = ("REQUEST", "LANG", "QUERY", "RESPONSEFORMAT", "FORMAT", "MAXREC", "RUNID")


def check(given: Parameters) -> dict[str, str]:
    """The parameters of a query, as sent.

    Query and language are left to the query's planner, so that a job with a
    wrong one ends in ERROR, as validators expect.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if one is repeated or cannot be used.
    """
    uploads = parse_uploads(given.all("UPLOAD"))
    found = {name: given.get(name, strip=name != "QUERY") for name in KEPT}
    kept = {name: value for name, value in found.items() if value is not None}
    if uploads:
        kept["UPLOAD"] = ";".join(map(str, uploads))
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


class TapJobs:
    """TAP's asynchronous queries, as `~lsp_jupyter.api.uws` serves them."""

    path = "tap/async"
    origin = Origin.TAP_ASYNC
    origins: Collection[Origin] = frozenset(Origin)
    uploads = True
    most = MOST

    def check(self, given: Parameters) -> dict[str, str]:
        """The job parameters of a request; see `check`."""
        return check(given)

    def outputs(self, handler: BaseHandler, job: Job) -> list[Output]:
        """The one result, as TAP 1.1 section 2.4.2 calls it."""
        config = handler.settings_of_instance
        return [Output("result", format_of(job.parameters, config.result_format).mime)]

    async def send_result(self, handler: BaseHandler, job: Job, name: str) -> None:  # noqa: ARG002
        """Answer with the table."""
        await send_table(handler, job)


class SyncHandler(UploadHandler):
    """``tap/sync``: a query whose answer is its result."""

    vo = True

    async def get(self) -> None:
        """Run the query and answer with its table."""
        given = Parameters.of(self.request, self.form)
        parameters = check(given)
        if "QUERY" not in parameters:
            raise ParameterError(
                "QUERY is missing.", parameter="QUERY", hint="Send an ADQL query as QUERY."
            )
        uploads = await stage(self, given)
        await send_table(self, await completed(self, parameters, uploads))

    post = get
