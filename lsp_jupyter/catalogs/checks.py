"""What a table must be to be published."""

from __future__ import annotations

import re

import pyarrow as pa

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.fields import arrow_type

__all__ = ["COLUMNS", "HELPERS", "check_name", "check_release", "check_spec", "table_schema"]

#: Columns of the platform's own, never seen by users.
HELPERS = frozenset({"hpx29", "cx", "cy", "cz", "rnd", "_healpix_29"})

#: Columns of a table at most, as in PostgreSQL.
COLUMNS = 1600


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_RELEASE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}")


def check_release(release: Release) -> None:
    """Refuse a release whose name cannot be a folder.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if so.
    """
    if not _RELEASE.fullmatch(release.name):
        raise PublishError(
            f'"{release.name}" cannot be the name of a release.',
            hint="Use letters, digits, points, hyphens and underscores, a letter first.",
        )


def check_name(word: str, what: str) -> None:
    """Refuse a word that a query could not name without quotation marks.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if so.
    """
    if not _NAME.fullmatch(word):
        raise PublishError(
            f'"{word}" cannot be the name of a {what}.',
            hint="Use at most 63 letters, digits and underscores, a letter first.",
        )
    if word.upper() in RESERVED:
        raise PublishError(
            f'"{word}" cannot be the name of a {what}: it is a reserved word of ADQL.',
            hint="Choose another name, so that queries need no quotation marks.",
        )


def check_spec(spec: TableSpec) -> None:
    """Refuse a table that could not be queried.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a name is reserved, malformed or used twice, or a column has
        no known type.
    """
    check_name(spec.schema, "schema")
    check_name(spec.name, "table")
    if not spec.columns:
        raise PublishError(f"Table {spec.full_name} has no columns.")
    if len(spec.columns) > COLUMNS:
        raise PublishError(
            f"Table {spec.full_name} has {len(spec.columns):,} columns: those from number "
            f"{COLUMNS + 1:,} ({spec.columns[COLUMNS].name}) on are more than a table may have.",
            hint=f"Split it into tables of at most {COLUMNS:,} columns with a common identifier.",
        )
    places: dict[str, list[str]] = {}
    for place, column in enumerate(spec.columns, 1):
        places.setdefault(column.name.lower(), []).append(str(place))
    for column in spec.columns:
        name = column.name
        if not name or name != name.strip() or not name.isprintable() or '"' in name:
            raise PublishError(
                f"{name!r} cannot be the name of a column of {spec.full_name}.",
                hint="Use printable characters without quotation marks, and no blanks at the ends.",
            )
        if len(places[name.lower()]) > 1:
            raise PublishError(
                f"Table {spec.full_name} has more than one column {name}: "
                f"numbers {', '.join(places[name.lower()])}.",
                hint="Names that differ only in case are the same in ADQL: rename one of them.",
            )
        if name.lower() in HELPERS:
            raise PublishError(
                f"Table {spec.full_name} has a column {name}, a name the platform needs itself.",
                hint="Rename or leave out the column.",
            )
        _column_type(spec, column)
    for name in spec.position or ():
        if not any(column.name == name and column.datatype == "double" for column in spec.columns):
            raise PublishError(
                f"The position of {spec.full_name} needs a column {name} of type double.",
                hint="Name the columns of right ascension and declination, in degrees.",
            )
    for group in spec.groups:
        for name, _ in group.members:
            if name.lower() not in places:
                raise PublishError(
                    f"Group {group.name} of {spec.full_name} names a column {name}, "
                    "which is not there."
                )


def _column_type(spec: TableSpec, column: Column) -> pa.DataType:
    try:
        return arrow_type(column.datatype, column.arraysize, column.xtype)
    except KeyError:
        raise PublishError(
            f"Column {column.name} of {spec.full_name} has the unknown type {column.datatype}.",
            hint="Use a VOTable datatype: boolean, unsignedByte, short, int, long, float, "
            "double, char or unicodeChar.",
        ) from None


def table_schema(spec: TableSpec) -> pa.Schema:
    """The Arrow schema of a table: its columns with their metadata."""
    return pa.schema(
        [
            pa.field(column.name, _column_type(spec, column), metadata=column.metadata())
            for column in spec.columns
        ]
    )
