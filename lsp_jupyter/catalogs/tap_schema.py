"""TAP_SCHEMA: the catalogue as tables that can be queried (TAP 1.1 section 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from lsp_jupyter.adql.schema import Column, ColumnGroup
from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.release import Example, ForeignKey, Release, TableSpec

__all__ = ["RELEASE", "TABLES", "contents"]

SCHEMA = "tap_schema"

RELEASE = Release(
    name=SCHEMA,
    title="TAP_SCHEMA",
    description="What can be queried here: schemas, tables, columns and keys, as tables.",
    version="1.1",
    examples=(
        Example(
            "Which tables there are",
            "SELECT table_name, description\nFROM tap_schema.tables\nORDER BY table_index",
        ),
        Example(
            "Find columns by what they mean",
            "SELECT table_name, column_name, unit, description\n"
            "FROM tap_schema.columns\n"
            "WHERE ucd LIKE 'phot.mag%'\n"
            "ORDER BY table_name, column_index",
            "UCDs say what a column holds, whatever its name.",
        ),
    ),
)


def _text(name: str, description: str, *, principal: bool = True) -> Column:
    return Column(name, "char", "*", description=description, principal=principal, std=True)


def _integer(name: str, description: str, *, principal: bool = True) -> Column:
    return Column(name, "int", description=description, principal=principal, std=True)


_SCHEMA_NAME = _text("schema_name", "Schema name, possibly qualified")
_TABLE_NAME = _text("table_name", "Table name as it is written in a query")

TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        SCHEMA,
        "schemas",
        (
            _SCHEMA_NAME,
            _text("utype", "Link to a data model concept", principal=False),
            _text("description", "What the schema holds"),
            _integer("schema_index", "Recommended order of schemas", principal=False),
        ),
        title="Schemas",
        description="The schemas that can be queried",
    ),
    TableSpec(
        SCHEMA,
        "tables",
        (
            _SCHEMA_NAME,
            _TABLE_NAME,
            _text("table_type", "One of: table, view"),
            _text("utype", "Link to a data model concept", principal=False),
            _text("description", "What the table holds"),
            _integer("table_index", "Recommended order of tables", principal=False),
        ),
        title="Tables",
        description="The tables that can be queried",
        keys=(ForeignKey("tap_schema.schemas", (("schema_name", "schema_name"),)),),
    ),
    TableSpec(
        SCHEMA,
        "columns",
        (
            _TABLE_NAME,
            _text("column_name", "Column name as it is written in a query"),
            _text("datatype", "VOTable datatype"),
            _text("arraysize", "VOTable arraysize"),
            _text("xtype", "DALI extended type"),
            _integer("size", "Deprecated: use arraysize", principal=False),
            _text("description", "What the column holds"),
            _text("utype", "Link to a data model concept", principal=False),
            _text("unit", "Unit in VOUnits"),
            _text("ucd", "Unified Content Descriptor of the column"),
            _integer("indexed", "1 if searching by it is fast, otherwise 0"),
            _integer("principal", "1 if it is one of the main columns, otherwise 0"),
            _integer("std", "1 if a standard defines it, otherwise 0", principal=False),
            _integer("column_index", "Recommended order of columns", principal=False),
        ),
        title="Columns",
        description="The columns of these tables",
        keys=(ForeignKey("tap_schema.tables", (("table_name", "table_name"),)),),
    ),
    TableSpec(
        SCHEMA,
        "keys",
        (
            _text("key_id", "Identifier of the key"),
            _text("from_table", "Table that refers"),
            _text("target_table", "Table that is referred to"),
            _text("description", "What the key means"),
            _text("utype", "Link to a data model concept", principal=False),
        ),
        title="Keys",
        description="The foreign keys between these tables",
        keys=(
            ForeignKey("tap_schema.tables", (("from_table", "table_name"),)),
            ForeignKey("tap_schema.tables", (("target_table", "table_name"),)),
        ),
    ),
    TableSpec(
        SCHEMA,
        "key_columns",
        (
            _text("key_id", "Identifier of the key"),
            _text("from_column", "Column of the table that refers"),
            _text("target_column", "Column of the table that is referred to"),
        ),
        title="Columns of keys",
        description="The columns that foreign keys join",
        keys=(ForeignKey("tap_schema.keys", (("key_id", "key_id"),)),),
    ),
    TableSpec(
        SCHEMA,
        "groups",
        (
            _TABLE_NAME,
            _text("group_name", "Name of the group, unique in its table"),
            _text("column_name", "Column that belongs to the group"),
            _text(
                "role",
                "What the column is in its group: value, error, error_low, error_high, "
                "covariance or flag",
            ),
            _text("description", "What the group means"),
            _text("ucd", "Unified Content Descriptor of the group", principal=False),
            _text("utype", "Link to a data model concept", principal=False),
        ),
        title="Groups of columns",
        description="The columns that belong together, such as a value and its uncertainty",
        keys=(ForeignKey("tap_schema.tables", (("table_name", "table_name"),)),),
    ),
)

_REGULAR = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _written(name: str) -> str:
    """A column name as a query has it: in quotation marks where ADQL needs them."""
    regular = _REGULAR.fullmatch(name) and name.upper() not in RESERVED
    return name if regular else f'"{name}"'


def contents(
    releases: Sequence[tuple[Release, Sequence[TableSpec]]],
) -> list[tuple[TableSpec, pa.Table]]:
    """The rows of every table of TAP_SCHEMA.

    Parameters
    ----------
    releases : sequence of (`Release`, sequence of `TableSpec`)
        What to describe, in order. Releases that are not public are left
        out, and `RELEASE` itself must not be among them: it is added.

    Returns
    -------
    tables : `list` of (`TableSpec`, `pyarrow.Table`)
        In the order of `TABLES`.
    """
    shown = [(release, specs) for release, specs in releases if release.public]
    shown.append((RELEASE, TABLES))
    rows: dict[str, list[dict[str, Any]]] = {spec.name: [] for spec in TABLES}
    schemas: dict[str, dict[str, Any]] = {}
    names = {spec.full_name.lower(): spec.full_name for _, specs in shown for spec in specs}
    for release, specs in shown:
        for spec in sorted(specs, key=_place):
            schemas.setdefault(
                spec.schema.lower(),
                {
                    "schema_name": spec.schema,
                    "description": _join(release.title, release.description),
                    "schema_index": len(schemas),
                },
            )
            rows["tables"].append(
                {
                    "schema_name": spec.schema,
                    "table_name": spec.full_name,
                    "table_type": "table",
                    "utype": spec.utype or None,
                    "description": _join(spec.title, spec.description) or None,
                    "table_index": len(rows["tables"]),
                }
            )
            rows["columns"] += [
                _column(spec, place, column) for place, column in enumerate(spec.columns)
            ]
            rows["groups"] += [row for group in spec.groups for row in _group(spec, group)]
            for number, key in enumerate(spec.keys, 1):
                if key.target.lower() in names:
                    identifier = f"{spec.full_name}.{number}"
                    target = names[key.target.lower()]
                    rows["keys"].append(_key(identifier, spec, key, target))
                    rows["key_columns"] += _key_columns(identifier, key)
    rows["schemas"] = list(schemas.values())
    return _tables(rows)


def _place(spec: TableSpec) -> float:
    """Tables with a place come first; those without keep their order."""
    return float("inf") if spec.place is None else spec.place


def _key(identifier: str, spec: TableSpec, key: ForeignKey, target: str) -> dict[str, Any]:
    return {
        "key_id": identifier,
        "from_table": spec.full_name,
        "target_table": target,
        "description": key.description or None,
        "utype": key.utype or None,
    }


def _key_columns(identifier: str, key: ForeignKey) -> list[dict[str, Any]]:
    return [
        {"key_id": identifier, "from_column": _written(here), "target_column": _written(there)}
        for here, there in key.columns
    ]


def _group(spec: TableSpec, group: ColumnGroup) -> list[dict[str, Any]]:
    return [
        {
            "table_name": spec.full_name,
            "group_name": group.name,
            "column_name": _written(name),
            "role": role or None,
            "description": group.description or None,
            "ucd": group.ucd or None,
            "utype": group.utype or None,
        }
        for name, role in group.members
    ]


def _tables(rows: dict[str, list[dict[str, Any]]]) -> list[tuple[TableSpec, pa.Table]]:
    """The tables, which say of themselves where their texts are not ASCII."""
    specs = []
    for spec in TABLES:
        wide = {
            column.name
            for column in spec.columns
            if column.datatype == "char"
            and not all((row.get(column.name) or "").isascii() for row in rows[spec.name])
        }
        columns = tuple(
            replace(column, datatype="unicodeChar") if column.name in wide else column
            for column in spec.columns
        )
        specs.append(replace(spec, columns=columns))
        for row in rows["columns"]:
            if row["table_name"] == spec.full_name and row["column_name"] in wide:
                row["datatype"] = "unicodeChar"
    return [(spec, pa.Table.from_pylist(rows[spec.name], table_schema(spec))) for spec in specs]


def _join(title: str, description: str) -> str:
    return f"{title}: {description}" if title and description else title or description


def _column(spec: TableSpec, place: int, column: Column) -> dict[str, Any]:
    words = ("arraysize", "xtype", "unit", "ucd", "utype", "description")
    return {
        "table_name": spec.full_name,
        "column_name": _written(column.name),
        "datatype": column.datatype,
        "size": int(column.arraysize) if column.arraysize.isdigit() else None,
        "indexed": int(column.indexed),
        "principal": int(column.principal),
        "std": int(column.std),
        "column_index": place,
        **{word: getattr(column, word) or None for word in words},
    }
