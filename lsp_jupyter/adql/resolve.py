"""Resolving queries: tables, joins, result columns, groups and order."""

from __future__ import annotations

from dataclasses import replace

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.coerce import comparable, orderable
from lsp_jupyter.adql.context import Context, Progress
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.grouping import check_grouped
from lsp_jupyter.adql.places import Place, nearest, refuse, suggestion
from lsp_jupyter.adql.schema import Column, Schema, Table
from lsp_jupyter.adql.scope import JoinScope, Member, Scope, TableScope, Visible
from lsp_jupyter.adql.types import Kind, common
from lsp_jupyter.adql.values import ValueResolver
from lsp_jupyter.adql.write import write

__all__ = ["resolve"]

_DESCRIPTION = 200
"""Characters of an expression kept as the description of its column."""


def resolve(query: tree.Query, schema: Schema) -> plan.Query:
    """Look up every name and find every type.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.tree.Query`
        The syntax tree.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables that may be named.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a name is unknown or ambiguous, or types do not go together.
    """
    return _Resolver(schema).query(query, None, 0)


class _Resolver(ValueResolver):
    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self.schema = schema
        self.sources = 0

    def query(self, node: tree.Query, outer: Scope | None, depth: int) -> plan.Query:
        select = node.body
        scope = Scope(outer=outer)
        sources: list[plan.Source] = []
        for reference in select.tables:
            source, member = self._source(reference, scope, depth)
            sources.append(source)
            scope.members.append(member)
        self._labels(scope)
        for item in select.items:
            if isinstance(item, tree.Item) and item.alias is not None:
                scope.aliases[item.alias.text.lower()] = item.alias
        context = Context(scope, depth, "WHERE", False, Progress())
        where = self.condition(select.where, context) if select.where is not None else None
        group = tuple(
            [self._group_key(key, context.at("GROUP BY", aggregates=False)) for key in select.group]
        )
        context = context.at("SELECT", aggregates=True)
        outputs = self._outputs(select, context)
        having = None
        if select.having is not None:
            having = self.condition(select.having, context.at("HAVING", aggregates=True))
        order = tuple([self._sort_key(key, outputs, select, context) for key in node.order])
        grouped = bool(group) or having is not None or context.progress.aggregated
        if grouped:
            for output in outputs:
                check_grouped(output.value, group, depth)
            if having is not None:
                check_grouped(having, group, depth)
            for key in order:
                if isinstance(key.key, bound.Value):
                    check_grouped(key.key, group, depth)
        return plan.Query(
            tuple(outputs),
            tuple(sources),
            distinct=select.distinct,
            where=where,
            group=group,
            having=having,
            order=order,
            offset=node.offset,
            top=select.top,
            grouped=grouped,
        )

    # -- result columns --------------------------------------------------------

    def _outputs(self, select: tree.Select, context: Context) -> list[plan.Output]:
        outputs: list[plan.Output] = []
        taken: set[str] = set()
        for item in select.items:
            if isinstance(item, tree.Star):
                for visible in context.scope.expand(item.qualifier, item.at):
                    value = replace(visible.value, at=item.at)
                    outputs.append(_output(value, visible.name, taken, ""))
                continue
            value = self.value(item.value, context)
            if value.type.kind in (Kind.POINT, Kind.CIRCLE):
                raise refuse(
                    f"{value.type.kind.value[2:].capitalize()}s cannot be columns of a result yet.",
                    item.value.at,
                    "Select the coordinates instead.",
                )
            if select.distinct:
                orderable(value, "SELECT DISTINCT")
            name = item.alias.text if item.alias is not None else _default_name(value)
            outputs.append(_output(value, name, taken, _describe(item.value, value)))
        return outputs

    def _group_key(self, node: tree.Value, context: Context) -> bound.Value:
        value = self.value(node, context)
        if isinstance(value, bound.Constant):
            raise refuse(
                "GROUP BY takes columns and expressions, not positions or constants.",
                node.at,
                "Write the column itself.",
            )
        orderable(value, "GROUP BY")
        return value

    def _sort_key(
        self,
        node: tree.SortKey,
        outputs: list[plan.Output],
        select: tree.Select,
        context: Context,
    ) -> plan.SortKey:
        if isinstance(node.key, int):
            if not 1 <= node.key <= len(outputs):
                count = f"{len(outputs)} column{'s' if len(outputs) != 1 else ''}"
                raise refuse(
                    f"There is no column number {node.key}.", node.at, f"The result has {count}."
                )
            orderable(replace(outputs[node.key - 1].value, at=node.at), "ORDER BY")
            return plan.SortKey(node.key, node.descending)
        if isinstance(node.key, tree.Column) and len(node.key.parts) == 1:
            # A name of the result comes before one of the tables (SQL-92 section 20.2).
            name = node.key.parts[0]
            named = [
                position
                for position, output in enumerate(outputs, 1)
                if name.matches(output.column.name)
            ]
            if named:
                orderable(replace(outputs[named[0] - 1].value, at=node.at), "ORDER BY")
                return plan.SortKey(named[0], node.descending)
        value = self.value(node.key, context.at("ORDER BY", aggregates=True))
        orderable(value, "ORDER BY")
        if isinstance(value, bound.Constant):
            raise refuse(
                "A constant does not sort anything.",
                node.at,
                "Name a column, or give the position of one from 1.",
            )
        for position, output in enumerate(outputs, 1):
            if output.value == value:
                return plan.SortKey(position, node.descending)
        if select.distinct:
            raise refuse(
                "With SELECT DISTINCT, only selected columns can be sorted by.",
                node.at,
                "Add it to the select list.",
            )
        return plan.SortKey(value, node.descending)

    # -- tables ----------------------------------------------------------------

    def _source(
        self, node: tree.TableReference, beside: Scope, depth: int
    ) -> tuple[plan.Source, Member]:
        if isinstance(node, tree.TableName):
            table = self._table(node)
            alias = self._alias()
            self.tables[alias] = table
            label = node.alias or node.parts[-1]
            plain = node.alias is None
            member = TableScope(alias, table.columns, depth, label, table, plain)
            return plan.TableSource(alias, table), member
        if isinstance(node, tree.DerivedTable):
            query = self.query(node.query, beside.outer, depth + 1)
            alias = self._alias()
            columns = tuple([output.column for output in query.outputs])
            return plan.QuerySource(alias, query), TableScope(alias, columns, depth, node.alias)
        return self._joined(node, beside, depth)

    def _alias(self) -> str:
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
        if found:
            choices = sorted(table.full_name for table in found)
            raise refuse(
                f"The table {text} is ambiguous.", node.at, f"Write {' or '.join(choices[:4])}."
            )
        known = list(self.schema.names())
        same = [full for full in known if full.lower().rpartition(".")[2] == name.text.lower()]
        hint = suggestion(text, known)
        if same:
            hint = f"Did you mean {' or '.join(sorted(same)[:4])}?"
        elif not hint:
            last = {full.rpartition(".")[2].lower(): full for full in known}
            close = [last[one] for one in nearest(name.text, last)]
            hint = f"Did you mean {' or '.join(close)}?" if close else _some(known)
        raise refuse(f"There is no table {text}.", node.at, hint)

    def _labels(self, scope: Scope) -> None:
        """Refuse two tables of one name."""
        seen: list[TableScope] = []
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
            seen.append(table)

    def _joined(self, node: tree.Joined, beside: Scope, depth: int) -> tuple[plan.Source, Member]:
        first, member = self._source(node.first, beside, depth)
        scope = JoinScope([member])
        joins: list[plan.Join] = []
        for join in node.joins:
            source, right = self._source(join.table, beside, depth)
            pairs = _natural(scope, right, join) if join.natural else _using(scope, right, join)
            scope.add(right)
            conditions: list[bound.Condition] = []
            for left_column, right_column in pairs:
                equal = _equal(left_column, right_column, join.at)
                conditions.append(equal)
                scope.merge(_merged(join.kind, left_column, right_column, join.at))
            if join.on is not None:
                inner = Scope([scope], beside.outer, beside=beside)
                self._labels(inner)
                context = Context(inner, depth, "ON", False, Progress())
                conditions.append(self.condition(join.on, context))
            on = None
            if conditions:
                on = conditions[0] if len(conditions) == 1 else bound.And(tuple(conditions))
            joins.append(plan.Join(join.kind, source, on))
        return plan.Joined(first, tuple(joins)), scope


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


def _default_name(value: bound.Value) -> str:
    match value:
        case bound.ColumnRef():
            return value.column.name
        case bound.Call():
            return value.function.name.lower()
        case bound.Aggregate():
            return value.function.lower()
        case bound.Contains():
            return "contains"
        case bound.Distance():
            return "distance"
        case bound.Cast(operand=bound.ColumnRef() as operand):
            return operand.column.name
        case _:
            return "expr"


def _describe(node: tree.Value, value: bound.Value) -> str:
    """What tells a computed column: its expression."""
    if isinstance(value, bound.ColumnRef | bound.Constant):
        return ""
    text = write(node)
    return text if len(text) <= _DESCRIPTION else text[:_DESCRIPTION] + "…"


def _output(value: bound.Value, name: str, taken: set[str], description: str) -> plan.Output:
    """A result column under a name that no other has, whatever their case."""
    unique, number = name, 1
    while unique.lower() in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique.lower())
    if isinstance(value, bound.ColumnRef):
        column = value.column
        return plan.Output(value, column if column.name == unique else replace(column, name=unique))
    kind = value.type
    return plan.Output(
        value,
        Column(
            unique,
            kind.datatype,
            kind.arraysize,
            kind.xtype,
            kind.unit,
            kind.ucd,
            description=description,
        ),
    )


def _some(names: list[str]) -> str:
    if not names:
        return "There are no tables."
    shown = ", ".join(sorted(names)[:8])
    return f"There are {shown}{' and more' if len(names) > 8 else ''}."
