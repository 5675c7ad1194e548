"""Which tables and columns a place in a text can name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lsp_jupyter.adql.editor.outline import Block, Path, Source
from lsp_jupyter.adql.editor.source import is_operand
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.schema import Column, Schema, Table
from lsp_jupyter.adql.words import RESERVED

__all__ = ["Member", "find_table", "members", "outputs", "text_of"]

_DEPTH = 8
"""Subqueries within subqueries that are looked through to find the columns of the outermost."""


@dataclass(frozen=True, slots=True)
class Member:
    """A table of a query, under the name it goes by.

    Attributes
    ----------
    label : `str`
        Its alias, or its own name.
    columns : `tuple` of `~lsp_jupyter.adql.schema.Column`
        What can be asked of it; of a subquery's columns only what the text tells is known.
    table : `~lsp_jupyter.adql.schema.Table`, optional
        The table, unless it is a subquery.
    """

    label: str
    columns: tuple[Column, ...]
    table: Table | None = None


def text_of(token: Token) -> str:
    """A name as it was meant: without quotes, in the case it was written."""
    return token.value if token.kind == "name" else token.text


def find_table(path: Path, schema: Schema) -> Table | None:
    """The table of that name, if there is one and no other."""
    names = [text_of(token) for token in path[-2:]]
    found = schema.find(names[-1], names[0] if len(names) == 2 else None)
    return found[0] if len(found) == 1 else None


def members(block: Block, schema: Schema, depth: int = 0) -> list[Member]:
    """The tables that the FROM of a query names, in order."""
    found = []
    for source in block.sources:
        member = _member(block, source, schema, depth)
        if member is not None:
            found.append(member)
    return found


def _member(block: Block, source: Source, schema: Schema, depth: int) -> Member | None:
    query, table = source.block, None
    if source.path:
        query = _named(block, source.path)
        table = None if query is not None else find_table(source.path, schema)
    label = text_of(source.alias or source.path[-1]) if source.alias or source.path else ""
    if table is not None:
        return Member(label, table.columns, table)
    if query is not None and label:
        return Member(label, tuple(outputs(query, schema, depth + 1)))
    return None


def _named(block: Block, path: Path) -> Block | None:
    """The query that WITH gave this name."""
    outer: Block | None = block
    while outer is not None:
        query = outer.named.get(text_of(path[0]).lower()) if len(path) == 1 else None
        if query is not None:
            return None if query is block else query
        outer = outer.outer
    return None


def outputs(block: Block, schema: Schema, depth: int = 0) -> Iterator[Column]:
    """The columns that a query gives, as far as they have names."""
    if depth > _DEPTH:
        return
    known = members(block, schema, depth)
    for item in block.items:
        tokens = _without_quantifiers(item)
        if not tokens:
            continue
        last = tokens[-1]
        if last.value == "*" and (len(tokens) == 1 or tokens[-2].value == "."):
            owner = text_of(tokens[-3]).lower() if len(tokens) > 2 else ""
            for member in known:
                if not owner or member.label.lower() == owner:
                    yield from member.columns
        elif last.kind == "name" or (last.kind == "word" and last.value not in RESERVED):
            dotted = len(tokens) > 1 and tokens[-2].value == "."
            if len(tokens) == 1 or dotted:
                yield _looked_up(tokens, known)
            elif is_operand(tokens[-2]) or tokens[-2].value == "(":
                yield Column(text_of(last), "")


def _without_quantifiers(item: list[Token]) -> list[Token]:
    start = 0
    while start < len(item) and item[start].kind == "word":
        word = item[start].value
        if word in ("DISTINCT", "ALL"):
            start += 1
        elif word == "TOP":
            start += 2
        else:
            break
    return item[start:]


def _looked_up(tokens: list[Token], known: list[Member]) -> Column:
    name = text_of(tokens[-1])
    owner = text_of(tokens[-3]).lower() if len(tokens) > 2 else ""
    for member in known:
        if owner and member.label.lower() != owner:
            continue
        for column in member.columns:
            if column.name.lower() == name.lower():
                return column
    return Column(name, "")
