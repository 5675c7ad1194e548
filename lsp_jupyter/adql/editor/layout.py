"""Writing tokens in lines of limited width."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lsp_jupyter.adql.lexer import Token

__all__ = ["Group", "Layout", "Leaf", "Piece"]

_STEP = 4
_DEEPEST = 16
"""Parentheses within parentheses that are laid out; what is deeper is written as it comes."""
_NEVER = 1 << 30
"""The width of what cannot stand in one line, because a comment ends the line."""

_BEGIN = frozenset({"SELECT", "WITH"})
_SETS = frozenset({"UNION", "EXCEPT", "INTERSECT"})
_CLAUSES = _BEGIN | _SETS | {"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "OFFSET"}
_LISTS = frozenset({"SELECT", "GROUP", "ORDER"})
_HEAD = frozenset({"DISTINCT", "ALL", "TOP", "BY"})
_JOINS = frozenset({"NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "JOIN"})
_CASE = frozenset({"WHEN", "ELSE", "END"})
_BREAKS = (
    frozenset({"OR"}),
    frozenset({"AND"}),
    _CASE,
    frozenset({"+", "-", "||"}),
    frozenset({"*", "/"}),
)
"""What a line that is too long is broken before: the first of them that it has."""


@dataclass(slots=True)
class Leaf:
    """A token with its comments.

    Attributes
    ----------
    token : `~lsp_jupyter.adql.lexer.Token`
        The token.
    text : `str`
        How it is written.
    role : `str`
        The keyword or binary operator that it is, in upper case; empty for anything else.
    space : `bool`
        Whether a space comes before it.
    above : `list` of `str`
        Comments on lines of their own before it.
    behind : `str`
        The comment behind it on its line.
    """

    token: Token
    text: str
    role: str
    space: bool
    above: list[str] = field(default_factory=list)
    behind: str = ""

    @property
    def width(self) -> int:
        """Characters, with the space before it."""
        return _NEVER if self.above or self.behind else len(self.text) + self.space


@dataclass(slots=True)
class Group:
    """Parentheses with what is in them; ``closing`` is `None` where it is missing."""

    opening: Leaf
    inside: list[Piece]
    closing: Leaf | None
    width: int = 0

    def __post_init__(self) -> None:
        self.width = self.opening.width + _width(self.inside)
        if self.closing is not None:
            self.width += self.closing.width

    role = ""


Piece: TypeAlias = Leaf | Group


def _width(pieces: Sequence[Piece]) -> int:
    return sum([piece.width for piece in pieces])


def _leaves(pieces: Sequence[Piece]) -> Iterator[Leaf]:
    """All tokens of some pieces, in order, however deep."""
    stack: list[Piece] = list(reversed(pieces))
    while stack:
        piece = stack.pop()
        if isinstance(piece, Leaf):
            yield piece
        else:
            yield piece.opening
            if piece.closing is not None:
                stack.append(piece.closing)
            stack.extend(reversed(piece.inside))


def _split(pieces: Sequence[Piece], starts: Callable[[int, Piece], bool]) -> list[Sequence[Piece]]:
    """Pieces in parts, each of which but the first begins with one that ``starts``."""
    marks = [index for index, piece in enumerate(pieces) if index and starts(index, piece)]
    return [pieces[a:b] for a, b in zip([0, *marks], [*marks, len(pieces)], strict=True)]


def _items(pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
    """The members of a list, each with its comma."""
    return _split(pieces, lambda index, _: pieces[index - 1].role == ",")


def _broken(pieces: Sequence[Piece], words: frozenset[str]) -> list[Sequence[Piece]]:
    """The parts of an expression, broken before some operators; those of a CASE are its own."""
    marks, cases, between = [0], 0, False
    wanted = int(words is _CASE)
    for index, piece in enumerate(pieces):
        role = piece.role
        limit = role == "AND" and between
        if role in words and index and cases == wanted and not limit:
            marks.append(index)
        if role == "CASE":
            cases += 1
        elif role == "END":
            cases -= 1
        elif role == "BETWEEN":
            between = True
        elif limit:
            between = False
    return [pieces[a:b] for a, b in zip(marks, [*marks[1:], len(pieces)], strict=True)]


class Layout:
    """Writes pieces into lines.

    Parameters
    ----------
    width : `int`
        Characters a line has at most, where that is possible.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []
        self.line: list[str] = []
        self.column = 0
        self.indent = 0
        self.depth = 0
        self.ended = False

    def write(self, pieces: Sequence[Piece], end: Sequence[str]) -> str:
        """Write a query.

        Parameters
        ----------
        pieces : sequence of `Piece`
            What it consists of.
        end : sequence of `str`
            Comments behind it, on lines of their own.
        """
        self._query(pieces, 0)
        for comment in end:
            self._break(0)
            self.line.append(comment)
        self._break(0)
        return "\n".join(self.lines)

    # -- single tokens ---------------------------------------------------------

    def _break(self, indent: int) -> None:
        """Begin a line, unless this one is empty."""
        if self.line:
            self.lines.append(" " * self.indent + "".join(self.line))
        self.line, self.indent, self.column, self.ended = [], indent, indent, False

    def _put(self, leaf: Leaf, indent: int) -> None:
        """Write a token; if a comment ended the line, at that indent of the next."""
        following = indent if self.line else self.indent
        for comment in leaf.above:
            self._break(following)
            self.line.append(comment)
            self.ended = True
        if self.ended:
            self._break(following)
        text = " " + leaf.text if leaf.space and self.line else leaf.text
        self.line.append(text)
        self.column += len(text)
        if leaf.behind:
            self.line.append(f"  {leaf.behind}")
            self.ended = True

    def _plain(self, pieces: Sequence[Piece], indent: int) -> None:
        """Write pieces as they come."""
        for leaf in _leaves(pieces):
            self._put(leaf, indent)

    def _fits(self, pieces: Sequence[Piece]) -> bool:
        return self.column + _width(pieces) <= self.width

    # -- expressions -----------------------------------------------------------

    def _expression(self, pieces: Sequence[Piece], indent: int, rank: int = 0) -> None:
        """Write an expression in this line, or break it with that indent."""
        if self._fits(pieces):
            self._plain(pieces, indent)
            return
        for level in range(rank, len(_BREAKS)):
            parts = _broken(pieces, _BREAKS[level])
            if len(parts) > 1:
                # A CASE may hold another one.
                inner = level if _BREAKS[level] is _CASE else level + 1
                for number, part in enumerate(parts):
                    if number:
                        self._break(indent - _STEP if part[0].role == "END" else indent)
                    self._expression(part, indent + _STEP, inner)
                return
        for piece in pieces:
            if isinstance(piece, Leaf):
                self._put(piece, indent)
            elif self._fits([piece]) or self.depth >= _DEEPEST:
                self._plain([piece], indent)
            else:
                self._group(piece)

    def _group(self, group: Group) -> None:
        """Write parentheses over several lines."""
        self._put(group.opening, self.indent)
        outer, inner = self.indent, self.indent + _STEP
        self.depth += 1
        self._break(inner)
        if _is_query(group.inside):
            self._query(group.inside, inner)
        else:
            self._list(group.inside, inner)
        self.depth -= 1
        self._break(outer)
        if group.closing is not None:
            self._put(group.closing, outer)

    def _list(self, pieces: Sequence[Piece], indent: int) -> None:
        """Write the members of a list, one a line; literals as many as fit."""
        items = _items(pieces)
        literals = all(map(_is_literal, items))
        for number, item in enumerate(items):
            if number and not (literals and self._fits(item)):
                self._break(indent)
            self._expression(item, indent + _STEP if len(items) > 1 else indent)

    # -- queries ---------------------------------------------------------------

    def _query(self, pieces: Sequence[Piece], indent: int) -> None:
        """Write a query, each clause on a line of its own."""
        for number, clause in enumerate(_split(pieces, lambda _, piece: piece.role in _CLAUSES)):
            if number:
                self._break(indent)
            self._clause(clause, indent)

    def _clause(self, pieces: Sequence[Piece], indent: int) -> None:
        word = pieces[0].role if pieces else ""
        start = 1 if word in _CLAUSES else 0
        while start and start < len(pieces) and _in_head(pieces, start):
            start += 1
        body = pieces[start:]
        self._plain(pieces[:start], indent + _STEP)
        if self.ended and body:
            self._break(indent + _STEP)
        if word == "WITH":
            for number, item in enumerate(_items(body)):
                if number:
                    self._break(indent)
                self._common(item, indent + _STEP)
        elif word in _SETS:
            if body:
                self._break(indent)
                self._expression(body, indent + _STEP)
        elif word == "FROM":
            self._tables(body, indent)
        elif word in _LISTS and not self._fits(body):
            self._break(indent + _STEP)
            self._list(body, indent + _STEP)
        else:
            self._expression(body, indent + _STEP)

    def _tables(self, body: Sequence[Piece], indent: int) -> None:
        """Write what stands after FROM: each JOIN on a line of its own."""
        parts = _split(
            body, lambda i, piece: piece.role in _JOINS and body[i - 1].role not in _JOINS
        )
        for number, part in enumerate(parts):
            if number:
                self._break(indent)
            items = [part] if self._fits(part) else _items(part)
            for position, item in enumerate(items):
                if position:
                    self._break(indent + _STEP)
                self._expression(item, indent + _STEP)

    def _common(self, item: Sequence[Piece], indent: int) -> None:
        """Write ``name AS (SELECT …)``, the query on lines of its own."""
        for piece in item:
            if isinstance(piece, Group):
                self._group(piece)
            else:
                self._put(piece, indent)


def _is_query(pieces: Sequence[Piece]) -> bool:
    return bool(pieces) and pieces[0].role in _BEGIN


def _in_head(pieces: Sequence[Piece], index: int) -> bool:
    """Whether a piece belongs to the words that a clause begins with."""
    piece = pieces[index]
    return piece.role in _HEAD or (
        isinstance(piece, Leaf)
        and piece.token.kind == "number"
        and pieces[index - 1].role in ("TOP", "OFFSET")
    )


def _is_literal(item: Sequence[Piece]) -> bool:
    """Whether a member of a list is a number or text."""
    leaves = [piece for piece in item if piece.role != ","]
    return bool(leaves) and all(
        isinstance(piece, Leaf) and (piece.token.kind in ("number", "text") or piece.text in "+-")
        for piece in leaves
    )
