"""The canonical text of a syntax tree.

Equal queries have equal texts, however they were spaced, commented, cased or
put into parentheses: keywords and functions in upper case, regular identifiers
in lower case (aliases of result columns keep theirs: they name the result),
parentheses only where the meaning needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsp_jupyter.adql import tree

__all__ = ["write"]


def write(node: tree.Node) -> str:
    """Write a tree, or any part of it, as ADQL.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.tree.Node`
        A query, expression or table reference.
    """
    return _WRITERS[type(node)](node)


def _name(node: tree.Name) -> str:
    if node.delimited:
        return '"' + node.text.replace('"', '""') + '"'
    return node.text.lower()


def _path(parts: tuple[tree.Name, ...]) -> str:
    return ".".join(map(_name, parts))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(value: int | float | str) -> str:
    return _text(value) if isinstance(value, str) else repr(value)


def _list(nodes: tuple[Any, ...]) -> str:
    return ", ".join(map(write, nodes))


_CHAINS = (tree.Arithmetic, tree.Bitwise, tree.Complement, tree.Concat, tree.Signed)


def _operand(node: tree.Value) -> str:
    text = write(node)
    return f"({text})" if isinstance(node, _CHAINS) else text


def _signed(node: tree.Signed) -> str:
    text = _operand(node.operand)
    # Two minus signs in a row would begin a comment.
    return f"-({text})" if text.startswith("-") else f"-{text}"


def _arithmetic(node: tree.Arithmetic) -> str:
    products = node.rest[0][0] in "*/"
    parts = [_operand(node.first)]
    for operator, operand in node.rest:
        text = write(operand)
        tight = isinstance(operand, tree.Arithmetic) and operand.rest[0][0] in "*/"
        if isinstance(operand, _CHAINS) and (products or not tight):
            text = f"({text})"
        parts.append(f" {operator} {text}")
    return "".join(parts)


def _call(node: tree.Call) -> str:
    return f"{node.name.text.upper()}({_list(node.arguments)})"


def _aggregate(node: tree.Aggregate) -> str:
    inner = "*" if node.argument is None else write(node.argument)
    return f"{node.function}({'DISTINCT ' if node.distinct else ''}{inner})"


def _cast(node: tree.Cast) -> str:
    length = "" if node.target.length is None else f"({node.target.length})"
    return f"CAST({write(node.operand)} AS {node.target.name}{length})"


def _case(node: tree.Case) -> str:
    parts = ["CASE"]
    if node.operand is not None:
        parts.append(write(node.operand))
    parts += [f"WHEN {write(when.test)} THEN {write(when.result)}" for when in node.whens]
    if node.default is not None:
        parts.append(f"ELSE {write(node.default)}")
    return " ".join([*parts, "END"])


def _not(negated: bool) -> str:
    return "NOT " if negated else ""


def _between(node: tree.Between) -> str:
    limits = f"{write(node.low)} AND {write(node.high)}"
    return f"{write(node.operand)} {_not(node.negated)}BETWEEN {limits}"


def _in_list(node: tree.InList) -> str:
    if isinstance(node.values, tree.Literals):
        inner = ", ".join(map(_literal, node.values.values))
    else:
        inner = _list(node.values)
    return f"{write(node.operand)} {_not(node.negated)}IN ({inner})"


def _in_query(node: tree.InQuery) -> str:
    return f"{write(node.operand)} {_not(node.negated)}IN ({write(node.query)})"


def _like(node: tree.Like) -> str:
    word = "ILIKE" if node.insensitive else "LIKE"
    return f"{write(node.operand)} {_not(node.negated)}{word} {write(node.pattern)}"


def _junction(node: tree.And | tree.Or) -> str:
    parts = []
    for part in node.parts:
        text = write(part)
        parts.append(f"({text})" if isinstance(part, tree.And | tree.Or) else text)
    return (" AND " if isinstance(node, tree.And) else " OR ").join(parts)


def _negation(node: tree.Not) -> str:
    text = write(node.operand)
    compound = isinstance(node.operand, tree.And | tree.Or | tree.Not)
    return f"NOT ({text})" if compound else f"NOT {text}"


def _table(node: tree.TableName) -> str:
    alias = f" AS {_name(node.alias)}" if node.alias else ""
    return _path(node.parts) + alias


def _joined(node: tree.Joined) -> str:
    return write(node.first) + "".join(map(write, node.joins))


def _join(node: tree.Join) -> str:
    kind = "" if node.kind == "inner" else node.kind.upper() + " "
    table = write(node.table)
    if isinstance(node.table, tree.Joined):
        table = f"({table})"
    text = f" {'NATURAL ' if node.natural else ''}{kind}JOIN {table}"
    if node.on is not None:
        text += f" ON {write(node.on)}"
    if node.using:
        text += f" USING ({', '.join(map(_name, node.using))})"
    return text


def _item(node: tree.Item) -> str:
    text = write(node.value)
    if node.alias is None:
        return text
    # The case of an alias is part of the result.
    alias = node.alias.text if not node.alias.delimited else _name(node.alias)
    return f"{text} AS {alias}"


def _select(node: tree.Select) -> str:
    text = "SELECT " + ("DISTINCT " if node.distinct else "")
    if node.top is not None:
        text += f"TOP {node.top} "
    text += f"{_list(node.items)} FROM {_list(node.tables)}"
    if node.where is not None:
        text += f" WHERE {write(node.where)}"
    if node.group:
        text += f" GROUP BY {_list(node.group)}"
    if node.having is not None:
        text += f" HAVING {write(node.having)}"
    return text


def _sort_key(node: tree.SortKey) -> str:
    key = str(node.key) if isinstance(node.key, int) else write(node.key)
    return f"{key} DESC" if node.descending else key


def _combined(node: tree.Combined) -> str:
    text = _part(node.first, node)
    for operator, every, operand in node.rest:
        text += f" {operator} {'ALL ' if every else ''}{_part(operand, node)}"
    return text


def _part(node: tree.Operand, around: tree.Combined) -> str:
    """One of the queries of a combination."""
    tight = isinstance(node, tree.Combined) and node.rest and node.rest[0][0] == "INTERSECT"
    plain = isinstance(node, tree.Select) or (tight and around.rest[0][0] != "INTERSECT")
    return write(node) if plain else f"({write(node)})"


def _query(node: tree.Query) -> str:
    text = write(node.body)
    if node.common:
        text = f"WITH {_list(node.common)} {text}"
    if node.order:
        text += f" ORDER BY {_list(node.order)}"
    return text if node.offset is None else f"{text} OFFSET {node.offset}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    tree.Number: lambda node: repr(node.value),
    tree.Text: lambda node: _text(node.value),
    tree.Null: lambda _: "NULL",
    tree.Column: lambda node: _path(node.parts),
    tree.Signed: _signed,
    tree.Arithmetic: _arithmetic,
    tree.Concat: lambda node: " || ".join(map(_operand, node.parts)),
    tree.Call: _call,
    tree.Aggregate: _aggregate,
    tree.Cast: _cast,
    tree.Bitwise: lambda node: f" {node.operator} ".join(map(_operand, node.operands)),
    tree.Complement: lambda node: f"~{_operand(node.operand)}",
    tree.Case: _case,
    tree.Comparison: lambda node: f"{write(node.left)} {node.operator} {write(node.right)}",
    tree.Between: _between,
    tree.InList: _in_list,
    tree.InQuery: _in_query,
    tree.Like: _like,
    tree.IsNull: lambda node: f"{write(node.operand)} IS {_not(node.negated)}NULL",
    tree.Exists: lambda node: f"EXISTS ({write(node.query)})",
    tree.Not: _negation,
    tree.And: _junction,
    tree.Or: _junction,
    tree.TableName: _table,
    tree.DerivedTable: lambda node: f"({write(node.query)}) AS {_name(node.alias)}",
    tree.Joined: _joined,
    tree.Join: _join,
    tree.Star: lambda node: f"{_path(node.qualifier)}.*" if node.qualifier else "*",
    tree.Item: _item,
    tree.Select: _select,
    tree.Combined: _combined,
    tree.CommonTable: lambda node: f"{_name(node.name)} AS ({write(node.query)})",
    tree.SortKey: _sort_key,
    tree.Query: _query,
}
