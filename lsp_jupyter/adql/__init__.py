"""ADQL 2.1, the language of every Aspect: from the text of a query to the SQL of an engine.

`parse` gives the typed syntax tree of a text, `compile_query` the SQL for the
tables of a `Schema`; both refuse what is wrong with an `AdqlError` that tells
line, column and what to write instead. `FUNCTIONS` and `features` describe the
language to clients.
"""

from __future__ import annotations

from lsp_jupyter.adql.compile import Compiled, compile_query, warm_up
from lsp_jupyter.adql.functions import FUNCTIONS, features
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.parser import parse
from lsp_jupyter.adql.schema import Column, Schema, Table
from lsp_jupyter.errors import AdqlError

__all__ = [
    "FUNCTIONS",
    "AdqlError",
    "Column",
    "Compiled",
    "Limits",
    "Schema",
    "Table",
    "compile_query",
    "features",
    "parse",
    "warm_up",
]
