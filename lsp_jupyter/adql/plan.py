"""Resolved queries: the sources, joins and clauses around resolved expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lsp_jupyter.adql.bound import Condition, Exists, Expression, InQuery, Value, walk
from lsp_jupyter.adql.places import NOWHERE, Place
from lsp_jupyter.adql.schema import Column, Table

__all__ = [
    "Carried",
    "CommonSource",
    "CommonTable",
    "Join",
    "Joined",
    "Output",
    "Query",
    "QuerySource",
    "SetSource",
    "SortKey",
    "Source",
    "TableSource",
    "walk_query",
    "walk_sources",
]


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table of the catalogue under an alias of our own."""

    alias: str
    table: Table
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class QuerySource:
    """A derived table under an alias of our own; its columns are called c1, c2 …"""

    alias: str
    query: Query


@dataclass(frozen=True, slots=True)
class CommonTable:
    """A query before the whole one, under a name of our own; its columns are called c1, c2 …"""

    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class CommonSource:
    """A `CommonTable`, by its name, under an alias of our own."""

    alias: str
    name: str


@dataclass(frozen=True, slots=True)
class SetSource:
    """Queries combined from left to right; the columns are called c1, c2 …

    Attributes
    ----------
    alias : `str`
        A name of our own.
    first : `Query`
        The leftmost.
    rest : `tuple`
        Of ``UNION``, ``EXCEPT`` or ``INTERSECT``, whether it keeps duplicates, and the next.
        All have the same number of columns, and these the same types.
    """

    alias: str
    first: Query
    rest: tuple[tuple[str, bool, Query], ...]

    @property
    def queries(self) -> tuple[Query, ...]:
        """All of them, in order."""
        return (self.first, *(query for _, _, query in self.rest))


@dataclass(frozen=True, slots=True)
class Join:
    """One step of a chain of joins; ``kind`` as in `lsp_jupyter.adql.tree.Join`."""

    kind: str
    source: Source
    on: Condition | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Sources joined from left to right."""

    first: Source
    joins: tuple[Join, ...]


Source: TypeAlias = TableSource | QuerySource | CommonSource | SetSource | Joined


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the result: its value, and the name and metadata it has there."""

    value: Value
    column: Column


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key of ORDER BY: a value, or the position of an output from 1."""

    key: Value | int
    descending: bool


@dataclass(frozen=True, slots=True)
class Carried:
    """A position that passes through a query.

    Attributes
    ----------
    source : `str`
        Alias of the source that has the helper columns.
    position : `tuple` of `str`
        The names of its two columns among c1, c2 …
    """

    source: str
    position: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Query:
    """A resolved query; only a whole query has common tables.

    Combined queries are one whose only source is a `SetSource`.

    Attributes
    ----------
    carried : `Carried`, optional
        The position among its columns that has helper columns, which a query around it can use.
    """

    outputs: tuple[Output, ...]
    sources: tuple[Source, ...]
    distinct: bool = False
    where: Condition | None = None
    group: tuple[Value, ...] = ()
    having: Condition | None = None
    order: tuple[SortKey, ...] = ()
    offset: int | None = None
    top: int | None = None
    grouped: bool = False
    common: tuple[CommonTable, ...] = ()
    carried: Carried | None = None


def walk_query(query: Query) -> Iterator[Expression]:
    """Every expression of a query and of the queries inside it."""
    pending = [query]
    while pending:
        query = pending.pop()
        pending += [one.query for one in query.common]
        for source in query.sources:
            for one in joined_sources(source):
                if isinstance(one, QuerySource):
                    pending.append(one.query)
                elif isinstance(one, SetSource):
                    pending += one.queries
        for node in walk_own(query):
            yield node
            if isinstance(node, InQuery | Exists):
                pending.append(node.query)


def walk_sources(query: Query) -> Iterator[Source]:
    """Every source of a query and of the queries inside it, in the order of the text."""
    for table in query.common:
        yield from walk_sources(table.query)
    for source in query.sources:
        for one in joined_sources(source):
            yield one
            if isinstance(one, QuerySource):
                yield from walk_sources(one.query)
            elif isinstance(one, SetSource):
                for part in one.queries:
                    yield from walk_sources(part)
    for node in walk_own(query):
        if isinstance(node, InQuery | Exists):
            yield from walk_sources(node.query)


def joined_sources(source: Source) -> Iterator[Source]:
    """A source and all those joined in it, from left to right."""
    stack = [source]
    while stack:
        source = stack.pop()
        yield source
        if isinstance(source, Joined):
            stack.extend(join.source for join in reversed(source.joins))
            stack.append(source.first)


def walk_own(query: Query) -> Iterator[Expression]:
    """The expressions of a query's own clauses, not those of the queries inside it."""
    roots: list[Expression] = [output.value for output in query.outputs]
    roots += [one for one in (query.where, query.having) if one is not None]
    roots += query.group
    roots += [key.key for key in query.order if isinstance(key.key, Value)]
    for source in query.sources:
        for one in joined_sources(source):
            if isinstance(one, Joined):
                roots += [join.on for join in one.joins if join.on is not None]
    for root in roots:
        yield from walk(root)
