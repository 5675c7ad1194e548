"""Tokens, their places, and the limits that are kept before any parser runs."""

from __future__ import annotations

import time

import pytest

from lsp_jupyter.adql import AdqlError, Limits, parse
from lsp_jupyter.adql.lexer import tokenize


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in tokenize(text, Limits())[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select Ra", [("word", "SELECT"), ("word", "RA")]),
        ('"a ""b"""', [("name", 'a "b"')]),
        ("'it''s'", [("text", "it's")]),
        ("''", [("text", "")]),
        ("'--' -- x", [("text", "--")]),
        ("1 1. .5 1e5 1.5E-3 0xG", [("number", "1"), ("number", "1."), ("number", ".5"),
                                   ("number", "1e5"), ("number", "1.5E-3"), ("bad", "0xG")]),
        ("a<=b>=c<>d!=e||f", [("word", "A"), ("op", "<="), ("word", "B"), ("op", ">="),
                              ("word", "C"), ("op", "<>"), ("word", "D"), ("op", "!="),
                              ("word", "E"), ("op", "||"), ("word", "F")]),
        ("0x1F 0Xa 0x", [("number", "0x1F"), ("number", "0Xa"), ("bad", "0x")]),
        ("a&b|c^~d||e&&f", [("word", "A"), ("op", "&"), ("word", "B"), ("op", "|"), ("word", "C"),
                            ("op", "^"), ("op", "~"), ("word", "D"), ("op", "||"), ("word", "E"),
                            ("bad", "&&"), ("word", "F")]),
        ("a-- comment\n-b", [("word", "A"), ("op", "-"), ("word", "B")]),
        ("a\u00a0b\ufeff", [("word", "A"), ("word", "B")]),
        ("t.*", [("word", "T"), ("op", "."), ("op", "*")]),
        ("1.e5", [("number", "1.e5")]),
        ("1e", [("bad", "1e")]),
        ("a;b", [("word", "A"), ("bad", ";"), ("word", "B")]),
        ("'never closed", [("bad", "'never closed")]),
    ],
)  # fmt: skip
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_places() -> None:
    tokens = tokenize("SELECT 'a\nb',\n  ra -- x\r\n FROM", Limits())
    assert [(token.line, token.column, token.offset) for token in tokens] == [
        *((1, 1, 0), (1, 8, 7), (2, 3, 12), (3, 3, 16), (4, 2, 26), (4, 6, 30)),
    ]
    assert tokens[1].at.length == 5


def test_every_character_belongs_to_a_token_or_to_space() -> None:
    text = "\t\n\r" + "".join(map(chr, range(0x20, 0x250)))
    joined = "".join(token.text for token in tokenize(text, Limits()))
    assert set(text) - set(joined) <= set(" \t\r\n\u00a0")


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x0c", "\ud800", "\uffff"])
@pytest.mark.parametrize("form", ["SELECT '{}'", 'SELECT "{}"', "SELECT --{}", "SELECT {}"])
def test_characters_that_xml_cannot_hold(char: str, form: str) -> None:
    with pytest.raises(AdqlError, match="cannot be stored") as caught:
        parse("SELECT a,\n" + form.format(char) + " FROM t")
    assert (caught.value.line, caught.value.column) == (2, form.index("{") + 1)


@pytest.mark.parametrize("opening", ["(", "ABS(", "a IN (", "POINT(1, ", "SELECT * FROM ("])
def test_deep_nesting_is_refused_at_once(opening: str) -> None:
    """200 kB of nested parentheses: a clear error in milliseconds, at the 101st."""
    text = "SELECT " + opening * (200_000 // len(opening))
    start = time.perf_counter()
    with pytest.raises(AdqlError, match="nested more than 100 parentheses deep") as caught:
        parse(text)
    assert time.perf_counter() - start < 1
    assert caught.value.column == len("SELECT ") + 100 * len(opening) + opening.index("(") + 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 100 + "1" + ")" * 100 + " FROM t",
        "SELECT " + "ABS(" * 100 + "1" + ")" * 100 + " FROM t",
        "SELECT a FROM t WHERE " + "NOT (" * 70 + "a = 1" + ")" * 70,
        "SELECT a FROM " + "(" * 70 + "t JOIN u ON 1 = 1" + ")" * 70,
        "SELECT a FROM " + "(SELECT a FROM " * 25 + "t" + ") AS t" * 25,
        "(" * 25 + "SELECT a FROM t" + ")" * 25,
        "SELECT " + "CASE WHEN a = 1 THEN " * 70 + "1" + " END" * 70 + " FROM t",
        "SELECT " + "~(" * 60 + "a" + ")" * 60 + " FROM t",
    ],
)
def test_the_limit_itself_is_allowed(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT a FROM " + "(SELECT a FROM " * 26 + "t" + ") AS t" * 26, "25 subqueries"),
        ("SELECT " + "1 + 2 * -ABS(" * 90 + "1" + ")" * 90 + " FROM t", "nested too deeply"),
        ("(" * 27 + "SELECT a FROM t" + ")" * 27, "25 subqueries"),
        ("SELECT " + "CASE WHEN a = 1 THEN " * 200 + "1" + " END" * 200, "nested too deeply"),
        ("SELECT " + "~-" * 600 + "a FROM t", "nested too deeply"),
        ("SELECT " + "1&" * 600 + "1 FROM t", "more than 200 operands"),
        ("WITH " + "q AS (SELECT a FROM t), " * 26, "More than 25 queries stand after WITH"),
        ("SELECT a FROM t" + " UNION SELECT a FROM t" * 300, "More than 200 queries"),
        ("SELECT " + "1+" * 600 + "1 FROM t", "more than 200 operands"),
        ("SELECT " + "'a'||" * 600 + "'a' FROM t", "more than 200 operands"),
        ("SELECT a FROM t WHERE " + " OR ".join(["a = 1"] * 7000), "20,000 elements"),
        ("SELECT " + ", ".join(["a"] * 20_001) + " FROM t", "20,000 elements"),
        ("SELECT " + "a, " * 400_000, "longer than 1,048,576 bytes"),
        ("SELECT '" + "é" * 600_000 + "'", "longer than 1,048,576 bytes"),
        ("SELECT " + "a" * 2_000_000, "longer than 1,048,576 bytes"),
    ],
)
def test_large_queries_are_refused(text: str, message: str) -> None:
    with pytest.raises(AdqlError, match=message):
        parse(text)


def test_a_list_of_literals_is_one_element() -> None:
    parse(f"SELECT a FROM t WHERE a IN ({', '.join(map(str, range(60_000)))})")


def test_limits_can_be_set() -> None:
    small = Limits(max_bytes=40, max_depth=10, max_nodes=12)
    parse("SELECT a FROM t WHERE b = 1", limits=small)
    for text, message in (
        ("SELECT a FROM t WHERE b = 1 AND c = 2 AND d", "longer than 40 bytes"),
        ("SELECT ((((((((((( FROM t", "more than 10 parentheses"),
        ("SELECT a,a,a,a,a,a,a,a,a,a,a FROM t", "more than 12 elements"),
    ):
        with pytest.raises(AdqlError, match=message):
            parse(text, limits=small)


def test_a_full_stack_is_no_crash() -> None:
    """A caller deep in recursion gets an AdqlError or the tree, and never a RecursionError."""
    text = "SELECT " + "ABS(" * 100 + "1" + ")" * 100 + " FROM t"

    def deep(level: int) -> None:
        if level:
            deep(level - 1)
        else:
            parse(text)

    with pytest.raises(AdqlError, match="nested too deeply"):
        deep(700)
