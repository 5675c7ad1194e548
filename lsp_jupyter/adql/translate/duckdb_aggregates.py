"""The set functions beyond those of ADQL in DuckDB."""

from __future__ import annotations

from collections.abc import Callable

from lsp_jupyter.adql import bound
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.translate.writer import Writer, let, literal

__all__ = ["AGGREGATES"]

Aggregate = Callable[[Writer, bound.Aggregate, str], str]
"""From the call and the text of its argument to SQL."""


def _moment(name: str) -> Aggregate:
    """A function of finite numbers: DuckDB fails on others."""

    def write(_: Writer, __: bound.Aggregate, argument: str) -> str:
        value = f"CAST({argument} AS DOUBLE)"
        return f"{name}({value}) FILTER (WHERE ISFINITE({value}))"

    return write


def _median(_: Writer, __: bound.Aggregate, argument: str) -> str:
    return f"QUANTILE_CONT(CAST({argument} AS DOUBLE), 0.5)"


def _percentile(_: Writer, node: bound.Aggregate, argument: str) -> str:
    share = float(constant(node.parameters[0]) or 0) / 100.0
    return f"QUANTILE_CONT(CAST({argument} AS DOUBLE), {literal(share)})"


def _string_agg(writer: Writer, node: bound.Aggregate, argument: str) -> str:
    delimiter = writer.text(writer.sound(node.parameters[0]))
    if isinstance(node.argument, bound.Constant):
        return f"STRING_AGG({argument}, {delimiter})"  # DuckDB orders by no constant.
    return f"STRING_AGG({argument}, {delimiter} ORDER BY {argument})"


def _histogram(writer: Writer, node: bound.Aggregate, argument: str) -> str:
    low, high, count = (constant(one) or 0 for one in node.parameters)
    value, start, width = f"CAST({argument} AS DOUBLE)", float(low), float(high - low)
    place = f"CAST(FLOOR(({value} - {literal(start)}) / {literal(width)} * {count}) AS INTEGER)"
    # Rounding must not put a value below the upper limit beyond the last bin.
    inside = f"LEAST({count}, {place} + 1)"
    number = (
        f"CASE WHEN {value} >= {literal(float(high))} THEN {count} + 1 "
        f"WHEN {value} >= {literal(start)} THEN {inside} ELSE 0 END"
    )
    bins = f"RANGE(0, {count} + 2)"
    return let(
        writer,
        f"HISTOGRAM({number})",
        lambda h: (
            f"LIST_TRANSFORM({bins}, LAMBDA _b: "
            f"CAST(COALESCE({h}[CAST(_b AS INTEGER)], 0) AS INTEGER))"
        ),
    )


AGGREGATES: dict[str, Aggregate] = {
    "STDDEV": _moment("STDDEV_SAMP"),
    "STDDEV_SAMP": _moment("STDDEV_SAMP"),
    "STDDEV_POP": _moment("STDDEV_POP"),
    "VARIANCE": _moment("VAR_SAMP"),
    "VAR_SAMP": _moment("VAR_SAMP"),
    "VAR_POP": _moment("VAR_POP"),
    "MEDIAN": _median,
    "PERCENTILE": _percentile,
    "SCISQL_MEDIAN": _median,
    "SCISQL_PERCENTILE": _percentile,
    "IVO_STRING_AGG": _string_agg,
    "IVO_HISTOGRAM": _histogram,
}
"""How each set function is written."""
