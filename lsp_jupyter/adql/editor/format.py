"""Laying out a query: one clause a line, what is long broken where it reads best.

Only space changes, and the case of keywords and functions. Comments stay where
they are: behind a token those of its line, before a token those on lines of
their own.
"""

from __future__ import annotations

from lsp_jupyter.adql.editor.layout import Group, Layout, Leaf, Piece
from lsp_jupyter.adql.editor.source import comments, is_called, is_keyword, is_operand
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.lexer import Token, tokenize
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.parser import parse

__all__ = ["format_query"]

_SIGNS = frozenset("+-~")


def format_query(
    text: str,
    *,
    width: int = 88,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> str:
    """Lay out a query.

    Parameters
    ----------
    text : `str`
        The query; it may be unfinished.
    width : `int`
        Characters a line has at most, where that is possible.
    limits : `Limits`
        How large and how deeply nested it may be.

    Returns
    -------
    formatted : `str`
        The same tokens and comments, without a line end behind the last. Formatting it again
        changes nothing.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the text holds what is no ADQL, or is beyond the limits.
    """
    tokens = tokenize(text, limits)
    if any(token.kind == "bad" for token in tokens):
        parse(text, limits=limits)  # This raises, and says more than could be said here.
    *leaves, end = _leaves(text, tokens)
    return Layout(width).write(_grouped(leaves), end.above)


def _leaves(text: str, tokens: list[Token]) -> list[Leaf]:
    """The tokens as they will be written, with their comments."""
    leaves: list[Leaf] = []
    sign = False  # Whether a sign came last: it stands close to its value.
    for index, token in enumerate(tokens):
        operator = token.kind == "op" and index > 0 and is_operand(tokens[index - 1])
        known = operator or token.value == "," or is_keyword(tokens, index)
        role = token.value if known and token.kind in ("word", "op") else ""
        space = index > 0 and _apart(tokens, index, after_sign=sign)
        leaves.append(Leaf(token, _written(tokens, index), role, space))
        sign = token.kind == "op" and token.value in _SIGNS and not operator
    index = 0
    for comment in comments(text, tokens):
        while tokens[index].offset < comment.offset and tokens[index].kind != "end":
            index += 1
        # The first token behind the comment; the one before it may end on the comment's line.
        line = text.rfind("\n", 0, comment.offset) + 1
        before = tokens[index - 1] if index else None
        words = comment.text.rstrip()
        if before is not None and before.offset + len(before.text) > line:
            leaves[index - 1].behind = words
        else:
            leaves[index].above.append(words)
    return leaves


def _apart(tokens: list[Token], index: int, *, after_sign: bool) -> bool:
    """Whether a space comes before a token."""
    before, token = tokens[index - 1], tokens[index]
    if after_sign:
        return before.value == token.value == "-"  # Two of them would begin a comment.
    names = ("word", "name")
    if before.kind == "op" and before.value in "(.":
        return before.value == "." and token.kind not in names and token.value != "*"
    if token.kind != "op":
        return True
    match token.value:
        case "," | ")":
            return False
        case "(":
            return not is_called(tokens, index - 1)
        case ".":
            return before.kind not in names
        case _:
            return True


def _written(tokens: list[Token], index: int) -> str:
    token = tokens[index]
    if is_keyword(tokens, index):
        return token.value
    if token.kind == "word" and is_called(tokens, index):
        declared = FUNCTIONS.get(token.value)
        if declared is not None:
            return declared.form.partition("(")[0]
    return token.text


def _grouped(leaves: list[Leaf]) -> list[Piece]:
    """Parentheses with what is in them; one that is not closed holds all the rest."""
    pieces: list[Piece] = []
    open_groups: list[tuple[Leaf, list[Piece]]] = []
    for leaf in leaves:
        if leaf.token.kind == "op" and leaf.token.value == "(":
            open_groups.append((leaf, pieces))
            pieces = []
        elif leaf.token.kind == "op" and leaf.token.value == ")" and open_groups:
            opening, outer = open_groups.pop()
            outer.append(Group(opening, pieces, leaf))
            pieces = outer
        else:
            pieces.append(leaf)
    while open_groups:
        opening, outer = open_groups.pop()
        outer.append(Group(opening, pieces, None))
        pieces = outer
    return pieces
