"""Resolving FROM: tables, derived tables, common tables and joins."""

from __future__ import annotations

from dataclasses import replace

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.coerce import comparable
from lsp_jupyter.adql.context import Context, Progress
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.places import Place, nearest, refuse, suggestion
from lsp_jupyter.adql.schema import Column, Schema, Table
from lsp_jupyter.adql.scope import JoinScope, Member, Scope, TableScope, Visible
from lsp_jupyter.adql.types import common
from lsp_jupyter.adql.values import ValueResolver

__all__ = ["SourceResolver"]


class SourceResolver(ValueResolver):
    """Turns table references of the syntax tree into resolved sources.

    Attributes
    ----------
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables that may be named.
    common : `list` of `tuple`
        The queries after WITH that can be named: each one's name, its name in the resolved tree,
        and its columns.
    carried : `dict`
        The positional columns of those of them that carry helper columns along.
    later : `list` of `~lsp_jupyter.adql.tree.Name`
        Those that cannot be named yet.
    broken : `list` of `~lsp_jupyter.adql.tree.Name`
        Those that are wrong: what names them is wrong for no reason of its own.
    """

    def __init__(self, schema: Schema, *, strict: bool) -> None:
        super().__init__(strict=strict)
        self.schema = schema
        self.sources = 0
        self.common: list[tuple[tree.Name, str, tuple[Column, ...]]] = []
        self.carried: dict[str, tuple[str, str]] = {}
        self.later: list[tree.Name] = []
        self.broken: list[tree.Name] = []

    def source(
        self, node: tree.TableReference, beside: Scope, depth: int
    ) -> tuple[plan.Source, Member]:
        """Resolve a table reference.

        Parameters
        ----------
        node : `~lsp_jupyter.adql.tree.TableReference`
            As written.
        beside : `Scope`
            That of the query, for hints; and what is around it.
        depth : `int`
            Nesting of the query.
        """
        if isinstance(node, tree.Joined):
            return self._joined(node, beside, depth)
        if isinstance(node, tree.DerivedTable):
            query = self.query(node.query, beside.outer, depth + 1)
            alias = self.alias()
            columns = tuple([output.column for output in query.outputs])
            if query.carried is not None:
                self.tables[alias] = _positional(query.carried.position)
            return plan.QuerySource(alias, query), TableScope(alias, columns, depth, node.alias)
        label, plain = node.alias or node.parts[-1], node.alias is None
        if len(node.parts) == 1:
            for name, inner, columns in self.common:
                if node.parts[0].matches(name.text):
                    alias = self.alias()
                    if inner in self.carried:
                        self.tables[alias] = _positional(self.carried[inner])
                    return plan.CommonSource(alias, inner), TableScope(alias, columns, depth, label)
        table = self._table(node)
        alias = self.alias()
        self.tables[alias] = table
        member = TableScope(alias, table.columns, depth, label, table, plain)
        return plan.TableSource(alias, table, node.at), member

    def alias(self) -> str:
        """A new name for a source."""
        self.sources += 1
        return f"t{self.sources}"

    def _table(self, node: tree.TableName) -> Table:
        name = node.parts[-1]
        schema = node.parts[-2] if len(node.parts) > 1 else None
        found: list[Table] = []
        if len(node.parts) <= 2:
            found = [
                table
                for table in self.schema.find(name.text, schema.text if schema else None)
                if name.matches(table.name) and (schema is None or schema.matches(table.schema))
            ]
        if len(found) == 1:
            return found[0]
        text = ".".join(part.text for part in node.parts)
        if schema is None and any(name.matches(one.text) for one in self.broken):
            raise self.report.error()
        if schema is None and (later := [one for one in self.later if name.matches(one.text)]):
            raise refuse(
                f"The query {later[0].text} cannot be named here.",
                node.at,
                "WITH queries can name those before them, not themselves or those behind.",
            )
        if found:
            choices = sorted(table.full_name for table in found)
            raise refuse(
                f"The table {text} is ambiguous.", node.at, f"Write {' or '.join(choices[:4])}."
            )
        known = [one.text for one, _, _ in self.common] if schema is None else []
        known += self.schema.names()
        same = [full for full in known if full.lower().rpartition(".")[2] == name.text.lower()]
        hint = suggestion(text, known)
        if same:
            hint = f"Did you mean {' or '.join(sorted(same)[:4])}?"
        elif not hint:
            last = {full.rpartition(".")[2].lower(): full for full in known}
            close = [last[one] for one in nearest(name.text, last)]
            hint = f"Did you mean {' or '.join(close)}?" if close else _some(known)
        raise refuse(f"There is no table {text}.", node.at, hint)

    def labels(self, scope: Scope) -> None:
        """Refuse two tables of one name."""
        by_name: dict[str, list[TableScope]] = {}
        for table in scope.tables():
            same = by_name.setdefault(table.label.text.lower(), [])
            for other in same:
                schemas = [one.table.schema for one in (table, other) if one.table is not None]
                apart = (table.qualified and other.qualified and len(set(schemas)) == 2) or (
                    table.label.delimited
                    and other.label.delimited
                    and table.label.text != other.label.text
                )
                if not apart:
                    raise refuse(
                        f"Two tables of this query have the name {table.label.text}.",
                        table.label.at,
                        "Give each a name of its own: FROM a AS x JOIN a AS y.",
                    )
            same.append(table)

    def _joined(self, node: tree.Joined, beside: Scope, depth: int) -> tuple[plan.Source, Member]:
        before = len(self.report.errors)
        tables = [node.first, *(join.table for join in node.joins)]
        found = [self.attempt(self.source, table, beside, depth) for table in tables]
        known = [one for one in found if one is not None]
        if len(known) < len(tables):
            raise self.report.error()
        first, member = known[0]
        scope = JoinScope([member])
        joins: list[plan.Join] = []
        for join, (source, right) in zip(node.joins, known[1:], strict=True):
            on = self.attempt(self._condition, join, scope, right, beside, depth)
            joins.append(plan.Join(join.kind, source, on))
        if len(self.report.errors) > before:
            raise self.report.error()
        return plan.Joined(first, tuple(joins)), scope

    def _condition(
        self, join: tree.Join, scope: JoinScope, right: Member, beside: Scope, depth: int
    ) -> bound.Condition | None:
        """The condition of a join, whose right side becomes part of ``scope``."""
        pairs = _natural(scope, right, join) if join.natural else _using(scope, right, join)
        scope.add(right)
        conditions: list[bound.Condition] = []
        for left_column, right_column in pairs:
            conditions.append(_equal(left_column, right_column, join.at))
            scope.merge(_merged(join.kind, left_column, right_column, join.at))
        if join.on is not None:
            inner = Scope([scope], beside.outer, beside=beside)
            self.labels(inner)
            context = Context(inner, depth, "ON", False, Progress())
            conditions.append(self.condition(join.on, context))
        if len(conditions) < 2:
            return conditions[0] if conditions else None
        return bound.And(tuple(conditions))


def _positional(position: tuple[str, str]) -> Table:
    """What is to be known of a derived table that carries helper columns along."""
    return Table("", "", (), (), position)


def _natural(left: JoinScope, right: Member, join: tree.Join) -> list[tuple[Visible, Visible]]:
    pairs = []
    for visible in left.columns():
        name = tree.Name(visible.name, at=join.at)
        found = right.find(name)
        if found:
            pairs.append(_pair(left, right, name))
    if not pairs:
        raise refuse(
            "The tables have no column name in common.",
            join.at,
            "Write JOIN … ON and a condition, or CROSS JOIN.",
        )
    return pairs


def _using(left: JoinScope, right: Member, join: tree.Join) -> list[tuple[Visible, Visible]]:
    return [_pair(left, right, name) for name in join.using]


def _pair(left: JoinScope, right: Member, name: tree.Name) -> tuple[Visible, Visible]:
    sides = []
    for side, members in (("left", left.find(name)), ("right", right.find(name))):
        if not members:
            columns = left.columns() if side == "left" else right.columns()
            hint = suggestion(name.text, [one.name for one in columns])
            raise refuse(f"The table on the {side} has no column {name.text}.", name.at, hint)
        if len(members) > 1:
            raise refuse(
                f"The column {name.text} is ambiguous on the {side}.",
                name.at,
                "Write JOIN … ON with the names of the tables.",
            )
        sides.append(members[0])
    return sides[0], sides[1]


def _equal(left: Visible, right: Visible, at: Place) -> bound.Condition:
    one, two = comparable(replace(left.value, at=at), replace(right.value, at=at), "=", at)
    return bound.Comparison("=", one, two, at=at)


def _merged(kind: str, left: Visible, right: Visible, at: Place) -> Visible:
    """The one column that a join by name shows."""
    if kind == "full":
        both = common((left.value.type, right.value.type))
        value = bound.Call(
            both or left.value.type, FUNCTIONS["COALESCE"], (left.value, right.value), at=at
        )
        return Visible(left.name, value)
    return right if kind == "right" else left


def _some(names: list[str]) -> str:
    if not names:
        return "There are no tables."
    shown = ", ".join(sorted(names)[:8])
    return f"There are {shown}{' and more' if len(names) > 8 else ''}."
