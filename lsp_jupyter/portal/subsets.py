"""Named sets of rows of a result."""

from __future__ import annotations

import asyncio
from typing import Any

from lsp_jupyter.errors import ParameterError, UsageError
from lsp_jupyter.portal.analysis import expression
from lsp_jupyter.portal.results import StoredHandler
from lsp_jupyter.portal.selecting import RANGE, RANGES
from lsp_jupyter.portal.selections import Selection, parse_ranges
from lsp_jupyter.results.ranges import Ranges
from lsp_jupyter.results.store import Result
from lsp_jupyter.results.subsets import Subset, check_name
from lsp_jupyter.results.view import View
from lsp_jupyter.web import FORM_OVERHEAD

__all__ = ["SubsetHandler", "SubsetRangesHandler", "SubsetWhereHandler", "SubsetsHandler"]


class _SubsetHandler(StoredHandler):
    def tell(self, job_id: str, subsets: list[Subset]) -> None:
        """Let the tabs know which subsets there are."""
        told = {"subsets": [{"name": one.name, "rows": one.rows} for one in subsets]}
        self.events.publish(self.caller.subject, "subsets", job_id, told)

    async def told(self, job_id: str, result: Result) -> None:
        """The same, as they are now."""
        self.tell(job_id, await asyncio.to_thread(self.platform.subsets.all, result.id))


class SubsetsHandler(_SubsetHandler):
    """``portal/results/{id}/subsets``."""

    async def get(self, job_id: str) -> None:
        """Answer ``{subsets: [{name, rows, kind, …}]}`` in the order they were made."""
        result = await self.result(job_id)
        found = await asyncio.to_thread(self.platform.subsets.all, result.id)
        self.send_json({"subsets": [one.to_json() for one in found]})


class SubsetHandler(_SubsetHandler):
    """``portal/results/{id}/subsets/{name}``."""

    def body_max(self) -> int:
        """Room for as many ranges as a request may hold."""
        return RANGE * RANGES + FORM_OVERHEAD

    async def get(self, job_id: str, name: str) -> None:
        """Answer the subset."""
        result = await self.result(job_id)
        found = await asyncio.to_thread(self.platform.subsets.get, result.id, name)
        self.send_json(found.to_json())

    async def put(self, job_id: str, name: str) -> None:
        """Make or replace the subset by one of four things.

        ``ranges`` (rows of the result), ``selection: true`` (what is selected now),
        ``expression`` (subsets with AND, OR, NOT), or ``where`` and ``view`` (a condition of
        ADQL, the rows of a view, or both). Its rows are found now and stay the same.
        """
        kinds = {"ranges": list, "selection": bool, "expression": str, "where": str, "view": dict}
        body = await asyncio.to_thread(self.fields, kinds)
        check_name(name)
        given = {"view" if one == "where" else one for one in body}
        if len(given) != 1 or body.get("selection") is False:
            raise ParameterError(
                "A subset is made of one of 'ranges', 'selection', 'expression' and 'where'.",
                hint='Send {"where": "gmag < 20"} or {"selection": true}.',
            )
        result = await self.finished(job_id)
        told: dict[str, Any] = {}
        adql = ""
        (kind,) = given
        ranges: Ranges
        if kind == "ranges":
            ranges = await asyncio.to_thread(parse_ranges, body["ranges"], result.rows)
        elif kind == "selection":
            ranges = self.selections.get(self.caller.subject, job_id).ranges
        else:
            view = dict(body.get("view", {}))
            if kind == "expression":
                told["expression"] = expression(body["expression"], "expression")
                view = {"subset": body["expression"]}
            elif "where" in body:
                conditions = view.get("where") or []
                if not isinstance(conditions, list):
                    raise ParameterError("'where' of a view is a list.", parameter="view")
                view["where"] = [*conditions, expression(body["where"], "where")]
            if kind == "view":
                told["view"] = view
            waiting = self.platform.finding.rows(result.id, View.parse(view))
            try:
                ranges, adql = await self.unless_gone(waiting)
            except UsageError as error:
                if getattr(error, "parameter", None) == "" and "where" in body:
                    error.parameter = "where"  # type: ignore[attr-defined]
                raise
        store = self.platform.subsets
        subset = await asyncio.to_thread(
            store.put, result.id, name, ranges, kind, told=told, adql=adql
        )
        await self.told(job_id, result)
        self.send_json(subset.to_json())

    async def patch(self, job_id: str, name: str) -> None:
        """Give it another ``name``."""
        body = self.fields({"name": str})
        if "name" not in body:
            raise ParameterError("'name' is missing.", parameter="name")
        result = await self.result(job_id)
        store = self.platform.subsets
        subset = await asyncio.to_thread(store.rename, result.id, name, body["name"])
        await self.told(job_id, result)
        self.send_json(subset.to_json())

    async def delete(self, job_id: str, name: str) -> None:
        """Delete it."""
        result = await self.result(job_id)
        await asyncio.to_thread(self.platform.subsets.delete, result.id, name)
        await self.told(job_id, result)
        self.set_status(204)
        self.finish()


class SubsetRangesHandler(StoredHandler):
    """``portal/results/{id}/subsets/{name}/ranges``."""

    async def get(self, job_id: str, name: str) -> None:
        """Answer ``{ranges, rows}``: which rows it has, for a chart, or a mask in a kernel."""
        result = await self.result(job_id)

        def read() -> bytes:
            ranges = self.platform.subsets.ranges(result.id, name)
            rows = int((ranges[:, 1] - ranges[:, 0]).sum())
            return Selection(ranges, rows).to_json()

        self.send_bytes(await asyncio.to_thread(read), "application/json")


class SubsetWhereHandler(StoredHandler):
    """``portal/results/{id}/subsets/{name}/where``."""

    async def get(self, job_id: str, name: str) -> None:
        """Answer ``{where, by}``: a condition of ADQL that finds its rows again."""
        result = await self.finished(job_id)
        found = await self.unless_gone(self.platform.finding.where(result.id, name))
        await self.send(found)
