"""A synthetic catalogue: 27 columns, half of the rows over the sky, half on 33 square degrees.

The rows are the same in every run, and those of a smaller catalogue are the first ones of a
larger one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.store import Store
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.publish import publish
from lsp_jupyter.catalogs.release import Release, TableSpec

__all__ = ["CENTRE", "HALF", "TABLE", "TARGETS", "Sky", "target_columns"]

TABLE, TARGETS = "bench.object", "bench.target"

#: Centre of the dense field, degrees.
CENTRE = (150.1, 2.2)
#: Half its width, degrees.
HALF = 2.885

_CHUNK = 100_000
_RELEASE = Release(name="bench", title="A synthetic sky", license="CC0-1.0")
_BANDS = "ugrizy"


def _columns() -> tuple[Column, ...]:
    bands = [
        Column(f"{band}_{name}", "float", unit="mag", ucd=ucd)
        for band in _BANDS
        for name, ucd in (
            ("psfMag", "phot.mag"),
            ("psfMagErr", "stat.error;phot.mag"),
            ("cModelMag", "phot.mag"),
        )
    ]
    return (
        Column("objectId", "long", ucd="meta.id;meta.main"),
        Column("coord_ra", "double", unit="deg", ucd="pos.eq.ra;meta.main"),
        Column("coord_dec", "double", unit="deg", ucd="pos.eq.dec;meta.main"),
        Column("tract", "int", ucd="meta.id"),
        Column("patch", "short", ucd="meta.id"),
        Column("detect_isPrimary", "boolean", ucd="meta.code"),
        Column("refExtendedness", "float", ucd="meta.code"),
        Column("refBand", "char", "1", ucd="instr.bandpass"),
        Column("epoch", "double", unit="d", ucd="time.epoch"),
        *bands,
    )


_SPEC = TableSpec("bench", "object", _columns(), ("coord_ra", "coord_dec"), title="Objects")
# As a table is that somebody brings along: without index.
_TARGETS = TableSpec(
    "bench",
    "target",
    (
        Column("id", "long", ucd="meta.id;meta.main"),
        Column("ra", "double", unit="deg", ucd="pos.eq.ra"),
        Column("dec", "double", unit="deg", ucd="pos.eq.dec"),
    ),
    title="Positions to be matched",
)


def _positions(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Half of them anywhere, half in the dense field."""
    dense = np.arange(count) % 2 == 1
    ra = np.where(dense, CENTRE[0] + rng.uniform(-HALF, HALF, count), rng.uniform(0, 360, count))
    anywhere = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    dec = np.where(dense, CENTRE[1] + rng.uniform(-HALF, HALF, count), anywhere)
    return ra, dec


def _chunk(number: int) -> pa.RecordBatch:
    rng = np.random.default_rng([20261122, number])
    ra, dec = _positions(rng, _CHUNK)
    identity = np.arange(number * _CHUNK, (number + 1) * _CHUNK, dtype=np.int64)
    extended = rng.random(_CHUNK) < 0.7
    values: dict[str, object] = {
        "objectId": identity,
        "coord_ra": ra,
        "coord_dec": dec,
        "tract": (dec + 90).astype(np.int32) * 360 + ra.astype(np.int32),
        "patch": rng.integers(0, 100, _CHUNK).astype(np.int16),
        "detect_isPrimary": rng.random(_CHUNK) < 0.9,
        "refExtendedness": extended.astype(np.float32),
        "refBand": np.array(list(_BANDS))[rng.integers(0, 6, _CHUNK)],
        "epoch": 60980 + rng.uniform(0, 365, _CHUNK),
    }
    magnitude = 27 - rng.exponential(2, _CHUNK)
    for band in _BANDS:
        psf = magnitude + rng.normal(0, 0.8, _CHUNK)
        missing = rng.random(_CHUNK) < 0.05
        for name, value in (
            ("psfMag", psf),
            ("psfMagErr", 0.01 * 10 ** (0.3 * (psf - 22))),
            ("cModelMag", psf - 0.1 * extended),
        ):
            values[f"{band}_{name}"] = pa.array(value.astype(np.float32), mask=missing)
    return pa.RecordBatch.from_pydict(values)


def _rows(count: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, count, _CHUNK):
        yield _chunk(start // _CHUNK).slice(0, min(_CHUNK, count - start))


def target_columns(rows: int) -> dict[str, np.ndarray]:
    """One position to match for a hundred objects, at least 1,000: half of them next to one.

    Half an arcsecond is the error of each of their coordinates.
    """
    count = min(max(rows // 100, 1000), _CHUNK)
    rng = np.random.default_rng(7)
    first = _chunk(0)
    ra, dec = (np.asarray(first.column(name))[:count] for name in ("coord_ra", "coord_dec"))
    error = 0.5 / 3600
    ra = ra + rng.normal(0, error, count) / np.cos(np.radians(dec))
    dec = np.clip(dec + rng.normal(0, error, count), -90, 90)
    other = rng.random(count) < 0.5
    other_ra, other_dec = _positions(rng, count)
    order = rng.permutation(count)
    return {
        "id": np.arange(count),
        "ra": (np.where(other, other_ra, ra) % 360)[order],
        "dec": np.where(other, other_dec, dec)[order],
    }


class Sky(Store):
    """The catalogue of that many rows, published in a state folder if it is not there yet."""

    def __init__(self, state: Path, rows: int) -> None:
        state.mkdir(parents=True, exist_ok=True)
        super().__init__(state)
        self.rows = rows
        if not any(release.name == _RELEASE.name for release, _, _ in self.catalog.entries()):
            targets = pa.RecordBatch.from_pydict(target_columns(rows))
            publish(self.catalog, _RELEASE, [(_SPEC, _rows(rows)), (_TARGETS, [targets])])

    @property
    def hats(self) -> Path:
        """The Parquet files of the catalogue."""
        return self.catalog.hats("bench", "object")

    def arrow(self) -> Iterator[pa.RecordBatch]:
        """The rows of the catalogue and the cell of each, as ``hpx29``, in order of the cell."""
        compiled = self.compile(f"SELECT * FROM {TABLE}")
        name = ".".join(f'"{part}"' for part in compiled.tables[0].source)
        columns = ", ".join(f'"{column.name}"' for column in compiled.columns)
        yield from self.raw(compiled).sql(f"SELECT {columns}, hpx29 FROM {name}").to_arrow_reader()
