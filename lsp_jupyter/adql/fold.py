"""The value of constant expressions, by the same arithmetic as the engine's."""

from __future__ import annotations

import math

from lsp_jupyter.adql.bound import Arithmetic, Call, Constant, Negative, Value

__all__ = ["constant"]


def constant(node: Value) -> int | float | None:
    """The value of a number that depends on no row.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.bound.Value`
        Any value.

    Returns
    -------
    number : `int` or `float`, optional
        `None` if it is not a finite constant, or not a number.
    """
    match node:
        case Constant(value=int() | float() as number):
            return number
        case Negative(operand=operand):
            inner = constant(operand)
            return None if inner is None else -inner
        case Arithmetic():
            return _chain(node)
        case Call():
            return _call(node)
        case _:
            return None


def _chain(node: Arithmetic) -> int | float | None:
    total = constant(node.first)
    for operator, operand, _ in node.rest:
        right = constant(operand)
        if total is None or right is None:
            return None
        match operator:
            case "+":
                total += right
            case "-":
                total -= right
            case "*":
                total *= right
            case _:
                if right == 0:
                    return None
                if isinstance(total, int) and isinstance(right, int):
                    quotient = abs(total) // abs(right)
                    total = quotient if (total < 0) == (right < 0) else -quotient
                else:
                    total /= right
    return total if total is not None and math.isfinite(total) else None


def _call(node: Call) -> float | None:
    if node.function.name == "PI":
        return math.pi
    if node.function.name in ("DEGREES", "RADIANS"):
        inner = constant(node.arguments[0])
        if inner is None:
            return None
        return math.degrees(inner) if node.function.name == "DEGREES" else math.radians(inner)
    return None
