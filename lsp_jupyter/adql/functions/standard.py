"""The functions of numbers and texts (ADQL 2.1 sections 2.3, 4.1 and 4.3)."""

from __future__ import annotations

from collections.abc import Sequence

from lsp_jupyter.adql.functions.declared import (
    ANY,
    NUMBER,
    STRING,
    WHOLE,
    Function,
    Rule,
    declare,
    double,
    same,
    text,
    unit,
)
from lsp_jupyter.adql.types import Type, arithmetic

__all__ = ["STANDARD"]


def _remainder(types: Sequence[Type]) -> Type:
    return arithmetic("/", types[0], types[1])


def _math(form: str, description: str, result: Rule = double) -> Function:
    return declare("math", form, (NUMBER,), result, description)


def _trigonometry(form: str, description: str, result: Rule = double) -> Function:
    return declare("trigonometry", form, (NUMBER,), result, description)


STANDARD = (
    _math("ABS(x)", "The absolute value of x.", same),
    _math("CEILING(x)", "The smallest whole number that is not less than x.", same),
    _math("FLOOR(x)", "The largest whole number that is not more than x.", same),
    _math("DEGREES(x)", "Radians turned into degrees.", unit("deg")),
    _math("RADIANS(x)", "Degrees turned into radians.", unit("rad")),
    _math("EXP(x)", "e to the power x."),
    _math("LOG(x)", "The natural logarithm of x; NULL if x is negative."),
    _math("LOG10(x)", "The logarithm of x to base 10; NULL if x is negative."),
    _math("SQRT(x)", "The square root of x; NULL if x is negative."),
    declare(
        "math",
        "MOD(x, y)",
        (NUMBER, NUMBER),
        _remainder,
        "The remainder of x / y, with the sign of x; NULL if y is 0.",
    ),
    declare("math", "PI()", (), double, "The number pi."),
    declare(
        "math",
        "POWER(x, y)",
        (NUMBER, NUMBER),
        double,
        "x to the power y; NULL if that is not a real number.",
    ),
    declare(
        "math",
        "RAND(seed)",
        (WHOLE,),
        double,
        "A random number from 0 to 1; with a seed, the same numbers each time.",
        optional=1,
    ),
    declare(
        "math",
        "ROUND(x, n)",
        (NUMBER, WHOLE),
        same,
        "x rounded to n decimal places, halves away from zero; n is 0 by default.",
        optional=1,
    ),
    declare(
        "math",
        "TRUNCATE(x, n)",
        (NUMBER, WHOLE),
        same,
        "x cut off after n decimal places; n is 0 by default.",
        optional=1,
    ),
    _trigonometry("ACOS(x)", "The arc cosine of x, in radians.", unit("rad")),
    _trigonometry("ASIN(x)", "The arc sine of x, in radians.", unit("rad")),
    _trigonometry("ATAN(x)", "The arc tangent of x, in radians.", unit("rad")),
    declare(
        "trigonometry",
        "ATAN2(y, x)",
        (NUMBER, NUMBER),
        unit("rad"),
        "The arc tangent of y / x in the right quadrant, in radians.",
    ),
    _trigonometry("COS(x)", "The cosine of x radians."),
    _trigonometry("COT(x)", "The cotangent of x radians."),
    _trigonometry("SIN(x)", "The sine of x radians."),
    _trigonometry("TAN(x)", "The tangent of x radians."),
    declare("text", "LOWER(s)", (STRING,), text, "The text in lower case."),
    declare("text", "UPPER(s)", (STRING,), text, "The text in upper case."),
    # COALESCE takes any number of values: the resolver finds their common type.
    declare(
        "general",
        "COALESCE(x, y, …)",
        (ANY,),
        lambda types: types[0],
        "The first value that is not NULL.",
    ),
)
