"""Queries as the search form has them: from ADQL back to what was asked for."""

from __future__ import annotations

from typing import Any

from lsp_jupyter.adql import parse
from lsp_jupyter.errors import AdqlError
from lsp_jupyter.portal.adql import EditorHandler
from lsp_jupyter.portal.outside_tables import OutsideSchema, outside_table
from lsp_jupyter.portal.reading import MisfitError, read_form

__all__ = ["ReadFormHandler"]


class ReadFormHandler(EditorHandler):
    """``portal/form/read``: the form of a query, or why it has none."""

    def answer(self) -> dict[str, Any]:
        """The form, or a reason in one sentence.

        ``table`` describes a table of an outside service, if one is searched there.
        """
        body = self.fields({"adql": str, "table": dict})
        outside = body.get("table")
        try:
            query = parse(body.get("adql", ""), limits=self.limits)
            if outside is None:
                form = read_form(query, self.platform.jobs.schema(self.caller))
            else:
                form = read_form(query, OutsideSchema(outside_table(outside)))
                form |= {"table": outside["name"]}
        except (AdqlError, MisfitError) as error:
            return {"form": None, "reason": str(error)}
        return {"form": form, "reason": ""}
