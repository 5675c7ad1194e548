"""A table written in every format, against the writers that people have in Python.

Ours writes a million rows of ten columns that are in memory, and as a stream:
the first piece and the last one are timed. The others write fewer rows of the
same table as a whole; their time is scaled to all rows.
"""

from __future__ import annotations

import io
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from astropy.io.votable import from_table
from astropy.table import Table

from benchmarks.harness import Goal, Row, Sample
from benchmarks.votable import COLUMNS, FEWER, QUERY, timed
from benchmarks.world import World
from lsp_jupyter.formats.header import Rows, TableHeader
from lsp_jupyter.formats.registry import writer_for

#: Seconds to the first piece; SQLite's comes when all rows are in.
FIRST = 0.1
_COLUMNS = 999


@dataclass(frozen=True, slots=True)
class _Peer:
    """Somebody else's writer of a format."""

    name: str
    write: Callable[[Table], object]
    factor: float


def _votable(serialization: str) -> Callable[[Table], object]:
    def write(table: Table) -> object:
        votable = from_table(table)
        votable.get_first_table().format = serialization
        return votable.to_xml(io.BytesIO())

    return write


def _text(form: str) -> Callable[[Table], object]:
    return lambda table: table.write(io.StringIO(), format=form)


def _bytes(form: str) -> Callable[[Table], object]:
    return lambda table: table.write(io.BytesIO(), format=form)


def _parquet(table: Table) -> object:
    # It takes no open file.
    with TemporaryDirectory() as folder:
        return table.write(Path(folder) / "t.parquet", format="parquet")


def _sqlite(table: Table) -> object:
    with sqlite3.connect(":memory:") as database:
        return table.to_pandas().to_sql("result", database)


PEERS = {
    "votable/b2": _Peer("astropy", _votable("binary2"), 1 / 50),
    "votable/b": _Peer("astropy", _votable("binary"), 1 / 50),
    "votable/td": _Peer("astropy", _votable("tabledata"), 1 / 10),
    "fits": _Peer("astropy", _bytes("fits"), 1),
    "parquet": _Peer("astropy", _parquet, 1),
    "ecsv": _Peer("astropy", _text("ascii.ecsv"), 1 / 5),
    "csv": _Peer("astropy", _text("ascii.csv"), 1 / 5),
    "tsv": _Peer("astropy", _text("ascii.tab"), 1 / 5),
    "html": _Peer("astropy", _text("ascii.html"), 1 / 5),
    "json": _Peer("pandas", lambda table: table.to_pandas().to_json(io.StringIO()), 5),
    "sqlite": _Peer("pandas", _sqlite, 1),
}


def run(world: World) -> list[Row]:
    sky = world.sky()
    compiled = sky.compile(QUERY)
    table = sky.raw(compiled).cursor().sql(compiled.sql).to_arrow_table()
    fields = zip(table.schema, compiled.columns, strict=True)
    table = table.cast(
        pa.schema([each.with_metadata(dict(one.metadata())) for each, one in fields])
    )
    some = Table.from_pandas(table.slice(0, FEWER).to_pandas())
    scale = table.num_rows / FEWER
    rows = []
    for form, peer in PEERS.items():
        rounds = world.rounds(3)
        first, last = _ours(form, table, rounds)
        write = partial(peer.write, some)
        theirs = Sample(tuple([scale * timed(write) for _ in range(rounds)]))
        name = f"{table.num_rows:,} rows x {len(COLUMNS)}, {form}"
        goal = Goal(factor=peer.factor)
        rows.append(Row(name, last, theirs, f"{peer.name}, {FEWER:,} rows scaled", goal))
        if form != "sqlite":
            rows.append(Row(f"{name}, first piece", first, None, "", Goal(seconds=FIRST)))
    wide = _wide()
    for form in ("votable/b2", "votable/td", "fits", "parquet", "csv", "json"):
        first, _ = _ours(form, wide, world.rounds(5))
        name = f"{wide.num_rows:,} rows x {_COLUMNS}, {form}, first piece"
        rows.append(Row(name, first, None, "", Goal(seconds=FIRST)))
    return rows


def _ours(form: str, table: pa.Table, rounds: int) -> tuple[Sample, Sample]:
    """Seconds to the first piece that is not empty, and to the last one."""
    batches = table.to_batches(max_chunksize=122_880)
    done = [_one(form, table.schema, batches, table.num_rows) for _ in range(rounds + 1)][1:]
    firsts, lasts = zip(*done, strict=True)
    return Sample(firsts), Sample(lasts)


def _one(
    form: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch], rows: int
) -> tuple[float, float]:
    first = 0.0
    start = time.perf_counter()
    for piece in writer_for(form).write(TableHeader(schema, rows=rows), Rows(lambda: batches)):
        if piece and not first:
            first = time.perf_counter() - start
    return first, time.perf_counter() - start


def _wide() -> pa.Table:
    """As many columns as the widest tables of surveys have; FITS has room for no more."""
    rng = np.random.default_rng(1519)
    kinds = (np.float64, np.float32, np.int32, np.int64)
    return pa.table(
        {
            f"measure_{number:04d}": pa.array(
                (1e6 * rng.normal(size=1519)).astype(kinds[number % 4]),
                mask=rng.random(1519) < 0.05,
            )
            for number in range(_COLUMNS)
        }
    )
