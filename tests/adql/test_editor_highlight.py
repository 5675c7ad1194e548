"""Every stretch of any text has its kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_jupyter.adql.editor import highlight
from lsp_jupyter.adql.editor.highlight import KINDS


def kinds(text: str) -> list[tuple[str, str]]:
    return [(text[mark.offset : mark.offset + mark.length], mark.kind) for mark in highlight(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("SELECT a", [("SELECT", "keyword"), ("a", "name")]),
        ("select offset", [("select", "keyword"), ("offset", "name")]),
        ("offset 5", [("offset", "keyword"), ("5", "number")]),
        ('"Select"', [('"Select"', "name")]),
        ("a.sin", [("a", "name"), (".", "bracket"), ("sin", "keyword")]),
        ("sin(x)", [("sin", "function"), ("(", "bracket"), ("x", "name"), (")", "bracket")]),
        ("my_own (1)", [("my_own", "function"), ("(", "bracket"), ("1", "number"),
                        (")", "bracket")]),
        ("IN (1)", [("IN", "keyword"), ("(", "bracket"), ("1", "number"), (")", "bracket")]),
        ("CAST(", [("CAST", "function"), ("(", "bracket")]),
        ("DOUBLE PRECISION", [("DOUBLE", "type"), ("PRECISION", "type")]),
        ("CHAR(5)", [("CHAR", "type"), ("(", "bracket"), ("5", "number"), (")", "bracket")]),
        ("a >= 1e5", [("a", "name"), (">=", "operator"), ("1e5", "number")]),
        ("'it''s' || 'b'", [("'it''s'", "text"), ("||", "operator"), ("'b'", "text")]),
        ("a -- b\nc --", [("a", "name"), ("-- b", "comment"), ("c", "name"), ("--", "comment")]),
        ("a '-- b'", [("a", "name"), ("'-- b'", "text")]),
        ("a 'open", [("a", "name"), ("'open", "error")]),
        ("a; b", [("a", "name"), (";", "error"), ("b", "name")]),
        ("é \x00 a", [("é", "error"), ("\x00", "error"), ("a", "name")]),
        ("'😀' a", [("'😀'", "text"), ("a", "name")]),
    ],
)  # fmt: skip
def test_kinds(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


@given(st.text(max_size=80) | st.text("'\"-- \n;()a1.\x00\ud800", max_size=40))
def test_nothing_but_space_is_left_out(text: str) -> None:
    covered = [False] * len(text)
    end = 0
    for mark in highlight(text):
        assert mark.kind in KINDS
        assert mark.length > 0
        assert mark.offset >= end
        end = mark.offset + mark.length
        covered[mark.offset : end] = [True] * mark.length
    assert not "".join(c for c, seen in zip(text, covered, strict=True) if not seen).strip(
        " \t\r\n\u00a0\ufeff"
    )


def test_time_is_linear() -> None:
    text = "SELECT " + "a + SIN(b), -- c\n" * 5_000
    start = time.perf_counter()
    assert len(highlight(text + "(" * 50_000)) > 90_000
    assert time.perf_counter() - start < 10
