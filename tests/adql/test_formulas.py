"""Values and conditions that stand alone."""

from __future__ import annotations

import pytest

from lsp_jupyter.adql import AdqlError, Limits
from lsp_jupyter.adql.formulas import Formulas, names_in, replace_names
from lsp_jupyter.adql.schema import Column

TABLE = Formulas(
    [
        Column("ra", "double", unit="deg", ucd="pos.eq.ra"),
        Column("dec", "double", unit="deg"),
        Column("g mag", "float", unit="mag"),
        Column("id", "long"),
        Column("name", "char", "*"),
        Column("observed", "char", "*", xtype="timestamp"),
    ]
)


@pytest.mark.parametrize(
    ("text", "datatype", "unit", "used"),
    [
        ("ra", "double", "deg", (0,)),
        ('"g mag"', "float", "mag", (2,)),
        ("id / 2", "long", "", (3,)),
        ("SQRT(ra) + dec", "double", "", (0, 1)),
        ("name || 'x'", "char", "", (4,)),
        ("observed", "char", "", (5,)),
        ("DISTANCE(POINT(ra, dec), POINT(1, 2))", "double", "deg", (0, 1)),
        ("CASE WHEN ra > dec THEN 1 ELSE 0 END", "int", "", (0, 1)),
        ("3", "int", "", ()),
        ("NULL", "char", "", ()),
    ],
)
def test_values_know_their_type_unit_and_columns(
    text: str, datatype: str, unit: str, used: tuple[int, ...]
) -> None:
    found = TABLE.value(text)
    assert (found.column.datatype, found.column.unit, found.used) == (datatype, unit, used)
    assert found.text == text


def test_conditions_are_sql_over_numbered_columns() -> None:
    found = TABLE.condition("\"g mag\" < 20 AND name LIKE 'it''s%'")
    assert found.sql == '"t"."c3" < 20 AND "t"."c5" LIKE \'it\'\'s%\''
    assert found.used == (2, 4)


def test_one_more_column_can_be_named() -> None:
    more = TABLE | Column("gr", "double")
    assert more.value("gr * 2").used == (6,)
    with pytest.raises(AdqlError, match="no column gr"):
        TABLE.value("gr * 2")


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ("", "empty", 1),
        ("  -- a word", "empty", 12),
        ("ra +", "Expected a value", 5),
        ("ra dec", "end of the expression", 4),
        ("ra AS x", "end of the expression", 4),
        ("ra, dec", "end of the expression", 3),
        ("ra; DROP TABLE x", "semicolon", 3),
        ("dec + raa", "no column raa", 7),
        ("SUM(ra)", "cannot stand", 1),
        ("(SELECT 1 FROM x)", "holds no query", 2),
        ("read_csv('/etc/passwd')", "no function", 1),
        ("ra > 1", "value", 1),
    ],
)
def test_what_is_no_value_is_refused_with_its_place(text: str, words: str, column: int) -> None:
    with pytest.raises(AdqlError, match=words) as caught:
        TABLE.value(text)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_nesting_and_length_are_limited() -> None:
    with pytest.raises(AdqlError, match="nested"):
        TABLE.value("(" * 5000 + "ra" + ")" * 5000)
    with pytest.raises(AdqlError):
        Formulas(TABLE.columns, Limits(max_nodes=20)).value("+".join(["ra"] * 100))


def test_names_are_found_and_replaced() -> None:
    text = 'a + F(a) - t.a * "A b" + a.b'
    assert [name for *_, name in names_in(text)] == ["a", "a", "A b"]
    assert replace_names("2 * A / x", {"a": "b + c"}) == "2 * (b + c) / x"
