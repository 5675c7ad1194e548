"""Sphinx extension: the pages that are made from the code itself.

``lsp-settings`` lists the configuration, ``lsp-adql…`` the language,
``lsp-requirements`` the formal requirements and the tests that show them.
Nothing here is written by hand twice, so nothing can go stale.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from lsp_docs.language import FunctionsDirective, QueryDirective, RefusedDirective
from lsp_docs.requirements import RequirementsDirective
from lsp_docs.settings import SettingsDirective


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("lsp-settings", SettingsDirective)
    app.add_directive("lsp-adql-functions", FunctionsDirective)
    app.add_directive("lsp-adql", QueryDirective)
    app.add_directive("lsp-adql-refused", RefusedDirective)
    app.add_directive("lsp-requirements", RequirementsDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
