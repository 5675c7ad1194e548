"""The functions of this service, each declared with its signature (ADQL 2.1 sections 2.3 and 4).

A translator has one way to write each of them; what is not declared here does
not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lsp_jupyter.adql.types import (
    BIGINT,
    CIRCLE,
    DOUBLE,
    INTEGER,
    POINT,
    REAL,
    TEXT,
    Kind,
    Type,
    arithmetic,
)

__all__ = ["FUNCTIONS", "Function", "features"]

NUMBER, WHOLE, STRING, ANY, GEOMETRY = "number", "whole number", "text", "value", "geometry"

Rule = Callable[[Sequence[Type]], Type]


@dataclass(frozen=True, slots=True)
class Function:
    """A declared function.

    Attributes
    ----------
    name : `str`
        In upper case.
    form : `str`
        Its signature, as users read it.
    arguments : `tuple` of `str`
        What each argument has to be.
    required : `int`
        Arguments that must be given.
    result : callable
        The type of the result from the types of the arguments.
    description : `str`
        One sentence.
    group : `str`
        ``math``, ``trigonometry``, ``text``, ``general`` or ``geometry``.
    """

    name: str
    form: str
    arguments: tuple[str, ...]
    required: int
    result: Rule
    description: str
    group: str


def _double(_: Sequence[Type]) -> Type:
    return DOUBLE


def _same(types: Sequence[Type]) -> Type:
    """The type and unit of the first argument."""
    first = types[0]
    if first.kind is Kind.NULL:
        return DOUBLE
    if first.datatype == "float":
        return REAL.with_unit(first.unit, first.ucd)
    return (DOUBLE if first.kind is Kind.FLOAT else BIGINT).with_unit(first.unit, first.ucd)


def _angle(_: Sequence[Type]) -> Type:
    return DOUBLE.with_unit("rad")


def _degrees(_: Sequence[Type]) -> Type:
    return DOUBLE.with_unit("deg")


def _remainder(types: Sequence[Type]) -> Type:
    return arithmetic("/", types[0], types[1])


def _text(_: Sequence[Type]) -> Type:
    return TEXT


def _function(
    group: str,
    form: str,
    arguments: Sequence[str],
    result: Rule,
    description: str,
    *,
    optional: int = 0,
) -> Function:
    name = form.partition("(")[0]
    required = len(arguments) - optional
    return Function(name, form, tuple(arguments), required, result, description, group)


def _math(form: str, description: str, result: Rule = _double) -> Function:
    return _function("math", form, (NUMBER,), result, description)


def _trigonometry(form: str, description: str, result: Rule = _double) -> Function:
    return _function("trigonometry", form, (NUMBER,), result, description)


_DECLARED = (
    _math("ABS(x)", "The absolute value of x.", _same),
    _math("CEILING(x)", "The smallest whole number that is not less than x.", _same),
    _math("FLOOR(x)", "The largest whole number that is not more than x.", _same),
    _math("DEGREES(x)", "Radians turned into degrees.", _degrees),
    _math("RADIANS(x)", "Degrees turned into radians.", _angle),
    _math("EXP(x)", "e to the power x."),
    _math("LOG(x)", "The natural logarithm of x; NULL if x is negative."),
    _math("LOG10(x)", "The logarithm of x to base 10; NULL if x is negative."),
    _math("SQRT(x)", "The square root of x; NULL if x is negative."),
    _function(
        "math",
        "MOD(x, y)",
        (NUMBER, NUMBER),
        _remainder,
        "The remainder of x / y, with the sign of x; NULL if y is 0.",
    ),
    _function("math", "PI()", (), _double, "The number pi."),
    _function(
        "math",
        "POWER(x, y)",
        (NUMBER, NUMBER),
        _double,
        "x to the power y; NULL if that is not a real number.",
    ),
    _function(
        "math",
        "RAND(seed)",
        (WHOLE,),
        _double,
        "A random number from 0 to 1; with a seed, the same numbers each time.",
        optional=1,
    ),
    _function(
        "math",
        "ROUND(x, n)",
        (NUMBER, WHOLE),
        _same,
        "x rounded to n decimal places, halves away from zero; n is 0 by default.",
        optional=1,
    ),
    _function(
        "math",
        "TRUNCATE(x, n)",
        (NUMBER, WHOLE),
        _same,
        "x cut off after n decimal places; n is 0 by default.",
        optional=1,
    ),
    _trigonometry("ACOS(x)", "The arc cosine of x, in radians.", _angle),
    _trigonometry("ASIN(x)", "The arc sine of x, in radians.", _angle),
    _trigonometry("ATAN(x)", "The arc tangent of x, in radians.", _angle),
    _function(
        "trigonometry",
        "ATAN2(y, x)",
        (NUMBER, NUMBER),
        _angle,
        "The arc tangent of y / x in the right quadrant, in radians.",
    ),
    _trigonometry("COS(x)", "The cosine of x radians."),
    _trigonometry("COT(x)", "The cotangent of x radians."),
    _trigonometry("SIN(x)", "The sine of x radians."),
    _trigonometry("TAN(x)", "The tangent of x radians."),
    _function("text", "LOWER(s)", (STRING,), _text, "The text in lower case."),
    _function("text", "UPPER(s)", (STRING,), _text, "The text in upper case."),
    # COALESCE takes any number of values: the resolver finds their common type.
    _function(
        "general",
        "COALESCE(x, y, …)",
        (ANY,),
        lambda types: types[0],
        "The first value that is not NULL.",
    ),
    # Of the geometry the resolver knows the forms, with and without coordinate system.
    _function(
        "geometry", "POINT(ra, dec)", (NUMBER, NUMBER), lambda _: POINT, "A position, degrees ICRS."
    ),
    _function(
        "geometry",
        "CIRCLE(ra, dec, radius)",
        (NUMBER, NUMBER, NUMBER),
        lambda _: CIRCLE,
        "A cone around a position, degrees.",
    ),
    _function(
        "geometry",
        "CONTAINS(point, circle)",
        (GEOMETRY, GEOMETRY),
        lambda _: INTEGER,
        "1 if the point is inside the circle, else 0.",
    ),
    _function(
        "geometry",
        "DISTANCE(point, point)",
        (GEOMETRY, GEOMETRY),
        lambda _: DOUBLE.with_unit("deg", "pos.angDistance"),
        "Degrees between two points; also DISTANCE(ra1, dec1, ra2, dec2).",
    ),
    _function("geometry", "COORD1(point)", (GEOMETRY,), _degrees, "The longitude of a point."),
    _function("geometry", "COORD2(point)", (GEOMETRY,), _degrees, "The latitude of a point."),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in _DECLARED}
"""Every function by its name in upper case."""

_FEATURE = "ivo://ivoa.net/std/TAPRegExt#features-"


def features() -> list[tuple[str, str, str]]:
    """What this service has of the optional parts of ADQL 2.1.

    Returns
    -------
    features : `list` of `tuple`
        Of the feature type (an IVOA identifier, TAPRegExt 1.0 section 2.3), the form, and a
        description.
    """
    found = [
        (f"{_FEATURE}adqlgeo", function.name, f"{function.form}: {function.description}")
        for function in FUNCTIONS.values()
        if function.group == "geometry"
    ]
    found += [
        (f"{_FEATURE}adql-string", function.name, function.description)
        for function in FUNCTIONS.values()
        if function.group == "text"
    ]
    found += [
        (f"{_FEATURE}adql-string", "ILIKE", "LIKE without regard to upper and lower case."),
        (f"{_FEATURE}adql-conditional", "COALESCE", FUNCTIONS["COALESCE"].description),
        (f"{_FEATURE}adql-offset", "OFFSET", "Leaves out the first rows."),
        (f"{_FEATURE}adql-type", "CAST", "Turns a value into another type."),
    ]
    return found
