"""A view as the ADQL query that gives the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from lsp_jupyter.adql.formulas import replace_names
from lsp_jupyter.adql.words import is_plain
from lsp_jupyter.errors import ParameterError

from .relation import Relation
from .view import Filter

__all__ = ["quoted_name", "text_literal", "view_adql"]


def view_adql(
    relation: Relation,
    table: str,
    columns: Sequence[str] | None = None,
    subset: Callable[[str], str] | None = None,
) -> str:
    """Write a query.

    Parameters
    ----------
    relation : `Relation`
        The view.
    table : `str`
        The table to read, as ADQL: ``job."…"``.
    columns : sequence of `str`, optional
        Those to select; all if not given.
    subset : callable, optional
        Gives a condition for the view's expression of subsets.

    Returns
    -------
    adql : `str`
        On one line a clause. Missing values are left out as the view does it.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if ADQL cannot say it.
    """
    view = relation.view
    values: dict[str, str] = {}
    for one in view.derived:
        values[one.name.lower()] = replace_names(one.text, values)
    stored = relation.schema.names[: relation.stored]
    names = relation.schema.names if columns is None else columns
    for name in names:
        relation[name]
    if columns is None:
        items = ["*"]
        names = [one.name for one in view.derived]
    else:
        items = []
    items += [
        quoted_name(name) if name in stored else f"{values[name.lower()]} AS {quoted_name(name)}"
        for name in names
    ]
    where = [_condition(item, relation, values) for item in view.filters]
    where += [_part(replace_names(text, values)) for text in view.where]
    if view.subset:
        if subset is None:
            raise ParameterError(
                "Subsets cannot be written as ADQL here.",
                parameter="subset",
                hint="Show all rows, or save the subset as a table of your own.",
            )
        where.append(_part(subset(view.subset)))
    lines = [f"SELECT {', '.join(items)}", f"FROM {table}"]
    if where:
        lines.append("WHERE " + "\n  AND ".join(where))
    if view.sort:
        keys = [
            (quoted_name(name) if name in stored or name in names else f"({values[name.lower()]})")
            + (" DESC" if way == "desc" else "")
            for name, way in view.sort
        ]
        lines.append(f"ORDER BY {', '.join(keys)}")
    return "\n".join(lines)


def quoted_name(name: str) -> str:
    """A name as ADQL writes it: in double quotes unless it is a plain word."""
    return name if is_plain(name) else '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as ADQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _part(condition: str) -> str:
    """A condition among others that must hold."""
    return f"({condition})"


def _condition(item: Filter, relation: Relation, values: dict[str, str]) -> str:
    kind: pa.DataType = relation.schema.field(relation[item.column]).type
    value = values.get(item.column.lower())
    column = quoted_name(item.column) if value is None else f"({value})"

    def bind(given: Any) -> str:
        if isinstance(given, bool):
            return "1" if given else "0"
        if isinstance(given, str):
            return text_literal(given)
        return repr(given)

    match item.op:
        case "isnull":
            return f"{column} IS NULL"
        case "notnull":
            return f"{column} IS NOT NULL"
        case "contains" | "startswith":
            if set("%_") & set(item.value):
                raise ParameterError(
                    "ADQL has no exact form of a search for text that holds % or _.",
                    parameter="view",
                    hint="Filter by = or by another condition.",
                )
            before = "%" if item.op == "contains" else ""
            return f"{column} ILIKE {text_literal(f'{before}{item.value}%')}"
        case "in":
            if not item.value:
                return "1 = 0"
            return f"{column} IN ({', '.join(map(bind, item.value))})"
        case "between":
            return f"{column} BETWEEN {bind(item.value[0])} AND {bind(item.value[1])}"
        case _:
            operator = "<>" if item.op == "!=" else item.op
            if pa.types.is_boolean(kind) and operator not in ("=", "<>"):
                raise ParameterError(
                    "ADQL does not order truth values.", parameter="view", hint="Use = or !=."
                )
            return f"{column} {operator} {bind(item.value)}"
