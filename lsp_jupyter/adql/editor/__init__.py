"""What an editor of ADQL needs: colours, completion, formatting, and a query told in words.

All of it works on the text as it stands, finished or not, except `explain`,
which tells of a whole query only. Offsets count characters (Unicode code
points) from 0.
"""

from __future__ import annotations

from lsp_jupyter.adql.editor.complete import Candidate, Completion, complete
from lsp_jupyter.adql.editor.explain import Explanation, Step, explain
from lsp_jupyter.adql.editor.format import format_query

__all__ = [
    "Candidate",
    "Completion",
    "Explanation",
    "Step",
    "complete",
    "explain",
    "format_query",
]
