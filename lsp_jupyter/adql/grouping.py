"""The rule of grouped queries: every value is an aggregate or the same throughout a group."""

from __future__ import annotations

from collections.abc import Collection

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.errors import AdqlError

__all__ = ["check_grouped"]


def check_grouped(node: bound.Expression, group: Collection[bound.Value], depth: int) -> None:
    """Refuse what has more than one value in a group.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.bound.Expression`
        An expression of SELECT, HAVING or ORDER BY.
    group : collection of `~lsp_jupyter.adql.bound.Value`
        The keys of GROUP BY.
    depth : `int`
        Nesting of the query.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a column is neither grouped nor aggregated.
    """
    if isinstance(node, bound.Value) and node in group:
        return
    match node:
        case bound.Aggregate():
            return
        case bound.ColumnRef():
            if node.depth == depth:
                raise _ungrouped(node, node.at, grouped=bool(group))
            return
        case bound.Call(sources=sources) if sources:
            raise refuse(
                "RAND with a seed depends on the row, so it cannot stand in a grouped query.",
                node.at,
                "Write RAND(), or use it inside an aggregate.",
            )
        case bound.InQuery(query=query) | bound.Exists(query=query):
            for inner in plan.walk_query(query):
                if not isinstance(inner, bound.ColumnRef) or inner.depth != depth:
                    continue
                if inner not in group:
                    raise _ungrouped(inner, inner.at, grouped=bool(group))
        case bound.Arithmetic(first=first, rest=rest):
            # A chain is evaluated from the left: a + b + c is (a + b) + c.
            for end in range(len(rest) - 1, 0, -1):
                if bound.Arithmetic(rest[end - 1][2], first, rest[:end]) in group:
                    for _, operand, _ in rest[end:]:
                        check_grouped(operand, group, depth)
                    return
        case _:
            pass
    for part in bound.parts(node):
        check_grouped(part, group, depth)


def _ungrouped(column: bound.ColumnRef, at: Place, *, grouped: bool) -> AdqlError:
    name = column.column.name
    if grouped:
        return refuse(
            f"The column {name} is neither in GROUP BY nor inside an aggregate.",
            at,
            f"Add it to GROUP BY, or write MAX({name}).",
        )
    return refuse(
        f"The column {name} stands beside an aggregate without GROUP BY.",
        at,
        f"Write GROUP BY {name}, or an aggregate such as MAX({name}).",
    )
