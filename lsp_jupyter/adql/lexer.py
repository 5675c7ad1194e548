"""From the text of a query to its tokens (ADQL 2.1 section 2.1).

One compiled expression cuts the text; nothing in it can backtrack, so the time
is linear in the length. Size and nesting are limited here, before any parser
sees the tokens. A character that is not ADQL becomes a token of kind ``bad``,
which the parser reports when it comes to it, so that errors are told in the
order of the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.places import Place, refuse

__all__ = ["Token", "tokenize"]

_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\r\n\u00a0\ufeff]++ | --[^\n]*+ )
    | (?P<word>  [A-Za-z][A-Za-z0-9_]*+ (?!\w) )
    | (?P<number> (?: 0[xX][0-9A-Fa-f]++
                    | (?: [0-9]++ (?:\.[0-9]*+)?+ | \.[0-9]++ ) (?:[eE][+-]?[0-9]++)?+ )
                  (?! \w | \.[0-9] ) )
    | (?P<op>    <= | >= | <> | != | \|\|?+ | [-+*<>(),.^~] | &(?!&) | =(?!=) | /(?!\*) )
    | (?P<text>  ' (?: [^']++ | '' )*+ ' )
    | (?P<name>  " (?: [^"]++ | "" )++ " )
    | (?P<bad>   [0-9.]++\w*+ | [^\W_]\w*+ | '.*+ | ".*+ | == | :: | && | /\* | . )
    """,
    re.VERBOSE | re.DOTALL,
)

# What neither XML 1.0 nor UTF-8 can hold: a query travels with its result in both.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_LITERALS = frozenset({"number", "text"})


class Token(NamedTuple):
    """One token.

    Attributes
    ----------
    kind : `str`
        ``word``, ``name`` (a delimited identifier), ``number``, ``text`` (a string literal),
        ``op``, ``bad`` (no token of ADQL) or ``end``.
    text : `str`
        As written.
    value : `str`
        A word in upper case; a name or text without its quotes; else as written.
    line, column : `int`
        Where it begins, counted from 1.
    offset : `int`
        Characters before it.
    """

    kind: str
    text: str
    value: str
    line: int
    column: int
    offset: int

    @property
    def at(self) -> Place:
        """Where it stands."""
        return Place(self.line, self.column, self.offset, len(self.text))


def tokenize(text: str, limits: Limits) -> list[Token]:
    """Cut a query into tokens.

    Parameters
    ----------
    text : `str`
        The query.
    limits : `Limits`
        How long and how deeply nested it may be.

    Returns
    -------
    tokens : `list` of `Token`
        Without space and comments; the last is of kind ``end``.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a limit is exceeded.
    """
    if len(text) > limits.max_bytes or len(text.encode(errors="replace")) > limits.max_bytes:
        raise refuse(
            f"The query is longer than {limits.max_bytes:,} bytes.",
            Place(1, 1, 0, 1),
            "Upload long lists as a table and join with it.",
        )
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        before = text[: forbidden.start()]
        line, column = before.count("\n") + 1, forbidden.start() - before.rfind("\n")
        code = f"U+{ord(forbidden.group()):04X}"
        raise refuse(
            f"The query holds the character {code}, which cannot be stored.",
            Place(line, column, forbidden.start(), 1),
            "Remove it.",
        )
    tokens: list[Token] = []
    add, new = tokens.append, tuple.__new__  # The tuple's own maker is twice as fast as Token().
    line, line_start, depth = 1, 0, 0
    # Literals are exempt: a list of them is one node. No node has more tokens than this factor.
    budget = 16 * limits.max_nodes
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "bad"
        raw = match.group()
        start = match.start()
        if kind == "space":
            breaks = raw.count("\n")
            if breaks:
                line += breaks
                line_start = start + raw.rindex("\n") + 1
            continue
        value = raw
        if kind == "word":
            value = raw.upper()
        elif kind in ("text", "name"):
            quote = raw[0]
            value = raw[1:-1].replace(quote * 2, quote)
        elif raw == "(":
            depth += 1
            if depth > limits.max_depth:
                raise refuse(
                    f"The query is nested more than {limits.max_depth} parentheses deep.",
                    Place(line, start - line_start + 1, start, 1),
                    "Write it with fewer parentheses.",
                )
        elif raw == ")":
            depth -= 1
        add(new(Token, (kind, raw, value, line, start - line_start + 1, start)))
        if kind in _LITERALS:
            budget += 2  # The literal, and the comma or sign beside it.
        elif len(tokens) > budget:
            raise refuse(
                f"The query has more than {limits.max_nodes:,} elements.",
                tokens[-1].at,
                "Upload long lists as a table and join with it.",
            )
        if "\n" in raw:
            line += raw.count("\n")
            line_start = start + raw.rindex("\n") + 1
    add(Token("end", "", "", line, len(text) - line_start + 1, len(text)))
    return tokens
