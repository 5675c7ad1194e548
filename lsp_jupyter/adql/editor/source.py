"""The tokens of a text that need not be finished, nor even right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lsp_jupyter.adql.lexer import Token, tokenize
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.words import RESERVED, STRUCTURAL
from lsp_jupyter.errors import AdqlError

__all__ = ["Comment", "comments", "is_called", "is_keyword", "is_operand", "read"]

_UNLIMITED = Limits(max_bytes=1 << 40, max_depth=1 << 40, max_nodes=1 << 40)
_COMMENT = re.compile(r"--[^\n]*")
_OPERANDS = frozenset({"NULL", "END", "TRUE", "FALSE"})


class Comment(NamedTuple):
    """A comment, from its two dashes to the end of its line.

    Attributes
    ----------
    text : `str`
        As written.
    offset : `int`
        Characters before it.
    """

    text: str
    offset: int


def read(text: str) -> list[Token]:
    """Cut any text into tokens; what is no ADQL becomes tokens of kind ``bad``.

    Parameters
    ----------
    text : `str`
        Any text.

    Returns
    -------
    tokens : `list` of `~lsp_jupyter.adql.lexer.Token`
        The last is of kind ``end``.
    """
    try:
        return tokenize(text, _UNLIMITED)
    except AdqlError:
        # A character that cannot be stored; another one that is no ADQL takes its place.
        kept = "\t\r\n\u00a0\ufeff"
        clean = "".join([c if c.isprintable() or c in kept else "\ufffd" for c in text])
        return tokenize(clean, _UNLIMITED)


def comments(text: str, tokens: Sequence[Token]) -> Iterator[Comment]:
    """The comments of a text, in order: between tokens there is nothing else but space."""
    end = 0
    for token in tokens:
        if token.offset > end:
            for match in _COMMENT.finditer(text, end, token.offset):
                yield Comment(match.group(), match.start())
        end = token.offset + len(token.text)


def is_keyword(tokens: Sequence[Token], index: int) -> bool:
    """Whether a token is a word of the language, not a name."""
    token = tokens[index]
    if token.kind != "word":
        return False
    # OFFSET is not reserved; a number tells that it is the clause.
    return token.value in RESERVED or (
        token.value == "OFFSET" and tokens[index + 1].kind == "number"
    )


def is_called(tokens: Sequence[Token], index: int) -> bool:
    """Whether a token is the name of a function before its parenthesis."""
    token, after = tokens[index], tokens[index + 1]
    return (
        token.kind == "word"
        and (token.value not in STRUCTURAL or token.value == "CAST")
        and after.kind == "op"
        and after.value == "("
        and not (index and tokens[index - 1].value == "." and tokens[index - 1].kind == "op")
    )


def is_operand(token: Token) -> bool:
    """Whether a value may end with this token, so that an operator or keyword comes next."""
    if token.kind == "word":
        return token.value not in RESERVED or token.value in _OPERANDS
    return token.kind in ("name", "number", "text") or (token.kind == "op" and token.value == ")")
