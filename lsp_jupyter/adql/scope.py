"""What the names in a query can stand for: tables in FROM, their columns, and joins of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lsp_jupyter.adql.bound import ColumnRef, Value
from lsp_jupyter.adql.places import Place, refuse, suggestion
from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.adql.tree import Name
from lsp_jupyter.adql.types import type_of
from lsp_jupyter.errors import AdqlError

__all__ = ["JoinScope", "Member", "Scope", "TableScope", "Visible"]

_MAX_INDEXED = 512
_indexes: dict[int, tuple[object, dict[str, list[int]]]] = {}


def _index(columns: tuple[Column, ...]) -> dict[str, list[int]]:
    """Positions of the columns by name in lower case, kept for the tables used of late."""
    key = id(columns)
    kept = _indexes.get(key)
    if kept is not None and kept[0] is columns:
        return kept[1]
    index: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        index.setdefault(column.name.lower(), []).append(position)
    if len(_indexes) >= _MAX_INDEXED:
        _indexes.clear()
    _indexes[key] = (columns, index)
    return index


@dataclass(frozen=True, slots=True)
class Visible:
    """A column as ``SELECT *`` shows it."""

    name: str
    value: Value


class Member(Protocol):
    """One or more tables of a FROM clause."""

    def find(self, name: Name) -> list[Visible]:
        """What an unqualified column name can stand for."""

    def columns(self) -> Iterator[Visible]:
        """All columns, in order."""

    def tables(self) -> Iterator[TableScope]:
        """The tables a qualified name can stand for."""


@dataclass(slots=True)
class TableScope:
    """A table or derived table under one name.

    Attributes
    ----------
    source : `str`
        Alias in the resolved tree.
    described : `tuple` of `~lsp_jupyter.adql.schema.Column`
        Its columns.
    depth : `int`
        Nesting of the query it belongs to.
    label : `Name`
        The name it goes by: its alias, or else its own.
    table : `~lsp_jupyter.adql.schema.Table`, optional
        The table, unless it is a derived one.
    qualified : `bool`
        Whether ``schema.table`` names it too: only without an alias.
    """

    source: str
    described: tuple[Column, ...]
    depth: int
    label: Name
    table: Table | None = None
    qualified: bool = False

    def _visible(self, position: int) -> Visible:
        column = self.described[position]
        name = column.name if self.table is not None else f"c{position + 1}"
        return Visible(
            column.name, ColumnRef(type_of(column), self.source, name, column, self.depth)
        )

    def find(self, name: Name) -> list[Visible]:
        """As in `Member`."""
        positions = _index(self.described).get(name.text.lower(), ())
        return [
            self._visible(position)
            for position in positions
            if name.matches(self.described[position].name)
        ]

    def columns(self) -> Iterator[Visible]:
        """As in `Member`."""
        return map(self._visible, range(len(self.described)))

    def tables(self) -> Iterator[TableScope]:
        """As in `Member`."""
        yield self

    def named(self, path: tuple[Name, ...]) -> bool:
        """Whether ``[schema.]table`` means this one."""
        if not path[-1].matches(self.label.text):
            return False
        if len(path) == 1:
            return True
        return (
            len(path) == 2
            and self.qualified
            and self.table is not None
            and path[0].matches(self.table.schema)
        )


@dataclass(slots=True)
class JoinScope:
    """Joined tables; columns joined by USING or NATURAL are one."""

    members: list[Member]
    merged: dict[str, Visible] = field(default_factory=dict)
    hidden: list[set[str]] = field(default_factory=list)

    def add(self, member: Member) -> None:
        """Join one more; what is merged comes with `merge`."""
        self.members.append(member)

    def merge(self, shown: Visible) -> None:
        """Let one column stand for all of its name among the members so far."""
        key = shown.name.lower()
        self.merged[key] = shown
        while len(self.hidden) < len(self.members):
            self.hidden.append(set())
        for names in self.hidden:
            names.add(key)

    def _hides(self, position: int, name: str) -> bool:
        return position < len(self.hidden) and name.lower() in self.hidden[position]

    def find(self, name: Name) -> list[Visible]:
        """As in `Member`."""
        shown = self.merged.get(name.text.lower())
        found = [shown] if shown is not None and name.matches(shown.name) else []
        for position, member in enumerate(self.members):
            if not self._hides(position, name.text):
                found += member.find(name)
        return found

    def columns(self) -> Iterator[Visible]:
        """As in `Member`: the merged columns first (SQL-92 section 7.5)."""
        yield from self.merged.values()
        for position, member in enumerate(self.members):
            for visible in member.columns():
                if not self._hides(position, visible.name):
                    yield visible

    def tables(self) -> Iterator[TableScope]:
        """As in `Member`."""
        for member in self.members:
            yield from member.tables()


@dataclass(slots=True)
class Scope:
    """What a query, and the queries around it, have in FROM.

    Attributes
    ----------
    members : `list` of `Member`
        The members of FROM, separated by commas.
    outer : `Scope`, optional
        That of the query around a subquery which may look out of itself.
    aliases : `dict`
        Names given to result columns, in lower case: only for hints.
    beside : `Scope`, optional
        In ON, that of the whole query: only for hints.
    """

    members: list[Member] = field(default_factory=list)
    outer: Scope | None = None
    aliases: dict[str, Name] = field(default_factory=dict)
    beside: Scope | None = None

    def tables(self) -> Iterator[TableScope]:
        """Every table of this query."""
        for member in self.members:
            yield from member.tables()

    def column(self, parts: tuple[Name, ...], at: Place) -> Value:
        """Look up a column reference.

        Parameters
        ----------
        parts : `tuple` of `Name`
            ``[[schema.]table.]column``.
        at : `Place`
            Where it stands.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised if there is no such column, or more than one.
        """
        scope: Scope | None = self
        while scope is not None:
            found = scope._find(parts, at)
            if found is not None:
                return found.value
            scope = scope.outer
        raise self._unknown(parts, at)

    def _find(self, parts: tuple[Name, ...], at: Place) -> Visible | None:
        name = parts[-1]
        if len(parts) == 1:
            found = [visible for member in self.members for visible in member.find(name)]
        else:
            tables = self._qualified(parts[:-1], at)
            found = [visible for table in tables for visible in table.find(name)]
        if len(found) > 1 and not name.delimited:
            # Columns that differ in case only: the exact spelling decides.
            exact = [visible for visible in found if visible.name == name.text]
            found = exact if len(exact) == 1 else found
        if len(found) > 1:
            owners = [table.label.text for table in self.tables() if table.find(name)]
            choices = " or ".join(f"{owner}.{name.text}" for owner in owners[:4])
            spellings = " or ".join(sorted({f'"{visible.name}"' for visible in found}))
            same = len(owners) < 2
            raise refuse(
                f"The column {name.text} is ambiguous.",
                at,
                f"Write {spellings if same else choices}.",
            )
        return found[0] if found else None

    def _qualified(self, path: tuple[Name, ...], at: Place) -> list[TableScope]:
        found = [table for table in self.tables() if table.named(path)]
        if len(found) > 1:
            raise refuse(
                f"{path[-1].text} names more than one table.",
                at,
                "Give each table a name of its own: FROM schema.table AS name.",
            )
        return found

    def expand(self, qualifier: tuple[Name, ...], at: Place) -> list[Visible]:
        """The columns that ``*`` or ``table.*`` stands for."""
        if not qualifier:
            return [visible for member in self.members for visible in member.columns()]
        tables = self._qualified(qualifier, at)
        if not tables:
            raise self._unknown_table(qualifier, at)
        return list(tables[0].columns())

    def _unknown(self, parts: tuple[Name, ...], at: Place) -> AdqlError:
        name = parts[-1]
        if len(parts) > 1:
            scope: Scope | None = self
            while scope is not None:
                tables = scope._qualified(parts[:-1], at)
                if tables:
                    names = [column.name for column in tables[0].described]
                    return self._missing(name, names, f" in {tables[0].label.text}")
                scope = scope.outer
            return self._unknown_table(parts[:-1], at)
        if name.text.lower() in self.aliases:
            return refuse(
                f"{name.text} is a column of the result, not of a table.",
                name.at,
                "Only ORDER BY may name it; write its expression again here.",
            )
        return self._missing(name, [one.name for one in self.expand((), at)], "")

    def _missing(self, name: Name, names: list[str], where: str) -> AdqlError:
        hint = suggestion(name.text, names)
        same = [other for other in names if other.lower() == name.text.lower()]
        if name.delimited and same:
            hint = f'In double quotes the case counts: write "{same[0]}".'
        elif name.delimited and not hint:
            quoted = name.text.replace("'", "''")
            hint = f"A text stands in single quotes: '{quoted}'."
        elif not hint and len(names) <= 12:
            hint = f"There are {', '.join(names)}."
        return refuse(f"There is no column {name.text}{where}.", name.at, hint)

    def _unknown_table(self, path: tuple[Name, ...], at: Place) -> AdqlError:
        text = ".".join(name.text for name in path)
        labels = [table.label.text for table in self.tables()]
        for table in self.tables():
            original = table.table
            if original is not None and not table.qualified and path[-1].matches(original.name):
                return refuse(
                    f"{text} goes by the name {table.label.text} in this query.",
                    at,
                    f"Write {table.label.text}.",
                )
        if self.beside is not None and self.beside._qualified(path, at):
            return refuse(
                f"{text} cannot be named in this ON.",
                at,
                "JOIN binds tighter than the comma: write CROSS JOIN for the comma, "
                "or the condition after WHERE.",
            )
        hint = suggestion(path[-1].text, labels) or f"FROM has {', '.join(labels[:12])}."
        return refuse(f"There is no table {text} in FROM.", at, hint)
