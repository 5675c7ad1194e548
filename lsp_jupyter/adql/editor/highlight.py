"""What each stretch of a text is, for an editor to colour."""

from __future__ import annotations

from typing import NamedTuple

from lsp_jupyter.adql.editor.source import comments, is_called, is_keyword, read

__all__ = ["KINDS", "Mark", "highlight"]

KINDS = (
    "bracket",
    "comment",
    "error",
    "function",
    "keyword",
    "name",
    "number",
    "operator",
    "text",
    "type",
)
"""The kinds of marks. ``error`` is what no ADQL token begins with, or a quote never closed."""

_BRACKETS = frozenset("(),.")
_TYPES = frozenset(
    "SMALLINT INTEGER BIGINT REAL DOUBLE PRECISION CHAR VARCHAR TIMESTAMP".split()  # noqa: SIM905
)
_PLAIN = {"number": "number", "text": "text", "name": "name", "bad": "error"}


class Mark(NamedTuple):
    """A stretch of the text that is of one kind.

    Attributes
    ----------
    offset, length : `int`
        Where it begins, and how long it is, in characters.
    kind : `str`
        One of `KINDS`.
    """

    offset: int
    length: int
    kind: str


def highlight(text: str) -> list[Mark]:
    """Tell of each stretch of a text what it is.

    Parameters
    ----------
    text : `str`
        Any text: it need be neither finished nor right.

    Returns
    -------
    marks : `list` of `Mark`
        In order, without overlap; space has none.
    """
    tokens = read(text)
    marks = [
        Mark(comment.offset, len(comment.text), "comment") for comment in comments(text, tokens)
    ]
    for index, token in enumerate(tokens[:-1]):
        if token.kind == "op":
            kind = "bracket" if token.value in _BRACKETS else "operator"
        elif token.kind == "word":
            if is_called(tokens, index):
                # CHAR(10) is a type with its length.
                kind = "type" if token.value in ("CHAR", "VARCHAR") else "function"
            elif token.value in _TYPES:
                kind = "type"
            else:
                kind = "keyword" if is_keyword(tokens, index) else "name"
        else:
            kind = _PLAIN[token.kind]
        marks.append(Mark(token.offset, len(token.text), kind))
    marks.sort()
    return marks
