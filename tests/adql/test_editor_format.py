"""Formatting changes space and the case of keywords, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsp_jupyter.adql import AdqlError, Limits, parse
from lsp_jupyter.adql.editor import format_query
from lsp_jupyter.adql.lexer import tokenize
from tests.adql.grammar import VALID, WORDS, Grammar

FIXTURE = Path(__file__).parent / "fixtures" / "formatted.adql"
BLOCKS = [block.split("\n--->\n") for block in FIXTURE.read_text().rstrip().split("\n\n===\n\n")]


def content(text: str) -> list[tuple[str, str]]:
    """The tokens of a text."""
    return [(token.kind, token.value) for token in tokenize(text, Limits())]


def remarks(text: str) -> list[str]:
    """The comments of a text without line ends in its literals."""
    bare = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "''", text)
    return [found.rstrip() for found in re.findall(r"--[^\n]*", bare)]


def same(text: str, formatted: str) -> None:
    upper = [(kind, value if kind == "text" else value.upper()) for kind, value in content(text)]
    assert [
        (kind, value if kind == "text" else value.upper()) for kind, value in content(formatted)
    ] == upper
    assert [token for token in content(formatted) if token[0] == "name"] == [
        token for token in content(text) if token[0] == "name"
    ]
    assert remarks(formatted) == remarks(text)
    assert all(line == line.rstrip() for line in formatted.split("\n") if "'" not in line)


@pytest.mark.parametrize(("text", "expected"), BLOCKS, ids=[block[0][:60] for block in BLOCKS])
def test_layout(text: str, expected: str) -> None:
    assert format_query(text) == expected
    assert format_query(expected) == expected
    same(text, expected)


@pytest.mark.parametrize("text", VALID, ids=[text[:60] for text in VALID])
@pytest.mark.parametrize("width", [20, 88, 1000])
def test_meaning_stays(text: str, width: int) -> None:
    formatted = format_query(text, width=width)
    same(text, formatted)
    assert parse(formatted) == parse(text)
    assert format_query(formatted, width=width) == formatted


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*WORDS, "-- c\n", "\n-- d\n", "--\n"]), max_size=40),
    st.integers(20, 60),
)
def test_anything_is_formatted_or_refused(tokens: list[str], width: int) -> None:
    text = " ".join(tokens)
    try:
        formatted = format_query(text, width=width)
    except AdqlError:
        return
    same(text, formatted)
    assert format_query(formatted, width=width) == formatted


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([20, 40, 88]))
def test_queries_of_a_grammar(seed: int, width: int) -> None:
    text = Grammar(seed).query()
    formatted = format_query(text, width=width)
    same(text, formatted)
    assert format_query(formatted, width=width) == formatted


def test_lines_are_as_long_as_they_may_be() -> None:
    text = "SELECT " + ", ".join(f"column_{n} + {n} AS c{n}" for n in range(300)) + " FROM t"
    for width in (40, 88):
        assert max(map(len, format_query(text, width=width).split("\n"))) <= width


@pytest.mark.parametrize(
    "text", ["(" * 99 + "a" * 200 + ")" * 99, "SELECT " * 5000, "a + " * 5000 + "a", "(" * 99]
)
def test_what_is_deep_or_long(text: str) -> None:
    same(text, format_query(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT id; DROP", "semicolon"),
        ("SELECT 'open", "never closed"),
        ("(" * 101, "nested"),
        ("a" * (1 << 21), "longer"),
        ("\x00", "cannot be stored"),
    ],
)
def test_what_is_no_adql_is_refused(text: str, message: str) -> None:
    with pytest.raises(AdqlError, match=message):
        format_query(text)
