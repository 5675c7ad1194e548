"""What a table must be to be published."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.fields import arrow_type

__all__ = [
    "HELPERS",
    "check_positions",
    "check_release",
    "check_spec",
    "conform",
    "table_schema",
    "wide_columns",
]

#: Columns of the platform's own, never seen by users.
HELPERS = frozenset({"hpx29", "cx", "cy", "cz", "_healpix_29"})

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


def _check_name(word: str, what: str) -> None:
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
    _check_name(spec.schema, "schema")
    _check_name(spec.name, "table")
    if not spec.columns:
        raise PublishError(f"Table {spec.full_name} has no columns.")
    counts = Counter(column.name.lower() for column in spec.columns)
    for column in spec.columns:
        name = column.name
        if not name or name != name.strip() or not name.isprintable() or '"' in name:
            raise PublishError(
                f"{name!r} cannot be the name of a column of {spec.full_name}.",
                hint="Use printable characters without quotation marks, and no blanks at the ends.",
            )
        if counts[name.lower()] > 1:
            raise PublishError(
                f"Table {spec.full_name} has more than one column {name}.",
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


def conform(batch: pa.RecordBatch, schema: pa.Schema, spec: TableSpec) -> pa.RecordBatch:
    """The columns of the table, in order and of the types it declares.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if columns are missing, unknown or twice there, or a value does
        not fit its type.
    """
    names = batch.schema.names
    twice = [name for name, count in Counter(names).items() if count > 1]
    missing = [name for name in schema.names if name not in names]
    unknown = [name for name in names if name not in schema.names]
    for what, found in (("twice", twice), ("not", missing), ("undescribed", unknown)):
        if found:
            raise PublishError(
                f"The data of {spec.full_name} hold {what}: {', '.join(found[:10])}.",
                hint="The columns of the data and of the description must be the same.",
            )
    arrays = []
    for field in schema:
        array = batch.column(field.name)
        try:
            arrays.append(array if array.type == field.type else array.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise PublishError(
                f"Column {field.name} of {spec.full_name} is {array.type} and cannot become "
                f"{field.type}: {str(error).splitlines()[0]}.",
                hint="Correct the datatype in the description, or the values.",
            ) from None
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def wide_columns(batch: pa.RecordBatch, spec: TableSpec) -> set[str]:
    """The columns declared char that hold text beyond ASCII."""
    return {
        column.name
        for column in spec.columns
        if column.datatype == "char"
        and pa.types.is_string(batch.schema.field(column.name).type)
        and not pc.all(pc.string_is_ascii(batch.column(column.name)), min_count=0).as_py()
    }


def check_positions(batch: pa.RecordBatch, spec: TableSpec, start: int) -> None:
    """Refuse positions that are nowhere on the sky.

    Parameters
    ----------
    batch : `pyarrow.RecordBatch`
        Rows of the table.
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        Names the position columns.
    start : `int`
        Rows before this batch, to tell which row is wrong.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a position is missing, not finite, or out of range.
    """
    if spec.position is None:
        return
    for name, low, high in zip(spec.position, (0.0, -90.0), (360.0, 90.0), strict=True):
        values = batch.column(name).to_numpy(zero_copy_only=False)
        wrong = np.flatnonzero(~((values >= low) & (values <= high)))
        if wrong.size:
            row = int(wrong[0])
            raise PublishError(
                f"Row {start + row + 1} of {spec.full_name} has {name} = "
                f"{batch.column(name)[row].as_py()}, which is no position.",
                hint=f"Every row needs {name} between {low:g} and {high:g} degrees; "
                "leave such rows out, or publish the table without positions.",
            )
