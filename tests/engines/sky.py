"""A small deterministic sky for tests of engines, results and jobs: real files, no mocks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence, Set
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from lsp_jupyter.adql import Column, Table
from lsp_jupyter.engines.duckdb_native import build_native
from lsp_jupyter.engines.protocol import SAMPLE, Attachment
from lsp_jupyter.identity import Caller

T = TypeVar("T")

ALIAS = "sky_1"
ROWS = 100_000
#: The first id: neighbours differ by one, which a double cannot tell at this size.
FIRST_ID = 9_000_000_000_000_000_001

COLUMNS = (
    Column("id", "long", ucd="meta.id;meta.main", description="Number of the star", principal=True),
    Column("ra", "double", unit="deg", ucd="pos.eq.ra", description="Right ascension"),
    Column("dec", "double", unit="deg", ucd="pos.eq.dec", description="Declination"),
    Column("mag", "float", unit="mag", ucd="phot.mag", description="Brightness"),
    Column("n", "int", description="Counts up from 0"),
    Column("name", "unicodeChar", arraysize="*", ucd="meta.id", description="Name"),
)


def stars(rows: int = ROWS) -> pa.Table:
    """Stars spread over the sky; ``n`` counts up with ``id``; some magnitudes are missing."""
    # Processes that only use the sky need not wait for these.
    import cdshealpix
    from astropy.coordinates import Latitude, Longitude

    random = np.random.default_rng(1)
    ra = random.uniform(0, 360, rows)
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, rows)))
    mag = random.uniform(5, 20, rows).astype(np.float32)
    mag[::100] = np.nan
    missing = np.arange(rows) % 50 == 1
    hpx29 = cdshealpix.nested.lonlat_to_healpix(
        Longitude(ra, "deg"), Latitude(dec, "deg"), 29
    ).astype(np.int64)
    n = np.arange(rows, dtype=np.int32)
    cos_dec = np.cos(np.radians(dec))
    return pa.table(
        {
            "id": pa.array(n + np.int64(FIRST_ID)),
            "ra": ra,
            "dec": dec,
            "mag": pa.array(mag, mask=missing),
            "n": n,
            "name": pa.array([f"Star {i}" for i in n]),
            "hpx29": hpx29,
            "cx": cos_dec * np.cos(np.radians(ra)),
            "cy": cos_dec * np.sin(np.radians(ra)),
            "cz": np.sin(np.radians(dec)),
        }
    )


def make_sky(folder: Path, rows: int = ROWS) -> Path:
    """The native file of the stars, with a sample of them."""
    table = stars(rows).append_column("rnd", pa.array(np.random.default_rng(2).random(rows)))
    names = ["hpx29" if name == "_healpix_29" else name for name in table.column_names]
    table = table.rename_columns(names).sort_by("hpx29")
    target = folder / "sky.duckdb"
    build_native(table.to_reader(20_000), target)
    return target


class SkyCatalog:
    """A catalogue of one table, ``test.stars``, over a native file that may be replaced."""

    def __init__(self, native: Path, alias: str = ALIAS) -> None:
        self.publish(native, alias)

    def publish(self, native: Path, alias: str) -> None:
        """Make another file the present generation of the table."""
        self.native = native
        source = (alias, "main", "data")
        table = Table(
            *("test", "stars", COLUMNS, source),
            position=("ra", "dec"),
            rows=ROWS,
            sample=(alias, "main", "sample"),
            share=SAMPLE,
        )
        self.tables = (table,)

    def collect(self, held: Set[Path]) -> Sequence[Path]:
        # Its files belong to the test session.
        return ()

    def snapshot(self, caller: Caller) -> SkyCatalog:
        return self

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        return [
            table
            for table in self.tables
            if table.name.lower() == name.lower()
            and (schema is None or table.schema.lower() == schema.lower())
        ]

    def version_of(self, table: Table) -> str:
        return table.schema

    def credits(self, versions: Iterable[str]) -> tuple[list[str], list[str]]:
        return [], []

    def names(self) -> Iterable[str]:
        return [table.full_name for table in self.tables]

    def pin(self, tables: Sequence[Table]) -> tuple[Attachment, ...]:
        return tuple(Attachment(table.source[0], self.native) for table in dict.fromkeys(tables))


class Loop:
    """An event loop that lives as long as its fixture; tests step it."""

    def __init__(self, seconds: float = 60) -> None:
        self._loop = asyncio.new_event_loop()
        self._seconds = seconds

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it to its end, which must come soon."""
        return self._loop.run_until_complete(asyncio.wait_for(work, self._seconds))

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
