"""A view of a result as SQL, for what is computed over its rows.

The engine sees a result as the table ``shown`` (see
`lsp_jupyter.engines.duckdb_results`): its columns are x1, x2 …, the number of each row is ``r``,
and each subset is a truth value s1, s2 … A `Relation` is a derived table ``t`` over it: ``r``,
and columns c1, c2 … in which missing is NULL and never NaN; those behind the last of the result
are the computed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lsp_jupyter.adql.formulas import ALIAS, Formula, Formulas
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.engines.duckdb_types import arrow_type
from lsp_jupyter.errors import ParameterError

from .subset_words import subset_names, subset_sql
from .view import Filter, View

__all__ = ["PLACE", "TABLE", "Relation", "SubsetFile", "column_of", "text_literal"]

#: The name of the result in SQL.
TABLE = "shown"
#: The place of a row among those to which the result was reduced.
PLACE = "p"

#: Gives the file of the rows of a result's subset: pairs of little-endian 64-bit numbers, the
#: first row and the row after the last of each range. It is another file, or changed later, if
#: the subset changes.
SubsetFile = Callable[[str, str], Path]

_COMPARISONS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
#: What a field's metadata says of a column, by the names of `Column`.
_WORDS = ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")


class Relation:
    """A view of one result.

    Building it may take milliseconds: do so in a thread.

    Parameters
    ----------
    view : `View`
        What to show.
    schema : `pyarrow.Schema`
        The columns of the result.
    subset : callable, optional
        Gives the `~pathlib.Path` of the rows of a subset by its name.

    Attributes
    ----------
    view : `View`
        With its values in the types of the columns.
    columns : `tuple` of `~lsp_jupyter.adql.schema.Column`
        Those of the result, then the computed ones; c1, c2 … in SQL.
    schema : `pyarrow.Schema`
        The same for Arrow.
    stored : `int`
        How many of them the result has itself.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if the view does not fit the result; an
        `~lsp_jupyter.errors.AdqlError` tells the place in the expression.
    """

    def __init__(
        self,
        view: View,
        schema: pa.Schema,
        subset: Callable[[str], Path] | None = None,
    ) -> None:
        self.stored = len(schema)
        self._formulas = Formulas([column_of(field) for field in schema])
        self._computed: list[Formula] = []
        taken = {name.lower() for name in schema.names}
        for one in view.derived:
            if one.name.lower() in taken:
                raise ParameterError(
                    f"There is a column '{one.name}' already.",
                    parameter="view",
                    hint="Give the computed column a name of its own.",
                )
            taken.add(one.name.lower())
            formula = self._formulas.value(one.text)
            column = replace(formula.column, name=one.name)
            if one.unit is not None:
                column = replace(column, unit=one.unit)
            self._computed.append(formula)
            self._formulas |= column
            schema = schema.append(field_of(column))
        self.columns = self._formulas.columns
        self.schema = schema
        self.view = view.resolve(schema)
        self._where = [self._formulas.condition(text) for text in view.where]
        self._subsets: dict[str, Path] = {}
        if view.subset:
            if subset is None:
                raise ParameterError("This result has no subsets.", parameter="subset")
            self._subsets = {name: subset(name) for name in subset_names(view.subset)}

    def __getitem__(self, name: str) -> int:
        """The position of a column from 0.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if there is none of that name.
        """
        position: int = self.schema.get_field_index(name)
        if position < 0:
            names = self.schema.names
            raise ParameterError(
                f"The table has no column '{name[:80]}'.",
                hint="It has: " + ", ".join(names[:20]) + ("…" if len(names) > 20 else "."),
            )
        return position

    def value(self, text: str) -> Formula:
        """A value expression over its columns, for `select`."""
        return self._formulas.value(text)

    def condition(self, text: str) -> Formula:
        """A condition over its columns, for `select`."""
        return self._formulas.condition(text)

    def plain(self, position: int) -> Formula:
        """A column as the expression that it is."""
        column = self.columns[position]
        return Formula(column.name, f'"{ALIAS}"."c{position + 1}"', (position,), column)

    @property
    def masks(self) -> list[str]:
        """The files of its subsets, for the engine."""
        return [str(path) for path in self._subsets.values()]

    def unfiltered(self) -> Relation:
        """The same columns of all rows, in the order of the result."""
        other = copy(self)
        other.view = replace(self.view, sort=(), filters=(), where=(), subset="")
        other._where, other._subsets = [], {}
        return other

    def key(self, formulas: Iterable[Formula] = ()) -> str:
        """A name of its rows and their order, which can be part of a file name.

        Parameters
        ----------
        formulas : iterable of `Formula`
            What else it is a name of: the computed columns that these are made of.
        """
        # A column that neither sorts nor filters changes no order.
        needed = self._needed(formulas)
        view = replace(
            self.view,
            derived=tuple(
                one
                for position, one in enumerate(self.view.derived, self.stored)
                if position in needed
            ),
        )
        marks = []
        for name, path in self._subsets.items():
            try:
                stat = path.stat()
            except FileNotFoundError:
                raise ParameterError(
                    f"There is no subset '{name}' any more.", parameter="subset"
                ) from None
            marks.append(f"{path.name}:{stat.st_mtime_ns}:{stat.st_size}")
        if marks:
            view = replace(view, subset=" ".join([view.subset, *marks]))
        return view.key()

    def _needed(self, formulas: Iterable[Formula]) -> set[int]:
        """The positions of the columns that the view and some expressions are made of."""
        needed = {position for one in (*formulas, *self._where) for position in one.used}
        needed |= {self[item.column] for item in self.view.filters}
        needed |= {self[name] for name, _ in self.view.sort}
        for position in range(len(self.columns) - 1, self.stored - 1, -1):
            if position in needed:
                needed.update(self._computed[position - self.stored].used)
        return needed

    def source(
        self,
        formulas: Iterable[Formula] = (),
        *,
        raw: Sequence[int] = (),
        reduced: bool = False,
    ) -> str:
        """The rows of the view, unsorted, as what can stand after FROM.

        Parameters
        ----------
        formulas : iterable of `Formula`
            What is to be computed of it; other columns may be missing in it.
        raw : sequence of `int`
            Positions of columns of the result that are wanted as they are stored, as x1, x2 …
        reduced : `bool`
            Whether the engine has some rows only, with their places.

        Returns
        -------
        sql : `str`
            A derived table with the alias ``t``, or with a WHERE behind it: nothing but GROUP BY,
            ORDER BY, LIMIT may follow.
        """
        needed = self._needed(formulas)
        inner = ["r", *(f"s{number}" for number in range(1, len(self._subsets) + 1))]
        inner += [f"x{position + 1}" for position in dict.fromkeys(raw)]
        first = [*inner, PLACE] if reduced else [*inner]
        for position in sorted(one for one in needed if one < self.stored):
            name = f"x{position + 1}"
            if pa.types.is_floating(self.schema.field(position).type):
                name = f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
            first.append(f"{name} AS c{position + 1}")
        sql = f"(SELECT {', '.join(first)} FROM {TABLE}) AS {ALIAS}"  # noqa: S608
        for position in sorted(one for one in needed if one >= self.stored):
            computed = self._computed[position - self.stored].sql
            sql = f"(SELECT *, {computed} AS c{position + 1} FROM {sql}) AS {ALIAS}"  # noqa: S608
        tests = [_condition(item, self, self[item.column]) for item in self.view.filters]
        tests += [f"({one.sql})" for one in self._where]
        if self.view.subset:
            numbers = {name: f"s{number}" for number, name in enumerate(self._subsets, 1)}
            tests.append(subset_sql(self.view.subset, numbers.__getitem__))
        return f"{sql} WHERE {' AND '.join(tests)}" if tests else sql

    def rows(self, formulas: Iterable[Formula] = (), *, raw: Sequence[int] = ()) -> str:
        """The same as `source`, as one derived table that anything may follow."""
        return f"(SELECT * FROM {self.source(formulas, raw=raw)}) AS {ALIAS}"  # noqa: S608

    def order_by(self) -> str:
        """The sort order, to follow `source` or `rows`."""
        keys = [
            f"c{self[name] + 1} {'DESC' if way == 'desc' else 'ASC'} NULLS LAST"
            for name, way in self.view.sort
        ]
        return f"ORDER BY {', '.join([*keys, 'r'])}"

    def order_sql(self) -> str:
        """The statement that gives the rows of the view in order."""
        return f"SELECT r FROM {self.source()} {self.order_by()}"  # noqa: S608

    def results(self, path: Path, rows: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """How the engine finds the result.

        Parameters
        ----------
        path : `~pathlib.Path`
            The finished file of the result.
        rows : sequence of `int`, optional
            Rows to which it is reduced; their places in this sequence are `PLACE` then.
        """
        item: dict[str, Any] = {"alias": TABLE, "path": str(path), "masks": self.masks}
        if rows is not None:
            item["rows"] = list(rows)
        return [item]


def column_of(field: pa.Field) -> Column:
    """The column that a field with the metadata of a result describes."""
    told = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    return Column(field.name, **{"datatype": "char", **{k: told[k] for k in _WORDS if k in told}})


def field_of(column: Column) -> pa.Field:
    """The field of a computed column."""
    notes = column.metadata()
    return pa.field(column.name, arrow_type(notes), metadata=notes)


def text_literal(value: str) -> str:
    """A text in SQL, which cannot be written with a character zero in it."""
    quoted = value.replace("'", "''").split("\0")
    return "(" + " || chr(0) || ".join(f"'{part}'" for part in quoted) + ")"


def _condition(item: Filter, relation: Relation, position: int) -> str:
    column, op, value = f"c{position + 1}", item.op, item.value
    kind = relation.schema.field(position).type

    def bind(given: Any) -> str:
        return _literal(given, kind)

    if op == "isnull":
        return f"{column} IS NULL"
    if op == "notnull":
        return f"{column} IS NOT NULL"
    if op in ("contains", "startswith"):
        function = "contains" if op == "contains" else "starts_with"
        return f"{function}(lower({column}), lower({bind(value)}))"
    if op == "in":
        return f"{column} IN ({', '.join([bind(v) for v in value] or ['NULL'])})"
    if op == "between":
        return f"{column} BETWEEN {bind(value[0])} AND {bind(value[1])}"
    return f"{column} {_COMPARISONS[op]} {bind(value)}"


def _literal(value: Any, kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return f"CAST('{datetime.fromisoformat(value).isoformat()}' AS TIMESTAMP)"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return text_literal(value)
    if pa.types.is_floating(kind):
        return f"CAST('{value!r}' AS {'FLOAT' if pa.types.is_float32(kind) else 'DOUBLE'})"
    if isinstance(value, float):
        # An integer column compared with a double would lose digits above 2**53.
        if value.is_integer() and abs(value) < 1e18:
            return str(int(value))
        return f"CAST('{value!r}' AS DOUBLE)" if "e" in repr(value) else repr(value)
    return str(value)
