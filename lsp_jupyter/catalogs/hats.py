"""HATS catalogues on disk: Parquet partitioned by HEALPix (IVOA Note HATS 1.0).

They are the durable truth; hats, LSDB, Dask, Spark and DuckDB all read them.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lsp_jupyter._version import __version__
from lsp_jupyter.catalogs.checks import check_positions, conform, table_schema, wide_columns
from lsp_jupyter.catalogs.healpix import ORDER, helper_columns, hpx29
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.spool import partitions

__all__ = ["INDEX", "HatsInfo", "native_sources", "sync", "write_hats"]

#: The index column, as hats and LSDB expect it.
INDEX = "_healpix_29"

_ROW_GROUP = 65_536


@dataclass(frozen=True, slots=True)
class HatsInfo:
    """What was written: rows, and the columns declared char that hold more than ASCII."""

    rows: int
    wide: frozenset[str]


def write_hats(
    folder: Path,
    release: Release,
    spec: TableSpec,
    batches: Iterable[pa.RecordBatch],
    *,
    partition_rows: int,
) -> HatsInfo:
    """Write a table as Parquet; as a HATS catalogue if it has positions.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where; it is made.
    release : `~lsp_jupyter.catalogs.release.Release`
        What it belongs to.
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        Its description.
    batches : iterable of `pyarrow.RecordBatch`
        Its rows, in any order.
    partition_rows : `int`
        Rows of a file at most.

    Returns
    -------
    info : `HatsInfo`
        What was written; nothing is synchronised to disk yet.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the rows are not as described.
    """
    folder.mkdir(mode=0o700, parents=True)
    dataset = folder / "dataset"
    dataset.mkdir()
    count = _Count()
    schema = table_schema(spec)
    rows = _checked(batches, schema, spec, count)
    if spec.position is None:
        with pq.ParquetWriter(dataset / "part0.parquet", schema, compression="zstd") as writer:
            for batch in rows:
                writer.write_batch(batch, row_group_size=_ROW_GROUP)
        return HatsInfo(count.rows, frozenset(count.wide))
    schema = schema.insert(0, pa.field(INDEX, pa.int64()))
    cells = []
    largest = 0
    indexed = _indexed(rows, schema, spec.position)
    for cell in partitions(folder / "spool", schema, INDEX, indexed, partition_rows):
        path = dataset / f"Norder={cell.order}" / f"Dir={cell.pixel // 10_000 * 10_000}"
        path.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            cell.table,
            path / f"Npix={cell.pixel}.parquet",
            row_group_size=_ROW_GROUP,
            compression="zstd",
        )
        cells.append((cell.order, cell.pixel))
        largest = max(largest, cell.table.num_rows)
    pq.write_metadata(schema, dataset / "_common_metadata")
    lines = ["Norder,Npix", *(f"{order},{pixel}" for order, pixel in sorted(cells))]
    (folder / "partition_info.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    area = sum(1 / (12 * 4**order) for order, _ in cells)
    size = sum(path.stat().st_size for path in dataset.rglob("*.parquet"))
    properties = _properties(release, spec) | {
        "hats_nrows": str(count.rows),
        "hats_max_rows": str(largest),
        "hats_order": str(max((order for order, _ in cells), default=0)),
        "moc_sky_fraction": f"{area:.5f}",
        "hats_estsize": str(size // 1024),
    }
    text = "".join(f"{key}={_property(value)}\n" for key, value in properties.items() if value)
    for name in ("hats.properties", "properties"):
        (folder / name).write_text(f"#HATS catalog\n{text}", encoding="utf-8")
    return HatsInfo(count.rows, frozenset(count.wide))


class _Count:
    """What is learnt while rows pass."""

    def __init__(self) -> None:
        self.rows = 0
        self.wide: set[str] = set()


def _checked(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, spec: TableSpec, count: _Count
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        batch = conform(batch, schema, spec)
        check_positions(batch, spec, count.rows)
        count.wide |= wide_columns(batch, spec)
        count.rows += batch.num_rows
        yield batch


def _indexed(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, position: tuple[str, str]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        ra, dec = (np.asarray(batch.column(name)) for name in position)
        yield pa.RecordBatch.from_arrays([pa.array(hpx29(ra, dec)), *batch.columns], schema=schema)


def _properties(release: Release, spec: TableSpec) -> dict[str, str]:
    ra, dec = spec.position or ("", "")
    now = datetime.datetime.now(datetime.UTC)
    return {
        "obs_collection": spec.full_name,
        "dataproduct_type": "object",
        "hats_col_ra": ra,
        "hats_col_dec": dec,
        "hats_col_healpix": INDEX,
        "hats_col_healpix_order": str(ORDER),
        "hats_npix_suffix": ".parquet",
        "hats_version": "v1.0",
        "hats_builder": f"lsp_jupyter {__version__}",
        "hats_creation_date": now.strftime("%Y-%m-%dT%H:%MUTC"),
        "obs_title": spec.title or release.title,
        "obs_description": spec.description or release.description,
        "obs_copyright": release.license,
        "bib_reference": release.citation,
    }


def _property(value: str) -> str:
    """A value of a Java properties file, on one line."""
    return " ".join(value.split()).replace("\\", "\\\\")


def native_sources(folder: Path, position: tuple[str, str] | None, scratch: Path) -> list[Path]:
    """The Parquet files from which the native file of a table is built.

    Parameters
    ----------
    folder : `~pathlib.Path`
        What `write_hats` wrote.
    position : `tuple` of `str`, optional
        The table's position columns.
    scratch : `~pathlib.Path`
        Folder for temporary files; it is made where they are needed.

    Returns
    -------
    files : `list` of `~pathlib.Path`
        With ``hpx29, cx, cy, cz`` if the table has positions.
    """
    dataset = folder / "dataset"
    if position is None:
        return sorted(dataset.glob("*.parquet"))
    scratch.mkdir(mode=0o700)
    common = pq.read_schema(dataset / "_common_metadata")
    schema = pa.schema(common.remove_metadata()).remove(0)
    for name, type_ in (
        ("hpx29", pa.int64()),
        *((axis, pa.float64()) for axis in ("cx", "cy", "cz")),
    ):
        schema = schema.append(pa.field(name, type_))
    out = []
    for number, path in enumerate(sorted(dataset.rglob("Npix=*.parquet"))):
        out.append(scratch / f"{number}.parquet")
        with (
            pq.ParquetFile(path) as source,
            pq.ParquetWriter(
                out[-1], schema, compression="none", use_dictionary=False, write_statistics=False
            ) as writer,
        ):
            for batch in source.iter_batches(_ROW_GROUP):
                ra, dec = (np.asarray(batch.column(name)) for name in position)
                vector = [pa.array(values) for values in helper_columns(ra, dec).values()]
                columns = [*batch.columns[1:], batch.column(0), *vector]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    if not out:
        out.append(scratch / "none.parquet")
        pq.write_table(schema.empty_table(), out[-1])
    return out


def sync(*paths: Path) -> None:
    """Force files and folders to disk."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
