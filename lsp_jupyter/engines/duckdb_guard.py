"""The run-time check of every statement, on DuckDB's own reading of it.

The ADQL front end admits only tables and functions it knows; this is the
second, independent gate. DuckDB serialises the statement as it understands it
(``json_serialize_sql``, which refuses everything but SELECT), and each node of
that tree must be of a kind named here: what is unknown is refused. The third
gate is the engine's own settings.

This module must depend on the standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

__all__ = ["FUNCTIONS", "TABLE_FUNCTIONS", "Refused", "check_tree"]


class Refused(ValueError):  # noqa: N818 - it says what happened
    """A statement the worker does not run."""


#: Functions without side effects, which read nothing but their arguments.
FUNCTIONS = frozenset(
    """
    + - * / // % ** ^ || | & << >> ~ @ ! __postfix
    ~~ !~~ ~~* !~~* ~~~ ~ = != < <= > >= <> __between xor ^@
    abs acos acosh add asin asinh atan atan2 atanh bit_count cbrt ceil ceiling cos cosh cot
    degrees divide div even exp factorial fdiv floor fmod gamma gcd greatest
    greatest_common_divisor
    hash isfinite isinf isnan lcm least least_common_multiple
    lgamma ln log log10 log2 mod multiply nextafter pi pow power radians random round
    round_even roundbankers sign signbit sin sinh sqrt
    subtract tan tanh trunc
    ascii bit_length char_length character_length chr concat concat_ws contains ends_with format hex
    ilike_escape instr lcase left length like_escape lower lpad ltrim md5 nfc_normalize
    not_ilike_escape not_like_escape octet_length ord position prefix regexp_extract
    regexp_full_match regexp_matches regexp_replace repeat replace reverse right rpad rtrim sha256
    split_part starts_with strip_accents strlen strpos substr substring suffix to_hex translate
    trim ucase unhex unicode upper
    coalesce constant_or_null if ifnull nullif switch typeof
    add_months age century current_date current_localtimestamp current_timestamp date_add date_diff
    date_part date_sub date_trunc datediff datepart datesub datetrunc day dayofmonth dayofweek
    dayofyear decade epoch epoch_ms epoch_ns epoch_us get_current_timestamp hour isodow isoyear
    julian last_day make_date make_time make_timestamp microsecond millisecond minute month now
    quarter second strftime strptime timezone to_days to_hours to_microseconds to_milliseconds
    to_minutes to_months to_seconds to_timestamp to_weeks to_years today try_strptime week weekday
    weekofyear year
    array_contains array_cross_product array_distance array_extract array_has
    array_inner_product array_length array_value element_at len list_bool_and list_concat
    list_contains list_count list_distinct list_element list_extract list_filter list_has
    list_has_all list_has_any list_max list_min list_position list_reduce list_sort
    list_transform list_value row string_split string_split_regex struct_extract
    struct_extract_at struct_pack unnest
    any_value approx_count_distinct approx_quantile arbitrary arg_max arg_min argmax argmin
    array_agg
    avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star
    countif covar_pop covar_samp entropy favg first fsum group_concat histogram kahan_sum
    kurtosis kurtosis_pop last
    list listagg mad max max_by mean median min min_by mode product quantile quantile_cont
    quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
    regr_syy sem skewness stddev stddev_pop stddev_samp string_agg sum sumkahan var_pop var_samp
    variance
    cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank
    rank_dense row_number
    """.split()  # noqa: SIM905 - a list of 300 strings is harder to read
)

#: Table functions without side effects, which read nothing but their arguments.
TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest"})

_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
_TABLES = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EMPTY_FROM", "EXPRESSION_LIST", "TABLE_FUNCTION"}
)
_MODIFIERS = frozenset(
    {
        "LIMIT_MODIFIER",
        "LIMIT_PERCENT_MODIFIER",
        "ORDER_MODIFIER",
        "DISTINCT_MODIFIER",
        "ORDER_DEFAULT",
        "ASCENDING",
        "DESCENDING",
    }
)
_CLASSES = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "LAMBDA_REF",
        "OPERATOR",
        "POSITIONAL_REFERENCE",
        "STAR",
        "SUBQUERY",
        "TYPE",
        "WINDOW",
    }
)
#: Names of built-in views, which an unqualified name would reach.
_SYSTEM = ("duckdb_", "pg_", "pragma_", "sqlite_", "information_schema")


def check_tree(
    serialized: str, databases: Collection[str], results: Collection[str] = ()
) -> dict[str, Any]:
    """Refuse a statement that is not one harmless SELECT over the given tables.

    Parameters
    ----------
    serialized : `str`
        What ``json_serialize_sql`` said of it.
    databases : collection of `str`
        The attached databases it may read.
    results : collection of `str`
        The registered results it may read, by exactly these names.

    Returns
    -------
    statement : `dict`
        The statement as DuckDB understands it.

    Raises
    ------
    Refused
        Raised if it is anything else; the text names the reason, for the log.
    """
    try:
        tree = json.loads(serialized)
    except RecursionError:
        raise Refused("it is nested too deeply") from None
    if tree.get("error"):
        raise Refused(str(tree.get("error_message", "it cannot be read")))
    statements = tree.get("statements", ())
    if len(statements) != 1:
        raise Refused(f"it holds {len(statements)} statements instead of one")
    nodes = list(_walk(statements[0]))
    maps = [entry for node in nodes for entry in node.get("map", ())]
    ctes = {str(entry["key"]).casefold() for entry in maps if "key" in entry}
    if wrong := [name for name in ctes if name.startswith(_SYSTEM)]:
        raise Refused(f"the name {wrong[0]} is reserved")
    for node in nodes:
        if "class" in node:
            _check_expression(node)
        elif isinstance(node.get("type"), str):
            _check_node(node, ctes, databases, results)
    statement: dict[str, Any] = statements[0]
    return statement


def _walk(root: Any) -> Iterator[dict[str, Any]]:
    stack = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _check_expression(node: dict[str, Any]) -> None:
    kind = node["class"]
    if kind not in _CLASSES:
        raise Refused(f"it holds an expression of the kind {kind}")
    if kind in ("FUNCTION", "WINDOW"):
        name = str(node.get("function_name", "")).casefold()
        qualified = node.get("qualified_name", {}).get("path", [name])
        if len(qualified) > 1 or node.get("schema") or node.get("catalog"):
            raise Refused(f"the function {name} is qualified")
        if name not in FUNCTIONS and name not in TABLE_FUNCTIONS:
            raise Refused(f"the function {name} is not admitted")


def _check_node(
    node: dict[str, Any],
    ctes: Collection[str],
    databases: Collection[str],
    results: Collection[str],
) -> None:
    kind = node["type"]
    if kind not in _NODES | _TABLES | _MODIFIERS and not kind.endswith("_TYPE_INFO"):
        raise Refused(f"it holds {kind}")
    if kind == "TABLE_FUNCTION":
        name = str(node.get("function", {}).get("function_name", "")).casefold()
        if name not in TABLE_FUNCTIONS:
            raise Refused(f"the table function {name} is not admitted")
    elif kind == "BASE_TABLE":
        path = [str(part) for part in node.get("qualified_name", {}).get("path", ())]
        named = len(path) == 1 and (path[0].casefold() in ctes or path[0] in results)
        attached = len(path) == 3 and path[0] in databases and not path[1].startswith(_SYSTEM)
        if not named and not attached:
            raise Refused(f"the table {'.'.join(path)} is not attached")
