"""Queries told in words."""

from __future__ import annotations

import dataclasses

import pytest

from lsp_jupyter.adql import AdqlError, Limits
from lsp_jupyter.adql.editor import explain
from tests.adql.conftest import SCHEMA, STARS, Tables
from tests.adql.grammar import VALID


def told(query: str) -> list[str]:
    return [f"{step.title}: {step.text}" for step in explain(query, SCHEMA).steps]


def where(condition: str) -> str:
    query = f"SELECT s.id FROM sky.stars AS s WHERE {condition}"
    (text,) = (step.text for step in explain(query, SCHEMA).steps if step.title == "Where")
    return text.removeprefix("Keeps rows where ").removesuffix(".")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            ("SELECT TOP 10 s.id, COUNT(*) AS n FROM sky.stars AS s JOIN sky.obs o ON s.id = o.id "
             "GROUP BY s.id HAVING MAX(o.mag) > 3 ORDER BY n DESC, 1 OFFSET 5"),
            [
                "From: Reads sky.stars as s.",
                "Join: Joins the rows of sky.obs as o where s.id is o.id.",
                "Group by: Makes one row of all that have the same s.id.",
                "Having: Keeps groups where the largest o.mag is greater than 3.",
                "Select: Gives s.id and the number of rows as n.",
                "Order by: Sorts by n, largest first, then by column 1.",
                "Offset: Leaves out the first 5 rows.",
                "Top: Gives 10 rows at most.",
            ],
        ),
        (
            "SELECT DISTINCT TOP 1 * FROM sky.stars, lab.one AS l OFFSET 1",
            [
                "From: Reads sky.stars.",
                "From: Puts every row beside every row of lab.one as l.",
                "Select: Gives all columns.",
                "Distinct: Gives equal rows once.",
                "Offset: Leaves out the first row.",
                "Top: Gives 1 row at most; without ORDER BY, any of them.",
            ],
        ),
        (
            ("SELECT s.*, night FROM sky.stars s LEFT JOIN sky.obs o USING (id, mag) "
             "NATURAL RIGHT JOIN lab.obs CROSS JOIN lab.one"),
            [
                "From: Reads sky.stars as s.",
                ("Join: Joins the rows of sky.obs as o where id and mag are the same; "
                 "rows without any stay, with NULL in its columns."),
                ("Join: Joins the rows of lab.obs where all columns of the same name are equal; "
                 "its rows that fit none stay, with NULL in the other columns."),
                "Join: Puts every row beside every row of lab.one.",
                "Select: Gives all columns of s and night.",
            ],
        ),
        (
            ("WITH b AS (SELECT id FROM sky.stars WHERE mag < 5) "
             "SELECT id FROM b UNION ALL SELECT id FROM sky.obs ORDER BY id"),
            [
                "With: Calls b: id of sky.stars where mag is less than 5 mag.",
                "Select: Takes id of b.",
                "Union all: Adds the rows of id of sky.obs; repeated rows count.",
                "Order by: Sorts by id.",
            ],
        ),
        (
            "SELECT id FROM sky.stars EXCEPT SELECT id FROM sky.obs WHERE night = 1",
            [
                "Select: Takes id of sky.stars.",
                ("Except: Takes away the rows that are also among id of sky.obs where night is 1; "
                 "each row once."),
            ],
        ),
        (
            "SELECT AVG(m) FROM (SELECT TOP 9 mag AS m FROM sky.stars ORDER BY mag) AS t",
            [
                "From: Reads t (mag as m of sky.stars, sorted by mag, 9 at most).",
                "Group by: Makes one row of all rows.",
                "Select: Gives the mean of m.",
            ],
        ),
        (
            "SELECT s.id FROM sky.stars AS s FULL JOIN sky.obs AS o ON s.id = o.id AND o.mag > 1",
            [
                "From: Reads sky.stars as s.",
                ("Join: Joins the rows of sky.obs as o where s.id is o.id; and o.mag is greater "
                 "than 1 mag; rows that fit none, of either side, stay, with NULL in the other "
                 "columns."),
                "Select: Gives s.id.",
            ],
        ),
    ],
)  # fmt: skip
def test_steps(query: str, expected: list[str]) -> None:
    assert told(query) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("mag < 20", "mag is less than 20 mag"),
        ("20 > s.mag", "s.mag is less than 20 mag"),
        ("ra + 1 >= dec", "ra + 1 is at least dec"),
        ("n BETWEEN 1 AND 2", "n is between 1 and 2"),
        ("n NOT BETWEEN 1 AND 2", "n is not between 1 and 2"),
        ("n IN (1, 2)", "n is one of 1 or 2"),
        ("n NOT IN (1)", "n is not 1"),
        ("band IN ('g')", "band is 'g'"),
        ("n IN (1, 2, 3, 4, 5, 6)", "n is one of 1, 2, 3, 4, 5 or 6"),
        ("n IN (1, 2, 3, 4, 5, 6, 7)", "n is one of 1, 2, 3, 4, 5 and 2 others"),
        ("n IN (byte, n + 1)", "n is one of byte or n + 1"),
        ("id IN (SELECT id FROM sky.obs)", "id is among (id of sky.obs)"),
        ("id NOT IN (SELECT id FROM sky.obs)", "id is not among (id of sky.obs)"),
        ("EXISTS (SELECT * FROM sky.obs)", "there is any row of (all columns of sky.obs)"),
        ("NOT EXISTS (SELECT * FROM sky.obs)", "there is no row of (all columns of sky.obs)"),
        ("band LIKE 'g%'", "band begins with 'g'"),
        ("band NOT LIKE '%g'", "band does not end with 'g'"),
        ("band ILIKE '%g%'", "band, in upper or lower case, contains 'g'"),
        ("band LIKE 'a_%'", "band is like 'a_%' (% any text, _ one character)"),
        ("band LIKE '%'", "band is like '%' (% any text, _ one character)"),
        ("band IS NULL", "band has no value"),
        ("band IS NOT NULL", "band has a value"),
        ("NOT n = 1", "it is not so that n is 1"),
        ("n = 1 AND n = 2", "n is 1; and n is 2"),
        ("n = 1 OR (n = 2 AND byte = 3)", "n is 1 or (n is 2 and byte is 3)"),
        ("CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1)) = 1",
         "(ra, dec) lies in the circle of 1° around (10, 20)"),
        ("1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE(POINT(1, 2), 0.1))",
         "(ra, dec) lies in the circle of 0.1° (6 arcmin) around (1, 2)"),
        ("CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1)) = 0",
         "(ra, dec) does not lie in the circle of 1° around (10, 20)"),
        ("CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1)) <> 1",
         "(ra, dec) does not lie in the circle of 1° around (10, 20)"),
        ("DISTANCE(ra, dec, 10, -20) < 0.001",
         "(ra, dec) is less than 0.001° (3.6 arcsec) from (10, -20)"),
        ("0.5 <= DISTANCE(POINT(ra, dec), POINT(10, -20))",
         "(ra, dec) is at least 0.5° (30 arcmin) from (10, -20)"),
        ("DISTANCE(ra, dec, 10, -20) < mag / 10",
         "(ra, dec) is less than mag / 10 degrees from (10, -20)"),
        ("CAST(band AS VARCHAR(3)) = 'g'", "band as VARCHAR(3) is 'g'"),
    ],
)  # fmt: skip
def test_conditions(condition: str, expected: str) -> None:
    assert where(condition) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("COUNT(DISTINCT band)", "the number of different values of band"),
        ("COUNT(band)", "the number of values of band"),
        ("SUM(DISTINCT n)", "the sum of different n"),
        ("MIN(mag)", "the smallest mag"),
        ("DISTANCE(1, 2, 3, 4)", "the distance in degrees from (1, 2) to (3, 4)"),
        ("SQRT(2)", "SQRT(2)"),
        ("band || 'x' AS y", "band || 'x' as y"),
    ],
)
def test_values(item: str, expected: str) -> None:
    query = f"SELECT {item} FROM sky.stars"
    if "(" in item and "band ||" not in item and "SQRT" not in item and "DIST" not in item:
        assert told(query)[-1] == f"Select: Gives {expected}."
    else:
        assert f"Select: Gives {expected}." in told(query)


@pytest.mark.parametrize("query", VALID, ids=[text[:60] for text in VALID])
def test_every_right_query_can_be_told(query: str) -> None:
    found = explain(query, SCHEMA)
    assert found.columns
    assert found.tables
    assert all(step.text.endswith(".") and step.title for step in found.steps)


def test_tables_and_columns() -> None:
    schema = Tables((dataclasses.replace(STARS, rows=482_176),))
    found = explain("SELECT ra, mag AS m FROM sky.stars", schema)
    assert found.steps[0].text == "Reads sky.stars, 482,176 rows."
    assert [(column.name, column.unit) for column in found.columns] == [("ra", "deg"), ("m", "mag")]
    assert [table.full_name for table in found.tables] == ["sky.stars"]


def test_many_columns_are_counted() -> None:
    items = ", ".join(f"n + {number}" for number in range(40))
    assert told(f"SELECT {items} FROM sky.stars")[-1].endswith("n + 11 and 28 more.")


def test_a_wrong_query_is_refused() -> None:
    with pytest.raises(AdqlError, match="no column") as caught:
        explain("SELECT x FROM sky.stars", SCHEMA)
    assert caught.value.column == 8
    with pytest.raises(AdqlError, match="nested"):
        explain("SELECT " + "(" * 20, SCHEMA, limits=Limits(max_depth=10))
