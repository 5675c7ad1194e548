"""Configuration of the documentation build. It needs no network."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]

from lsp_jupyter import __version__  # noqa: E402

project = "lsp_jupyter"
author = "the lsp_jupyter developers"
copyright = f"2026, {author}"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "lsp_docs"]
exclude_patterns = ["_build", "README.md"]
default_role = "py:obj"
nitpicky = False
# Short names in docstrings, such as `rows`, may mean several things; none is linked then.
suppress_warnings = ["ref.python"]
# Dashes only: quotes in text are often code.
smartquotes_action = "D"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = "lsp_jupyter"
html_static_path = ["_static"]
html_css_files = ["lsp.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "top_of_page_buttons": [],
}
