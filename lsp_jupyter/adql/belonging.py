"""Which columns of a result belong together, as they did in the tables they come from."""

from __future__ import annotations

from dataclasses import replace

from lsp_jupyter.adql import bound
from lsp_jupyter.adql.plan import (
    CommonSource,
    CommonTable,
    Query,
    QuerySource,
    TableSource,
    joined_sources,
)
from lsp_jupyter.adql.schema import ColumnGroup, Table

__all__ = ["result_groups", "result_origins"]

#: The aliases that lead to a table, the table, and the name of a column there.
_Origin = tuple[tuple[str, ...], Table, str]

#: Types of columns that may tell rows apart.
_IDENTIFYING = frozenset({"short", "int", "long", "char", "unicodeChar"})


def result_groups(query: Query) -> tuple[ColumnGroup, ...]:
    """The groups of the tables of which a result has two columns at least.

    Columns are followed through derived and common tables, as long as they are
    unchanged.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        A whole query.

    Returns
    -------
    groups : `tuple` of `~lsp_jupyter.adql.schema.ColumnGroup`
        With the names the columns have in the result; a name that is taken
        gets a number.
    """
    tables: dict[tuple[str, ...], Table] = {}
    names: dict[tuple[str, ...], dict[str, str]] = {}
    for output in query.outputs:
        origin = _origin(output.value, query, query.common)
        if origin is not None:
            path, table, name = origin
            tables[path] = table
            names.setdefault(path, {}).setdefault(name, output.column.name)
    found: dict[str, ColumnGroup] = {}
    for path, table in tables.items():
        for group in table.groups:
            members = tuple(
                (names[path][name], role) for name, role in group.members if name in names[path]
            )
            if len(members) > 1:
                unique, number = group.name, 1
                while unique in found:
                    number += 1
                    unique = f"{group.name}_{number}"
                found[unique] = replace(group, name=unique, members=members)
    return tuple(found.values())


def result_origins(query: Query) -> dict[str, tuple[str, str]]:
    """Where the columns of a result come from that may tell rows of a published table apart.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        A whole query.

    Returns
    -------
    origins : `dict`
        The name of a table, ``schema.name``, and of a column there, by the name that it has in
        the result. Columns that were changed, and those of numbers with fractions, are missing.
    """
    found = {}
    for output in query.outputs:
        if output.column.datatype in _IDENTIFYING:
            origin = _origin(output.value, query, query.common)
            if origin is not None and origin[1].kind in ("table", "view"):
                found[output.column.name] = (origin[1].full_name, origin[2])
    return found


def _origin(value: bound.Value, query: Query, common: tuple[CommonTable, ...]) -> _Origin | None:
    path: list[str] = []
    while isinstance(value, bound.ColumnRef):
        source = next(
            (
                one
                for each in query.sources
                for one in joined_sources(each)
                if getattr(one, "alias", None) == value.source
            ),
            None,
        )
        path.append(value.source)
        if isinstance(source, TableSource):
            return tuple(path), source.table, value.name
        if isinstance(source, QuerySource):
            query = source.query
        elif isinstance(source, CommonSource):
            query = next(one.query for one in common if one.name == source.name)
        else:
            return None
        # Their columns are called c1, c2 …
        value = query.outputs[int(value.name[1:]) - 1].value
    return None
