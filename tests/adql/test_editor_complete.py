"""What is offered at the cursor, which stands at the bar in these texts."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsp_jupyter.adql import Column, Table
from lsp_jupyter.adql.editor import Completion, complete
from lsp_jupyter.adql.editor.source import read
from tests.adql.conftest import SCHEMA, Tables
from tests.adql.grammar import VALID, WORDS

STARS = ["id", "ra", "dec", "mag", "band", "n", "byte", "flag", "seen", '"Size"', "flux"]


def at(text: str, schema: Any = SCHEMA, **options: Any) -> Completion:
    offset = text.index("|")
    return complete(text[:offset] + text[offset + 1 :], offset, schema, **options)


def inserts(text: str, kind: str = "") -> list[str]:
    return [one.insert for one in at(text).candidates if not kind or one.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("|", "", ["SELECT", "WITH"]),
        ("sel|", "", ["SELECT"]),
        ("WITH a |", "", ["AS"]),
        ("WITH a AS (|", "", ["SELECT"]),
        ("WITH a AS (SELECT id FROM sky.obs) |", "", ["SELECT"]),
        ("SELECT |", "column", []),
        ("SELECT | FROM sky.obs", "column", ["obs_id", "id", "mag", "night"]),
        ("SELECT n| FROM sky.obs", "column", ["night"]),
        # A part of the name is enough.
        ("SELECT id| FROM sky.obs", "column", ["id", "obs_id"]),
        ("SELECT igh| FROM sky.obs", "column", ["night"]),
        ("SELECT obs_|id FROM sky.obs", "column", ["obs_id"]),
        # Names of two tables are told apart.
        ("SELECT i| FROM sky.stars AS s, sky.obs", "column", ["s.id", "obs.id", "obs_id"]),
        ("SELECT s| FROM sky.stars AS s, sky.obs AS o", "alias", ["s"]),
        ("SELECT id, | x FROM sky.stars", "column", ["ra", *[n for n in STARS if n != "ra"]]),
        # Qualified names.
        ("SELECT o.| FROM sky.stars AS s, sky.obs AS o", "column",
         ["obs_id", "id", "mag", "night"]),
        ("SELECT OBS.n| FROM sky.obs", "column", ["night"]),
        ("SELECT sky.obs.n| FROM sky.obs", "column", ["night"]),
        ('SELECT "My Obs".n| FROM sky.obs AS "My Obs"', "column", ["night"]),
        ("SELECT s.| FROM sky.obs AS o", "", []),
        # What must be in quotes, is.
        ("SELECT s| FROM lab.one", "column", ["s", '"select"']),
        ('SELECT "s| FROM lab.one', "", ['"s"', '"select"']),
        ('SELECT "s|" FROM lab.one', "", ['"s"', '"select"']),
        ('SELECT "odd| FROM lab.one', "", ['"odd ""name"""']),
        ('SELECT * FROM "st|"', "", ['"sky"."stars"']),
        # Tables.
        ("SELECT * FROM |", "table",
         ["sky.stars", "sky.obs", "lab.one", "lab.obs", "lab.Cases"]),
        ("SELECT * FROM ob|", "", ["sky.obs", "lab.obs"]),
        ("SELECT * FROM lab.|", "", ["one", "obs", "Cases"]),
        ("SELECT * FROM lab.o|", "", ["one", "obs"]),
        ("SELECT * FROM LAB.c| WHERE 1 = 1", "", ["Cases"]),
        ("SELECT * FROM sky.stars, lab.on|", "", ["one"]),
        ("SELECT * FROM sky.stars JOIN o|", "", ["sky.obs", "lab.one", "lab.obs"]),
        ("SELECT * FROM (|", "keyword", ["SELECT"]),
        ("WITH q AS (SELECT id FROM sky.obs) SELECT * FROM q|", "", ["q"]),
        # Behind a table.
        ("SELECT * FROM sky.stars AS |", "", []),
        ("SELECT * FROM sky.stars w|", "", ["WHERE"]),
        ("SELECT * FROM sky.stars LEFT |", "", ["JOIN", "OUTER JOIN"]),
        ("SELECT * FROM sky.stars s JOIN sky.obs o U|", "", ["USING", "UNION", "UNION ALL"]),
        ("SELECT * FROM sky.stars s CROSS JOIN sky.obs o U|", "", ["UNION", "UNION ALL"]),
        ("SELECT * FROM sky.stars s JOIN sky.obs o ON |", "snippet",
         ["s.id = o.id", "DISTANCE(s.ra, s.dec, 0.0, 0.0) < 0.1", "s.mag = o.mag"]),
        ("SELECT * FROM sky.stars s JOIN sky.obs o USING (|", "", ["id", "mag"]),
        ("SELECT * FROM sky.stars s JOIN sky.obs o USING (id) W|", "", ["WHERE"]),
        # Columns of subqueries.
        ("SELECT | FROM (SELECT ra AS x, dec, COUNT(*) n, 1 FROM sky.stars) AS t", "column",
         ["x", "dec", "n"]),
        ("SELECT t.i| FROM (SELECT s.*, 1 AS i FROM sky.obs s) AS t", "column",
         ["id", "i", "obs_id"]),
        ("WITH q AS (SELECT night FROM sky.obs) SELECT | FROM q AS x", "column", ["night"]),
        ("WITH q AS ((SELECT id FROM sky.obs) UNION (SELECT 1 FROM sky.obs)) SELECT | FROM q",
         "column", ["id"]),
        ("SELECT | FROM (sky.obs AS a CROSS JOIN lab.obs AS b)", "column",
         ["id", "mag", "night", "a.obs_id", "b.obs_id"]),
        ("SELECT id FROM sky.stars AS s WHERE EXISTS (SELECT * FROM sky.obs o WHERE o.id = s.i|)",
         "column", ["id"]),
        ("SELECT id FROM sky.stars AS s WHERE EXISTS (SELECT * FROM sky.obs o WHERE o.id = ni|)",
         "column", ["night"]),
        ("SELECT id FROM sky.stars AS s WHERE EXISTS (SELECT * FROM sky.obs WHERE see|)",
         "column", ["s.seen"]),
        # A subquery in FROM sees nothing outside of itself.
        ("SELECT s.id FROM sky.stars AS s, (SELECT se| FROM sky.obs) AS o", "column", []),
        ("SELECT 1 FROM lab.one UNION SELECT ni| FROM sky.obs", "column", ["night"]),
        ("(SELECT 1 FROM lab.one) UNION (SELECT ni| FROM sky.obs)", "column", ["night"]),
        # Behind a value.
        ("SELECT id f| sky.stars", "", ["FROM"]),
        ("SELECT * f|", "", ["FROM"]),
        ("SELECT COUNT(*) a|", "", ["AS"]),
        ("SELECT id AS |", "", []),
        ("SELECT TOP | id", "", []),
        ("SELECT TOP 5 i| FROM sky.obs", "column", ["id", "obs_id"]),
        ("SELECT CAST(id |", "", ["AS"]),
        ("SELECT CAST(id AS d|", "", ["DOUBLE PRECISION"]),
        ("SELECT id FROM sky.obs WHERE id i|", "",
         ["IN", "ILIKE", "IS NULL", "IS NOT NULL", "INTERSECT"]),
        ("SELECT id FROM sky.obs WHERE id IS |", "", ["NULL", "NOT NULL"]),
        ("SELECT id FROM sky.obs WHERE id NOT |", "", ["BETWEEN", "IN", "LIKE", "ILIKE"]),
        ("SELECT id FROM sky.obs WHERE id BETWEEN 1 a|", "", ["AND"]),
        ("SELECT id FROM sky.obs WHERE id IN (s|", "keyword", ["SELECT"]),
        ("SELECT CASE w|", "", ["WHEN"]),
        ("SELECT CASE WHEN id > 1 t|", "", ["THEN"]),
        ("SELECT id FROM sky.obs GROUP |", "", ["BY"]),
        ("SELECT id FROM sky.obs GROUP BY ni|", "column", ["night"]),
        ("SELECT id FROM sky.obs GROUP BY night h|", "", ["HAVING"]),
        ("SELECT id AS number FROM sky.obs ORDER BY nu|", "", ["number", "NULL"]),
        ("SELECT id FROM sky.obs ORDER BY id d|", "", ["DESC"]),
        ("SELECT id FROM sky.obs OFFSET |", "", []),
        ("SELECT id FROM sky.obs UNION |", "", ["SELECT", "ALL"]),
        ("SELECT id FROM sky.obs UNION ALL |", "", ["SELECT"]),
        # Functions.
        ("SELECT sqrt| FROM sky.obs", "", ["SQRT()"]),
        ("SELECT av| FROM sky.obs", "", ["AVG()"]),
        ("SELECT id FROM sky.obs WHERE av|", "", []),
        ("SELECT id FROM sky.stars WHERE cone|", "", ["DISTANCE(ra, dec, 0.0, 0.0) < 0.1"]),
        ("SELECT id FROM sky.obs WHERE cone|", "", []),
        # In the case of the keywords that are there.
        ("select id f|", "", ["from"]),
        ("select id from sky.obs where id > 1 |", "keyword",
         ["and", "or", "between", "in", "like", "ilike", "is null", "is not null", "not",
          "group by", "order by", "offset", "union", "union all", "except", "intersect"]),
        # Where there is nothing to offer.
        ("SELECT 'i|' FROM sky.obs", "", []),
        ("SELECT 'i |", "", []),
        ("SELECT -- i|", "", []),
        ("SELECT id -- i| \n FROM sky.obs", "", []),
        ("SELECT 12| FROM sky.obs", "", []),
    ],
)  # fmt: skip
def test_offered(text: str, kind: str, expected: list[str]) -> None:
    assert inserts(text, kind) == expected


def test_what_is_told_of_a_candidate() -> None:
    ra, *_ = at("SELECT r| FROM sky.stars").candidates
    assert (ra.kind, ra.name, ra.insert, ra.detail) == ("column", "ra", "ra", "double, deg")
    size, *_ = at("SELECT Si| FROM sky.stars").candidates
    assert (size.name, size.insert, size.detail) == ("Size", '"Size"', "double, arcsec")
    seen, *_ = at("SELECT see| FROM sky.stars").candidates
    flux, *_ = at("SELECT flu| FROM sky.stars").candidates
    assert (seen.detail, flux.detail) == ("timestamp", "double[3], nJy")
    root, *_ = at("SELECT sqr| FROM sky.stars").candidates
    assert (root.insert, root.caret, root.detail) == ("SQRT()", 5, "SQRT(x)")
    assert "square root" in root.description
    pi, *_ = at("SELECT pi| FROM sky.stars").candidates
    assert pi.caret == len("PI()")
    cone, *_ = at("SELECT id FROM sky.stars WHERE cone|").candidates
    assert cone.insert[cone.caret :].startswith("0.0, 0.0)")
    table = Table("a", "b", (), ("x",), description="All of it.", rows=1234)
    (found,) = at("SELECT * FROM |", Tables((table,))).candidates
    assert (found.insert, found.detail, found.description) == ("a.b", "1,234 rows", "All of it.")


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("SELECT r| FROM t", (7, 8)),
        ("SELECT r|a FROM t", (7, 9)),
        ("SELECT |ra FROM t", (7, 7)),
        ('SELECT "r| FROM t', (7, 9)),
        ('SELECT "r|a" FROM t', (7, 11)),
        ('SELECT "r|, "b" FROM t', (7, 9)),
        ("SELECT 😀, r|a", (10, 12)),
        ("SELECT t.|", (9, 9)),
        ("SELECT t.r|", (9, 10)),
    ],
)
def test_what_would_be_replaced(text: str, stretch: tuple[int, int]) -> None:
    found = at(text)
    assert (found.start, found.end) == stretch


def test_limit() -> None:
    columns = tuple(Column(f"c{n}", "int") for n in range(3000))
    wide = Tables((Table("s", "wide", columns, ("x",)),))
    start = time.perf_counter()
    found = at("SELECT c| FROM s.wide", wide, limit=50)
    assert time.perf_counter() - start < 1
    assert (len(found.candidates), found.more) == (50, True)
    assert [one.insert for one in found.candidates[:2]] == ["c0", "c1"]
    assert not at("SELECT c29| FROM s.wide", wide, limit=500).more


@pytest.mark.parametrize("text", VALID, ids=[text[:60] for text in VALID])
def test_the_next_word_of_a_right_query_is_offered(text: str) -> None:
    """Not every word can be known, but nearly all of those that the catalogue or grammar has."""
    tokens = [token for token in read(text) if token.kind == "word"]
    offered = 0
    for token in tokens:
        found = complete(text[: token.offset + 1], token.offset + 1, SCHEMA, limit=10_000)
        words = {word.upper() for one in found.candidates for word in re.split(r"\W", one.insert)}
        offered += token.value in words
    assert offered >= len(tokens) * 0.3


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30), st.data())
def test_any_text_has_an_answer(tokens: list[str], data: st.DataObject) -> None:
    text = " ".join(tokens)
    offset = data.draw(st.integers(-1, len(text) + 1))
    found = complete(text, offset, SCHEMA)
    assert 0 <= found.start <= max(0, min(offset, len(text))) <= found.end <= len(text)
    for one in found.candidates:
        assert 0 <= one.caret <= len(one.insert)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000 + "|",
        "SELECT * FROM (" * 5_000 + "|",
        "WITH " + "a AS (SELECT * FROM a), " * 3_000 + "b AS (SELECT * FROM b) SELECT | FROM b",
        "SELECT " + "a, " * 50_000 + "| FROM sky.stars",
        "SELECT | FROM " + ", ".join(["sky.stars"] * 2_000),
    ],
)
def test_what_is_deep_or_long(text: str) -> None:
    start = time.perf_counter()
    at(text)
    assert time.perf_counter() - start < 10
