"""Descriptions of tables as documents (VODataService 1.2).

Built as trees, never as text. The library's models of tables are not used:
they escape texts twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.api.xml import add, tree_document

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Column, Schema, Table
    from lsp_jupyter.catalogs.release import ForeignKey

    Keys = Mapping[str, Sequence[ForeignKey]]

__all__ = ["spelled", "table_document", "tableset", "tableset_document"]

_NAMESPACES = {
    "xmlns:vosi": "http://www.ivoa.net/xml/VOSITables/v1.0",
    "xmlns:vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_REGULAR = re.compile("[A-Za-z][A-Za-z0-9_]*")


def tableset_document(
    schema: Schema, descriptions: Mapping[str, str], keys: Keys, *, with_columns: bool
) -> bytes:
    """The ``tableset`` of everything a caller may query (VOSI 1.1 section 2.4).

    Parameters
    ----------
    schema : `~lsp_jupyter.adql.schema.Schema`
        The caller's tables.
    descriptions : mapping
        Of the schemas, where there is one.
    keys : mapping
        Foreign keys of tables, by full name.
    with_columns : `bool`
        Whether to describe columns and keys.
    """
    tables = [
        table
        for full_name in schema.names()
        for table in schema.find(full_name.rpartition(".")[2], full_name.rpartition(".")[0])
    ]
    root = Element("vosi:tableset", _NAMESPACES)
    tableset(root, tables, descriptions, keys, with_columns=with_columns)
    return tree_document(root)


def tableset(
    root: Element,
    tables: Iterable[Table],
    descriptions: Mapping[str, str],
    keys: Keys,
    *,
    with_columns: bool = True,
) -> None:
    """Fill an element of type ``vs:TableSet``.

    Parameters
    ----------
    root : `xml.etree.ElementTree.Element`
        The element; the prefixes ``vs`` and ``xsi`` are declared there or above.
    tables : iterable of `~lsp_jupyter.adql.schema.Table`
        What to describe. Foreign keys to other tables are left out.
    descriptions, keys, with_columns
        As for `tableset_document`.
    """
    named = {table.full_name: table for table in tables}
    ordered = sorted(named.values(), key=lambda table: table.full_name)
    for name, group in groupby(ordered, key=lambda table: table.schema):
        parent = SubElement(root, "schema")
        add(parent, "name", spelled(name))
        add(parent, "description", descriptions.get(name, ""))
        for table in group:
            element = SubElement(parent, "table")
            _describe(element, table)
            if with_columns:
                found = [key for key in keys.get(table.full_name, ()) if key.target in named]
                _describe_columns(element, table, found)


def table_document(table: Table, keys: Sequence[ForeignKey]) -> bytes:
    """One ``table`` with its columns and foreign keys (VOSI 1.1 section 2.4)."""
    root = Element("vosi:table", _NAMESPACES)
    _describe(root, table)
    _describe_columns(root, table, keys)
    return tree_document(root)


def _describe(parent: Element, table: Table) -> None:
    parent.set("type", "view" if table.kind == "view" else "table")
    add(parent, "name", f"{spelled(table.schema)}.{spelled(table.name)}")
    add(parent, "title", table.title)
    add(parent, "description", table.description)
    add(parent, "utype", table.utype)
    if table.rows is not None:
        add(parent, "nrows", str(table.rows))


def _describe_columns(parent: Element, table: Table, keys: Sequence[ForeignKey]) -> None:
    for column in table.columns:
        _describe_column(SubElement(parent, "column"), column)
    for key in keys:
        element = SubElement(parent, "foreignKey")
        add(element, "targetTable", key.target)
        for here, there in key.columns:
            pair = SubElement(element, "fkColumn")
            add(pair, "fromColumn", spelled(here))
            add(pair, "targetColumn", spelled(there))
        add(element, "description", key.description)
        add(element, "utype", key.utype)


def _describe_column(parent: Element, column: Column) -> None:
    if column.std:
        parent.set("std", "true")
    add(parent, "name", spelled(column.name))
    for name in ("description", "unit", "ucd", "utype"):
        add(parent, name, getattr(column, name))
    kind = add(parent, "dataType", column.datatype)
    kind.set("xsi:type", "vs:VOTableType")
    if column.arraysize:
        kind.set("arraysize", column.arraysize)
    if column.xtype:
        kind.set("extendedType", column.xtype)
    for flag in ("principal", "indexed", "std"):
        if getattr(column, flag):
            add(parent, "flag", flag)


def spelled(name: str) -> str:
    """A name as a query has to write it."""
    if _REGULAR.fullmatch(name) and name.upper() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'
