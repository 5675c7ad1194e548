"""Values as SQL of DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator

from lsp_jupyter.adql import bound, shapes
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.translate import directions, polygons, questions, sphere
from lsp_jupyter.adql.translate.duckdb_aggregates import AGGREGATES
from lsp_jupyter.adql.translate.duckdb_functions import CALLS, PARTIAL
from lsp_jupyter.adql.translate.sql import (
    DType,
    Sql,
    cast,
    column,
    function,
    number,
    operand,
    raw,
    text,
)
from lsp_jupyter.adql.types import Kind, Type

__all__ = ["FLAT", "ValueWriter", "partial"]

FLAT = 6
"""Levels of a tree after which it is turned into text, so that its writer never recurses deep."""
_COPIES = 1 << 17
"""Characters that repeated parts of one query may take. What is written twice grows exponentially
when it is nested in itself."""

_SOUND = "CASE WHEN ISNAN({0}) THEN NULL ELSE {0} END"

_TYPES = {
    "unsignedByte": DType.UTINYINT,
    "short": DType.SMALLINT,
    "int": DType.INT,
    "long": DType.BIGINT,
    "float": DType.FLOAT,
    "double": DType.DOUBLE,
}
_ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


_DIALECT = DuckDB()


@cache
def _name(kind: exp.DType) -> str:
    """A type as DuckDB calls it."""
    return str(_DIALECT.generator().sql(exp.DataType(this=kind)))


class _Generator(DuckDBGenerator):
    """Writes casts, of which there are many, at a tenth of the cost."""

    TRANSFORMS = {
        **DuckDBGenerator.TRANSFORMS,
        exp.Cast: lambda self, node: (
            f"CAST({self.sql(node.this)} AS {_name(node.args['to'].this)})"
        ),
    }


class ValueWriter:
    """Writes values.

    Attributes
    ----------
    depth : `int`
        Levels of the tree above the one that is being written.
    keys : `list` of `~lsp_jupyter.adql.bound.Value`
        The keys of GROUP BY that can be undefined.
    bindings : `int`
        How many names for what is used twice are known where something is being written.
    """

    def __init__(self) -> None:
        self.generator = _Generator(dialect=_DIALECT)
        self.depth = 0
        self.copied = 0
        self.keys: list[bound.Value] = []
        self.bindings = 0

    def text(self, node: Sql) -> str:
        """SQL as it is written."""
        sql: str = node.this if type(node) is exp.Var else self.generator.sql(node)
        return sql

    def _copy(self, value: Sql, times: int, node: bound.Value) -> str:
        """The text of a value that will be written that many times."""
        written = self.text(value)
        self.copied += len(written) * times
        if self.copied > _COPIES:
            raise refuse("This expression is nested too deeply.", node.at, "Write it more simply.")
        return written

    def flat(self, node: Sql) -> Sql:
        """An operand as text already written."""
        if isinstance(node, exp.Var | exp.Literal):
            return node
        written = self.text(node)
        return raw(written) if operand(node) is node else raw(f"({written})")

    def value(self, node: bound.Value) -> Sql:
        """A value; `operand` it before it is joined with others."""
        self.depth += 1
        result: Sql = _VALUES[type(node)](self, node)
        if self.keys and node in self.keys:
            # Written the same way everywhere, or the engine would not know it for the key.
            written = self._copy(result, 2, node)
            result = raw(_SOUND.format(written))
        if self.depth % FLAT == 0:
            result = self.flat(result)
        self.depth -= 1
        return result

    def sound(self, node: bound.Value) -> Sql:
        """A value where it leaves arithmetic, NULL if it is undefined.

        DuckDB's NaN would be larger than every number. Inside arithmetic it does no harm, and
        a test there would double the expression at every level.
        """
        value = self.value(node)
        if not partial(node) or node in self.keys:
            return value
        written = self._copy(value, 2, node)
        return raw(_SOUND.format(written))

    def divisor(self, node: bound.Value, wanted: Type) -> Sql:
        """A number to divide by, NULL if it is 0."""
        value = operand(self.number(node, wanted))
        if constant(node):
            return value
        written = self._copy(value, 2, node)
        return exp.Paren(this=raw(f"CASE WHEN {written} = 0 THEN NULL ELSE {written} END"))

    def position(self, node: bound.Value, times: int) -> str:
        """A sound double for use in geometry."""
        value = self.sound(node)
        double = value if node.type.datatype == "double" else cast(value, DType.DOUBLE)
        return self._copy(operand(double), times, node)

    # -- numbers ---------------------------------------------------------------

    def double(self, node: bound.Value) -> Sql:
        """A number as a double."""
        if isinstance(node, bound.Constant) and isinstance(node.value, int):
            return number(float(node.value))
        value = self.value(node)
        return value if node.type.datatype == "double" else cast(value, DType.DOUBLE)

    def long(self, node: bound.Value) -> Sql:
        """A whole number of 64 bits."""
        if isinstance(node, bound.Constant) and isinstance(node.value, int):
            return cast(number(node.value), DType.BIGINT)
        value = self.value(node)
        return value if node.type.datatype == "long" else cast(value, DType.BIGINT)

    def number(self, node: bound.Value, wanted: Type) -> Sql:
        """A number as the type an operation is done in."""
        if wanted.kind is Kind.INTEGER:
            return self.long(node)
        if wanted.datatype == "float":
            return self.value(node)
        return self.double(node)

    def _constant(self, node: bound.Constant) -> Sql:
        if node.value is None:
            return exp.Null()
        if node.type.kind is Kind.BOOLEAN:
            return exp.Boolean(this=bool(node.value))
        return text(node.value) if isinstance(node.value, str) else number(node.value)

    def _column(self, node: bound.ColumnRef) -> Sql:
        return column(node.source, node.name)

    def _negative(self, node: bound.Negative) -> Sql:
        return exp.Neg(this=operand(self.number(node.operand, node.type)))

    def _arithmetic(self, node: bound.Arithmetic) -> Sql:
        so_far = node.rest[0][2]
        total = operand(self.number(node.first, so_far))
        for step, (operator, right, result) in enumerate(node.rest, 1):
            if result.datatype != so_far.datatype:
                total = cast(total, _TYPES[result.datatype])
            so_far = result
            if operator == "/":
                kind: type[exp.Binary] = exp.IntDiv if result.kind is Kind.INTEGER else exp.Div
                total = exp.Paren(this=kind(this=total, expression=self.divisor(right, result)))
            else:
                part = operand(self.number(right, result))
                total = _ARITHMETIC[operator](this=total, expression=part)
            if step % FLAT == 0:
                total = self.flat(total)
        return total

    def _bitwise(self, node: bound.Bitwise) -> Sql:
        first, *others = map(self.long, node.operands)
        if node.operator == "^":
            total = first
            for other in others:
                total = self.flat(function("XOR", total, other))
            return total
        parts = [self.text(operand(one)) for one in (first, *others)]
        return exp.Paren(this=raw(f" {node.operator} ".join(parts)))

    def _complement(self, node: bound.Complement) -> Sql:
        return exp.BitwiseNot(this=operand(self.long(node.operand)))

    # -- other values ----------------------------------------------------------

    def _concat(self, node: bound.Concat) -> Sql:
        total: Sql | None = None
        for part in node.operands:
            value = operand(self.typed(part))
            total = value if total is None else exp.DPipe(this=total, expression=value)
        assert total is not None
        return self.flat(total)

    def condition(self, node: bound.Condition, *, indexed: bool) -> Sql:
        """A condition; ``indexed`` unless it stands under NOT."""
        raise NotImplementedError

    def _case(self, node: bound.Case) -> Sql:
        ifs = [
            exp.If(
                this=self.condition(test, indexed=False)
                if isinstance(test, bound.Condition)
                else self.sound(test),
                true=self.sound(result),
            )
            for test, result in node.whens
        ]
        start = None if node.operand is None else operand(self.sound(node.operand))
        default = None if node.default is None else self.sound(node.default)
        return exp.Case(this=start, ifs=ifs, default=default)

    def _call(self, node: bound.Call) -> Sql:
        return CALLS[node.function.name](self, node)

    def _aggregate(self, node: bound.Aggregate) -> Sql:
        inside: Sql = exp.Star() if node.argument is None else self.sound(node.argument)
        if node.function in AGGREGATES:
            return raw(AGGREGATES[node.function](self, node, self.text(inside)))
        if node.distinct:
            inside = exp.Distinct(expressions=[inside])
        total = function(node.function, inside)
        if node.function == "SUM" and node.type.kind is Kind.INTEGER:
            return cast(total, DType.BIGINT)
        return total

    def _cast(self, node: bound.Cast) -> Sql:
        value, target, source = self.sound(node.operand), node.type, node.operand.type
        if target.kind is Kind.TIMESTAMP:
            return cast(value, DType.TIMESTAMP)
        if target.kind is not Kind.TEXT:
            return cast(value, _TYPES[target.datatype])
        result: Sql = value if source.kind is Kind.TEXT else cast(value, DType.VARCHAR)
        if source.kind is Kind.TIMESTAMP:
            result = function("REPLACE", result, text(" "), text("T"))
        length = target.arraysize.rstrip("*")
        return function("LEFT", result, number(int(length))) if length else result

    def _question(self, node: bound.Value) -> Sql:
        return cast(questions.written(self, node, indexed=False), DType.INT)

    def _shape(self, node: bound.Value) -> Sql:
        return raw(questions.numbers(self, node))

    def _element(self, node: shapes.Element) -> Sql:
        return raw(f"{self.text(operand(self.value(node.array)))}[{node.position}]")

    def _angle(self, node: shapes.Angle) -> Sql:
        return raw(directions.angle(self, node))

    def _area(self, node: shapes.Area) -> Sql:
        return raw(f"({polygons.area(self, node.shape)})")

    def direction(self, node: shapes.Direction) -> str:
        """A computed unit vector, as a structure of x, y and z."""
        return directions.direction(self, node)

    def _distance(self, node: shapes.Distance) -> Sql:
        return sphere.distance(self, node)

    def typed(self, value: bound.Value) -> Sql:
        """A value that has a type even if it is NULL."""
        written = self.sound(value)
        return cast(written, DType.VARCHAR) if value.type.kind is Kind.NULL else written


def partial(node: bound.Value) -> bool:
    """Whether the arithmetic of a value can end in NaN."""
    match node:
        case bound.Call(function=called, arguments=arguments):
            return called.name in PARTIAL or (
                called.group in ("math", "trigonometry") and any(map(partial, arguments))
            )
        case bound.Negative(operand=inner):
            return partial(inner)
        case bound.Arithmetic(first=first, rest=rest):
            return partial(first) or any(partial(part) for _, part, _ in rest)
        case _:
            return False


_VALUES: dict[type, Callable[[Any, Any], Sql]] = {
    bound.Constant: ValueWriter._constant,
    bound.ColumnRef: ValueWriter._column,
    bound.Negative: ValueWriter._negative,
    bound.Arithmetic: ValueWriter._arithmetic,
    bound.Concat: ValueWriter._concat,
    bound.Call: ValueWriter._call,
    bound.Aggregate: ValueWriter._aggregate,
    bound.Cast: ValueWriter._cast,
    bound.Bitwise: ValueWriter._bitwise,
    bound.Complement: ValueWriter._complement,
    bound.Case: ValueWriter._case,
    **dict.fromkeys(questions.QUESTIONS, ValueWriter._question),
    shapes.Point: ValueWriter._shape,
    shapes.Circle: ValueWriter._shape,
    shapes.Polygon: ValueWriter._shape,
    shapes.Region: ValueWriter._shape,
    shapes.Element: ValueWriter._element,
    shapes.Angle: ValueWriter._angle,
    shapes.Area: ValueWriter._area,
    shapes.Distance: ValueWriter._distance,
}
