"""Reads DuckDB's own form of a statement, which ``json_serialize_sql`` gives.

Only statements that `lsp_jupyter.engines.duckdb_guard.check_tree` admitted come
here. This module must depend on the standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

__all__ = [
    "INDEX",
    "Node",
    "Ranges",
    "columns_of",
    "functions_of",
    "has_modifier",
    "index_ranges",
    "is_plain",
    "limit_of",
    "named_queries",
    "path_of",
    "proportional",
    "set_operation",
    "tables_of",
    "walk",
]

#: A node of the tree.
Node = dict[str, Any]
#: First and last values of the index that are wanted.
Ranges = list[tuple[int, int]]

#: The column by which a table with positions is sorted.
INDEX = "hpx29"

#: From which sides of a join all rows may come to the result, once for each match.
_SIDES = {"INNER": ("left", "right"), "LEFT": ("left",), "RIGHT": ("right",), "SEMI": ("left",)}


def walk(root: Any) -> Iterator[Node]:
    """Every node, its own children included."""
    pending = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield item
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def tables_of(root: Node) -> list[Node]:
    """Every table that is named anywhere."""
    return [node for node in walk(root) if node.get("type") == "BASE_TABLE"]


def path_of(table: Node) -> tuple[str, ...]:
    """The parts of a table's name."""
    return tuple(map(str, table["qualified_name"]["path"]))


def columns_of(root: Node) -> dict[str, set[str]]:
    """The columns that are named anywhere, by the alias of their table."""
    out: dict[str, set[str]] = {}
    for node in walk(root):
        if node.get("class") == "COLUMN_REF" and len(node["column_names"]) == 2:
            alias, name = node["column_names"]
            out.setdefault(alias, set()).add(name)
    return out


def functions_of(root: Any) -> Iterator[str]:
    """The names of the functions in an expression, its subqueries left out."""
    pending = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict) and item.get("class") != "SUBQUERY":
            if item.get("class") == "FUNCTION":
                yield str(item["function_name"]).casefold()
            pending.extend(item.values())


def has_modifier(node: Node, kind: str) -> bool:
    """Whether a query has a modifier of that kind, such as ``ORDER_MODIFIER``."""
    return any(modifier["type"] == kind for modifier in node["modifiers"])


def limit_of(node: Node) -> tuple[float, float]:
    """Rows that a query leaves out at its beginning, and rows at most."""
    for modifier in node["modifiers"]:
        if modifier["type"] == "LIMIT_MODIFIER":
            offset, limit = (_whole(modifier[name] or {}) for name in ("offset", "limit"))
            return float(offset or 0), math.inf if limit is None else float(limit)
    return 0.0, math.inf


def is_plain(select: Node, aggregates: Collection[str]) -> bool:
    """Whether a query gives its rows one by one: no groups, no limit, nothing taken together."""
    return (
        select["type"] == "SELECT_NODE"
        and not select["group_expressions"]
        and not select["having"]
        and not select["cte_map"]["map"]
        and not any(one["type"] != "ORDER_MODIFIER" for one in select["modifiers"])
        and not any(name in aggregates for name in functions_of(select["select_list"]))
    )


def proportional(
    source: Node | None, aggregates: Collection[str], named: Mapping[str, Node]
) -> Iterator[Node]:
    """The tables in a FROM clause with each of which the number of its rows grows.

    With a hundredth of the rows of one of these tables a hundredth of the rows comes out.

    Parameters
    ----------
    source : `dict`, optional
        The clause.
    aggregates : collection of `str`
        The names of aggregates.
    named : mapping
        Queries of WITH that are named once, by their names.
    """
    kind = source["type"] if source else ""
    if source is None or kind == "EMPTY":
        return
    if kind == "BASE_TABLE" and path_of(source)[0] in named:
        inner = named[path_of(source)[0]]
        if is_plain(inner, aggregates):
            yield from proportional(inner["from_table"], aggregates, named)
    elif kind == "BASE_TABLE":
        yield source
    elif kind == "JOIN":
        for side in _SIDES.get(source["join_type"], ()):
            yield from proportional(source[side], aggregates, named)
    elif kind == "SUBQUERY":
        inner = source["subquery"]["node"]
        if is_plain(inner, aggregates):
            yield from proportional(inner["from_table"], aggregates, named)


def named_queries(node: Node) -> dict[str, Node]:
    """The queries of WITH that are named once."""
    queries = {str(one["key"]): one["value"]["query_node"] for one in node["cte_map"]["map"]}
    names = [path_of(table)[0] for table in tables_of(node) if len(path_of(table)) == 1]
    return {name: query for name, query in queries.items() if names.count(name) == 1}


def set_operation(node: Node, aggregates: Collection[str]) -> Node | None:
    """The UNION, EXCEPT or INTERSECT of which a query is all rows."""
    shared = node["cte_map"]["map"]
    while node["type"] == "SELECT_NODE":
        source = node["from_table"]
        bare = {**node, "modifiers": [], "cte_map": {"map": []}}
        if source["type"] != "SUBQUERY" or node["where_clause"] or not is_plain(bare, aggregates):
            return None
        node = source["subquery"]["node"]
    if node["type"] != "SET_OPERATION_NODE":
        return None
    children = [
        {**child, "cte_map": {"map": shared + child["cte_map"]["map"]}}
        for child in node["children"]
    ]
    return {**node, "children": children}


def index_ranges(root: Node) -> dict[str, Ranges]:
    """What the conditions leave of the index of each table, by its alias.

    Tables of which they may need any row are left out.
    """
    out: dict[str, Ranges] = {}
    for node in walk(root):
        conditions = [node.get("where_clause")]
        if node.get("type") == "JOIN" and node["join_type"] == "INNER":
            conditions.append(node["condition"])
        for condition in filter(None, conditions):
            _narrow(out, _constraint(condition))
    return out


def _constraint(node: Node) -> dict[str, Ranges]:
    kind = node["type"]
    if kind == "COMPARE_BETWEEN":
        names = node["input"].get("column_names", ())
        low, high = _whole(node["lower"]), _whole(node["upper"])
        if len(names) == 2 and names[1] == INDEX and low is not None and high is not None:
            return {names[0]: [(low, high)]}
        return {}
    parts = [_constraint(child) for child in node.get("children", ())]
    if kind == "CONJUNCTION_AND":
        out: dict[str, Ranges] = {}
        for part in parts:
            _narrow(out, part)
        return out
    if kind == "CONJUNCTION_OR" and parts:
        common = set.intersection(*(set(part) for part in parts))
        return {alias: sorted(one for part in parts for one in part[alias]) for alias in common}
    return {}


def _narrow(known: dict[str, Ranges], more: Mapping[str, Ranges]) -> None:
    """Of two conditions that both hold, keep the one that leaves less."""
    for alias, ranges in more.items():
        if alias not in known or _width(ranges) < _width(known[alias]):
            known[alias] = ranges


def _width(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)


def _whole(node: Node) -> int | None:
    """The value of a constant that is a whole number."""
    literal = node.get("literal") or node.get("value") or {}
    text = str(literal.get("text", literal.get("value", "")))
    return int(text) if node.get("class") == "CONSTANT" and text.isdigit() else None
