"""Cutouts of many positions: a table of them in, one file out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from lsp_jupyter.api import uws
from lsp_jupyter.api.job_service import Output
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.bulk.pack import INDEX
from lsp_jupyter.images.bulk.request import FORMATS, MOST, PARAMETERS, REPEATED, Request
from lsp_jupyter.jobs.job import SEPARATOR, Job, Origin
from lsp_jupyter.web import BaseHandler
from lsp_jupyter.web.files import send_file

__all__ = ["BulkJobs", "routes"]

_MIMES = {f"cutouts.{kind}": mime for kind, mime in FORMATS.items()} | {INDEX: "text/csv"}


class BulkJobs:
    """Jobs that make many cutouts, as `~lsp_jupyter.api.uws` serves them."""

    path = "cutouts"
    origin = Origin.CUTOUTS
    origins: Collection[Origin] = frozenset({Origin.CUTOUTS})
    uploads = True
    most = 2 * MOST + 100

    def check(self, given: Parameters) -> dict[str, str]:
        """The job parameters of a request; those that need each other are looked at when it runs.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one cannot be used.
        """
        found: dict[str, list[str]] = {}
        for name in PARAMETERS:
            values = [text.strip() for text in given.all(name)]
            if len(values) > 1 and name not in REPEATED:
                raise ParameterError(
                    f"{name} was sent {len(values)} times.", parameter=name, hint="Send it once."
                )
            if any(values):
                found[name] = values
        Request.of(found)
        return {name: SEPARATOR.join(values) for name, values in found.items()}

    def outputs(self, handler: BaseHandler, job: Job) -> Sequence[Output]:
        """The file of all cutouts, and the table of what is in it."""
        paths = handler.platform.work.files(handler.caller, job.id)
        return [Output(one.name, _MIMES[one.name], one.stat().st_size) for one in paths]

    async def send_result(self, handler: BaseHandler, job: Job, name: str) -> None:
        """Answer with one of them."""
        paths = handler.platform.work.files(handler.caller, job.id)
        path = next(one for one in paths if one.name == name)
        handler.attach(path.name)
        await send_file(handler, path, _MIMES[name])


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Where cutouts of many positions are made.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    return [*uws.routes(BulkJobs(), jobs=lambda platform: platform.work)]
