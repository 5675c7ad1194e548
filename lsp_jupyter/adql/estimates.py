"""Estimates from a sample: what stands in the select list of a preview.

Every row is in the sample with the same probability p, independently of the
others. A count or a sum of the sample divided by p is then an estimate of that
of all rows without bias, and the sample tells its variance too (Horvitz and
Thompson 1952, J. Am. Stat. Assoc. 47, 663).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.outputs import result_column
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.types import BIGINT, DOUBLE, INTEGER, Kind

__all__ = ["RUN", "Estimates"]

RUN = "Run the query itself."
"""What to do where there is no preview."""

_ESTIMATED = frozenset({"AVG", "COUNT", "SUM"})
_HISTOGRAM = "IVO_HISTOGRAM"
_COUNTING = _ESTIMATED | {_HISTOGRAM}
"""Set functions that say something else of a sample than of all rows."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """How a query over a sample tells of all rows.

    Attributes
    ----------
    share : `float`
        The probability with which a row is in the sample; 1 if these are all rows.
    joined : `bool`
        Whether rows of the sample may occur more than once: then they are not independent.
    identity : `~lsp_jupyter.adql.bound.Value`, optional
        What tells one row of the sample from another.
    """

    share: float
    joined: bool
    identity: bound.Value | None

    def of(self, query: plan.Query) -> plan.Query:
        """A query with estimates instead of what the sample has, and their errors behind them.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised if the sample cannot tell something that it asks for.
        """
        if not query.grouped:
            return query
        _check(query)
        outputs: list[plan.Output] = []
        places: list[int] = []
        taken = {output.column.name.lower() for output in query.outputs}
        for output in query.outputs:
            outputs.append(output)
            places.append(len(outputs))
            value, name = output.value, output.column.name
            if isinstance(value, bound.Aggregate) and value.function in _ESTIMATED:
                outputs[-1] = replace(output, value=self._estimate(value))
                about = f"Standard error of {name}"
                outputs.append(result_column(self._error(value), f"{name}_error", taken, about))
        order = [
            replace(key, key=places[key.key - 1]) if isinstance(key.key, int) else key
            for key in query.order
        ]
        return replace(query, outputs=tuple(outputs), order=tuple(order))

    def _estimate(self, value: bound.Aggregate) -> bound.Value:
        if value.function == "AVG" or self.share == 1.0:
            return value
        scaled = _times(value, 1.0 / self.share)
        return bound.Cast(BIGINT, scaled) if value.type.kind is Kind.INTEGER else scaled

    def _error(self, value: bound.Aggregate) -> bound.Value:
        """The standard error of an estimate; NULL where the rows do not tell it."""
        ucd = f"stat.error;{value.type.ucd}" if value.type.ucd else "stat.error"
        kind = DOUBLE.with_unit(value.type.unit, ucd)
        if self.share == 1.0:
            return bound.Constant(kind, 0.0, at=value.at)
        if self.joined and self.identity is None:
            return bound.Cast(kind, bound.Constant(DOUBLE, None), at=value.at)
        factor = math.sqrt(1.0 - self.share)
        factor /= 1.0 if value.function == "AVG" else self.share
        root = bound.Call(DOUBLE, FUNCTIONS["SQRT"], (_variance(value),), at=value.at)
        error = _times(root, factor)
        # Where nothing was found there may be something: that is no error of 0.
        tests = [_compared(">", _number(value), bound.Constant(INTEGER, 0))]
        if self.joined:
            every = bound.Aggregate(BIGINT, "COUNT", None, distinct=False)
            apart = bound.Aggregate(BIGINT, "COUNT", self.identity, distinct=True)
            tests.append(_compared("=", apart, every))
        return bound.Case(kind, None, ((bound.And(tuple(tests)), error),), None, at=value.at)


def _check(query: plan.Query) -> None:
    """Refuse a query of groups that the sample cannot answer."""
    if query.distinct:
        raise refuse(
            "DISTINCT cannot compare estimates.",
            query.outputs[0].value.at,
            "Leave it out, or run the query itself.",
        )
    for output in query.outputs:
        value = output.value
        if not isinstance(value, bound.Aggregate):
            for node in _aggregates(value):
                if node.function in _COUNTING:
                    raise refuse(
                        f"An expression with {node.function} has no estimate with an error.",
                        node.at,
                        f"Select {node.function} as a column of its own, or run the query itself.",
                    )
        elif value.function == _HISTOGRAM:
            raise refuse(f"{_HISTOGRAM} would count the rows of the sample.", value.at, RUN)
        elif value.function in _ESTIMATED and value.distinct:
            raise refuse("A sample does not have all the different values.", value.at, RUN)
    if query.having is not None:
        for node in _aggregates(query.having):
            raise refuse(
                f"HAVING cannot choose groups by {node.function} of a sample.",
                node.at,
                "Leave it out, or run the query itself.",
            )
    for key in query.order:
        for node in _aggregates(key.key) if isinstance(key.key, bound.Value) else ():
            raise refuse(
                f"ORDER BY {node.function} has no estimate with an error.",
                node.at,
                f"Select {node.function} as a column too, or run the query itself.",
            )


def _aggregates(root: bound.Expression) -> list[bound.Aggregate]:
    """The set functions in an expression, as they stand in the text."""
    found = [node for node in bound.walk(root) if isinstance(node, bound.Aggregate)]
    return sorted(found, key=lambda node: node.at.offset)


def _variance(value: bound.Aggregate) -> bound.Value:
    """The estimated variance, but for the factor that comes from the probability alone."""
    argument = value.argument
    if value.function == "COUNT" or argument is None:
        return _number(value)
    if value.function == "SUM":
        square = bound.Arithmetic(DOUBLE, argument, (("*", argument, DOUBLE),))
        return bound.Aggregate(DOUBLE, "SUM", square, distinct=False, at=value.at)
    spread = bound.Aggregate(DOUBLE, "VAR_SAMP", argument, distinct=False, at=value.at)
    return bound.Arithmetic(DOUBLE, spread, (("/", _number(value), DOUBLE),))


def _number(value: bound.Aggregate) -> bound.Aggregate:
    """How many rows of the sample an estimate is made from."""
    return bound.Aggregate(BIGINT, "COUNT", value.argument, distinct=False, at=value.at)


def _times(value: bound.Value, factor: float) -> bound.Value:
    return bound.Arithmetic(DOUBLE, value, (("*", bound.Constant(DOUBLE, factor), DOUBLE),))


def _compared(operator: str, left: bound.Value, right: bound.Value) -> bound.Condition:
    return bound.Comparison(operator, left, right)
