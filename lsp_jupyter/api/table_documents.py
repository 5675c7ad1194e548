"""Descriptions of tables as documents: VODataService 1.2 and DALI examples.

Built as trees, never as text. The library's models of tables are not used:
they escape texts twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.api.xml import FORBIDDEN

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Column, Schema, Table
    from lsp_jupyter.catalogs.release import ForeignKey

    Keys = Mapping[str, Sequence[ForeignKey]]

__all__ = ["examples_page", "table_document", "tableset_document"]

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
    tables = {
        table.full_name: table
        for full_name in schema.names()
        for table in schema.find(full_name.rpartition(".")[2], full_name.rpartition(".")[0])
    }
    root = Element("vosi:tableset", _NAMESPACES)
    ordered = sorted(tables.values(), key=lambda table: table.full_name)
    for name, group in groupby(ordered, key=lambda table: table.schema):
        parent = SubElement(root, "schema")
        _add(parent, "name", _spelled(name))
        _add(parent, "description", descriptions.get(name, ""))
        for table in group:
            element = SubElement(parent, "table")
            _describe(element, table)
            if with_columns:
                found = [key for key in keys.get(table.full_name, ()) if key.target in tables]
                _describe_columns(element, table, found)
    return _document(root)


def table_document(table: Table, keys: Sequence[ForeignKey]) -> bytes:
    """One ``table`` with its columns and foreign keys (VOSI 1.1 section 2.4)."""
    root = Element("vosi:table", _NAMESPACES)
    _describe(root, table)
    _describe_columns(root, table, keys)
    return _document(root)


def examples_page(examples: Sequence[tuple[str, str]]) -> bytes:
    """Queries to begin with, for people and clients (DALI 1.1 section 2.3.3).

    Parameters
    ----------
    examples : sequence of `tuple`
        Title and ADQL of each.
    """
    root = Element("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    _add(SubElement(root, "head"), "title", "Example queries")
    body = SubElement(root, "body")
    _add(body, "h1", "Example queries")
    page = SubElement(body, "div", {"vocab": "http://www.ivoa.net/rdf/examples#"})
    for number, (title, adql) in enumerate(examples, 1):
        name = f"example-{number}"
        item = SubElement(page, "div", {"id": name, "typeof": "example", "resource": f"#{name}"})
        _add(item, "h2", title).set("property", "name")
        _add(item, "pre", adql).set("property", "query")
    return _document(root)


def _describe(parent: Element, table: Table) -> None:
    _add(parent, "name", f"{_spelled(table.schema)}.{_spelled(table.name)}")
    _add(parent, "title", table.title)
    _add(parent, "description", table.description)
    _add(parent, "utype", table.utype)
    if table.rows is not None:
        _add(parent, "nrows", str(table.rows))


def _describe_columns(parent: Element, table: Table, keys: Sequence[ForeignKey]) -> None:
    for column in table.columns:
        _describe_column(SubElement(parent, "column"), column)
    for key in keys:
        element = SubElement(parent, "foreignKey")
        _add(element, "targetTable", key.target)
        for here, there in key.columns:
            pair = SubElement(element, "fkColumn")
            _add(pair, "fromColumn", _spelled(here))
            _add(pair, "targetColumn", _spelled(there))
        _add(element, "description", key.description)
        _add(element, "utype", key.utype)


def _describe_column(parent: Element, column: Column) -> None:
    if column.std:
        parent.set("std", "true")
    _add(parent, "name", _spelled(column.name))
    for name in ("description", "unit", "ucd", "utype"):
        _add(parent, name, getattr(column, name))
    kind = _add(parent, "dataType", column.datatype)
    kind.set("xsi:type", "vs:VOTableType")
    if column.arraysize:
        kind.set("arraysize", column.arraysize)
    if column.xtype:
        kind.set("extendedType", column.xtype)
    for flag in ("principal", "indexed", "std"):
        if getattr(column, flag):
            _add(parent, "flag", flag)


def _spelled(name: str) -> str:
    """A name as a query has to write it."""
    if _REGULAR.fullmatch(name) and name.upper() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _add(parent: Element, tag: str, text: str) -> Element:
    """Add an element with text; an empty text adds nothing to the document."""
    element = SubElement(parent, tag) if text else Element(tag)
    element.text = FORBIDDEN.sub("\ufffd", text)
    return element


def _document(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return document
