"""What editors of ADQL ask for: colours, completion, formatting, explanation."""

from __future__ import annotations

import asyncio
from typing import Any

from lsp_jupyter.adql import Limits
from lsp_jupyter.adql.editor import complete, explain, format_query
from lsp_jupyter.errors import AdqlError
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.web import FORM_OVERHEAD

__all__ = ["CompleteHandler", "ExplainHandler", "FormatHandler"]

#: Candidates in an answer at most, and widths that a formatted line may be given.
CANDIDATES, WIDTHS = 500, (20, 1000)


class EditorHandler(PortalHandler):
    """What these have in common: a text in, work in a thread, JSON out."""

    def body_max(self) -> int:
        """Room for a query of which JSON writes every byte as six."""
        return 6 * self.settings_of_instance.query_max_bytes + FORM_OVERHEAD

    @property
    def limits(self) -> Limits:
        """How large and how deeply nested a query may be here."""
        config = self.settings_of_instance
        return Limits(
            max_bytes=config.query_max_bytes,
            max_depth=config.query_max_depth,
            max_nodes=config.query_max_nodes,
        )

    async def post(self) -> None:
        """Answer what is asked of the text in the body."""
        await self.send(await asyncio.to_thread(self.answer))

    def answer(self) -> dict[str, Any]:
        """What to send; called in a thread."""
        raise NotImplementedError


class CompleteHandler(EditorHandler):
    """``portal/adql/complete``: what could be written at the cursor."""

    def answer(self) -> dict[str, Any]:
        """The stretch to be replaced, and what by."""
        body = self.fields({"adql": str, "offset": int, "limit": int})
        text = body.get("adql", "")
        found = complete(
            text,
            body.get("offset", len(text)),
            self.platform.jobs.schema(self.caller),
            limit=max(1, min(body.get("limit", 100), CANDIDATES)),
        )
        keys = ("kind", "name", "insert", "caret", "detail", "description")
        return {
            "start": found.start,
            "end": found.end,
            "more": found.more,
            "candidates": [
                {key: getattr(candidate, key) for key in keys} for candidate in found.candidates
            ],
        }


class FormatHandler(EditorHandler):
    """``portal/adql/format``: the same query, laid out."""

    def answer(self) -> dict[str, Any]:
        """The text."""
        body = self.fields({"adql": str, "width": int})
        low, high = WIDTHS
        width = max(low, min(body.get("width", 88), high))
        text = format_query(body.get("adql", ""), width=width, limits=self.limits)
        return {"adql": text}


class ExplainHandler(EditorHandler):
    """``portal/adql/explain``: the query in words, or what is wrong with it."""

    def answer(self) -> dict[str, Any]:
        """Its steps, tables and columns."""
        body = self.fields({"adql": str})
        schema = self.platform.jobs.schema(self.caller)
        try:
            told = explain(body.get("adql", ""), schema, limits=self.limits)
        except AdqlError as error:
            raise schema.explain(error) from None
        return {
            "steps": [{"title": step.title, "text": step.text} for step in told.steps],
            "tables": [table.full_name for table in told.tables],
            "columns": [{"name": column.name, **column.metadata()} for column in told.columns],
        }
