"""The allowlist: the last look at a resolved query before it is written as SQL.

The resolver can only produce what is allowed. This check does not trust it: it
walks the finished tree and admits known node kinds, declared functions and the
tables of the caller's own schema, and nothing else.
"""

from __future__ import annotations

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.places import NOWHERE, refuse
from lsp_jupyter.adql.schema import Schema, Table
from lsp_jupyter.adql.shapes import SHAPE_PARTS
from lsp_jupyter.adql.words import AGGREGATES

__all__ = ["check"]

_NODES = frozenset(
    {
        bound.Aggregate,
        bound.And,
        bound.Arithmetic,
        bound.Between,
        bound.Bitwise,
        bound.Call,
        bound.Case,
        bound.Cast,
        bound.ColumnRef,
        bound.Comparison,
        bound.Complement,
        bound.Concat,
        bound.Constant,
        bound.Exists,
        bound.InList,
        bound.InQuery,
        bound.IsNull,
        bound.Like,
        bound.Negative,
        bound.Not,
        bound.Or,
    }
) | frozenset(SHAPE_PARTS)


def check(query: plan.Query, schema: Schema, budget: int) -> tuple[Table, ...]:
    """Admit a query, or refuse it.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        The resolved query.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables that may be read.
    budget : `int`
        Expressions at most, columns not counted: ``*`` may stand for thousands.

    Returns
    -------
    tables : `tuple` of `~lsp_jupyter.adql.schema.Table`
        The tables it reads, each once, in the order in which they are named.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if anything in it is not on the list.
    """
    known: dict[str, frozenset[str]] = {}
    tables: dict[str, Table] = {}
    common = {table.name: _numbered(table.query) for table in query.common}
    for source in plan.walk_sources(query):
        if isinstance(source, plan.TableSource):
            table = source.table
            found = schema.find(table.name, table.schema)
            if not any(table is one or table in (one, one.sampled) for one in found):
                raise refuse(f"There is no table {table.full_name}.", NOWHERE)
            tables.setdefault(table.full_name, table)
            known[source.alias] = _columns(table)
        elif isinstance(source, plan.QuerySource):
            known[source.alias] = _numbered(source.query)
        elif isinstance(source, plan.SetSource):
            known[source.alias] = _numbered(source.first)
        elif isinstance(source, plan.CommonSource):
            known[source.alias] = common.get(source.name, frozenset())
    count = 0
    for node in plan.walk_query(query):
        if type(node) not in _NODES:
            raise refuse(f"{type(node).__name__} is not admitted.", node.at)
        if isinstance(node, bound.ColumnRef):
            if node.name not in known.get(node.source, ()):
                raise refuse(f"There is no column {node.name}.", node.at)
            continue
        count += 1
        if isinstance(node, bound.Call) and FUNCTIONS.get(node.function.name) is not node.function:
            raise refuse(f"There is no function {node.function.spelling}.", node.at)
        if isinstance(node, bound.Aggregate) and not _aggregates(node.function):
            raise refuse(f"There is no function {node.function}.", node.at)
    if count > budget:
        raise refuse("The query is too large.", NOWHERE, "Upload long lists as a table.")
    return tuple(tables.values())


def _aggregates(name: str) -> bool:
    """Whether a set function is declared."""
    return name in AGGREGATES or (name in FUNCTIONS and FUNCTIONS[name].aggregate)


def _columns(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns)


def _numbered(query: plan.Query) -> frozenset[str]:
    return frozenset(f"c{number}" for number in range(1, len(query.outputs) + 1))
