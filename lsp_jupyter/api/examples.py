"""Queries to begin with, for people and clients (DALI 1.1 section 2.3).

The page is XHTML that people can read in a browser, and RDFa that clients read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from lsp_jupyter.adql import parse
from lsp_jupyter.adql.tree import TableName
from lsp_jupyter.api.table_documents import spelled
from lsp_jupyter.api.xml import add, tree_document
from lsp_jupyter.catalogs.release import Example, Release
from lsp_jupyter.errors import AdqlError

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Schema, Table

__all__ = ["examples_of", "examples_page", "tables_of"]

#: Examples of a release whose publisher gave none, and columns in each.
MOST = 5
COLUMNS = 8


def examples_of(releases: Iterable[Release]) -> list[Example]:
    """The queries to begin with: those of the publishers, or a first look at the tables.

    Parameters
    ----------
    releases : iterable of `~lsp_jupyter.catalogs.release.Release`
        What the caller may read.
    """
    return [
        example
        for release in releases
        for example in release.examples or map(_first_look, release.tables[:MOST])
    ]


def _first_look(table: Table) -> Example:
    names = [column.name for column in table.columns if column.principal]
    names = (names or [column.name for column in table.columns])[:COLUMNS]
    columns = ", ".join(map(spelled, names))
    source = f"{spelled(table.schema)}.{spelled(table.name)}"
    return Example(
        f"First rows of {table.title or table.full_name}",
        f"SELECT TOP 10 {columns}\nFROM {source}",
        table.description,
    )


def tables_of(adql: str, schema: Schema) -> list[str]:
    """The tables a query reads, each once, as a query writes them.

    Parameters
    ----------
    adql : `str`
        The query.
    schema : `~lsp_jupyter.adql.schema.Schema`
        Where they are looked up; names that it does not know are left out.
    """
    try:
        names = list(_table_names(parse(adql)))
    except AdqlError:
        return []
    found = []
    for name in names:
        parts = [part.text for part in name.parts]
        tables = schema.find(parts[-1], parts[-2] if len(parts) > 1 else None)
        found += [f"{spelled(table.schema)}.{spelled(table.name)}" for table in tables[:1]]
    return list(dict.fromkeys(found))


def _table_names(node: object) -> Iterator[TableName]:
    if isinstance(node, TableName):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _table_names(each)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _table_names(getattr(node, field.name))


def examples_page(examples: Sequence[Example], schema: Schema) -> bytes:
    """The examples as a document (DALI 1.1 section 2.3.3, TAP 1.1 section 2.8).

    Parameters
    ----------
    examples : sequence of `~lsp_jupyter.catalogs.release.Example`
        What to show.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The caller's tables, to name those that each query reads.
    """
    root = Element("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    add(SubElement(root, "head"), "title", "Example queries")
    body = SubElement(root, "body")
    add(body, "h1", "Example queries")
    page = SubElement(body, "div", {"vocab": "http://www.ivoa.net/rdf/examples#"})
    for number, example in enumerate(examples, 1):
        name = f"example-{number}"
        item = SubElement(page, "div", {"id": name, "typeof": "example", "resource": f"#{name}"})
        add(item, "h2", example.title).set("property", "name")
        add(item, "p", example.description)
        for table in tables_of(example.adql, schema):
            line = SubElement(item, "p")
            line.text = "Table: "
            add(line, "code", table).set("property", "table")
        add(item, "pre", example.adql).set("property", "query")
        _parameter(item, "LANG", "ADQL")
    return tree_document(root)


def _parameter(parent: Element, key: str, value: str) -> None:
    """A parameter to send along (DALI 1.1 section 2.3.3)."""
    line = SubElement(parent, "p", {"property": "generic-parameter", "typeof": "keyval"})
    add(line, "span", key).set("property", "key")
    line[0].tail = " = "
    add(line, "span", value).set("property", "value")
