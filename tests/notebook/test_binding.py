"""Values in braces become literals that mean the same, wherever they stand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import astropy.table
import astropy.time
import astropy.units as u
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_jupyter.adql.lexer import tokenize
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.errors import AdqlError, UsageError
from lsp_jupyter.notebook.binding import bind
from lsp_jupyter.notebook.catalog import TableInfo

BERLIN = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (5, "5"),
        (-3, "-3"),
        (True, "1"),
        (np.bool_(False), "0"),
        (0.1, "0.1"),
        (1e-30, "1e-30"),
        (np.float32(0.1), "0.10000000149011612"),
        (np.int64(2**63 - 1), "9223372036854775807"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (np.array(7), "7"),
        (Decimal("1.10"), "1.10"),
        (pa.scalar(12), "12"),
        ("O'Neil", "'O''Neil'"),
        (np.str_("a"), "'a'"),
        ("--", "'--'"),
        ("", "''"),
        (dt.datetime(2026, 3, 1, 12), "'2026-03-01T12:00:00'"),
        (dt.datetime(2026, 3, 1, 12, tzinfo=BERLIN), "'2026-03-01T10:00:00'"),
        (dt.date(2026, 3, 1), "'2026-03-01'"),
        (pd.Timestamp("2026-03-01T00:00:00.000000001"), "'2026-03-01T00:00:00.000000001'"),
        (np.datetime64("2026-03-01T00:00:00.5"), "'2026-03-01T00:00:00.500'"),
        (5 * u.dimensionless_unscaled, "5.0"),
        ([1, 2], "(1, 2)"),
        ((0.5, -1), "(0.5, -1)"),
        ({3, 1, 2}, "(1, 2, 3)"),
        (range(3), "(0, 1, 2)"),
        (["a", "b'c"], "('a', 'b''c')"),
        (np.array([2**62 + 1, 3]), "(4611686018427387905, 3)"),
        (
            np.array(["2026-03-01T00:00:00.000000001"], "M8[ns]"),
            "('2026-03-01T00:00:00.000000001')",
        ),
        (pd.Series([1, 2]), "(1, 2)"),
        (pd.Index(["x"]), "('x')"),
        (pd.Series(["2026-03-01"], dtype="datetime64[ns]"), "('2026-03-01T00:00:00')"),
        (astropy.table.Column([1, 2], unit="mag"), "(1, 2)"),
        (pa.chunked_array([[1], [2]]), "(1, 2)"),
    ],
)
def test_a_value_becomes_its_literal(value: Any, literal: str) -> None:
    assert bind("x {v} y", {"v": value}).text == f"x {literal} y"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "None"),
        (pd.NA, "None"),
        (pd.NaT, "None"),
        (np.datetime64("NaT"), "NaT"),
        (np.ma.masked, "None"),
        (float("nan"), "nan"),
        (np.inf, "inf"),
        (Decimal("NaN"), "NaN"),
        (1 + 2j, "complex"),
        (b"bytes", "bytes"),
        ({"a": 1}, "dict"),
        pytest.param(10**5000, "64 bits", id="long"),
        ("a\x00", "character"),
        ("\ud800", "half of a pair"),
        ([], "empty"),
        ([1, "a"], "both numbers and text"),
        ([1, None], "item 1"),
        ([[1], [2]], "item 0"),
        (np.ones((2, 2)), "item 0"),
        (5 * u.arcsec, "arcsec"),
        ([1, 2] * u.deg, "deg"),
        (astropy.time.Time("2026-03-01"), "Time"),
        (object(), "object"),
        ((i for i in range(2)), "generator"),
    ],
)
def test_a_value_without_a_literal_is_refused_with_its_place(value: Any, says: str) -> None:
    with pytest.raises(AdqlError, match=says) as caught:
        bind("SELECT ra\nWHERE ra < {v}", {"v": value})
    error = caught.value
    assert (error.line, error.column, error.length) == (2, 12, 3)
    assert error.hint or says in ("NaT", "nan", "inf", "NaN", "64 bits")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x-{n}", "x-(-3)"),
        ("x - {n}", "x - (-3)"),
        ("x * {n}", "x * (-3)"),
        ("x > {n}", "x > -3"),
        ("IN ({l})", "IN (1, 2)"),
        ("in ( {l} )", "in ( 1, 2 )"),
        ("IN {l}", "IN (1, 2)"),
        ("ABS({n})", "ABS(-3)"),
        ("{ n }", "-3"),
        ("{o.a.b}", "7"),
        ("{{x}} '{{y}}'", "{x} '{y}'"),
        ("-- {nobody} and '\n{n}", "-- {nobody} and '\n-3"),
        ("'it''s' {n}", "'it''s' -3"),
        ("a -{n}", "a -(-3)"),
    ],
)
def test_a_value_fits_where_it_stands(source: str, text: str) -> None:
    values = {"n": -3, "l": [1, 2], "o": SimpleNamespace(a=SimpleNamespace(b=7))}
    assert bind(source, values).text == text


@pytest.mark.parametrize(
    ("source", "says", "column"),
    [
        ("a {limt}", "no variable 'limt'.*Did you mean limit", 3),
        ("a {}", "Only the name", 3),
        ("a {limit + 1}", "Only the name", 3),
        ("a {limit!r}", "Only the name", 3),
        ("a {class}", "Only the name", 3),
        ("a {limit", "nothing closes", 3),
        ("a limit}", "nothing opens", 8),
        ("a {limit.real.x}", "no attribute 'x'", 3),
        ("'{limit}'", "between quotes", 2),
        ('"t_{limit}"', "between quotes", 4),
        ("t_{limit}", "part of a name", 3),
        ("{limit}x", "part of a name", 1),
        ("{limit}{limit}", "part of a name", 1),
        ("'a'{limit}", "part of a name", 4),
        ("1.{limit}", "part of a name", 3),
    ],
)
def test_a_brace_that_cannot_be_filled_is_an_error(source: str, says: str, column: int) -> None:
    with pytest.raises(AdqlError, match=says) as caught:
        bind(source, {"limit": 5})
    assert (caught.value.line, caught.value.column) == (1, column)


@pytest.mark.parametrize(
    ("find", "written", "length"),
    [("bad", "bad", 3), ("2)", "{ids}", 5), ("'a\nb'", "{text}", 6), ("FROM", "FROM", 4)],
)
def test_an_error_points_to_what_was_written(find: str, written: str, length: int) -> None:
    source = "SELECT {text}\nFROM t WHERE id IN {ids}\n AND bad = 1"
    bound = bind(source, {"text": "a\nb", "ids": [1, 2]})
    offset = bound.text.index(find)
    sent = AdqlError(
        "No.",
        line=bound.text.count("\n", 0, offset) + 1,
        column=offset - bound.text.rfind("\n", 0, offset),
        length=len(find),
    )
    error = bound.at_source(sent)
    place = source.index(written)
    assert error.line == source.count("\n", 0, place) + 1
    assert error.column == place - source.rfind("\n", 0, place)
    assert error.length == length


def test_an_error_without_a_place_stays_without() -> None:
    assert bind("{v}", {"v": 1}).at_source(AdqlError("No.")).line == 0


#: What XML, and so a query that travels in it, cannot hold.
UNFIT = "".join(chr(code) for code in range(32) if code not in (9, 10, 13)) + "\ufffe\uffff"


@given(st.sampled_from(UNFIT))
def test_a_text_that_no_query_can_carry_is_refused(sign: str) -> None:
    with pytest.raises(UsageError, match="character"):
        bind("SELECT {v} FROM t", {"v": f"a{sign}b"})


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=UNFIT)))
def test_no_text_escapes_its_quotes(value: str) -> None:
    """The service's own lexer sees one text of that value, and what was around it."""
    tokens = tokenize(bind("SELECT {v} FROM t", {"v": value}).text, Limits())
    assert [token.kind for token in tokens] == ["word", "text", "word", "word", "end"]
    assert tokens[1].value == value


@given(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_keeps_its_value(value: float) -> None:
    text = bind("SELECT x -{v}", {"v": value}).text
    tokens = tokenize(text, Limits())
    assert "bad" not in {token.kind for token in tokens}
    number = next(token.text for token in tokens if token.kind == "number")
    assert type(value)(number) == abs(value)
    assert text.count("--") == 0


def test_a_table_stands_for_its_upload_and_errors_point_to_it() -> None:
    frame = pd.DataFrame({"a": [1]})
    stored = TableInfo("mydb.targets", "", 1, "mydb", ())
    found = bind(
        "SELECT {frame}.a FROM {frame}, { a.other }, {targets} AS t WHERE t.a = {one}",
        {"frame": frame, "a": SimpleNamespace(other=frame), "targets": stored, "one": 1},
    )
    assert found.text == (
        'SELECT TAP_UPLOAD."frame".a FROM TAP_UPLOAD."frame", TAP_UPLOAD."a_other", '
        "mydb.targets AS t WHERE t.a = 1"
    )
    assert found.tables == {"frame": frame, "a_other": frame}
    # The server counts in the longer text.
    moved = found.at_source(
        AdqlError("wrong", line=1, column=found.text.index('."frame",'), length=5)
    )
    assert (moved.column, moved.length) == (found.source.index("{frame},") + 1, len("{frame}"))


@pytest.mark.parametrize(
    ("query", "values", "says"),
    [
        ("SELECT * FROM x{frame}", {}, "part of a name"),
        ("SELECT * FROM {frame}y", {}, "part of a name"),
        ("SELECT * FROM {a_b}, {a.b}", {}, "two tables called a_b"),
        ("SELECT * FROM '{frame}'", {}, "between quotes"),
    ],
)
def test_a_table_at_a_wrong_place_is_refused(query: str, values: dict[str, Any], says: str) -> None:
    frame, other = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})
    values = {"frame": frame, "a_b": frame, "a": SimpleNamespace(b=other)}
    with pytest.raises(AdqlError, match=says):
        bind(query, values)
