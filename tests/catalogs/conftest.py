from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.release import Example, Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.identity import Caller

CALLER = Caller("someone")

RELEASE = Release(
    name="survey",
    title="A survey",
    description="Made for tests",
    license="CC0",
    citation="Nobody 2026",
    version="1",
    examples=(Example("All", "SELECT * FROM sky.stars", "Everything"),),
)
STARS = TableSpec(
    schema="sky",
    name="stars",
    title="Stars",
    description="Points on the sky",
    position=("ra", "dec"),
    columns=(
        Column("id", "long", ucd="meta.id;meta.main", principal=True, indexed=True),
        Column("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main", indexed=True),
        Column("dec", "double", unit="deg", ucd="pos.eq.dec;meta.main", indexed=True),
        Column("mag", "float", unit="mag", ucd="phot.mag", description="Magnitude"),
        Column("name", "char", "*"),
    ),
)


def stars(rows: int = 1000, seed: int = 1, step: int = 400) -> Iterator[pa.RecordBatch]:
    """Rows of `STARS`, scattered evenly over the sphere, in batches."""
    random = np.random.default_rng(seed)
    table = pa.table(
        {
            "id": np.arange(rows),
            "ra": random.uniform(0, 360, rows),
            "dec": np.degrees(np.arcsin(random.uniform(-1, 1, rows))),
            "mag": pa.array(random.uniform(5, 15, rows), mask=random.random(rows) < 0.1),
            "name": [f"star {row}" for row in range(rows)],
        }
    ).cast(
        pa.schema(
            [
                ("id", pa.int64()),
                ("ra", pa.float64()),
                ("dec", pa.float64()),
                ("mag", pa.float32()),
                ("name", pa.string()),
            ]
        )
    )
    yield from table.to_batches(max_chunksize=step)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def catalog(state: Path) -> Iterator[Catalog]:
    catalog = Catalog(state)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalogue that holds ten stars. Do not publish to it."""
    catalog = Catalog(tmp_path_factory.mktemp("published"))
    publish_table(catalog, RELEASE, STARS, stars(10))
    yield catalog
    catalog.close()


def rows_of(
    catalog: Catalog, table: Table, sql: str = "SELECT * FROM {}"
) -> list[tuple[object, ...]]:
    """What the engine finds in a published table."""
    (attachment,) = catalog.pin([table])
    with duckdb.connect(str(attachment.path), read_only=True) as connection:
        return connection.execute(sql.format('"data"')).fetchall()
