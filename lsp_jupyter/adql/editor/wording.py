"""Values and conditions in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lsp_jupyter.adql import tree
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.write import write

__all__ = ["Wording", "listed", "path"]

_SHOWN = 5
"""Members of a long list that are told."""
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_VERBS = {
    "=": "is",
    "<>": "is not",
    "<": "is less than",
    ">": "is greater than",
    "<=": "is at most",
    ">=": "is at least",
}
_AWAY = {
    "<": "is less than {} from {}",
    "<=": "is at most {} from {}",
    ">": "is more than {} from {}",
    ">=": "is at least {} from {}",
}
_AGGREGATES = {
    "AVG": "the mean of {}",
    "COUNT": "the number of values of {}",
    "MAX": "the largest {}",
    "MIN": "the smallest {}",
    "SUM": "the sum of {}",
}
_TESTS = {
    ("CONTAINS", True): "lies in",
    ("CONTAINS", False): "does not lie in",
    ("INTERSECTS", True): "overlaps",
    ("INTERSECTS", False): "does not overlap",
}


def path(parts: Sequence[tree.Name]) -> str:
    """A dotted name as it was written, without quotes."""
    return ".".join([part.text for part in parts])


def listed(texts: Iterable[str], word: str = "and") -> str:
    """``a, b and c``."""
    *most, last = texts
    return f"{', '.join(most)} {word} {last}" if most else last


class Wording:
    """Tells expressions in words.

    Parameters
    ----------
    tables : sequence of `~lsp_jupyter.adql.schema.Table`
        The tables of the query: their columns have units.
    subquery : callable
        Tells a subquery in words.
    """

    def __init__(self, tables: Sequence[Table], subquery: Callable[[tree.Query], str]) -> None:
        self._subquery = subquery
        units: dict[str, set[str]] = {}
        for table in tables:
            for column in table.columns:
                units.setdefault(column.name.lower(), set()).add(column.unit)
        self._units = {key: min(found) for key, found in units.items() if len(found) == 1}

    # -- values ----------------------------------------------------------------

    def value(self, node: tree.Value) -> str:
        """Tell a value."""
        tell = self._VALUES.get(type(node))
        return write(node) if tell is None else tell(self, node)

    def _column(self, node: tree.Column) -> str:
        return path(node.parts)

    def _aggregate(self, node: tree.Aggregate) -> str:
        if node.argument is None:
            return "the number of rows"
        form = _AGGREGATES.get(node.function, node.function.lower() + " of {}")
        different = "different " if node.distinct else ""
        if node.function == "COUNT" and node.distinct:
            form, different = "the number of different values of {}", ""
        return form.format(different + self.value(node.argument))

    def _cast(self, node: tree.Cast) -> str:
        length = "" if node.target.length is None else f"({node.target.length})"
        return f"{self.value(node.operand)} as {node.target.name}{length}"

    def _call(self, node: tree.Call) -> str:
        function = node.name.text.upper()
        arguments = node.arguments
        if function in ("POINT", "CIRCLE", "BOX", "POLYGON") and len(arguments) > 1:
            if isinstance(arguments[0], tree.Text):
                arguments = arguments[1:]  # The coordinate system.
            return self._shape(function, arguments)
        ends = self._ends(node)
        if ends is not None:
            return f"the distance in degrees from {ends[0]} to {ends[1]}"
        return write(node)

    def _shape(self, function: str, arguments: Sequence[tree.Value]) -> str:
        first, *rest = arguments
        if function == "POINT":
            return self._pair(arguments)
        if function == "POLYGON":
            if isinstance(first, tree.Call):
                corners = [self.value(one) for one in arguments]
            else:
                pairs = zip(arguments[::2], arguments[1::2], strict=False)
                corners = [self._pair(pair) for pair in pairs]
            return f"the polygon of {listed(corners)}"
        if isinstance(first, tree.Call):
            centre = self.value(first)
        else:
            centre, rest = self._pair(arguments[:2]), rest[1:]
        sizes = [self._angle(one) for one in rest]
        if function == "CIRCLE":
            return f"the circle of {' '.join(sizes)} around {centre}"
        return f"the box of {' by '.join(sizes)} around {centre}"

    def _pair(self, values: Sequence[tree.Value]) -> str:
        return f"({', '.join(self.value(one) for one in values)})"

    def _ends(self, node: tree.Value) -> tuple[str, str] | None:
        """The two positions of a DISTANCE."""
        if not isinstance(node, tree.Call) or node.name.text.upper() != "DISTANCE":
            return None
        if len(node.arguments) == 4:
            return self._pair(node.arguments[:2]), self._pair(node.arguments[2:])
        if len(node.arguments) == 2:
            return self.value(node.arguments[0]), self.value(node.arguments[1])
        return None

    def _angle(self, node: tree.Value) -> str:
        """An angle in degrees; a small one in minutes or seconds of arc too."""
        if not isinstance(node, tree.Number):
            return f"{self.value(node)} degrees"
        degrees = float(node.value)
        for factor, unit in ((60, "arcmin"), (3600, "arcsec")):
            if 1 <= round(abs(degrees) * factor, 9) < 60:
                return f"{degrees:g}° ({degrees * factor:.6g} {unit})"
        return f"{degrees:g}°"

    # -- conditions ------------------------------------------------------------

    def condition(self, node: tree.Condition) -> str:
        """Tell a condition."""
        tell = self._CONDITIONS.get(type(node))
        return write(node) if tell is None else tell(self, node)

    def _comparison(self, node: tree.Comparison) -> str:
        left, operator, right = node.left, node.operator, node.right
        if isinstance(left, tree.Number) and not isinstance(right, tree.Number):
            left, operator, right = right, _MIRRORED.get(operator, operator), left
        ends = self._ends(left)
        if ends is not None and operator in _AWAY:
            return f"{ends[0]} " + _AWAY[operator].format(self._angle(right), ends[1])
        if isinstance(left, tree.Call) and isinstance(right, tree.Number) and operator in "=<>":
            verb = _TESTS.get((left.name.text.upper(), (right.value == 1) == (operator == "=")))
            if verb and right.value in (0, 1) and len(left.arguments) == 2:
                inner, outer = map(self.value, left.arguments)
                return f"{inner} {verb} {outer}"
        return f"{self.value(left)} {_VERBS[operator]} {self._measured(right, left)}"

    def _measured(self, node: tree.Value, beside: tree.Value) -> str:
        """A value; a number with the unit of the column it is compared with."""
        text = self.value(node)
        if isinstance(node, tree.Number) and isinstance(beside, tree.Column):
            unit = self._units.get(beside.parts[-1].text.lower(), "")
            return f"{text} {unit}" if unit else text
        return text

    def _between(self, node: tree.Between) -> str:
        low, high = (self._measured(one, node.operand) for one in (node.low, node.high))
        verb = "is not" if node.negated else "is"
        return f"{self.value(node.operand)} {verb} between {low} and {high}"

    def _in_list(self, node: tree.InList) -> str:
        if isinstance(node.values, tree.Literals):
            texts = [repr(one) for one in node.values.values[: _SHOWN + 1]]
            count = len(node.values.values)
        else:
            texts = [self.value(one) for one in node.values[: _SHOWN + 1]]
            count = len(node.values)
        if count > _SHOWN + 1:
            texts[_SHOWN:] = [f"{count - _SHOWN:,} others"]
        verb = "is none of" if node.negated else "is one of"
        word = "and" if count > _SHOWN + 1 else "or"
        if count == 1:
            verb = "is not" if node.negated else "is"
        return f"{self.value(node.operand)} {verb} {listed(texts, word)}"

    def _in_query(self, node: tree.InQuery) -> str:
        verb = "is not" if node.negated else "is"
        return f"{self.value(node.operand)} {verb} among ({self._subquery(node.query)})"

    def _like(self, node: tree.Like) -> str:
        verb = "is not like" if node.negated else "is like"
        case = ", in upper or lower case," if node.insensitive else ""
        left = f"{self.value(node.operand)}{case}"
        if isinstance(node.pattern, tree.Text):
            inner = node.pattern.value.strip("%")
            ends = node.pattern.value.partition(inner)[::2] if inner else ("", "")
            does = _MATCHES.get((bool(ends[0]), bool(ends[1]), node.negated))
            if does and inner and not set(inner) & set("%_"):
                return f"{left} {does} {inner!r}"
        return f"{left} {verb} {self.value(node.pattern)} (% any text, _ one character)"

    def _is_null(self, node: tree.IsNull) -> str:
        return f"{self.value(node.operand)} has {'a' if node.negated else 'no'} value"

    def _exists(self, node: tree.Exists) -> str:
        return f"there is any row of ({self._subquery(node.query)})"

    def _not(self, node: tree.Not) -> str:
        if isinstance(node.operand, tree.Exists):
            return f"there is no row of ({self._subquery(node.operand.query)})"
        return f"it is not so that {self._part(node.operand)}"

    def _and(self, node: tree.And) -> str:
        return " and ".join(map(self._part, node.parts))

    def _or(self, node: tree.Or) -> str:
        return " or ".join(map(self._part, node.parts))

    def _part(self, node: tree.Condition) -> str:
        text = self.condition(node)
        return f"({text})" if isinstance(node, tree.And | tree.Or) else text

    _VALUES: Mapping[type, Callable[[Any, Any], str]] = {
        tree.Aggregate: _aggregate,
        tree.Call: _call,
        tree.Cast: _cast,
        tree.Column: _column,
    }
    _CONDITIONS: Mapping[type, Callable[[Any, Any], str]] = {
        tree.And: _and,
        tree.Between: _between,
        tree.Comparison: _comparison,
        tree.Exists: _exists,
        tree.InList: _in_list,
        tree.InQuery: _in_query,
        tree.IsNull: _is_null,
        tree.Like: _like,
        tree.Not: _not,
        tree.Or: _or,
    }


_MATCHES = {
    (False, True, False): "begins with",
    (False, True, True): "does not begin with",
    (True, False, False): "ends with",
    (True, False, True): "does not end with",
    (True, True, False): "contains",
    (True, True, True): "does not contain",
}
"""What a pattern asks, by whether ``%`` stands before and behind its text, and NOT before it."""
