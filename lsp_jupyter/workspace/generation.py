"""One immutable file of a user's table, made from rows of any source."""

from __future__ import annotations

import secrets
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.checks import check_spec, table_schema
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.healpix import helper_columns, hpx29
from lsp_jupyter.catalogs.inspection import Inspection
from lsp_jupyter.catalogs.position import find_position
from lsp_jupyter.catalogs.reaches import Reaches
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.catalogs.sampling import uniform
from lsp_jupyter.catalogs.spreads import Spreads
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.catalogs.words import linked
from lsp_jupyter.engines.duckdb_native import build_native
from lsp_jupyter.errors import OverloadError, PublishError
from lsp_jupyter.formats.fields import metadata_of, vo_field
from lsp_jupyter.formats.sources.source import Source

from .folder import SCHEMA

__all__ = ["Making", "describe", "make"]

#: Batches between two looks at the free disk space.
_LOOK_EVERY = 16

Read = Callable[[], Iterable[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class Making:
    """How a generation is made.

    Attributes
    ----------
    disk_floor : `int`
        Bytes that must stay free on the disk.
    unique : `frozenset` of `str`
        Indexed columns in which no value may come twice.
    strict : `bool`
        Whether rows without a position are refused; otherwise the table has no index of
        positions then.
    tell : callable
        Told the rows so far.
    where : callable, optional
        Names a row, counted from 0, in errors.
    """

    disk_floor: int = 0
    unique: frozenset[str] = field(default_factory=frozenset)
    strict: bool = False
    tell: Callable[[int], None] = lambda _: None
    where: Callable[[int], str] | None = None


class _NowhereError(PublishError):
    """A row has no position on the sky."""


def describe(
    name: str,
    source: Source,
    *,
    title: str = "",
    description: str = "",
    position: tuple[str, str] | None = None,
) -> TableSpec:
    """The description of a user's table, with nothing added to what its source says.

    Parameters
    ----------
    name : `str`
        Of the table.
    source : `~lsp_jupyter.formats.sources.source.Source`
        Its rows.
    title, description : `str`
        For people; those of the source if empty.
    position : `tuple` of `str`, optional
        The columns of right ascension and declination; two empty texts: none. They are
        looked for by UCDs and names if not given.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a name cannot be one, or a column has no possible type.
    """
    columns = {each.name: _column(each) for each in source.schema}
    if len(columns) < len(source.schema):
        names = source.schema.names
        twice = sorted({each for each in names if names.count(each) > 1})
        raise PublishError(
            f"There is more than one column {', '.join(twice[:10])}.",
            hint="Rename all but one of them; in a query with AS.",
        )
    found = position
    if position is None:
        found, _ = find_position(columns.values(), source.position)
    elif position == ("", ""):
        found = None
    for place in found or ():
        if place in columns:
            # Searching needs exact numbers; the unit is what a position is in.
            columns[place] = replace(
                columns[place], datatype="double", unit="deg", indexed=True, principal=True
            )
    spec = TableSpec(
        schema=SCHEMA,
        name=name,
        columns=tuple(columns.values()),
        position=found,
        title=title or source.title,
        description=description or source.description,
        groups=tuple(linked(tuple(columns.values()))),
    )
    check_spec(spec)
    return spec


def _column(given: pa.Field) -> Column:
    vo, words = vo_field(given), metadata_of(given)
    datatype = vo.datatype
    if datatype == "unicodeChar" and words.get("datatype") != "unicodeChar":
        # It becomes unicodeChar again when a text beyond ASCII is met.
        datatype = "char"
    main = {"meta.id", "meta.main"} <= set(vo.ucd.lower().split(";"))
    return Column(
        name=given.name,
        datatype=datatype,
        arraysize=vo.arraysize,
        xtype=vo.xtype,
        unit=vo.unit,
        ucd=vo.ucd,
        utype=vo.utype,
        description=words.get("description", ""),
        indexed=main and datatype in {"short", "int", "long"} and not vo.arraysize,
    )


def make(catalog: Catalog, spec: TableSpec, read: Read, making: Making) -> Entry:
    """Write the file of a generation. Call it within `Catalog.publishing`.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        The user's.
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.
    read : callable
        Gives its rows; called again if they turn out not to be positions.
    making : `Making`
        How.

    Returns
    -------
    entry : `~lsp_jupyter.catalogs.database.Entry`
        The generation, on disk; nobody sees it yet.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if a row cannot be stored; no file is left then.
    """
    try:
        return _make(catalog, spec, read, making)
    except _NowhereError:
        if making.strict:
            raise
        columns = tuple(
            replace(each, indexed=each.indexed and each.name not in (spec.position or ()))
            for each in spec.columns
        )
        return _make(catalog, replace(spec, columns=columns, position=None), read, making)


def _make(catalog: Catalog, spec: TableSpec, read: Read, making: Making) -> Entry:
    # Positions are looked at here, so that a table with a row nowhere on the sky is still one.
    flat = replace(spec, position=None)
    inspection = Inspection(flat, table_schema(flat), where=making.where)
    reaches, spreads = Reaches(spec), Spreads(spec)
    alias = f"{SCHEMA}_{spec.name}_{secrets.token_hex(8)}".lower()
    rows = _helped(spec, _watched(catalog, inspection(read()), making), reaches, spreads)
    info = build_native(
        pa.RecordBatchReader.from_batches(_schema(spec), rows),
        catalog.native_path(alias),
        keys=_keys(spec),
        unique=making.unique,
        order="hpx29" if spec.position is not None else "",
    )
    columns = tuple(
        replace(each, datatype="unicodeChar") if each.name in inspection.wide else each
        for each in spec.columns
    )
    return Entry(
        replace(spec, columns=columns),
        alias,
        "",
        info.rows,
        info.size,
        sampled=True,
        reaches=reaches.found(),
        spreads=spreads.found(),
    )


def _watched(
    catalog: Catalog, batches: Iterable[pa.RecordBatch], making: Making
) -> Iterator[pa.RecordBatch]:
    rows = 0
    for number, batch in enumerate(batches):
        if number % _LOOK_EVERY == 0 and shutil.disk_usage(catalog.state).free < making.disk_floor:
            raise OverloadError("The disk is nearly full.", retry_after=600)
        yield batch
        rows += batch.num_rows
        making.tell(rows)


def _keys(spec: TableSpec) -> Sequence[str]:
    """The indexed columns; the index of positions is another one."""
    return [
        each.name
        for each in spec.columns
        if each.indexed and each.name not in (spec.position or ())
    ]


def _schema(spec: TableSpec) -> pa.Schema:
    schema = table_schema(spec).remove_metadata()
    if spec.position is not None:
        schema = schema.append(pa.field("hpx29", pa.int64()))
        for axis in ("cx", "cy", "cz"):
            schema = schema.append(pa.field(axis, pa.float64()))
    return schema.append(pa.field("rnd", pa.float32()))


def _helped(
    spec: TableSpec, batches: Iterable[pa.RecordBatch], reaches: Reaches, spreads: Spreads
) -> Iterator[pa.RecordBatch]:
    """The rows with the columns that make them quick to search and to sample."""
    schema = _schema(spec)
    seed = zlib.crc32(spec.full_name.lower().encode())
    first = 0
    for batch in batches:
        spreads.look(batch)
        columns = list(batch.columns)
        if spec.position is not None:
            ra, dec = (batch.column(name) for name in spec.position)
            _require_sky(spec, ra, dec)
            reaches.look(batch)
            lon, lat = np.asarray(ra), np.asarray(dec)
            columns.append(pa.array(hpx29(lon, lat)))
            columns += [pa.array(values) for values in helper_columns(lon, lat).values()]
        columns.append(pa.array(uniform(seed, first, batch.num_rows)))
        first += batch.num_rows
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _require_sky(spec: TableSpec, ra: pa.Array, dec: pa.Array) -> None:
    for name, column, low, high in zip(
        spec.position or (), (ra, dec), (0.0, -90.0), (360.0, 90.0), strict=True
    ):
        values = column.to_numpy(zero_copy_only=False)
        if not np.all((values >= low) & (values <= high)):
            raise _NowhereError(
                f"Not every row of {spec.full_name} has a position: {name} is missing in one, "
                f"or not between {low:g} and {high:g} degrees.",
                hint="Leave out such rows, or store the table without positions.",
            )
