"""Queries as the search form has them: from ADQL back to what was asked for."""

from __future__ import annotations

from typing import Any

from lsp_jupyter.adql import parse
from lsp_jupyter.errors import AdqlError
from lsp_jupyter.portal.adql import EditorHandler
from lsp_jupyter.portal.reading import MisfitError, read_form

__all__ = ["ReadFormHandler"]


class ReadFormHandler(EditorHandler):
    """``portal/form/read``: the form of a query, or why it has none."""

    def answer(self) -> dict[str, Any]:
        """The form, or a reason in one sentence."""
        body = self.fields({"adql": str})
        try:
            query = parse(body.get("adql", ""), limits=self.limits)
            form = read_form(query, self.platform.jobs.schema(self.caller))
        except (AdqlError, MisfitError) as error:
            return {"form": None, "reason": str(error)}
        return {"form": form, "reason": ""}
