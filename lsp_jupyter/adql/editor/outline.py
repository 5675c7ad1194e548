"""The shape of a text that may be unfinished: its queries, what each reads, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lsp_jupyter.adql.editor.source import is_operand
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.words import RESERVED

__all__ = ["Block", "Here", "Path", "Source", "outline"]

_SET_OPERATIONS = frozenset({"UNION", "EXCEPT", "INTERSECT"})
_CLAUSES = frozenset({"WHERE", "GROUP", "HAVING", "ORDER", "OFFSET", "ON", "USING"})
_JOINS = frozenset({"NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "JOIN"})

Path = tuple[Token, ...]
"""The tokens of a dotted name, without the dots."""


@dataclass(slots=True)
class Source:
    """A table in FROM.

    Attributes
    ----------
    path : `Path`
        The name of a table; empty for a subquery.
    block : `Block`, optional
        The subquery.
    alias : `~lsp_jupyter.adql.lexer.Token`, optional
        The name it goes by instead of its own.
    """

    path: Path = ()
    block: Block | None = None
    alias: Token | None = None


@dataclass(slots=True)
class Block:
    """One SELECT.

    Attributes
    ----------
    outer : `Block`, optional
        The query around it.
    sources : `list` of `Source`
        What stands in its FROM.
    items : `list` of `list` of `~lsp_jupyter.adql.lexer.Token`
        The members of its select list; of parentheses only the opening one is kept.
    named : `dict`
        The queries that WITH gives names to, by name in lower case.
    """

    outer: Block | None = None
    sources: list[Source] = field(default_factory=list)
    items: list[list[Token]] = field(default_factory=list)
    named: dict[str, Block] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Here:
    """Where one is in the text.

    Attributes
    ----------
    block : `Block`, optional
        The innermost query; `None` before the first SELECT.
    clause : `str`
        The word that its clause begins with; empty outside of queries.
    call : `str`
        The function whose arguments one is among, in upper case; empty if there is none.
    argument : `int`
        Which of them, from 0.
    table : `bool`
        Whether a table is to be named.
    """

    block: Block | None = None
    clause: str = ""
    call: str = ""
    argument: int = 0
    table: bool = False


@dataclass(slots=True)
class _Level:
    """What one pair of parentheses holds."""

    block: Block | None
    clause: str
    call: str = ""
    argument: int = 0
    table: bool = False
    first: Block | None = None
    """The query that stands at this level; the first one of a set operation."""
    closed: Block | None = None
    """The query in the last parentheses of this level."""
    source: Source | None = None
    """The table that was named last, which an alias may follow."""
    name: str = ""
    """The name before AS, for the query that WITH puts here."""


def outline(tokens: Sequence[Token], cursor: int) -> Here:
    """Read the shape of a text.

    Parameters
    ----------
    tokens : sequence of `~lsp_jupyter.adql.lexer.Token`
        Of the whole text; what is being written at the cursor is left out.
    cursor : `int`
        Tokens before the cursor.

    Returns
    -------
    here : `Here`
        Where the cursor is; its block knows the tables that stand behind the cursor too.
    """
    return _Reader(tokens).read(cursor)


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.levels = [_Level(None, "")]
        self.top = Block()
        self.index = 0

    def read(self, cursor: int) -> Here:
        here: Here | None = None
        while self.tokens[self.index].kind != "end":
            if here is None and self.index >= cursor:
                here = self._here()
            token = self.tokens[self.index]
            if token.kind == "op":
                self._operator(token)
            elif token.kind == "word" and token.value in RESERVED:
                self._keyword(token)
            else:
                self._name(token, cursor if here is None else len(self.tokens))
            self.index += 1
        return here or self._here()

    def _here(self) -> Here:
        level = self.levels[-1]
        return Here(level.block, level.clause, level.call, level.argument, level.table)

    def _operator(self, token: Token) -> None:
        level = self.levels[-1]
        if token.value == "(":
            self._open()
            return
        if token.value == ")":
            if len(self.levels) > 1:
                self._close()
            return
        if token.value == ",":
            level.argument += 1
            if level.clause in ("FROM", "ON", "USING") and not level.call:
                level.clause, level.table, level.source = "FROM", True, None
            elif level.clause == "SELECT" and level.first is not None and level.block is not None:
                level.block.items.append([])
            return
        self._item(token)

    def _open(self) -> None:
        level = self.levels[-1]
        before = self.tokens[self.index - 1] if self.index else None
        call = before.value if before is not None and before.kind == "word" else ""
        self._item(self.tokens[self.index])
        inner = _Level(level.block, level.clause, call, table=level.table)
        if level.table:
            # A subquery, or a join in parentheses.
            level.source = inner.source = None
            inner.call = ""
        elif level.clause == "WITH":
            inner.block, inner.clause, inner.call = self.top, "", ""
        self.levels.append(inner)

    def _close(self) -> None:
        closed = self.levels.pop()
        level = self.levels[-1]
        level.closed = closed.first
        if level.clause == "WITH":
            if closed.first is not None and level.name:
                self.top.named[level.name.lower()] = closed.first
            level.name = ""
        elif level.table and level.block is not None:
            level.table = False
            if closed.first is not None:
                level.source = Source(block=closed.first)
                level.block.sources.append(level.source)

    def _keyword(self, token: Token) -> None:
        level, word = self.levels[-1], token.value
        if word == "SELECT":
            outer = level.block or self.top
            if level.first is not None:
                outer = level.first.outer or self.top  # A later part of a set operation.
            elif level.table:
                outer = outer.outer or self.top  # A subquery in FROM cannot see its neighbours.
            level.block = Block(outer, items=[[]])
            level.first = level.first or level.block
            level.clause, level.table, level.call = "SELECT", False, ""
        elif word == "WITH" and level.block is None:
            level.clause = "WITH"
        elif word in _SET_OPERATIONS:
            level.clause, level.table = word, False
            level.first = level.first or level.closed
        elif word == "JOIN" or (word == "FROM" and level.first is not None):
            level.clause, level.table, level.source = "FROM", True, None
        elif word in _JOINS and level.clause in ("ON", "USING", "FROM"):
            level.clause, level.source = "FROM", None
        elif word in _CLAUSES and level.block is not None:
            level.clause, level.table, level.source = word, False, None
        elif level.clause == "SELECT" and word != "AS":
            self._item(token)

    def _name(self, token: Token, cursor: int) -> None:
        level = self.levels[-1]
        if token.kind not in ("word", "name"):
            self._item(token)
        elif token.value == "OFFSET" and self._before_number():
            level.clause, level.table, level.source = "OFFSET", False, None
        elif level.clause == "WITH":
            level.name = token.value if token.kind == "name" else token.text
        elif level.clause == "FROM" and level.table:
            path = [token]
            # A path that the cursor cuts in two is not yet the name of a table.
            while self._dotted(self.index + 1) and self.index + 2 != cursor:
                self.index += 2
                path.append(self.tokens[self.index])
            level.table = False
            level.source = Source(tuple(path))
            if level.block is not None:
                level.block.sources.append(level.source)
        elif level.clause == "FROM" and level.source is not None:
            if level.source.alias is None:
                level.source.alias = token
            level.source = None
        else:
            self._item(token)

    def _dotted(self, index: int) -> bool:
        dot, name = self.tokens[index], self.tokens[min(index + 1, len(self.tokens) - 1)]
        return dot.kind == "op" and dot.value == "." and name.kind in ("word", "name")

    def _before_number(self) -> bool:
        """Whether OFFSET, which is not reserved, is a clause here."""
        return (
            self.tokens[self.index + 1].kind == "number"
            and self.index > 0
            and is_operand(self.tokens[self.index - 1])
        )

    def _item(self, token: Token) -> None:
        level = self.levels[-1]
        if level.clause == "SELECT" and level.first is not None and level.block is not None:
            level.block.items[-1].append(token)
