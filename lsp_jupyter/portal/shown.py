"""What a table viewer asks about a view: statistics, and whether expressions are right."""

from __future__ import annotations

import asyncio
from typing import Any

from lsp_jupyter.adql.formulas import Formula
from lsp_jupyter.errors import AdqlError, LspError, ParameterError
from lsp_jupyter.portal.handler import dump
from lsp_jupyter.portal.results import StoredHandler
from lsp_jupyter.results.relation import Relation
from lsp_jupyter.results.view import View

__all__ = ["CheckHandler", "ShownHandler", "StatisticsHandler", "column_names"]

#: Media type of an answer of one JSON object a line.
LINES = "application/x-ndjson"


class ShownHandler(StoredHandler):
    """What the handlers of views share."""

    def body_max(self) -> int:
        """Room for a view, of which JSON may write each byte as six."""
        return 6 << 20

    async def asked(self, kinds: dict[str, type]) -> tuple[View, dict[str, Any]]:
        """The view in the body, and its other fields."""
        body = await asyncio.to_thread(self.fields, {"view": dict, **kinds})
        return await asyncio.to_thread(View.parse, body.pop("view", None)), body


class StatisticsHandler(ShownHandler):
    """``portal/results/{id}/statistics``."""

    async def post(self, job_id: str) -> None:
        """Answer the statistics of columns of a view.

        Fields ``view`` and ``columns`` (names; all if not given). Who accepts `LINES` gets a
        line for each column as soon as it is computed, and in the last line what went wrong
        (``{"error": …}``) if anything did; everybody else ``{"columns": […]}``.
        """
        view, body = await self.asked({"columns": list})
        columns = column_names(body.get("columns"))
        result = await self.finished(job_id)
        found = self.platform.statistics.of(result.id, view, columns)
        lines = LINES in self.request.headers.get("Accept", "")
        told: list[dict[str, Any]] = []
        try:
            while True:
                column = await self.unless_gone(anext(found, None))
                if column is None:
                    break
                told.append(column)
                if lines:
                    self.set_header("Content-Type", LINES)
                    self.write(dump(column) + b"\n")
                    await self.unless_gone(self.flush())
        except LspError as error:
            if not (lines and told):
                raise
            self.write(dump({"error": error.to_dict()}) + b"\n")
        finally:
            await found.aclose()
        if lines and told:
            await self.finish()
        else:
            await self.send({"columns": told})


class CheckHandler(ShownHandler):
    """``portal/results/{id}/check``: is this an expression over the table?"""

    async def post(self, job_id: str) -> None:
        """Answer what an expression gives, or what is wrong with it; 200 either way.

        Fields ``view`` (whose computed columns it may name), and ``derive``, a value, or
        ``where``, a condition. The answer is ``{"column": {datatype, arraysize, xtype, unit,
        ucd, description}, "uses": […]}``, or ``{"error": {message, hint, line, column,
        length}}``: half of what is checked is being typed, and no browser need log it.
        """
        view, body = await self.asked({"derive": str, "where": str})
        if len(body) != 1:
            raise ParameterError(
                "There must be one expression.",
                parameter="derive",
                hint='Send {"derive": "a - b"} or {"where": "a < b"}.',
            )
        ((kind, text),) = body.items()
        result = await self.result(job_id)

        def check() -> dict[str, Any]:
            relation = Relation(View(derived=view.derived), result.schema)
            try:
                formula: Formula = (
                    relation.value(text) if kind == "derive" else relation.condition(text)
                )
            except AdqlError as error:
                return {"error": error.to_dict()}
            names = [relation.columns[position].name for position in formula.used]
            return {"column": formula.column.metadata(), "uses": names}

        await self.send(await asyncio.to_thread(check))


def column_names(value: list[Any] | None) -> list[str] | None:
    """Names of columns that came over the wire, each once.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if they are anything else.
    """
    if value is None:
        return None
    if not all(isinstance(name, str) for name in value):
        raise ParameterError("'columns' must be a list of names.", parameter="columns")
    return list(dict.fromkeys(value))
