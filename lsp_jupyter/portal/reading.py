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
from lsp_jupyter.portal.column_kinds import column_kind

__all__ = ["MisfitError", "read_form"]

#: Frames a region may be given in.
_FRAMES = ("GALACTIC", "ECLIPTIC")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


class MisfitError(Exception):
    """The query asks for something the form has no place for; the message says what."""


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

    def _region(self, part: Condition) -> tuple[str, Call] | None:
        """Frame and shape, if a condition is that the position is inside a shape."""
        if not isinstance(part, Comparison) or part.operator != "=":
            return None
        sides = (part.left, part.right)
        call = next((side for side in sides if isinstance(side, Call)), None)
        one = any(isinstance(side, Number) and side.value == 1 for side in sides)
        if call is None or not one or not _called(call, "CONTAINS"):
            return None
        if len(call.arguments) != 2:
            return None
        point, shape = call.arguments
        if not isinstance(point, Call) or not _called(point, "POINT"):
            raise MisfitError("It compares shapes.")
        position = self.source.table.position
        if tuple(self._column(value).name for value in _plain(point)) != position:
            raise MisfitError("It searches other positions than those of the table.")
        frame = "ICRS"
        if isinstance(shape, Call) and _called(shape, "ivo_geom_transform"):
            names = [each.value for each in shape.arguments if isinstance(each, Text)]
            if len(shape.arguments) != 3 or names[1:] != ["ICRS"] or names[0] not in _FRAMES:
                raise MisfitError("It searches in a coordinate system that the form has not.")
            frame, shape = names[0], shape.arguments[2]
        if not isinstance(shape, Call):
            raise MisfitError("It searches in a shape that is computed.")
        return frame, shape

    def _match(self, on: Condition, other: _Source) -> None:
        """A join by position."""
        region = self._region(on)
        if region is None or region[0] != "ICRS" or not _called(region[1], "CIRCLE"):
            raise MisfitError("It joins tables in another way than by position.")
        values = _plain(region[1])
        centre = [self._find(value, other) for value in values[:2]]
        lon, lat, radius = *centre, values[-1]
        if len(values) != 3 or not lon or not lat or not isinstance(radius, Number):
            raise MisfitError("It joins tables in another way than by position.")
        table = other.table
        self.sky = {
            "shape": "table",
            "radius": _number(radius),
            "targets": {
                "table": ".".join(_quoted(part) for part in (table.schema, table.name)),
                "lon": lon.name,
                "lat": lat.name,
            },
        }

    def _inside(self, regions: list[tuple[str, Call]]) -> None:
        """The position is in one of these."""
        if self.sky:
            raise MisfitError("It searches in several regions.")
        numbers: list[list[str]] = []
        for _, shape in regions:
            values = _plain(shape)
            if not all(isinstance(value, Number) for value in values):
                raise MisfitError("It searches in a shape that is computed.")
            numbers.append([_number(value) for value in values if isinstance(value, Number)])
        frames = {frame for frame, _ in regions}
        if len(frames) > 1:
            raise MisfitError("It searches in several coordinate systems.")
        sky: dict[str, Any] = {} if frames == {"ICRS"} else {"frame": frames.pop()}
        shape, first = regions[0][1], numbers[0]
        if all(_called(each, "CIRCLE") for _, each in regions) and all(
            len(each) == 3 and each[2] == first[2] for each in numbers
        ):
            centres = [f"{lon} {lat}" for lon, lat, _ in numbers]
            where = (
                {"shape": "list", "positions": "\n".join(centres)}
                if len(centres) > 1
                else {"shape": "cone", "centre": centres[0]}
            )
            sky |= where | {"radius": first[2]}
        elif len(regions) > 1:
            raise MisfitError("It searches in several regions.")
        elif _called(shape, "BOX") and len(first) == 4:
            centre = " ".join(first[:2])
            sky |= {"shape": "box", "centre": centre, "width": first[2], "height": first[3]}
        elif _called(shape, "POLYGON") and len(first) % 2 == 0 and len(first) >= 6:
            corners = [" ".join(first[i : i + 2]) for i in range(0, len(first), 2)]
            sky |= {"shape": "polygon", "positions": "\n".join(corners)}
        else:
            raise MisfitError("It searches in a shape that the form does not have.")
        self.sky = sky

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


def _called(call: Call, name: str) -> bool:
    return call.name.text.lower() == name.lower()


def _plain(call: Call) -> tuple[Value, ...]:
    """The arguments of a shape, without the coordinate system that ADQL 2.0 put before them."""
    values = call.arguments
    return values[1:] if values and isinstance(values[0], Text) else values


def _number(number: Number) -> str:
    return repr(number.value)


def _literal(value: Value, column: Column) -> str:
    """What stands in the control of a column."""
    text = column_kind(column) in ("text", "time")
    if isinstance(value, Text) and text:
        return value.value
    if isinstance(value, Number) and not text:
        return _number(value)
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
