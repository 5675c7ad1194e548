"""The tree that `parse` gives: its shape and its places."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lsp_jupyter.adql import parse, tree
from lsp_jupyter.adql.write import write


def value(text: str) -> Any:
    item = parse(f"SELECT {text} FROM t").body.items[0]
    assert isinstance(item, tree.Item)
    return item.value


def condition(text: str) -> Any:
    return parse(f"SELECT a FROM t WHERE {text}").body.where


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a+b*c", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "(a - b) - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("-a*b", "(-a) * b"),
        ("-(-5)", "5"),
        ("-(-9223372036854775808)", "-(-9223372036854775808)"),
        ("-(-a)", "-(-a)"),
        ("- 5", "-5"),
        ("+a", "a"),
        ("a||(b||c)", "a || (b || c)"),
        ('"A"."b""c"', '"A"."b""c"'),
        ("abs ( A )", "ABS(a)"),
        ("Count ( Distinct A )", "COUNT(DISTINCT a)"),
        ("max(all a)", "MAX(a)"),
        ("cast(a as double  precision)", "CAST(a AS DOUBLE PRECISION)"),
        ("cast(a as varchar(5))", "CAST(a AS VARCHAR(5))"),
        ("0x1f", "31"),
        ("-0X10", "-16"),
        ("a&b&c|d^~e", "(a & b & c) | (d ^ (~e))"),
        ("a+1&b*2", "(a + 1) & (b * 2)"),
        ("(a&1)+2", "(a & 1) + 2"),
        ("-(~a)", "-(~a)"),
        ("~-5", "~-5"),
        (
            "case when a=1 then b when c is null then 2 else 'x' end",
            "CASE WHEN a = 1 THEN b WHEN c IS NULL THEN 2 ELSE 'x' END",
        ),
        ("case a when 1 then 2 end + 1", "CASE a WHEN 1 THEN 2 END + 1"),
        ("1.50", "1.5"),
        ("'it''s'", "'it''s'"),
    ],
)
def test_values(text: str, canonical: str) -> None:
    assert write(value(text)) == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a=1 or b=2 and not c=3", "a = 1 OR (b = 2 AND NOT c = 3)"),
        ("(a=1 or b=2) and c=3", "(a = 1 OR b = 2) AND c = 3"),
        ("not (a=1 and b=2)", "NOT (a = 1 AND b = 2)"),
        ("a != 1", "a <> 1"),
        ("a+1 between b and c*2 and d=1", "a + 1 BETWEEN b AND c * 2 AND d = 1"),
        ("a not in (1,-2,'x')", "a NOT IN (1, -2, 'x')"),
        ("a in (b, 1)", "a IN (b, 1)"),
        ("a not like 'x%' or b ilike c", "a NOT LIKE 'x%' OR b ILIKE c"),
        ("a is not null and b is null", "a IS NOT NULL AND b IS NULL"),
        ("exists (select * from u)", "EXISTS (SELECT * FROM u)"),
        ("a in (select b from u)", "a IN (SELECT b FROM u)"),
        ("((a = ((1))))", "a = 1"),
    ],
)
def test_conditions(text: str, canonical: str) -> None:
    assert write(condition(text)) == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("select a x from t y", "SELECT a AS x FROM t AS y"),
        ("Select Distinct Top 5 A As Xx From S.T", "SELECT DISTINCT TOP 5 a AS Xx FROM s.t"),
        ("select all a from t", "SELECT a FROM t"),
        ("select t.*, * from t", "SELECT t.*, * FROM t"),
        ("select a from t order by 1 desc, b asc offset 3",
         "SELECT a FROM t ORDER BY 1 DESC, b OFFSET 3"),
        ("select a from t group by a, b+1 having count(*)>1",
         "SELECT a FROM t GROUP BY a, b + 1 HAVING COUNT(*) > 1"),
        ("select a from t inner join u on t.a=u.a left outer join v using(a,b)",
         "SELECT a FROM t JOIN u ON t.a = u.a LEFT JOIN v USING (a, b)"),
        ("select a from t natural full outer join u, v cross join w",
         "SELECT a FROM t NATURAL FULL JOIN u, v CROSS JOIN w"),
        ("select a from (t join u on 1=1) join (v join w on 2=2) on 3=3",
         "SELECT a FROM t JOIN u ON 1 = 1 JOIN (v JOIN w ON 2 = 2) ON 3 = 3"),
        ("select a from (select b from u) x", "SELECT a FROM (SELECT b FROM u) AS x"),
        ("select a from t union select b from u union all select c from v order by 1",
         "SELECT a FROM t UNION SELECT b FROM u UNION ALL SELECT c FROM v ORDER BY 1"),
        ("select a from t union select b from u intersect all select c from v",
         "SELECT a FROM t UNION SELECT b FROM u INTERSECT ALL SELECT c FROM v"),
        ("(select a from t union select b from u) intersect (select c from v)",
         "(SELECT a FROM t UNION SELECT b FROM u) INTERSECT SELECT c FROM v"),
        ("(select a from t except select b from u) union (select c from v except select d from w)",
         "SELECT a FROM t EXCEPT SELECT b FROM u UNION (SELECT c FROM v EXCEPT SELECT d FROM w)"),
        ("((select a from t order by a)) offset 2", "(SELECT a FROM t ORDER BY a) OFFSET 2"),
        ("((select top 3 a from t))", "SELECT TOP 3 a FROM t"),
        ("with x as (select a from t), \"Y\" as (select b from x) select * from x, \"Y\"",
         'WITH x AS (SELECT a FROM t), "Y" AS (SELECT b FROM x) SELECT * FROM x, "Y"'),
        ("select * from ((select a from t) as b join c on b.a = c.a)",
         "SELECT * FROM (SELECT a FROM t) AS b JOIN c ON b.a = c.a"),
        ("select * from ((select a from t) except select b from u) c",
         "SELECT * FROM (SELECT a FROM t EXCEPT SELECT b FROM u) AS c"),
        ("select a from t where a in ((select b from u)) and exists ((select c from v) offset 1)",
         "SELECT a FROM t WHERE a IN (SELECT b FROM u) AND EXISTS (SELECT c FROM v OFFSET 1)"),
        ("with recursive as (select a from t) select a from recursive",
         "WITH recursive AS (SELECT a FROM t) SELECT a FROM recursive"),
        ("select offset from t offset", "SELECT offset FROM t AS offset"),
    ],
)  # fmt: skip
def test_queries(text: str, canonical: str) -> None:
    assert write(parse(text)) == canonical


def test_equal_queries_have_equal_trees_and_texts() -> None:
    one = parse("SELECT ra, dec FROM gaia.source WHERE ra > 1 -- here\n")
    two = parse("SELECT  ra,dec\nFROM gaia.source\nWHERE (ra)>1")
    assert one == two
    assert write(one) == write(two)
    assert hash(one) == hash(two)


@pytest.mark.parametrize(
    "other",
    [
        "SELECT ra AS RA FROM t WHERE a = 'X'",
        "SELECT ra AS ra FROM t WHERE a = 'x'",
        "SELECT ra AS ra FROM t WHERE \"A\" = 'X'",
        "SELECT ra AS ra FROM t WHERE a = 'X' OFFSET 1",
        "SELECT TOP 9 ra AS ra FROM t WHERE a = 'X'",
        "SELECT ra AS ra FROM t WHERE a = 'X' ORDER BY 1",
    ],
)
def test_different_queries_have_different_texts(other: str) -> None:
    assert write(parse("SELECT ra AS ra FROM t WHERE a = 'X'")) != write(parse(other))


def test_chains_are_flat() -> None:
    """The depth of a tree is its nesting, not its length."""
    assert len(value("1" + "+1" * 190).rest) == 190
    assert len(condition("a = 1" + " AND a = 1" * 3000).parts) == 3001
    joined = parse("SELECT a FROM t" + " JOIN t ON 1 = 1" * 900).body.tables[0]
    assert isinstance(joined, tree.Joined)
    assert len(joined.joins) == 900


def test_places_of_nodes() -> None:
    text = "SELECT a,\n  MAX(b + 1) AS c\nFROM s.t"
    query = parse(text)

    def covered(node: tree.Node) -> str:
        return text[node.at.offset : node.at.offset + node.at.length]

    assert covered(query) == text
    item = query.body.items[1]
    assert isinstance(item, tree.Item)
    assert covered(item) == "MAX(b + 1) AS c"
    assert (item.at.line, item.at.column) == (2, 3)
    assert covered(item.value) == "MAX(b + 1)"
    assert covered(item.value.argument) == "b + 1"  # type: ignore[attr-defined]
    assert covered(query.body.tables[0]) == "s.t"


def test_nodes_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse("SELECT a FROM t").offset = 5  # type: ignore[misc]


def test_numbers_keep_64_bits() -> None:
    assert value("9223372036854775807").value == 2**63 - 1
    assert value("-9223372036854775808").value == -(2**63)
    assert value("0000000000000000000000000000001").value == 1
    assert isinstance(value("1.").value, float)
