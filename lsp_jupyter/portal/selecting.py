"""Where viewers, widgets and kernels read and change a selection."""

from __future__ import annotations

import asyncio

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.portal.results import StoredHandler
from lsp_jupyter.portal.selections import Ranges, Selection, parse_ranges, through
from lsp_jupyter.results.views import View
from lsp_jupyter.web import FORM_OVERHEAD

__all__ = ["SelectionHandler"]

#: Bytes of one range in JSON at most, and ranges there may be.
RANGE, RANGES = 48, 100_000


class SelectionHandler(StoredHandler):
    """``portal/results/{id}/selection``."""

    def body_max(self) -> int:
        """Room for as many ranges as a request may hold."""
        return RANGE * RANGES + FORM_OVERHEAD

    async def get(self, job_id: str) -> None:
        """Answer the selected rows, in result order."""
        self.platform.jobs.get(self.caller, job_id)
        await self._answer(self.selections.get(self.caller.subject, job_id))

    async def put(self, job_id: str) -> None:
        """Replace the selection by rows at positions of a view, or by all rows of one."""
        body = await asyncio.to_thread(self.fields, {"ranges": list, "view": dict})
        if not body:
            raise ParameterError(
                "'ranges' is missing.", parameter="ranges", hint='Send {"ranges": [[0, 10]]}.'
            )
        view = View.parse(body.get("view"))
        if "ranges" in body:
            ranges = await self._at(job_id, body["ranges"], view)
        else:
            result = await self.finished(job_id)
            ranges, _ = await self.unless_gone(self.platform.finding.rows(result.id, view))
        owner = self.caller.subject
        selection = self.selections.put(owner, job_id, ranges)
        state = {"rows": selection.rows, "revision": selection.revision}
        self.events.publish(owner, "selection", job_id, state)
        await self._answer(selection)

    async def _at(self, job_id: str, ranges: object, view: View) -> Ranges:
        """The rows that are at these positions of a view."""
        result = await self.result(job_id)
        order = await self.unless_gone(self.platform.views.order(result.id, view))

        def mapped() -> Ranges:
            places = parse_ranges(ranges, result.rows if order is None else order.size)
            return places if order is None else through(places, order)

        return await asyncio.to_thread(mapped)

    async def _answer(self, selection: Selection) -> None:
        self.send_bytes(await asyncio.to_thread(selection.to_json), "application/json")
