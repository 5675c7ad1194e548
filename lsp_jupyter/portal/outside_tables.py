"""Tables of outside TAP services, as their TAP_SCHEMA describes them.

Services of TAP 1.0 give the types of a database (TAP 1.0 section 2.6.3), those of TAP 1.1 the
types of VOTable (TAP 1.1 section 4.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.errors import ParameterError

__all__ = ["COLUMNS", "OutsideSchema", "column_json", "outside_table", "vo_type"]

#: Columns of a table at most.
COLUMNS = 10_000
#: Characters of a name at most.
_LONGEST = 500

#: VOTable types by what databases call theirs.
_TYPES = {
    "smallint": "short",
    "int2": "short",
    "integer": "int",
    "int4": "int",
    "bigint": "long",
    "int8": "long",
    "real": "float",
    "float4": "float",
    "float8": "double",
    "double precision": "double",
    "numeric": "double",
    "decimal": "double",
    "bool": "boolean",
    "bit": "boolean",
    "tinyint": "unsignedByte",
}
_TEXTS = ("char", "varchar", "character", "text", "string", "clob", "unicodechar", "nvarchar")
_SHAPES = ("point", "region", "circle", "polygon", "moc")
_VOTABLE = ("boolean", "unsignedByte", "short", "int", "long", "float", "double")
_PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^".]+))\s*(\.|$)')


def vo_type(datatype: str, xtype: str = "", arraysize: str = "") -> tuple[str, str, str]:
    """The VOTable type of a column.

    Parameters
    ----------
    datatype, xtype, arraysize : `str`
        As TAP_SCHEMA.columns has them.

    Returns
    -------
    datatype, xtype, arraysize : `str`
        As `~lsp_jupyter.adql.schema.Column` has them; a type nobody knows stays as it is.
    """
    name = re.sub(r"\(.*", "", datatype.lower().removeprefix("adql:")).strip()
    if name.startswith("timestamp") or xtype.lower() in ("timestamp", "adql:timestamp"):
        return "char", "timestamp", "*"
    if name in _SHAPES:
        return "char", f"adql:{name.upper()}", "*"
    if name in _TEXTS or name.startswith("character"):
        return "char", xtype, "*"
    name = next((each for each in _VOTABLE if each.lower() == name), _TYPES.get(name, datatype))
    return name, xtype, "" if arraysize == "1" else arraysize


def column_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of TAP_SCHEMA.columns, its names in small letters, as it travels in JSON."""

    def text(key: str) -> str:
        value = row.get(key)
        return "" if value is None else str(value).strip()

    datatype, xtype, arraysize = vo_type(text("datatype"), text("xtype"), text("arraysize"))
    told: dict[str, Any] = {
        "name": text("column_name"),
        "datatype": datatype,
        "xtype": xtype,
        "arraysize": arraysize,
    }
    told |= {key: text(key) for key in ("unit", "ucd", "description")}
    told |= {key: text(key) in ("1", "True", "true") for key in ("principal", "indexed")}
    return told


def outside_table(told: Mapping[str, Any]) -> Table:
    """A table as a front end that has read its description tells it.

    Parameters
    ----------
    told : mapping
        ``name`` as queries write it, ``columns`` as `column_json` has them, and ``position``,
        the columns of right ascension and declination, if there are any.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is no description of a table.
    """
    wrong = ParameterError(
        "This does not describe a table.",
        parameter="table",
        hint="Send name, columns and, if there is one, position.",
    )
    name, columns, position = (told.get(key) for key in ("name", "columns", "position"))
    if not isinstance(name, str) or not isinstance(columns, list) or len(columns) > COLUMNS:
        raise wrong
    parts = _parts(name)
    if not parts or not all(isinstance(each, dict) for each in columns):
        raise wrong
    keys = ("name", "datatype", "arraysize", "xtype", "unit", "ucd")
    rows: list[dict[str, Any]] = [{key: each.get(key) or "" for key in keys} for each in columns]
    for row in rows:
        if not all(isinstance(value, str) and len(value) <= _LONGEST for value in row.values()):
            raise wrong
    if position is not None and not (
        isinstance(position, list)
        and len(position) == 2
        and all(isinstance(each, str) for each in position)
    ):
        raise wrong
    return Table(
        ".".join(parts[:-1]),
        parts[-1],
        tuple(Column(**{**row, "name": _bare(row["name"])}) for row in rows),
        (),
        (_bare(position[0]), _bare(position[1])) if position else None,
    )


class OutsideSchema:
    """A schema of one table.

    Parameters
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        It.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """The table, if it is meant."""
        meant = name.lower() == self.table.name.lower()
        if schema is not None:
            meant = meant and schema.lower() == self.table.schema.lower()
        return (self.table,) if meant else ()

    def names(self) -> Iterable[str]:
        """Its name."""
        return (self.table.full_name,)


def _parts(name: str) -> list[str]:
    """Catalogue, schema and table of a name as queries write it; none if it is no name."""
    parts: list[str] = []
    at = 0
    while at < len(name) <= _LONGEST:
        found = _PART.match(name, at)
        if found is None:
            return []
        parts.append(found[1].replace('""', '"') if found[1] else found[2].strip())
        at = found.end()
    return parts


def _bare(name: str) -> str:
    """A name without its quotes."""
    quoted = len(name) > 2 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if quoted else name
