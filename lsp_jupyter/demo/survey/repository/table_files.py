"""Tables and maps as the Butler keeps them: a file for each tract, patch, exposure or band."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.encoding import parquet_options
from lsp_jupyter.demo.survey.observing.camera import INSTRUMENT
from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.demo.survey.observing.skymap import SKYMAP
from lsp_jupyter.demo.survey.repository.dataset_types import TABLES

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Integers = npt.NDArray[np.int64]

__all__ = ["TableFile", "map_files", "table_files"]

#: Where the Butler looks for the number of rows.
_COUNT = "lsst::arrow::rowcount"

#: Rows that are compressed together.
_ROW_GROUP = 100_000


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file of a table or of a map.

    Attributes
    ----------
    type : `str`
        The dataset type, one of `KINDS`.
    data_id : mapping of `str` to `int` or `str`
        Values of the dimensions of its type.
    path : `~pathlib.Path`
        The file.
    """

    type: str
    data_id: Mapping[str, int | str]
    path: Path


def table_files(
    kind: str,
    rows: Iterable[pa.RecordBatch],
    folder: Path,
    columns: Sequence[Column] = (),
) -> Iterator[TableFile]:
    """Write a table, divided as Rubin divides it.

    All rows are held in memory: it is for the small sizes, which have images.

    Parameters
    ----------
    kind : `str`
        One of `TABLES`.
    rows : iterable of `pyarrow.RecordBatch`
        The rows of the release's table.
    folder : `~pathlib.Path`
        Where to write the files.
    columns : sequence of `~lsp_jupyter.adql.schema.Column`, optional
        The columns' units and descriptions: the Butler's astropy tables have them.

    Yields
    ------
    file : `TableFile`
        Each file, when it is written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    batches = list(rows)
    if not batches:
        return
    table = pa.Table.from_batches(batches)
    table = table.cast(_described(table.schema, columns))
    options = parquet_options(table)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (data_id, part) in enumerate(_parts(kind, table)):
        path = folder / f"{kind}-{number}.parq"
        part = part.replace_schema_metadata({_COUNT: str(part.num_rows)})
        pq.write_table(part, path, row_group_size=_ROW_GROUP, **options)
        yield TableFile(kind, data_id, path)


def _described(schema: pa.Schema, columns: Sequence[Column]) -> pa.Schema:
    """The schema with what the Butler tells of columns."""
    import pyarrow as pa

    known = {column.name: column for column in columns}
    fields = []
    for field in schema:
        column = known.get(field.name)
        if column is not None:
            facts = {"unit": column.unit, "description": column.description}
            field = field.with_metadata({key: text for key, text in facts.items() if text})
        fields.append(field)
    return pa.schema(fields)


def map_files(paths: Iterable[Path]) -> Iterator[TableFile]:
    """The maps of the coadds' properties, as `depth.write_maps` writes them.

    Parameters
    ----------
    paths : iterable of `~pathlib.Path`
        The files, named by their dataset type and band.
    """
    for path in paths:
        kind, _, band = path.name.partition(".")[0].rpartition("_")
        yield TableFile(kind, {"band": band, "skymap": SKYMAP}, path)


def _parts(kind: str, table: pa.Table) -> Iterator[tuple[dict[str, int | str], pa.Table]]:
    """The data IDs that a table has rows of, and those rows, in their order."""
    _, dimensions = TABLES[kind]
    fixed: dict[str, int | str] = {}
    divided = []
    for dimension in dimensions:
        if dimension == "instrument":
            fixed[dimension] = INSTRUMENT
        elif dimension == "skymap":
            fixed[dimension] = SKYMAP
        else:
            divided.append(dimension)
    if not divided:
        yield fixed, table
        return
    keys = np.stack([_numbers(table, dimension) for dimension in divided], axis=1)
    found, which = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    edges = np.searchsorted(which.ravel()[order], np.arange(len(found) + 1))
    for key, start, stop in zip(found.tolist(), edges[:-1], edges[1:], strict=True):
        yield fixed | dict(zip(divided, key, strict=True)), table.take(order[start:stop])


def _numbers(table: pa.Table, dimension: str) -> Integers:
    """The value of a dimension in each row."""
    if dimension in table.column_names:
        return np.asarray(table[dimension].to_numpy(), np.int64)
    return _tracts(table)


def _tracts(table: pa.Table) -> Integers:
    """The tract of each row that only has a position: that of the nearest field."""
    names = {name.lower(): name for name in table.column_names}
    ra, dec = (
        np.radians(np.asarray(table[names[name]].to_numpy(), float)) for name in ("ra", "dec")
    )
    centre_ra = np.radians([one.ra for one in FIELDS])
    centre_dec = np.radians([one.dec for one in FIELDS])
    # The largest cosine is that of the least distance.
    cosine = np.sin(dec)[:, None] * np.sin(centre_dec) + np.cos(dec)[:, None] * np.cos(
        centre_dec
    ) * np.cos(ra[:, None] - centre_ra)
    return np.asarray(np.array([one.tract for one in FIELDS])[cosine.argmax(axis=1)])
