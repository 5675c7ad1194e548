"""A million rows of ten columns as VOTable BINARY2 against the plain scan of them to Arrow.

Ours is scan and writing together, so the ratio says what the format costs on
top of reading the rows. astropy's writer does fewer rows of the same table,
already in memory; its time is scaled to all rows.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
from astropy.io.votable import from_table
from astropy.table import Table

from benchmarks.harness import Goal, Row, Sample, compare
from benchmarks.sky import TABLE
from benchmarks.world import World
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.registry import writer_for

#: Numbers and a truth value; four of the columns with nulls.
COLUMNS = (
    *("objectId", "coord_ra", "coord_dec", "tract", "patch", "detect_isPrimary"),
    *("g_psfMag", "g_psfMagErr", "r_psfMag", "i_cModelMag"),
)
QUERY = f"SELECT {', '.join(COLUMNS)} FROM {TABLE}"

#: Rows that astropy writes.
FEWER = 20_000


def run(world: World) -> list[Row]:
    sky = world.sky()
    compiled = sky.compile(QUERY)
    connection = sky.raw(compiled)
    form = writer_for("votable/b2")
    fields = [dict(column.metadata()) for column in compiled.columns]

    def reader() -> pa.RecordBatchReader:
        return connection.cursor().sql(compiled.sql).to_arrow_reader(122_880)

    def described() -> pa.Schema:
        return pa.schema(
            [field.with_metadata(meta) for field, meta in zip(reader().schema, fields, strict=True)]
        )

    schema = described()

    def scan() -> int:
        return sum(batch.num_rows for batch in reader())

    def write() -> int:
        rows = 0

        def counted() -> Iterator[pa.RecordBatch]:
            nonlocal rows
            for batch in reader():
                rows += batch.num_rows
                yield batch

        header = TableHeader(schema)
        for chunk in form.write(header, counted()):
            len(chunk)
        return rows

    samples = compare({"ours": write, "peer": scan}, rounds=world.rounds(15))

    table = reader().read_all()
    rows = table.num_rows
    small = table.slice(0, FEWER)
    astropy = timed(lambda: write_astropy(small))
    return [
        Row(
            f"votable, {rows:,} rows x {table.num_columns}",
            samples["ours"],
            samples["peer"],
            "DuckDB scan to Arrow",
            Goal(factor=2.5),
        ),
        Row(
            "votable against astropy",
            samples["ours"],
            Sample((astropy * rows / FEWER,)),
            f"astropy BINARY2, {FEWER:,} rows scaled",
            Goal(factor=1 / 50),
        ),
    ]


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def write_astropy(table: pa.Table) -> int:
    """Write with astropy as a user would; bytes."""
    votable = from_table(Table.from_pandas(table.to_pandas()))
    votable.get_first_table().format = "binary2"
    out = io.BytesIO()
    votable.to_xml(out)
    return out.tell()
