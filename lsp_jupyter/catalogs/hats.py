"""HATS catalogues on disk: Parquet partitioned by HEALPix (IVOA Note HATS 1.0).

They are the durable truth; hats, LSDB, Dask, Spark and DuckDB all read them.
"""

from __future__ import annotations

import datetime
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lsp_jupyter._version import __version__
from lsp_jupyter.catalogs.encoding import parquet_options
from lsp_jupyter.catalogs.healpix import ORDER, hpx29
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.spool import Cell, partitions

__all__ = ["INDEX", "parquet_files", "read_rows", "sync", "write_hats"]

#: The index column, as hats and LSDB expect it.
INDEX = "_healpix_29"

#: Bytes of a partition in memory at most.
_PARTITION = 256 << 20
_ROW_GROUP = 65_536
#: Partitions that are compressed at once.
_WRITERS = 2


def write_hats(
    folder: Path,
    release: Release,
    spec: TableSpec,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    partition_rows: int,
    wrote: Callable[[int], None] = lambda _: None,
) -> None:
    """Write a table as Parquet; as a HATS catalogue if it has positions.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where; it is made.
    release : `~lsp_jupyter.catalogs.release.Release`
        What it belongs to.
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        Its description.
    schema : `pyarrow.Schema`
        Of the batches.
    batches : iterable of `pyarrow.RecordBatch`
        Its rows, checked, in any order.
    partition_rows : `int`
        Rows of a file at most; fewer where rows are long.
    wrote : callable
        Told how many rows were written since it was told last.
    """
    folder.mkdir(mode=0o700, parents=True)
    dataset = folder / "dataset"
    dataset.mkdir()
    if spec.position is None:
        _write_plain(dataset / "part0.parquet", _joined(batches, schema), schema, wrote)
        return
    schema = schema.insert(0, pa.field(INDEX, pa.int64()))
    indexed = _indexed(batches, schema, spec.position)
    most = max(1, min(partition_rows, _PARTITION // _width(schema)))
    made = _Partitions(dataset, wrote)
    made.write(partitions(folder / "spool", schema, INDEX, indexed, most))
    made.cells.sort()
    pq.write_metadata(schema, dataset / "_common_metadata")
    footers = [made.footers[cell] for cell in made.cells]
    pq.write_metadata(
        footers[0].schema.to_arrow_schema() if footers else schema,
        dataset / "_metadata",
        metadata_collector=footers,
    )
    lines = ["Norder,Npix", *(f"{order},{pixel}" for order, pixel in made.cells)]
    (folder / "partition_info.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    area = sum(1 / (12 * 4**order) for order, _ in made.cells)
    size = sum(path.stat().st_size for path in dataset.rglob("*.parquet"))
    properties = _properties(release, spec) | {
        "hats_nrows": str(sum(footer.num_rows for footer in footers)),
        "hats_max_rows": str(max((footer.num_rows for footer in footers), default=0)),
        "hats_order": str(max((order for order, _ in made.cells), default=0)),
        "moc_sky_fraction": f"{area:.5f}",
        "hats_estsize": str(size // 1024),
    }
    text = "".join(f"{key}={_property(value)}\n" for key, value in properties.items() if value)
    for name in ("hats.properties", "properties"):
        (folder / name).write_text(f"#HATS catalog\n{text}", encoding="utf-8")


def _write_plain(
    path: Path, tables: Iterator[pa.Table], schema: pa.Schema, wrote: Callable[[int], None]
) -> None:
    first = next(tables, schema.empty_table())
    with pq.ParquetWriter(path, schema, **parquet_options(first)) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table, row_group_size=_ROW_GROUP)
            wrote(table.num_rows)


def _joined(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Batches put together, so that each makes a whole group of rows or more."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= _ROW_GROUP:
            yield pa.Table.from_batches(waiting, schema)
            waiting, rows = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting, schema)


class _Partitions:
    """Writes partitions, some of them at a time."""

    def __init__(self, dataset: Path, wrote: Callable[[int], None]) -> None:
        self.cells: list[tuple[int, int]] = []
        self.footers: dict[tuple[int, int], pq.FileMetaData] = {}
        self._dataset = dataset
        self._wrote = wrote

    def write(self, cells: Iterable[Cell]) -> None:
        with ThreadPoolExecutor(_WRITERS, "partition") as pool:
            waiting: list[Future[None]] = []
            for cell in cells:
                if len(waiting) >= _WRITERS:
                    waiting.pop(0).result()
                waiting.append(pool.submit(self._write, cell))
                self._wrote(cell.table.num_rows)
            for last in waiting:
                last.result()

    def _write(self, cell: Cell) -> None:
        name = _place(cell.order, cell.pixel)
        path = self._dataset / name
        path.parent.mkdir(parents=True, exist_ok=True)
        collected: list[pq.FileMetaData] = []
        pq.write_table(
            cell.table,
            path,
            row_group_size=_ROW_GROUP,
            metadata_collector=collected,
            **parquet_options(cell.table),
        )
        collected[0].set_file_path(name)
        key = (cell.order, cell.pixel)
        self.footers[key] = collected[0]
        self.cells.append(key)


def _width(schema: pa.Schema) -> int:
    """Bytes of a row, about."""
    return sum(_bytes(field.type) for field in schema)


def _bytes(kind: pa.DataType) -> int:
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size) * _bytes(kind.value_type)
    try:
        return max(1, int(kind.bit_width) // 8)
    except ValueError:
        return 32


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


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a table that `write_hats` wrote, in the order of their cells.

    Raises
    ------
    FileNotFoundError
        Raised if the table is not there.
    """
    dataset = folder / "dataset"
    info = folder / "partition_info.csv"
    if not info.exists():
        return sorted(dataset.iterdir())
    cells = [
        (int(order), int(pixel))
        for order, _, pixel in (
            line.partition(",") for line in info.read_text("utf-8").splitlines()[1:]
        )
    ]
    cells.sort(key=lambda cell: cell[1] << 2 * (ORDER - cell[0]))
    return [dataset / _place(*cell) for cell in cells]


def _place(order: int, pixel: int) -> str:
    return f"Norder={order}/Dir={pixel // 10_000 * 10_000}/Npix={pixel}.parquet"


def read_rows(folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a table that `write_hats` wrote, sorted by `INDEX` if they have it."""
    for path in parquet_files(folder):
        with pq.ParquetFile(path) as source:
            yield from source.iter_batches(_ROW_GROUP)


def sync(*paths: Path) -> None:
    """Force files and folders to disk."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
