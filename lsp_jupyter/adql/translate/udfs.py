"""User defined functions in SQL: times, texts, intervals, chance, and magnitudes."""

from __future__ import annotations

import math
from collections.abc import Callable

from lsp_jupyter.adql import bound, shapes
from lsp_jupyter.adql.translate import healpix
from lsp_jupyter.adql.translate.directions import propagated
from lsp_jupyter.adql.translate.sql import Sql, operand, raw
from lsp_jupyter.adql.translate.writer import Writer, let, literal

__all__ = ["UDFS"]

Call = Callable[[Writer, bound.Call], Sql]

_POGSON = 2.5 / math.log(10.0)
"""Magnitudes of a flux e times as large."""
_AB_CGS = 48.6
"""Minus the AB magnitude of 1 erg/s/cm²/Hz (Oke & Gunn 1983)."""
_AB_NJY = 31.4
"""AB magnitude of 1 nJy, as Rubin's catalogues take it."""
_ZERO = 10.0 ** (-_AB_CGS / 2.5)
"""Flux of magnitude 0, erg/s/cm²/Hz."""


def _index(writer: Writer, node: bound.Call) -> Sql:
    order, point = node.arguments
    assert isinstance(point, shapes.Point)
    return raw(healpix.index(writer, order, point))


def _epoch_prop(writer: Writer, node: bound.Call) -> Sql:
    star = node.arguments[0]
    assert isinstance(star, shapes.Moved)
    return raw(propagated(writer, star))


def _texts(template: str) -> Call:
    """A function of texts and times, each written once."""

    def write(writer: Writer, node: bound.Call) -> Sql:
        values = [writer.text(operand(writer.sound(one))) for one in node.arguments]
        return raw(f"({template.format(*values)})")

    return write


def _numbers(template: str) -> Call:
    """A function of doubles, with the sign that each has in the template."""

    def write(writer: Writer, node: bound.Call) -> Sql:
        counts = [template.count(f"{{{number}}}") for number in range(len(node.arguments))]
        values = [
            writer.position(one, count) for one, count in zip(node.arguments, counts, strict=True)
        ]
        return raw(f"({template.format(*values)})")

    return write


def _divided(numerator: str, denominator: str) -> str:
    return f"CASE WHEN {denominator} <> 0 THEN {numerator} / {denominator} END"


def _normal_random(writer: Writer, node: bound.Call) -> Sql:
    mean, width = (writer.position(one, 1) for one in node.arguments)
    chance = "SQRT(-2 * LN(1 - RANDOM())) * COS(2 * PI() * RANDOM())"  # Box and Muller 1958.
    return raw(f"({mean} + {width} * {chance})")


def _has_word(writer: Writer, node: bound.Call) -> Sql:
    haystack, needle = (writer.text(operand(writer.sound(one))) for one in node.arguments)

    def words(text: str) -> str:
        return (
            f"LIST_FILTER(STRING_SPLIT_REGEX(LOWER({text}), '[^\\pL\\pN]+'), LAMBDA _a: _a <> '')"
        )

    sides = f"{{'a': {words(haystack)}, 'b': {words(needle)}}}"
    return raw(let(writer, sides, lambda s: f"CAST(LIST_HAS_ALL({s}.a, {s}.b) AS INTEGER)"))


def _sexagesimal(marks: str, signs: str, factor: int) -> Call:
    """Degrees of a text of three numbers.

    Parameters
    ----------
    marks : `str`
        Letters after the first number.
    signs : `str`
        Signs that may be before it.
    factor : `int`
        Degrees of its unit.
    """
    sign, seconds = rf"\s*([{signs}]?)", r"(\d{1,2}(?:\.\d*)?)"
    written = rf"^{sign}(\d{{1,3}})\s*[{marks}:]\s*(\d{{1,2}})\s*[mM:]\s*{seconds}\s*[sS]?\s*$"
    run_on = rf"^{sign}(\d\d)(\d\d)(\d\d(?:\.\d*)?)\s*$"

    def write(writer: Writer, node: bound.Call) -> Sql:
        text = writer.text(operand(writer.sound(node.arguments[0])))
        apart = rf"REGEXP_REPLACE({text}, '{run_on}', '\1\2:\3:\4')"
        parts = f"REGEXP_EXTRACT({apart}, '{written}', ['g', 'd', 'm', 's'])"

        def degrees(p: str) -> str:
            whole, minutes, seconds = (f"TRY_CAST({p}.{name} AS DOUBLE)" for name in "dms")
            turned = f"CASE WHEN {p}.g = '-' THEN -{factor} ELSE {factor} END"
            size = f"({whole} + {minutes} / 60 + {seconds} / 3600)"
            return f"CASE WHEN {minutes} < 60 AND {seconds} < 60 THEN {turned} * {size} END"

        return raw(let(writer, parts, degrees))

    return write


_ERROR_OF_COUNTS = "SQRT(POW({0} * {3}, 2) + POW({1} * {2}, 2))"
_AB = f"-2.5e0 * LOG10({{0}}) - {literal(_AB_CGS)}"
_FLUX = f"POW(10, -0.4e0 * ({{0}} + {literal(_AB_CGS)}))"
_COUNTS_ERROR = (
    f"SQRT(POW({_FLUX} * {{3}}, 2) + POW({_FLUX} * {{1}} / {literal(_POGSON)} * {{2}}, 2))"
)

UDFS: dict[str, Call] = {
    "IVO_HEALPIX_INDEX": _index,
    "IVO_EPOCH_PROP": _epoch_prop,
    "IVO_TO_JD": _texts("EPOCH(CAST({0} AS TIMESTAMP)) / 86400 + 2440587.5e0"),
    "IVO_TO_MJD": _texts("EPOCH(CAST({0} AS TIMESTAMP)) / 86400 + 40587"),
    "IVO_NOCASEMATCH": _texts("CAST({0} ILIKE {1} AS INTEGER)"),
    "IVO_HASWORD": _has_word,
    "IVO_HASHLIST_HAS": _texts(
        "CAST(LIST_CONTAINS(STRING_SPLIT(LOWER({0}), '#'), LOWER({1})) AS INTEGER)"
    ),
    "IVO_NORMAL_RANDOM": _normal_random,
    "IVO_INTERVAL_OVERLAPS": _numbers(
        "CAST({0} <= {1} AND {2} <= {3} AND {0} <= {3} AND {2} <= {1} AS INTEGER)"
    ),
    "SCISQL_NANOJANSKYTOABMAG": _numbers(
        f"CASE WHEN {{0}} > 0 THEN {literal(_AB_NJY)} - 2.5e0 * LOG10({{0}}) END"
    ),
    "SCISQL_NANOJANSKYTOABMAGSIGMA": _numbers(_divided(f"{literal(_POGSON)} * {{1}}", "{0}")),
    "SCISQL_FLUXTOABMAG": _numbers(f"CASE WHEN {{0}} > 0 THEN {_AB} END"),
    "SCISQL_FLUXTOABMAGSIGMA": _numbers(_divided(f"{literal(_POGSON)} * {{1}}", "{0}")),
    "SCISQL_ABMAGTONANOJANSKY": _numbers(f"POW(10, -0.4e0 * ({{0}} - {literal(_AB_NJY)}))"),
    "SCISQL_ABMAGTONANOJANSKYSIGMA": _numbers(
        f"{{1}} * POW(10, -0.4e0 * ({{0}} - {literal(_AB_NJY)})) / {literal(_POGSON)}"
    ),
    "SCISQL_ABMAGTOFLUX": _numbers(_FLUX),
    "SCISQL_ABMAGTOFLUXSIGMA": _numbers(f"{{1}} * {_FLUX} / {literal(_POGSON)}"),
    "SCISQL_DNTOFLUX": _numbers(_divided(f"{literal(_ZERO)} * {{0}}", "{1}")),
    "SCISQL_DNTOFLUXSIGMA": _numbers(
        _divided(f"{literal(_ZERO)} * {_ERROR_OF_COUNTS}", "POW({2}, 2)")
    ),
    "SCISQL_DNTOABMAG": _numbers(
        "CASE WHEN {0} > 0 AND {1} > 0 THEN 2.5e0 * (LOG10({1}) - LOG10({0})) END"
    ),
    "SCISQL_DNTOABMAGSIGMA": _numbers(
        _divided(f"{literal(_POGSON)} * {_ERROR_OF_COUNTS}", "({2} * {0})")
    ),
    "SCISQL_FLUXTODN": _numbers(f"{{0}} * {{1}} / {literal(_ZERO)}"),
    "SCISQL_FLUXTODNSIGMA": _numbers(
        f"SQRT(POW({{0}} * {{3}}, 2) + POW({{1}} * {{2}}, 2)) / {literal(_ZERO)}"
    ),
    "SCISQL_ABMAGTODN": _numbers(f"{{1}} * {_FLUX} / {literal(_ZERO)}"),
    "SCISQL_ABMAGTODNSIGMA": _numbers(f"{_COUNTS_ERROR} / {literal(_ZERO)}"),
    "IVO_HMS_TO_DEGREES": _sexagesimal("hH", "+", 15),
    "IVO_DMS_TO_DEGREES": _sexagesimal("dD", "-+", 1),
}
"""How each function is written."""
