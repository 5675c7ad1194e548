"""Every function and operator has the standard's meaning in real SQL, and the declared type."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import FUNCTIONS, features
from lsp_jupyter.adql.translate.duckdb_functions import CALLS

SINGLE = float(np.float32(0.29))

# In lab.one: i = 7, b = 2^40, f = 0.29 (float), d = -2.5, s = 'Abc', z = 0, nothing = NULL,
# t = 2020-01-02 03:04:05, yes = true, u = 3 (unsigned byte).
VALUES: list[tuple[str, Any, str]] = [
    # Whole numbers: 64 bits, and division cuts off towards zero.
    ("i / 2", 3, "long"),
    ("-i / 2", -3, "long"),
    ("i / -2", -3, "long"),
    ("7 / 2 * 2", 6, "long"),
    ("7 / 2 * 2.0", 6.0, "double"),
    ("2 * 7 / 4", 3, "long"),
    ("i / 2.0", 3.5, "double"),
    ("1 / 60.", 1 / 60, "double"),
    ("i / z", None, "long"),
    ("1 / 0", None, "long"),
    ("d / 0", None, "double"),
    ("d / 0.0", None, "double"),
    ("i * 1000000000", 7_000_000_000, "long"),
    ("2147483647 + 1", 2147483648, "long"),
    ("b * 2 - b", 2**40, "long"),
    ("u - 5", -2, "long"),
    ("-u", -3, "long"),
    ("-9223372036854775808", -(2**63), "long"),
    ("9223372036854775807", 2**63 - 1, "long"),
    ("5", 5, "int"),
    ("3000000000", 3_000_000_000, "long"),
    ("007", 7, "int"),
    ("1 - - 1", 2, "long"),
    ("-(-5)", 5, "int"),
    ("2 - 3 - 4", -5, "long"),
    ("2 - (3 - 4)", 3, "long"),
    ("2 + 3 * 4", 14, "long"),
    ("(2 + 3) * 4", 20, "long"),
    ("12 / (2 * 3)", 2, "long"),
    ("12 / 2 * 3", 18, "long"),
    ("-i * -i", 49, "long"),
    ("+i", 7, "int"),
    # Floating point.
    ("1.5", 1.5, "double"),
    (".5 + 1.", 1.5, "double"),
    ("1e3", 1000.0, "double"),
    ("1E-3", 0.001, "double"),
    ("f + f", 0.58, "float"),
    ("f / 2", SINGLE / 2, "double"),
    ("f * i", SINGLE * 7, "double"),
    ("0.1 + 0.2", 0.1 + 0.2, "double"),
    ("nothing + 1", None, "double"),
    ("-d", 2.5, "double"),
    # Functions.
    ("ABS(d)", 2.5, "double"),
    ("ABS(-i)", 7, "long"),
    ("ABS(f)", 0.29, "float"),
    ("CEILING(d)", -2.0, "double"),
    ("CEILING(i)", 7, "long"),
    ("FLOOR(d)", -3.0, "double"),
    ("FLOOR(f)", 0.0, "float"),
    ("ROUND(d)", -3.0, "double"),
    ("ROUND(2.5)", 3.0, "double"),
    ("ROUND(3.14159, 2)", 3.14, "double"),
    ("ROUND(1234.5, -2)", 1200.0, "double"),
    ("ROUND(1250, -2)", 1300, "long"),
    ("ROUND(i, 2)", 7, "long"),
    ("ROUND(3.14159, i - 5)", 3.14, "double"),
    ("TRUNCATE(d)", -2.0, "double"),
    ("TRUNCATE(2.789, 2)", 2.78, "double"),
    ("TRUNCATE(0.29, 2)", 0.29, "double"),
    ("TRUNCATE(-0.29, 2)", -0.29, "double"),
    ("TRUNCATE(f, 2)", 0.29, "float"),
    ("TRUNCATE(f, 1)", 0.2, "float"),
    ("TRUNCATE(1299, -2)", 1200, "long"),
    ("TRUNCATE(1299.9, -2)", 1200.0, "double"),
    ("DEGREES(PI())", 180.0, "double"),
    ("RADIANS(180)", math.pi, "double"),
    ("EXP(1)", math.e, "double"),
    ("EXP(LOG(i))", 7.0, "double"),
    ("LOG(10)", math.log(10), "double"),
    ("LOG10(1000)", 3.0, "double"),
    ("LOG(-1)", None, "double"),
    ("LOG10(-d * -1)", None, "double"),
    ("SQRT(16)", 4.0, "double"),
    ("SQRT(d)", None, "double"),
    ("MOD(7, 3)", 1, "long"),
    ("MOD(-7, 3)", -1, "long"),
    ("MOD(7, -3)", 1, "long"),
    ("MOD(7, 0)", None, "long"),
    ("MOD(7.5, 2)", 1.5, "double"),
    ("MOD(-7.5, 2)", -1.5, "double"),
    ("MOD(7.5, z)", None, "double"),
    ("MOD(i, 2) + 1", 2, "long"),
    ("POWER(2, 10)", 1024.0, "double"),
    ("POWER(-8, 1.0/3)", None, "double"),
    ("POWER(4, 0.5)", 2.0, "double"),
    ("SIN(PI() / 2)", 1.0, "double"),
    ("COS(0)", 1.0, "double"),
    ("TAN(0)", 0.0, "double"),
    ("COT(PI() / 4)", 1.0, "double"),
    ("ASIN(1)", math.pi / 2, "double"),
    ("ASIN(2)", None, "double"),
    ("ACOS(1)", 0.0, "double"),
    ("ACOS(-1.5)", None, "double"),
    ("ATAN(1)", math.pi / 4, "double"),
    ("ATAN2(-1, -1)", -3 * math.pi / 4, "double"),
    # Texts.
    ("LOWER(s)", "abc", "char"),
    ("UPPER(s)", "ABC", "char"),
    ("s || '!'", "Abc!", "char"),
    ("s || NULL", None, "char"),
    ("'it''s'", "it's", "char"),
    ("'-- no comment'", "-- no comment", "char"),
    ("'a\nb'", "a\nb", "char"),
    ("''", "", "char"),
    ("'Ünïcode ★'", "Ünïcode ★", "char"),
    # COALESCE and CAST.
    ("COALESCE(nothing, 5)", 5.0, "double"),
    ("COALESCE(nothing, d)", -2.5, "double"),
    ("COALESCE(i, 0)", 7, "int"),
    ("COALESCE(u, NULL)", 3, "unsignedByte"),
    ("COALESCE(i, b)", 7, "long"),
    ("COALESCE(f, 0)", SINGLE, "double"),
    ("COALESCE(NULL, s, 'x')", "Abc", "char"),
    ("COALESCE(t, '2000-01-01')", datetime.datetime(2020, 1, 2, 3, 4, 5), "char"),
    ("CAST(d AS INTEGER)", -2, "int"),
    ("CAST(i AS SMALLINT)", 7, "short"),
    ("CAST(i AS BIGINT)", 7, "long"),
    ("CAST(i AS REAL)", 7.0, "float"),
    ("CAST('1.5' AS DOUBLE PRECISION)", 1.5, "double"),
    ("CAST('12' AS INTEGER)", 12, "int"),
    ("CAST(i AS VARCHAR)", "7", "char"),
    ("CAST(s AS CHAR(2))", "Ab", "char"),
    ("CAST(b AS VARCHAR(3))", "109", "char"),
    ("CAST(t AS VARCHAR)", "2020-01-02T03:04:05", "char"),
    ("CAST(t AS CHAR(10))", "2020-01-02", "char"),
    ("CAST('2020-01-02' AS TIMESTAMP)", datetime.datetime(2020, 1, 2), "char"),
    ("CAST(yes AS INTEGER)", 1, "int"),
    ("CAST(yes AS VARCHAR)", "true", "char"),
    ("CAST(NULL AS INTEGER)", None, "int"),
    ("NULL", None, "char"),
    # Geometry.
    ("DISTANCE(0, 0, 0, 90)", 90.0, "double"),
    ("DISTANCE(POINT(10, 20), POINT(10, 20))", 0.0, "double"),
    ("DISTANCE(POINT('ICRS', 0, 90), POINT(77, -90))", 180.0, "double"),
    ("DISTANCE(359.5, 0, 0.5, 0)", 1.0, "double"),
    ("DISTANCE(nothing, 0, 0, 0)", None, "double"),
    ("CONTAINS(POINT(1, 1), CIRCLE(1, 2, 1))", 1, "int"),
    ("CONTAINS(POINT(1, 1), CIRCLE(1, 3, d))", 0, "int"),
    ("CONTAINS(POINT(1, 1), CIRCLE(1, 3, i))", 1, "int"),
    ("CONTAINS(POINT(1, 1), CIRCLE(1, 3, nothing))", None, "int"),
    ("CONTAINS(POINT(1, 1), CIRCLE(181, -1, 200 + z))", 1, "int"),
    ("COORD1(POINT(i, 2)) + COORD2(POINT(1, 2))", 9.0, "double"),
]

ARROW = {
    "unsignedByte": pa.uint8(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
}


@pytest.mark.parametrize(("expression", "expected", "datatype"), VALUES, ids=[v[0] for v in VALUES])
def test_value(run: Any, expression: str, expected: Any, datatype: str) -> None:
    query = f"SELECT {expression} AS x FROM lab.one"
    column = run.compile(query).columns[0]
    table = run.table(query)
    found = table.column(0)[0].as_py()
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-15 if datatype == "double" else 1e-6)
        assert isinstance(found, float)
    else:
        assert found == expected
    assert column.datatype == datatype
    if column.xtype == "timestamp":
        assert pa.types.is_timestamp(table.schema.field(0).type)
    else:
        assert table.schema.field(0).type == ARROW[datatype]


def test_every_function_is_tried_and_can_be_written() -> None:
    """Those of shapes and the user defined ones are tried beside this."""
    text = " ".join(value[0] for value in VALUES) + " RAND("
    for name, function in FUNCTIONS.items():
        if function.group in ("math", "trigonometry", "text", "general"):
            assert f"{name}(" in text
            assert name in CALLS
    assert set(CALLS) <= set(FUNCTIONS)


def test_random_numbers_differ_from_row_to_row(run: Any) -> None:
    numbers = run.column("SELECT RAND() AS r FROM sky.stars")
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number <= 1 for number in numbers)


@pytest.mark.parametrize(
    "source",
    ["sky.stars", "(SELECT id FROM sky.stars) AS t", "sky.stars s JOIN sky.obs o USING (id)"],
)
def test_random_numbers_with_a_seed_are_the_same_each_time(run: Any, source: str) -> None:
    query = f"SELECT id, RAND(%d) AS r FROM {source} ORDER BY 1, 2"
    first = run.rows(query % 42)
    assert first == run.rows(query % 42)
    assert first != run.rows(query % 43)
    assert len({number for _, number in first}) == len(first)
    assert all(0 <= number <= 1 for _, number in first)


def test_undefined_results_do_not_pass_comparisons(run: Any) -> None:
    """DuckDB's NaN is larger than every number; an undefined value must match nothing."""
    assert run.column("SELECT COUNT(*) FROM sky.stars WHERE SQRT(n - 1000) > 0") == [0]
    assert run.column("SELECT COUNT(*) FROM sky.stars WHERE LOG10(n) > 0.9") == [0]


def test_overflow_is_an_error_and_not_a_wrong_number(run: Any) -> None:
    with pytest.raises(Exception, match="Overflow"):
        run.rows("SELECT b * b FROM lab.one")


def test_features_name_what_there_is() -> None:
    kinds = {kind.partition("#features-")[2] for kind, _, _ in features()}
    assert kinds == {
        *("adqlgeo", "adql-string", "adql-conditional", "adql-offset", "adql-type", "adql-unit"),
        *("adql-sets", "adql-common-table", "udf"),
    }
    forms = {form for kind, form, _ in features() if kind.endswith("adqlgeo")}
    assert forms == {
        *("POINT", "CIRCLE", "BOX", "POLYGON", "REGION", "CONTAINS", "INTERSECTS", "DISTANCE"),
        *("AREA", "CENTROID", "COORD1", "COORD2", "COORDSYS"),
    }
    assert all(description for _, _, description in features())
