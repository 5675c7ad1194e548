"""What the grammar and the catalogue have for a place in a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from lsp_jupyter.adql.editor.candidates import (
    Candidate,
    aggregates,
    columns,
    functions,
    keywords,
    quote,
    tables,
)
from lsp_jupyter.adql.editor.outline import Block, Here
from lsp_jupyter.adql.editor.reach import Member, find_table, members, outputs, text_of
from lsp_jupyter.adql.editor.source import is_operand
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.schema import Column, Schema, Table

__all__ = ["offers"]

_TYPES = "SMALLINT INTEGER BIGINT REAL DOUBLE_PRECISION CHAR VARCHAR TIMESTAMP"
_JOINS = ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "NATURAL JOIN")
_SETS = ("UNION", "UNION ALL", "EXCEPT", "INTERSECT")
_TESTS = ("AND", "OR", "BETWEEN", "IN", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL", "NOT")
_END = ("ORDER BY", "OFFSET")
_AFTER = {
    "SELECT": ("AS", "FROM"),
    "FROM": ("AS", "WHERE", *_JOINS, "GROUP BY", *_END, *_SETS),
    "ON": (*_TESTS, "WHERE", *_JOINS, "GROUP BY", *_END, *_SETS),
    "USING": ("WHERE", *_JOINS, "GROUP BY", *_END, *_SETS),
    "WHERE": (*_TESTS, "GROUP BY", *_END, *_SETS),
    "GROUP": ("HAVING", *_END, *_SETS),
    "HAVING": (*_TESTS, *_END, *_SETS),
    "ORDER": ("ASC", "DESC", "OFFSET"),
}
"""What can follow a whole value or table, by clause."""

_NEXT = {
    "GROUP": ("BY",),
    "ORDER": ("BY",),
    "IS": ("NULL", "NOT NULL"),
    "NATURAL": ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"),
    **dict.fromkeys(("LEFT", "RIGHT", "FULL"), ("JOIN", "OUTER JOIN")),
    **dict.fromkeys(("INNER", "CROSS", "OUTER"), ("JOIN",)),
    "TOP": (),
}
"""What must follow a word, whatever the clause."""

_BEHIND = {"NOT": ("BETWEEN", "IN", "LIKE", "ILIKE"), "OFFSET": ()}
"""What must follow a word that stands behind a value."""

_CONDITIONS = frozenset({"WHERE", "ON", "HAVING"})


def offers(here: Here, before: Sequence[Token], schema: Schema) -> Iterator[Candidate]:
    """Find what could be written.

    Parameters
    ----------
    here : `~lsp_jupyter.adql.editor.outline.Here`
        Where the cursor is.
    before : sequence of `~lsp_jupyter.adql.lexer.Token`
        The tokens before what is being written.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables the caller may read.
    """
    last = before[-1] if before else None
    word = last.value if last is not None and last.kind == "word" else ""
    if last is not None and last.kind == "op" and last.value == ".":
        return _dotted(_path(before), here, schema)
    if here.block is None or here.clause not in _AFTER:
        return iter(keywords(_beginning(here.clause, word, last)))
    if word == "AS":
        return iter(_types() if here.call == "CAST" else ())
    if word in _NEXT:
        return iter(keywords(_NEXT[word]))
    if word in _BEHIND and len(before) > 1 and is_operand(before[-2]):
        return iter(keywords(_BEHIND[word]))
    opened = last is not None and last.value == "(" and last.kind == "op"
    if here.table:
        return chain(keywords(("SELECT",) if opened else (), 1), _tables(here.block, schema))
    if last is not None and (is_operand(last) or _is_star(before)) and not _is_top(before):
        return _following(here, before)
    if here.clause == "FROM":
        return iter(())
    if here.clause == "USING":
        return _common(members(here.block, schema))
    subquery = keywords(("SELECT",) if opened and here.call in ("IN", "EXISTS") else (), 1)
    return chain(subquery, _values(here, here.block, word, schema))


def _beginning(clause: str, word: str, last: Token | None) -> Sequence[str]:
    """What a query, or a part of one, begins with."""
    if last is None:
        return ("SELECT", "WITH")
    if clause == "WITH":
        named = last.kind in ("word", "name") and word not in ("WITH", "AS")
        return ("AS",) if named else ("SELECT",) if last.value == ")" else ()
    if clause in _SETS or last.value == "(":
        return ("SELECT", "ALL") if word in _SETS else ("SELECT",)
    return ()


def _is_top(before: Sequence[Token]) -> bool:
    """Whether the number of TOP was given last."""
    return len(before) > 1 and before[-1].kind == "number" and before[-2].value == "TOP"


def _is_star(before: Sequence[Token]) -> bool:
    """Whether the last token is the ``*`` that means all columns."""
    if before[-1].value != "*" or before[-1].kind != "op":
        return False
    earlier = before[-2] if len(before) > 1 else None
    return earlier is None or not is_operand(earlier)


def _types() -> list[Candidate]:
    return [
        Candidate("type", name, name, len(name), order=index)
        for index, name in enumerate(one.replace("_", " ") for one in _TYPES.split())
    ]


# -- names -------------------------------------------------------------------


def _path(before: Sequence[Token]) -> tuple[Token, ...]:
    """The names before the last dot."""
    path: list[Token] = []
    index = len(before) - 1
    while index > 0 and before[index].value == "." and before[index].kind == "op":
        name = before[index - 1]
        if name.kind not in ("word", "name"):
            break
        path.insert(0, name)
        index -= 2
    return tuple(path)


def _dotted(path: tuple[Token, ...], here: Here, schema: Schema) -> Iterator[Candidate]:
    """What can follow ``schema.`` or ``table.``."""
    if not path:
        return
    first = text_of(path[-1])
    if len(path) == 1:
        block = here.block if here.clause != "FROM" else None
        while block is not None:
            for member in members(block, schema):
                if member.label.lower() == first.lower():
                    yield from columns(member.columns)
                    if here.clause == "SELECT":
                        yield Candidate("keyword", "*", "*", 1, order=90)
                    return
            block = block.outer
        inside = [one for one in _all_tables(schema) if one.schema.lower() == first.lower()]
        yield from tables(inside, qualified=False)
        return
    table = find_table(path, schema)
    if table is not None and here.clause != "FROM":
        yield from columns(table.columns)


def _all_tables(schema: Schema) -> Iterator[Table]:
    for name in schema.names():
        owner, _, table = name.partition(".")
        yield from schema.find(table, owner)


def _tables(block: Block, schema: Schema) -> Iterator[Candidate]:
    outer: Block | None = block
    while outer is not None:
        for name in outer.named:
            yield Candidate("table", name, quote(name), len(quote(name)), "of this query")
        outer = outer.outer
    yield from tables(_all_tables(schema))


def _common(found: list[Member]) -> Iterator[Candidate]:
    """The columns that the last table shares with one before it."""
    if len(found) < 2:
        return
    *others, last = found
    known = {column.name.lower() for member in others for column in member.columns}
    yield from columns(column for column in last.columns if column.name.lower() in known)


# -- values ------------------------------------------------------------------


def _following(here: Here, before: Sequence[Token]) -> Iterator[Candidate]:
    """What can follow a whole value or table."""
    if here.call == "CAST":
        yield from keywords(("AS",))
        return
    if _in_case(before):
        yield from keywords(("WHEN", "THEN", "ELSE", "END", *_TESTS), 45)
        return
    if here.clause == "FROM" and _wants_condition(before):
        yield from keywords(("ON", "USING"), 45)
    yield from keywords(_AFTER[here.clause])


def _in_case(before: Sequence[Token]) -> bool:
    """Whether a CASE has no END yet."""
    ended = 0
    for token in reversed(before):
        if token.kind != "word":
            continue
        if token.value == "END":
            ended += 1
        elif token.value == "CASE":
            if not ended:
                return True
            ended -= 1
        elif token.value == "SELECT":
            break
    return False


def _wants_condition(before: Sequence[Token]) -> bool:
    """Whether the last table was joined, and not yet by a condition."""
    for index in range(len(before) - 1, -1, -1):
        token = before[index]
        if token.kind == "op" and token.value == ",":
            return False
        if token.kind != "word":
            continue
        if token.value in ("FROM", "ON", "USING"):
            return False
        if token.value == "JOIN":
            earlier = {one.value for one in before[max(0, index - 3) : index]}
            return not earlier & {"CROSS", "NATURAL"}
    return False


def _values(here: Here, block: Block, word: str, schema: Schema) -> Iterator[Candidate]:
    """What a value or condition begins with."""
    known = members(block, schema)
    if word == "SELECT":
        yield from keywords(("DISTINCT", "TOP", "*"), 30)
    if word == "DISTINCT" and not here.call:
        yield from keywords(("TOP",), 30)
    if word == "CASE":
        yield from keywords(("WHEN",), 1)
    if here.clause == "ON" and word == "ON":
        yield from _conditions_of_join(known)
    if here.clause == "ORDER":
        for column in outputs(block, schema):
            name = quote(column.name)
            yield Candidate("alias", column.name, name, len(name), "result column", order=5)
    yield from _columns(known)
    outer = block.outer
    while outer is not None:
        for member in members(outer, schema):
            yield from columns(member.columns, quote(member.label), 28, shown=True)
        outer = outer.outer
    if here.clause in _CONDITIONS and not here.call:
        yield from _cones(known)
        yield from keywords(("NOT", "EXISTS"))
    grouping = here.clause in ("SELECT", "HAVING", "ORDER")
    yield from functions(one for one in FUNCTIONS.values() if grouping or not one.aggregate)
    if grouping:
        yield from aggregates()
    yield from keywords(("CAST", "CASE", "NULL"), 60)


def _columns(known: list[Member]) -> Iterator[Candidate]:
    """Columns of the tables in FROM, with the name of their table where it is needed."""
    seen: dict[str, int] = {}
    for column in chain.from_iterable(member.columns for member in known):
        key = column.name.lower()
        seen[key] = seen.get(key, 0) + 1
    for member in known:
        alone = [one for one in member.columns if seen[one.name.lower()] == 1]
        shared = [one for one in member.columns if seen[one.name.lower()] > 1]
        yield from columns(alone)
        yield from columns(shared, quote(member.label), shown=True)
    if len(known) > 1:
        for member in known:
            insert = quote(member.label)
            about = "" if member.table is None else member.table.full_name
            yield Candidate("alias", member.label, insert, len(insert), about, order=25)


def _cones(known: list[Member]) -> Iterator[Candidate]:
    """A search around a position for each table that has positions."""
    for member in known:
        if member.table is None or member.table.position is None:
            continue
        owner = f"{quote(member.label)}." if len(known) > 1 else ""
        ra, dec = (owner + quote(name) for name in member.table.position)
        start = f"DISTANCE({ra}, {dec}, "
        yield Candidate(
            "snippet",
            f"{start}…) < …",
            f"{start}0.0, 0.0) < 0.1",
            len(start),
            description="Rows within 0.1 degrees of a position.",
            order=35,
            match="cone",
        )


def _conditions_of_join(known: list[Member]) -> Iterator[Candidate]:
    """Equal names in two tables, those that look like identifiers first."""
    if len(known) < 2:
        return
    *others, last = known
    for other in others:
        theirs = {column.name.lower(): column for column in other.columns}
        for column in last.columns:
            match = theirs.get(column.name.lower())
            if match is None:
                continue
            left = f"{quote(other.label)}.{quote(match.name)}"
            right = f"{quote(last.label)}.{quote(column.name)}"
            text = f"{left} = {right}"
            yield Candidate(
                "snippet", text, text, len(text), order=3 if _identifies(column) else 38
            )


def _identifies(column: Column) -> bool:
    return column.ucd.startswith("meta.id") or column.name.lower().endswith("id")
