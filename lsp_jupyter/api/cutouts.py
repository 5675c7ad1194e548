"""Cutouts of many positions: a table of them in, one file out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Sequence
from typing import Any

from lsp_jupyter.api import uws
from lsp_jupyter.api.job_service import Output
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.bulk.pack import INDEX
from lsp_jupyter.images.bulk.request import (
    AT_ONCE,
    FORMATS,
    MOST,
    PARAMETERS,
    REPEATED,
    Request,
)
from lsp_jupyter.jobs.job import SEPARATOR, Job, Origin
from lsp_jupyter.web import PREFIX, BaseHandler
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
        found = _values(given)
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


class BulkHandler(BaseHandler):
    """``cutouts/sync``: cutouts of a few positions in one answer, without a job."""

    vo = True

    async def get(self) -> None:
        """Answer with the file that a job would make."""
        given = Parameters.of(self.request, most=2 * AT_ONCE + 100)
        if "UPLOAD" in given:
            raise ParameterError(
                "A table cannot be sent to this address.",
                parameter="UPLOAD",
                hint="Send CIRCLE for each position, or the table to cutouts, as a job.",
            )
        request = Request.of(_values(given))
        folder = self.platform.pool.scratch(".cutouts")
        try:
            await asyncio.to_thread(folder.mkdir, mode=0o700)
            await self.unless_gone(self.platform.bulk.at_once(self.caller, request, folder))
            name = f"cutouts.{request.kind}"
            self.attach(name)
            await send_file(self, folder / name, _MIMES[name])
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    post = get


def _values(given: Parameters) -> dict[str, list[str]]:
    """The values of what cutouts are asked for with.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if one came too often.
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
    return found


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Where cutouts of many positions are made.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    return [
        (f"/{PREFIX}/{BulkJobs.path}/sync/?", BulkHandler, {}),
        *uws.routes(BulkJobs(), jobs=lambda platform: platform.work),
    ]
