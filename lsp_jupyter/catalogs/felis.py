"""Felis YAML: the format in which Rubin describes its catalogues.

Only what a published table needs is read: the names and types of columns, what
they mean, and how tables refer to one another. What belongs to databases, such
as column sizes of one product, is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lsp_jupyter.adql.schema import Column, ColumnGroup
from lsp_jupyter.catalogs.release import ForeignKey, TableSpec
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.yaml import load_yaml

__all__ = ["FelisSchema", "read_felis"]

#: VOTable datatype and arraysize of each Felis datatype.
_TYPES = {
    "boolean": ("boolean", ""),
    "byte": ("unsignedByte", ""),
    "short": ("short", ""),
    "int": ("int", ""),
    "long": ("long", ""),
    "float": ("float", ""),
    "double": ("double", ""),
    "char": ("char", "*"),
    "string": ("char", "*"),
    "unicode": ("unicodeChar", "*"),
    "text": ("unicodeChar", "*"),
    "binary": ("unsignedByte", "*"),
    "timestamp": ("char", "*"),
}


@dataclass(frozen=True, slots=True)
class FelisSchema:
    """A schema and its tables.

    Attributes
    ----------
    name, version, description : `str`
        Of the schema.
    tables : `tuple` of `~lsp_jupyter.catalogs.release.TableSpec`
        Its tables, with keys and groups; which columns are the position is not said there.
    """

    name: str
    version: str
    description: str
    tables: tuple[TableSpec, ...]

    def table(self, name: str, schema: str) -> TableSpec:
        """A table by its name in any case, as a table of the schema given.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if there is no such table; the message lists those there are.
        """
        for spec in self.tables:
            if spec.name.lower() == name.lower():
                keys = tuple(
                    replace(key, target=f"{schema}.{key.target.partition('.')[2]}")
                    for key in spec.keys
                )
                return replace(spec, schema=schema, keys=keys)
        names = ", ".join(spec.name for spec in self.tables)
        raise PublishError(
            f"The Felis schema {self.name} has no table {name}. Its tables are: {names}.",
            hint="Name one with --felis-table.",
        )


def read_felis(path: Path) -> FelisSchema:
    """Read a Felis file.

    Parameters
    ----------
    path : `~pathlib.Path`
        The YAML file.

    Returns
    -------
    schema : `FelisSchema`
        What it describes.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it cannot be read; the message names the table and column.
    """
    return _Reader(path).schema(_load(path))


def _load(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise PublishError(f"The Felis file {path.name} cannot be read: {reason}.") from None
    return load_yaml(text, path.name)


class _Reader:
    """Makes sense of the values of one file."""

    def __init__(self, path: Path) -> None:
        self._file = path.name
        self._folder = path.parent
        #: Columns of other files, by resource, table and name.
        self._resources: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {}
        #: Columns by what refers to them: ``#Table.column``, or an identifier of the file's own.
        self._columns: dict[str, tuple[str, str]] = {}

    def _wrong(self, what: str) -> PublishError:
        return PublishError(
            f"{self._file} is not as Felis describes schemas: {what}.",
            hint="Check it with the felis command.",
        )

    def _mappings(self, value: Any, what: str) -> list[Mapping[str, Any]]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self._wrong(f"{what} is no list of objects")
        return value

    def _name(self, item: Mapping[str, Any], what: str) -> str:
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise self._wrong(f"{what} has no name")
        return name

    def schema(self, document: Any) -> FelisSchema:
        if not isinstance(document, Mapping):
            raise self._wrong("it holds no schema")
        name = self._name(document, "the schema")
        tables = self._mappings(document.get("tables"), "tables")
        if not tables:
            raise self._wrong(f"schema {name} has no tables")
        self._read_resources(document.get("resources"))
        tables = [dict(item) | {"columns": self._own(item)} for item in tables]
        for item in tables:
            self._collect(item)
        version = document.get("version")
        if isinstance(version, Mapping):
            version = version.get("current")
        return FelisSchema(
            name=name,
            version=_text(version),
            description=_text(document.get("description")),
            tables=tuple(self._table(name, item) for item in tables),
        )

    def _read_resources(self, given: Any) -> None:
        """Other Felis files, which must lie beside this one."""
        if given is not None and not isinstance(given, Mapping):
            raise self._wrong("resources are no object")
        for name, item in (given or {}).items():
            uri = str(item.get("uri", "")) if isinstance(item, Mapping) else ""
            if not uri or Path(uri).name != uri:
                raise self._wrong(f"resource {name} is no file in the same folder")
            other = _load(self._folder / uri)
            tables = other.get("tables") if isinstance(other, Mapping) else None
            self._resources[str(name)] = {
                (str(table.get("name")), str(column.get("name"))): column
                for table in self._mappings(tables, f"tables of {uri}")
                for column in self._mappings(table.get("columns"), f"columns of {uri}")
            }

    def _own(self, item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The columns of a table, those it takes from other files first."""
        table = self._name(item, "a table")
        columns = []
        for resource, tables in (item.get("columnRefs") or {}).items():
            known = self._resources.get(str(resource))
            for source, names in tables.items() if isinstance(tables, Mapping) else ():
                for name, changes in names.items() if isinstance(names, Mapping) else ():
                    changes = dict(changes) if isinstance(changes, Mapping) else {}
                    wanted = (str(source), str(changes.pop("ref_name", name)))
                    if known is None or wanted not in known:
                        raise self._wrong(
                            f"table {table} takes column {wanted[1]} from {source} of {resource}, "
                            "where it is not"
                        )
                    columns.append({**known[wanted], **changes, "name": str(name), "@id": None})
        return columns + self._mappings(item.get("columns"), f"columns of {table}")

    def _collect(self, item: Mapping[str, Any]) -> None:
        table = self._name(item, "a table")
        for column in self._mappings(item.get("columns"), f"columns of {table}"):
            name = self._name(column, f"a column of {table}")
            place = (table, name)
            if self._columns.setdefault(f"#{table}.{name}", place) is not place:
                raise self._wrong(f"table {table} has more than one column {name}")
            if isinstance(column.get("@id"), str):
                self._columns[column["@id"]] = place

    def _table(self, schema: str, item: Mapping[str, Any]) -> TableSpec:
        table = self._name(item, "a table")
        own = self._mappings(item.get("columns"), f"columns of {table}")
        if not own:
            raise self._wrong(f"table {table} has no columns")
        key = self._references(item.get("primaryKey"), f"the primary key of {table}")
        main = key[0][1] if len(key) == 1 else ""
        placed = sorted(
            enumerate(own), key=lambda pair: _integer(pair[1].get("tap:column_index"), 1 << 30)
        )
        return TableSpec(
            schema=schema,
            name=table,
            columns=tuple(self._column(table, column, main) for _, column in placed),
            description=_text(item.get("description")),
            utype=_text(item.get("votable:utype")),
            keys=tuple(self._keys(schema, table, item)),
            groups=tuple(self._groups(table, item)),
            place=_integer(item.get("tap:table_index"), None),
        )

    def _column(self, table: str, item: Mapping[str, Any], main: str) -> Column:
        name = item["name"]
        kind = str(item.get("datatype", ""))
        if kind not in _TYPES:
            raise self._wrong(f"column {name} of {table} has the datatype {kind or 'nothing'}")
        datatype, arraysize = _TYPES[kind]
        datatype = str(item.get("votable:datatype") or datatype)
        given = _text(item.get("votable:arraysize"))
        if given and (datatype in {"char", "unicodeChar"} or given != "1"):
            arraysize = given
        xtype = _text(item.get("votable:xtype")) or ("timestamp" if kind == "timestamp" else "")
        return Column(
            name=name,
            datatype=datatype,
            arraysize="*" if datatype in {"char", "unicodeChar"} else arraysize,
            xtype=xtype,
            unit=_text(item.get("ivoa:unit") or item.get("fits:tunit")),
            ucd=_text(item.get("ivoa:ucd")),
            utype=_text(item.get("votable:utype")),
            description=_text(item.get("description")),
            principal=bool(_integer(item.get("tap:principal"), 0)),
            indexed=name == main,
            std=bool(_integer(item.get("tap:std"), 0)),
        )

    def _references(self, value: Any, what: str) -> list[tuple[str, str]]:
        given = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(given, Sequence) or not all(each in self._columns for each in given):
            raise self._wrong(f"{what} refers to a column that is not there")
        return [self._columns[each] for each in given]

    def _keys(self, schema: str, table: str, item: Mapping[str, Any]) -> Iterator[ForeignKey]:
        for each in self._mappings(item.get("constraints"), f"constraints of {table}"):
            if each.get("@type") != "ForeignKey":
                continue
            what = f"a foreign key of {table}"
            here = self._references(each.get("columns"), what)
            there = self._references(each.get("referencedColumns"), what)
            targets = {target for target, _ in there}
            if len(here) != len(there) or len(targets) != 1:
                raise self._wrong(f"{what} does not pair its columns with those of one table")
            yield ForeignKey(
                target=f"{schema}.{targets.pop()}",
                columns=tuple(
                    (mine, other) for (_, mine), (_, other) in zip(here, there, strict=True)
                ),
                description=_text(each.get("description")),
            )

    def _groups(self, table: str, item: Mapping[str, Any]) -> Iterator[ColumnGroup]:
        found = item.get("columnGroups", item.get("column_groups"))
        for each in self._mappings(found, f"column groups of {table}"):
            name = self._name(each, f"a column group of {table}")
            members = self._references(each.get("columns"), f"group {name} of {table}")
            yield ColumnGroup(
                name=name,
                members=tuple((column, "") for _, column in members),
                description=_text(each.get("description")),
                ucd=_text(each.get("ivoa:ucd")),
                utype=_text(each.get("votable:utype")),
            )


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def _integer(value: Any, default: Any) -> Any:
    try:
        return default if value is None else int(value)
    except (TypeError, ValueError):
        return default
