"""From the syntax tree of a query to the search form that would write it."""

from __future__ import annotations

from typing import Any, NamedTuple

from lsp_jupyter.adql.schema import Column, Schema, Table
from lsp_jupyter.adql.tree import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    InList,
    IsNull,
    Item,
    Joined,
    Like,
    Literals,
    Name,
    Number,
    Or,
    Query,
    Select,
    Star,
    TableName,
    TableReference,
    Text,
    Value,
)
from lsp_jupyter.adql.tree import Column as Reference
from lsp_jupyter.adql.words import is_plain
from lsp_jupyter.portal.column_kinds import column_kind, outline_of
from lsp_jupyter.portal.form_regions import (
    MisfitError,
    Region,
    called,
    form_of,
    framed,
    number_text,
    plain,
    told,
)

__all__ = ["MisfitError", "read_form"]

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


class _Source(NamedTuple):
    """A table of the query, and what its columns may be qualified with."""

    table: Table
    alias: Name | None


def read_form(query: Query, schema: Schema) -> dict[str, Any]:
    """The form of a query.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.tree.Query`
        The syntax tree.
    schema : `~lsp_jupyter.adql.schema.Schema`
        What the caller may query.

    Returns
    -------
    form : `dict`
        ``table``, ``columns``, ``sky``, ``constraints``, ``sort`` and ``limit`` as the front
        end has them; values are text, and parts of ``sky`` that say nothing are left out.

    Raises
    ------
    MisfitError
        Raised if the form could not write the query.
    """
    select = query.body
    if not isinstance(select, Select) or query.common or query.offset is not None:
        raise MisfitError("It combines several queries, or skips rows.")
    if select.distinct or select.group or select.having:
        raise MisfitError("It groups rows.")
    if len(select.tables) != 1:
        raise MisfitError("It reads several tables.")
    return _Reader(select.tables[0], schema).form(query, select)


class _Reader:
    """Reads one query."""

    def __init__(self, reference: TableReference, schema: Schema) -> None:
        self.schema = schema
        self.sky: dict[str, Any] = {}
        self.constraints: list[dict[str, str]] = []
        joined = isinstance(reference, Joined)
        first = reference.first if isinstance(reference, Joined) else reference
        self.source = self._table(first)
        if isinstance(reference, Joined):
            if len(reference.joins) != 1:
                raise MisfitError("It joins more than two tables.")
            step = reference.joins[0]
            other = self._table(step.table)
            if step.kind != "inner" or step.natural or step.on is None:
                raise MisfitError("It joins tables in another way than by position.")
            self._match(step.on, other)
        self.joined = joined

    def form(self, query: Query, select: Select) -> dict[str, Any]:
        """All of the form."""
        if select.where is not None:
            where = select.where
            for part in where.parts if isinstance(where, And) else (where,):
                self._condition(part)
        sort = None
        if len(query.order) > 1:
            raise MisfitError("It sorts by several columns.")
        for key in query.order:
            if not isinstance(key.key, Reference):
                raise MisfitError("It sorts by something else than a column.")
            sort = {"column": self._column(key.key).name, "descending": key.descending}
        return {
            "table": self.source.table.full_name,
            "columns": self._columns(select),
            "sky": self.sky,
            "constraints": self.constraints,
            "sort": sort,
            "limit": "" if select.top is None else str(select.top),
        }

    # -- tables and columns --------------------------------------------------

    def _table(self, reference: TableReference) -> _Source:
        if not isinstance(reference, TableName) or len(reference.parts) > 2:
            raise MisfitError("It reads another query.")
        *schema, name = reference.parts
        found = [
            table
            for table in self.schema.find(name.text, schema[0].text if schema else None)
            if name.matches(table.name) and all(part.matches(table.schema) for part in schema)
        ]
        if len(found) != 1:
            raise MisfitError(f"There is no table {name.text}.")
        return _Source(found[0], reference.alias)

    def _find(self, value: Value, source: _Source) -> Column | None:
        """The column of a table that a value is; `None` if it is something else."""
        if not isinstance(value, Reference):
            return None
        *qualifier, name = value.parts
        table, alias = source
        if alias is not None:
            own = [alias.text.lower()]
        else:
            own = [table.schema.lower(), table.name.lower()]
        said = [part.text.lower() for part in qualifier]
        if said and said != own[-len(said) :]:
            return None
        return next((one for one in table.columns if name.matches(one.name)), None)

    def _column(self, value: Value) -> Column:
        column = self._find(value, self.source)
        if column is None:
            raise MisfitError("It names something else than a column of the table.")
        return column

    def _columns(self, select: Select) -> list[str]:
        items = select.items
        if len(items) == 1 and isinstance(items[0], Star):
            if self.joined and not items[0].qualifier:
                raise MisfitError("It shows columns of two tables.")
            return []
        names: list[str] = []
        for item in items:
            if not isinstance(item, Item) or item.alias or not isinstance(item.value, Reference):
                raise MisfitError("It shows something else than columns.")
            names.append(self._column(item.value).name)
        if len(set(names)) != len(names):
            raise MisfitError("It shows a column twice.")
        return names

    # -- the sky ---------------------------------------------------------------

    def _region(self, part: Condition) -> Region | None:
        """What is asked for, if a condition is about the position or the outline."""
        if not isinstance(part, Comparison) or part.operator != "=":
            return None
        sides = (part.left, part.right)
        call = next((side for side in sides if isinstance(side, Call)), None)
        one = any(isinstance(side, Number) and side.value == 1 for side in sides)
        if call is None or not one or len(call.arguments) != 2:
            return None
        first, second = call.arguments
        if called(call, "INTERSECTS"):
            other = second if self._is_outline(first) else first
            if not self._is_outline(first if other is second else second):
                raise MisfitError("It compares shapes.")
            return Region(*framed(other), outline=True)
        if not called(call, "CONTAINS"):
            return None
        if self._is_outline(second):
            frame, shape = framed(first)
            if not called(shape, "POINT"):
                raise MisfitError("It searches outlines around all of a shape.")
            return Region(frame, shape, outline=True)
        if not isinstance(first, Call) or not called(first, "POINT"):
            raise MisfitError("It compares shapes.")
        position = self.source.table.position
        if tuple(self._column(value).name for value in plain(first)) != position:
            raise MisfitError("It searches other positions than those of the table.")
        return Region(*framed(second), outline=False)

    def _is_outline(self, value: Value) -> bool:
        column = self._find(value, self.source)
        return column is not None and column.name == outline_of(self.source.table)

    def _match(self, on: Condition, other: _Source) -> None:
        """A join by position."""
        misfit = MisfitError("It joins tables in another way than by position.")
        region = self._region(on)
        if region is None or region.frame != "ICRS":
            raise misfit
        values = plain(region.shape)
        if called(region.shape, "POINT") and len(values) == 2:
            radius = {}
        elif called(region.shape, "CIRCLE") and len(values) == 3 and isinstance(values[2], Number):
            radius = {"radius": number_text(values[2])}
        else:
            raise misfit
        lon, lat = (self._find(value, other) for value in values[:2])
        if not lon or not lat:
            raise misfit
        table = other.table
        self.sky = {
            "shape": "table",
            **radius,
            **told(region),
            "targets": {
                "table": ".".join(_quoted(part) for part in (table.schema, table.name)),
                "lon": lon.name,
                "lat": lat.name,
            },
        }

    def _inside(self, regions: list[Region]) -> None:
        """One of these is asked for."""
        if self.sky:
            raise MisfitError("It searches in several regions.")
        self.sky = form_of(regions)

    # -- conditions ------------------------------------------------------------

    def _condition(self, part: Condition) -> None:
        region = self._region(part)
        if region is not None:
            self._inside([region])
            return
        if isinstance(part, Or):
            regions = [self._region(each) for each in part.parts]
            found = [each for each in regions if each is not None]
            if len(found) != len(regions):
                raise MisfitError("It combines conditions with OR.")
            self._inside(found)
            return
        column, op, value, high = self._constraint(part)
        self.constraints.append({"column": column.name, "op": op, "value": value, "high": high})

    def _constraint(self, part: Condition) -> tuple[Column, str, str, str]:
        match part:
            case Comparison():
                return self._comparison(part)
            case Between(operand=operand, low=low, high=high, negated=False):
                column = self._column(operand)
                _require(column, "integer", "number", "time", "mjd")
                return column, "range", _literal(low, column), _literal(high, column)
            case InList(operand=operand, values=values, negated=negated):
                column = self._column(operand)
                _require(column, "integer", "text", *(() if negated else ("number",)))
                found = values.values if isinstance(values, Literals) else None
                if found is None:
                    raise MisfitError("It compares with something else than a list of values.")
                items = [_item(value) for value in found]
                return column, "not" if negated else "is", ", ".join(items), ""
            case Like(operand=operand, pattern=Text(value=pattern), negated=False) if (
                not part.insensitive
            ):
                column = self._column(operand)
                _require(column, "text")
                whole = pattern.startswith("%")
                inner = pattern[1:-1] if whole else pattern[:-1]
                if not pattern.endswith("%") or "%" in inner or not inner.strip():
                    raise MisfitError("It compares with a pattern that the form does not have.")
                return column, "contains" if whole else "starts", inner, ""
            case IsNull(operand=operand, negated=negated):
                return self._column(operand), "notnull" if negated else "null", "", ""
            case _:
                raise MisfitError("It has a condition that the form does not have.")

    def _comparison(self, part: Comparison) -> tuple[Column, str, str, str]:
        operator, left, right = part.operator, part.left, part.right
        if isinstance(left, Number | Text):
            operator, left, right = _FLIPPED[operator], right, left
        column = self._column(left)
        kind = column_kind(column)
        if kind == "boolean" and isinstance(right, Text) and operator == "=":
            # As services write it whose databases have a word for true.
            if right.value.lower() not in ("true", "false"):
                raise _odd(column)
            return column, "is", right.value.lower(), ""
        value = _literal(right, column)
        if kind == "boolean":
            if operator != "=" or value not in ("0", "1"):
                raise _odd(column)
            return column, "is", "true" if value == "1" else "false", ""
        if operator in ("=", "<>"):
            if kind in ("time", "mjd") and operator == "=":
                return column, "range", value, value
            _require(column, "integer", "text", *(("number",) if operator == "=" else ()))
            assert isinstance(right, Number | Text)
            return column, "is" if operator == "=" else "not", _item(right.value), ""
        _require(column, "integer", "number", "time", "mjd")
        if operator in ("<", ">"):
            return column, "below" if operator == "<" else "above", value, ""
        return (column, "range", value, "") if operator == ">=" else (column, "range", "", value)


def _require(column: Column, *kinds: str) -> None:
    if column_kind(column) not in kinds:
        raise _odd(column)


def _odd(column: Column) -> MisfitError:
    return MisfitError(f"It compares {column.name} in a way that the form does not have.")


def _literal(value: Value, column: Column) -> str:
    """What stands in the control of a column."""
    text = column_kind(column) in ("text", "time")
    if isinstance(value, Text) and text:
        return value.value
    if isinstance(value, Number) and not text:
        return number_text(value)
    raise MisfitError(f"It compares {column.name} with something else than a value.")


def _item(value: float | str) -> str:
    """A value in a list, in quotes where it must be."""
    if not isinstance(value, str):
        return repr(value)
    if value.strip() == value != "" and "\n" not in value:
        if value[0] not in "'\"" and "," not in value:
            return value
        if '"' not in value:
            return f'"{value}"'
    raise MisfitError("It compares with a text that the form cannot hold.")


def _quoted(name: str) -> str:
    """A name of a table as queries write it."""
    return name if is_plain(name) else '"' + name.replace('"', '""') + '"'
