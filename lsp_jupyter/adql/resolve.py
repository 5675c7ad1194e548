"""Resolving queries: result columns, conditions, groups, order, and combined queries."""

from __future__ import annotations

from dataclasses import replace

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.coerce import orderable
from lsp_jupyter.adql.context import Context, Progress
from lsp_jupyter.adql.grouping import check_grouped
from lsp_jupyter.adql.outputs import default_name, describe, result_column
from lsp_jupyter.adql.places import refuse, suggestion
from lsp_jupyter.adql.schema import Column, Schema
from lsp_jupyter.adql.scope import Scope, TableScope
from lsp_jupyter.adql.sources import SourceResolver
from lsp_jupyter.adql.types import NULL, Type, common, type_of

__all__ = ["Resolver", "resolve"]

_COMBINED = "ORDER BY after combined queries"


def resolve(query: tree.Query, schema: Schema, *, strict: bool = False) -> plan.Query:
    """Look up every name and find every type.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.tree.Query`
        The syntax tree.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables that may be named.
    strict : `bool`
        Whether to refuse booleans that are compared with 0 and 1.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a name is unknown or ambiguous, or types do not go together. It carries the
        ``others`` that were found.
    """
    resolver = Resolver(schema, strict=strict)
    found = resolver.attempt(resolver.whole, query)
    resolver.report.settle()
    assert found is not None
    return found


class Resolver(SourceResolver):
    """Resolves queries, and the expressions in them."""

    def whole(self, node: tree.Query) -> plan.Query:
        """A whole query, with the queries after WITH."""
        if not node.common:
            return self.query(node, None, 0)
        self.later = [one.name for one in node.common]
        tables: list[plan.CommonTable] = []
        for one in node.common:
            for other, _, _ in self.common:
                if one.name.text.lower() == other.text.lower():
                    raise refuse(
                        f"Two queries after WITH have the name {one.name.text}.",
                        one.name.at,
                        "Give each a name of its own.",
                    )
            query = self.attempt(self.query, one.query, None, 1)
            self.later.remove(one.name)
            if query is None:
                self.broken.append(one.name)
                continue
            name = f"w{len(tables) + 1}"
            columns = tuple([column.column for column in query.outputs])
            self.common.append((one.name, name, columns))
            if query.carried is not None:
                self.carried[name] = query.carried.position
            tables.append(plan.CommonTable(name, query))
        found = self.attempt(self.query, node, None, 0)
        if found is None or self.report.errors:
            raise self.report.error()
        return replace(found, common=tuple(tables))

    def query(self, node: tree.Query, outer: Scope | None, depth: int) -> plan.Query:
        """A query without those after WITH."""
        before = len(self.report.errors)
        if isinstance(node.body, tree.Combined):
            found = self._combined(node, node.body, outer, depth)
        else:
            found = self._select(node, node.body, outer, depth)
        if len(self.report.errors) > before:
            raise self.report.error()
        return found

    # -- SELECT ----------------------------------------------------------------

    def _select(
        self, node: tree.Query, select: tree.Select, outer: Scope | None, depth: int
    ) -> plan.Query:
        before = len(self.report.errors)
        scope = Scope(outer=outer)
        sources: list[plan.Source] = []
        for reference in select.tables:
            found = self.attempt(self.source, reference, scope, depth)
            if found is not None:
                sources.append(found[0])
                scope.members.append(found[1])
        if len(sources) < len(select.tables):
            raise self.report.error()  # What has no table would not find its columns.
        self.labels(scope)
        for item in select.items:
            if isinstance(item, tree.Item) and item.alias is not None:
                scope.aliases[item.alias.text.lower()] = item.alias
        context = Context(scope, depth, "WHERE", False, Progress())
        where = having = None
        if select.where is not None:
            where = self.attempt(self.condition, select.where, context)
        inside = context.at("GROUP BY", aggregates=False)
        keys = [self.attempt(self._group_key, key, inside) for key in select.group]
        group = tuple([key for key in keys if key is not None])
        context = context.at("SELECT", aggregates=True)
        outputs = self._outputs(select, context)
        if select.having is not None:
            inside = context.at("HAVING", aggregates=True)
            having = self.attempt(self.condition, select.having, inside)
        order = self._order(node, outputs, context, distinct=select.distinct)
        query = plan.Query(
            tuple(outputs),
            tuple(sources),
            distinct=select.distinct,
            where=where,
            group=group,
            having=having,
            order=order,
            offset=node.offset,
            top=select.top,
            grouped=bool(group) or having is not None or context.progress.aggregated,
        )
        if not query.grouped and not query.distinct:
            return replace(query, carried=self._carried(outputs, scope))
        if query.grouped and len(self.report.errors) == before:
            self._check_grouped(query, depth)
        return query

    def _outputs(self, select: tree.Select, context: Context) -> list[plan.Output]:
        outputs: list[plan.Output] = []
        taken: set[str] = set()
        for item in select.items:
            if isinstance(item, tree.Star):
                visible = self.attempt(context.scope.expand, item.qualifier, item.at)
                outputs += [
                    result_column(replace(one.value, at=item.at), one.name, taken, "")
                    for one in visible or ()
                ]
                continue
            value = self.attempt(self._output, item.value, context, select.distinct)
            if value is None:
                value = bound.Constant(NULL, None, at=item.at)  # ORDER BY may name it.
            name = item.alias.text if item.alias is not None else default_name(item.value, value)
            outputs.append(result_column(value, name, taken, describe(item.value, value)))
        return outputs

    def _output(self, node: tree.Value, context: Context, distinct: bool) -> bound.Value:
        value = self.value(node, context)
        if distinct:
            orderable(value, "SELECT DISTINCT")
        return value

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

    def _carried(self, outputs: list[plan.Output], scope: Scope) -> plan.Carried | None:
        """The position of a table that is among the columns of the result."""
        named = {
            (one.value.source, one.value.name): f"c{number}"
            for number, one in enumerate(outputs, 1)
            if isinstance(one.value, bound.ColumnRef)
        }
        for member in scope.tables():
            table = self.tables.get(member.source)
            if table is not None and table.position is not None:
                longitude, latitude = (named.get((member.source, one)) for one in table.position)
                if longitude and latitude:
                    return plan.Carried(member.source, (longitude, latitude))
        return None

    def _check_grouped(self, query: plan.Query, depth: int) -> None:
        """Refuse what has more than one value in a group."""
        values: list[bound.Expression] = [one.value for one in query.outputs]
        if query.having is not None:
            values.append(query.having)
        values += [key.key for key in query.order if isinstance(key.key, bound.Value)]
        for value in values:
            self.attempt(check_grouped, value, query.group, depth)

    # -- ORDER BY --------------------------------------------------------------

    def _order(
        self, node: tree.Query, outputs: list[plan.Output], context: Context, *, distinct: bool
    ) -> tuple[plan.SortKey, ...]:
        keys = [self.attempt(self._sort_key, key, outputs, context, distinct) for key in node.order]
        return tuple([key for key in keys if key is not None])

    def _sort_key(
        self, node: tree.SortKey, outputs: list[plan.Output], context: Context, distinct: bool
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
        if isinstance(node.key, tree.Column) and context.clause == _COMBINED:
            name = node.key.parts[-1]
            raise refuse(
                "After combined queries, ORDER BY names columns of the result.",
                node.at,
                f"Write {name.text} alone."
                if any(name.matches(one.column.name) for one in outputs)
                else suggestion(name.text, [one.column.name for one in outputs])
                or f"There are {', '.join(one.column.name for one in outputs[:8])}.",
            )
        value = self.value(node.key, context.at("ORDER BY", aggregates=context.clause != _COMBINED))
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
        if distinct:
            raise refuse(
                "With SELECT DISTINCT, only selected columns can be sorted by.",
                node.at,
                "Add it to the select list.",
            )
        return plan.SortKey(value, node.descending)

    # -- UNION, EXCEPT, INTERSECT ----------------------------------------------

    def _combined(
        self, node: tree.Query, body: tree.Combined, outer: Scope | None, depth: int
    ) -> plan.Query:
        operands = [body.first, *(operand for _, _, operand in body.rest)]
        found = [self.attempt(self._part, operand, outer, depth + 1) for operand in operands]
        queries = [query for query in found if query is not None]
        if len(queries) < len(operands):
            raise self.report.error()
        words = ["", *(word for word, _, _ in body.rest)]
        first = queries[0]
        for query, operand, word in zip(queries[1:], operands[1:], words[1:], strict=True):
            if len(query.outputs) != len(first.outputs):
                raise refuse(
                    f"{word} joins queries of as many columns: the first has "
                    f"{len(first.outputs)}, this one {len(query.outputs)}.",
                    operand.at,
                    "Select the same columns in each; NULL can stand for one that is missing.",
                )
        columns: list[Column] = []
        for position, output in enumerate(first.outputs):
            values = [query.outputs[position].value for query in queries]
            kind = self.attempt(_common, values, words, output.column.name)
            kind = kind or output.value.type
            if any(not every for _, every, _ in body.rest):
                self.attempt(orderable, output.value, words[-1])
            columns.append(
                replace(
                    output.column,
                    datatype=kind.datatype,
                    arraysize=kind.arraysize,
                    xtype=kind.xtype,
                )
            )
        parts = [_converted(query, columns) for query in queries]
        alias = self.alias()
        rest = tuple(
            [
                (word, every, part)
                for (word, every, _), part in zip(body.rest, parts[1:], strict=True)
            ]
        )
        label = tree.Name("", at=body.at)
        table = TableScope(alias, tuple(columns), depth, label)
        outputs = [
            plan.Output(replace(one.value, at=output.value.at), column)
            for one, column, output in zip(table.columns(), columns, first.outputs, strict=True)
        ]
        context = Context(Scope([table], outer), depth, _COMBINED, False, Progress())
        order = self._order(node, outputs, context, distinct=False)
        return plan.Query(
            tuple(outputs),
            (plan.SetSource(alias, parts[0], rest),),
            order=order,
            offset=node.offset,
        )

    def _part(self, node: tree.Operand, outer: Scope | None, depth: int) -> plan.Query:
        query = node if isinstance(node, tree.Query) else tree.Query(node, at=node.at)
        return self.query(query, outer, depth)


def _common(values: list[bound.Value], words: list[str], name: str) -> Type:
    """The type of a column of combined queries."""
    so_far = values[0].type
    for value, word in zip(values[1:], words[1:], strict=True):
        joint = common((so_far, value.type))
        if joint is None:
            raise refuse(
                f"{word} joins columns of one type: {name} is {so_far.kind.value}, "
                f"this is {value.type.kind.value}.",
                value.at,
                "Use CAST to make them of one type.",
            )
        so_far = joint
    return so_far


def _converted(query: plan.Query, columns: list[Column]) -> plan.Query:
    """A query whose numbers have the types of these columns."""
    outputs = [
        replace(output, value=bound.Cast(type_of(column).plain(), output.value))
        if output.value.type.datatype != column.datatype
        and (output.value.type.numeric and type_of(column).numeric)
        else output
        for output, column in zip(query.outputs, columns, strict=True)
    ]
    return replace(query, outputs=tuple(outputs))
