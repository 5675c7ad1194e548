"""A small catalogue in a real DuckDB, and the schema that describes it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy import units
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from lsp_jupyter.adql import Column, Compiled, Table, compile_query


@dataclass(frozen=True)
class Tables:
    """A schema of these tables."""

    tables: tuple[Table, ...]

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        return [
            table
            for table in self.tables
            if table.name.lower() == name.lower()
            and (schema is None or table.schema.lower() == schema.lower())
        ]

    def names(self) -> Iterable[str]:
        return [table.full_name for table in self.tables]


STARS = Table(
    "sky",
    "stars",
    (
        Column("id", "long", ucd="meta.id;meta.main", description="Identifier"),
        Column("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main", principal=True),
        Column("dec", "double", unit="deg", ucd="pos.eq.dec;meta.main"),
        Column("mag", "float", unit="mag", ucd="phot.mag"),
        Column("band", "char", "*"),
        Column("n", "int"),
        Column("byte", "unsignedByte"),
        Column("flag", "boolean"),
        Column("seen", "char", "*", "timestamp"),
        Column("Size", "double", unit="arcsec"),
        Column("flux", "double", "3", unit="nJy"),
    ),
    ("cat", "main", "stars"),
    ("ra", "dec"),
)
OBS = Table(
    "sky",
    "obs",
    (
        Column("obs_id", "long"),
        Column("id", "long"),
        Column("mag", "double", unit="mag"),
        Column("night", "short"),
    ),
    ("cat", "main", "obs"),
)
ONE = Table(
    "lab",
    "one",
    (
        Column("i", "int", unit="s"),
        Column("b", "long"),
        Column("f", "float", unit="mag"),
        Column("d", "double", unit="m"),
        Column("s", "char", "*"),
        Column("z", "int"),
        Column("nothing", "double"),
        Column("t", "char", "*", "timestamp"),
        Column("yes", "boolean"),
        Column("u", "unsignedByte"),
        Column('odd "name"', "int"),
        Column("select", "int"),
    ),
    ("cat", "main", "one"),
)
OBS_LAB = Table("lab", "obs", (Column("obs_id", "long"),), ("cat", "main", "lab_obs"))
CASES = Table("lab", "Cases", (Column("Ab", "int"), Column("aB", "int")), ("cat", "main", "cases"))
SCHEMA = Tables((STARS, OBS, ONE, OBS_LAB, CASES))

_ROWS = """
1,  10.0,   20.0,  5.0, g, 3,    1, true,  2020-01-01T00:00:00, 1.5
2,  10.05,  20.0,  6.5, g, -7,   2, false, 2021-06-30T12:00:00, 2.5
3,  359.99, 0.0,   7.0, r, 7,    3, true,  2022-01-01T00:00:00, NULL
4,  0.01,   0.0,   8.0, r, NULL, 4, NULL,  NULL,                0.5
5,  45.0,   89.99, 9.0, i, 0,    5, true,  2020-01-01T00:00:00, 4.0
6,  225.0,  89.99, NULL,i, 2,    6, false, 2023-03-01T06:00:00, 3.0
7,  NULL,   NULL,  3.0, G, 1,    7, true,  2020-02-29T00:00:00, 1.0
8,  180.0,  -90.0, 4.5, NULL,5,  255, false,2020-01-02T00:00:00,9.5
"""


def _helpers(ra: str = "ra", dec: str = "dec") -> str:
    return (
        f"cos(radians({dec})) * cos(radians({ra})) AS cx, "
        f"cos(radians({dec})) * sin(radians({ra})) AS cy, sin(radians({dec})) AS cz"
    )


def healpix(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Order-29 cells as the catalogue stores them."""
    cells = lonlat_to_healpix(Longitude(ra, units.deg), Latitude(dec, units.deg), 29)
    return np.asarray(cells).astype(np.int64)


def _fill(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("ATTACH ':memory:' AS cat")
    lines = [line.split(",") for line in _ROWS.strip().splitlines()]
    cells = []
    for line in lines:
        ra, dec = line[1].strip(), line[2].strip()
        known = ra != "NULL"
        cells.append(
            int(healpix(np.array([float(ra)]), np.array([float(dec)]))[0]) if known else None
        )
    values = []
    for line, cell in zip(lines, cells, strict=True):
        parts = [part.strip() for part in line]
        for text in (4, 8):
            if parts[text] != "NULL":
                parts[text] = f"'{parts[text]}'"
        values.append(f"({', '.join(parts)}, {'NULL' if cell is None else cell})")
    db.execute(
        "CREATE TABLE cat.main.stars AS SELECT id::BIGINT AS id, ra::DOUBLE AS ra, "
        "dec::DOUBLE AS dec, mag::FLOAT AS mag, band, n::INTEGER AS n, byte::UTINYINT AS byte, "
        'flag, seen::TIMESTAMP AS seen, size::DOUBLE AS "Size", [1.0, 2.0, id]::DOUBLE[] AS flux, '
        f"hpx29::BIGINT AS hpx29, {_helpers()} FROM (VALUES {', '.join(values)}) "
        "AS v(id, ra, dec, mag, band, n, byte, flag, seen, size, hpx29)"
    )
    db.execute(
        "CREATE TABLE cat.main.obs AS SELECT * FROM (VALUES "
        "(100::BIGINT, 1::BIGINT, 5.1::DOUBLE, 10::SMALLINT), (101, 1, 5.2, 11), (102, 2, 6.0, 10),"
        "(103, 3, NULL, 12), (104, 99, 1.0, 12)) AS v(obs_id, id, mag, night)"
    )
    db.execute(
        "CREATE TABLE cat.main.one AS SELECT 7::INTEGER AS i, 1099511627776::BIGINT AS b, "
        "0.29::FLOAT AS f, -2.5::DOUBLE AS d, 'Abc' AS s, 0::INTEGER AS z, NULL::DOUBLE AS nothing,"
        "TIMESTAMP '2020-01-02 03:04:05' AS t, true AS yes, 3::UTINYINT AS u, "
        '1::INTEGER AS "odd ""name""", 2::INTEGER AS "select"'
    )
    db.execute("CREATE TABLE cat.main.lab_obs AS SELECT 1::BIGINT AS obs_id")
    # DuckDB's names have no case, so the two columns of lab.Cases cannot both be real.
    db.execute("CREATE TABLE cat.main.cases AS SELECT 1::INTEGER AS ab")


@pytest.fixture(scope="session")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """The small catalogue."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    _fill(connection)
    yield connection
    connection.close()


@dataclass
class Runner:
    """Compiles queries and runs them."""

    db: duckdb.DuckDBPyConnection
    schema: Tables

    def compile(self, query: str, maxrec: int = 1000) -> Compiled:
        return compile_query(query, self.schema, maxrec=maxrec)

    def table(self, query: str, maxrec: int = 1000) -> pa.Table:
        compiled = self.compile(query, maxrec)
        # On a connection of its own: one that failed half way has rows left.
        result = self.db.cursor().sql(compiled.sql).to_arrow_table()
        assert result.column_names == [column.name for column in compiled.columns]
        return result

    def rows(self, query: str, maxrec: int = 1000) -> list[tuple[Any, ...]]:
        compiled = self.compile(query, maxrec)
        cursor = self.db.execute(compiled.sql)
        assert [column[0] for column in cursor.description] == [
            column.name for column in compiled.columns
        ]
        return cursor.fetchall()

    def column(self, query: str) -> list[Any]:
        return [row[0] for row in self.rows(query)]


@pytest.fixture
def run(db: duckdb.DuckDBPyConnection) -> Runner:
    """Runs queries on the small catalogue."""
    return Runner(db, SCHEMA)


SKY = Table(
    "sky",
    "points",
    (Column("id", "long"), Column("ra", "double", unit="deg"), Column("dec", "double", unit="deg")),
    ("cat", "main", "points"),
    ("ra", "dec"),
)
BARE = Table("sky", "bare", SKY.columns, ("cat", "main", "bare"))


@dataclass
class Sky:
    """Half a million positions, evenly over the sky but denser at poles and at the seam."""

    run: Runner
    ra: np.ndarray
    dec: np.ndarray
    vectors: np.ndarray

    def separations(self, ra: float, dec: float) -> np.ndarray:
        """Degrees from every point to a position, accurate everywhere."""
        lon, lat = math.radians(ra), math.radians(dec)
        centre = np.array(
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
        )
        apart = np.linalg.norm(self.vectors - centre[:, None], axis=0)
        together = np.linalg.norm(self.vectors + centre[:, None], axis=0)
        return np.degrees(2 * np.arctan2(apart, together))


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sky]:
    """A table of 520,000 positions, sorted by cell as the catalogue's are."""
    rng = np.random.default_rng(20260301)
    count = 500_000
    ra = rng.uniform(0, 360, count)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    extra = 5_000
    near = rng.exponential(0.5, extra)
    ra = np.concatenate(
        [ra, *[rng.uniform(0, 360, extra) for _ in range(2)], rng.normal(0, 0.3, 2 * extra) % 360]
    )
    dec = np.concatenate([dec, 90 - near, near - 90, rng.normal(0, 0.3, 2 * extra)])
    cells = healpix(ra, dec)
    order = np.argsort(cells, kind="stable")
    ra, dec, cells = ra[order], dec[order], cells[order]
    lon, lat = np.radians(ra), np.radians(dec)
    vectors = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    data = pa.table(
        {"id": np.arange(len(ra)), "ra": ra, "dec": dec, "hpx29": cells}
        | dict(zip(("cx", "cy", "cz"), vectors, strict=True))
    )
    path = tmp_path_factory.mktemp("sky") / "sky.duckdb"
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(f"ATTACH '{path}' AS cat")
    connection.register("data", data)
    connection.execute("CREATE TABLE cat.main.points AS SELECT * FROM data")
    connection.execute("CREATE VIEW cat.main.bare AS SELECT id, ra, dec FROM cat.main.points")
    yield Sky(Runner(connection, Tables((SKY, BARE))), ra, dec, vectors)
    connection.close()
