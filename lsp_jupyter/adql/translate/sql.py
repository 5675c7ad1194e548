"""Small pieces of SQL, as expressions of sqlglot, which only writes and never reads here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

__all__ = [
    "DType",
    "Sql",
    "cast",
    "column",
    "function",
    "identifier",
    "literal_list",
    "number",
    "operand",
    "quoted",
    "raw",
    "text",
    "whole",
]

Sql = exp.Expr
DType = exp.DType

_ATOMS = (
    exp.Anonymous,
    exp.Boolean,
    exp.Cast,
    exp.Column,
    exp.Literal,
    exp.Paren,
    exp.Null,
    exp.Var,
    exp.Star,
    exp.Case,
)


def identifier(name: str) -> exp.Identifier:
    """A name in double quotes."""
    return exp.Identifier(this=name, quoted=True)


def quoted(name: str) -> str:
    """The text of a name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def column(source: str, name: str) -> Sql:
    """``"source"."name"``."""
    return raw(f"{quoted(source)}.{quoted(name)}")


def number(value: int | float) -> Sql:
    """A number; with an exponent if it is a float, which engines read as a double."""
    written = _numeral(value)
    if written.startswith("-"):
        return exp.Neg(this=exp.Literal(this=written[1:], is_string=False))
    return exp.Literal(this=written, is_string=False)


def _numeral(value: int | float) -> str:
    written = repr(value)
    return written + "e0" if isinstance(value, float) and "e" not in written else written


def text(value: str) -> exp.Literal:
    """A text in single quotes."""
    return exp.Literal(this=value, is_string=True)


def raw(sql: str) -> exp.Var:
    """SQL that was already written by a translator, and stands for one operand."""
    return exp.Var(this=sql)


def function(name: str, *arguments: Sql) -> exp.Anonymous:
    """A call, under the very name that is given."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(value: Sql, kind: exp.DType) -> exp.Cast:
    """``CAST(value AS kind)``."""
    return exp.Cast(this=value, to=exp.DataType(this=kind))


def operand(value: Sql) -> Sql:
    """A value as an operand: in parentheses unless it is one piece."""
    return value if isinstance(value, _ATOMS) else exp.Paren(this=value)


def whole(value: int | float | str | None) -> int | None:
    """A number as a whole one of 64 bits, if it is exactly one."""
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    return None


def literal_list(values: Sequence[int | float | str], *, exact: bool) -> str:
    """Literals with commas between them: at once, since there may be many.

    Parameters
    ----------
    values : sequence
        All texts or all numbers.
    exact : `bool`
        Whether they are compared with whole numbers. A fraction equals none of those, and
        would make the engine compare all of them as doubles, so it is left out.
    """
    if exact:
        kept = [one for value in values if (one := whole(value)) is not None]
        if kept:
            return ", ".join(map(str, kept))
    return ", ".join(
        "'" + value.replace("'", "''") + "'" if isinstance(value, str) else _numeral(float(value))
        for value in values
    )
