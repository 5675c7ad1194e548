"""DuckDB as the judge of what the translator writes: it parses the SQL, we look at its tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from lsp_jupyter.adql import Compiled

__all__ = ["FUNCTIONS", "judge"]

_FUNCTIONS = """
abs acos asin atan atan2 avg ceil cos cot count count_star degrees epoch exp floor greatest hash
histogram isfinite isnan least left len list_bool_and list_contains list_filter list_has_all
list_min list_reduce list_transform list_value ln log10 lower max min pi pow quantile_cont radians
random range regexp_extract regexp_replace replace round row sign sin sqrt stddev_pop stddev_samp
string_agg string_split string_split_regex struct_pack sum tan trunc upper var_pop var_samp xor
"""
_OPERATORS = {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "&", "|", "~"}
_OPERATORS |= {"<<", ">>"}
FUNCTIONS = frozenset(_OPERATORS | set(_FUNCTIONS.split()))
"""What a query may call in the engine. It is written by hand: nothing gets in by being declared."""

_SERIALIZE = "SELECT json_serialize_sql(?, skip_default := true, skip_empty := true)"

_TYPES = frozenset(
    {
        *("SELECT_NODE", "SET_OPERATION_NODE"),
        *("BASE_TABLE", "EXPRESSION_LIST", "JOIN", "SUBQUERY"),
        *("DISTINCT_MODIFIER", "LIMIT_MODIFIER", "ORDER_MODIFIER"),
        *("ASCENDING", "DESCENDING", "ORDER_DEFAULT"),
    }
)
"""What a part of a query may be that is no expression."""
_CLASSES = frozenset(
    {
        *("BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT"),
        *("FUNCTION", "LAMBDA", "OPERATOR", "STAR", "SUBQUERY", "TYPE"),
    }
)
_DATATYPES = frozenset(
    {
        *("bigint", "boolean", "double", "float", "int", "integer", "real", "smallint", "text"),
        *("timestamp", "tinyint", "utinyint", "varchar"),
    }
)
_HELPERS = re.compile(r"hpx29|c[xyz]|rowid|[ct]\d+|cell\d+\w*")
"""Columns that only the translator names: of positions, of subqueries, and of joins by cell."""
_TABLE = ("catalog_name", "schema_name", "table_name")
_LOCAL = re.compile(r"_[a-z]+\d*")
"""What the translator calls the values of a lambda."""


def _dictionaries(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def judge(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> None:
    """Check that a translation is one SELECT of the tables, columns and functions allowed.

    Raises
    ------
    AssertionError
        Raised if it is anything else.
    """
    text = db.execute(_SERIALIZE, [compiled.sql]).fetchone()[0]
    serialized = json.loads(text)
    assert serialized["error"] is False, text
    sources = {table.source for table in compiled.tables}
    columns = {column.name.lower() for table in compiled.tables for column in table.columns}
    assert len(serialized["statements"]) == 1
    statement = serialized["statements"][0]
    names = [item["alias"] for item in statement["node"]["select_list"]]
    assert names == [column.name for column in compiled.columns]
    nodes = list(_dictionaries(statement))
    common = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    seen = set()
    for node in nodes:
        group = node.get("class")
        if group is None:
            assert "type" not in node or node["type"] in _TYPES, node
        else:
            assert group in _CLASSES, node
        if "table_name" in node:
            name = tuple(node.get(key, "") for key in _TABLE)
            if name not in {("", "", one) for one in common}:
                seen.add(name)
        if group == "FUNCTION":
            assert node["function_name"] in FUNCTIONS, node["function_name"]
            assert not node.get("schema"), node
            assert not node.get("catalog"), node
        elif group == "COLUMN_REF":
            first, last = node["column_names"][0], node["column_names"][-1].lower()
            assert last in columns or _HELPERS.fullmatch(last) or _LOCAL.fullmatch(first), node
        elif group == "TYPE":
            assert node["type_name"].lower() in _DATATYPES, node
    assert seen == sources, (seen, sources)
