"""Which images cover a place, among a million of them in ``ivoa.ObsCore``.

The footprints are squares of 0.23 degrees over the sky that a ground-based survey sees, each
with its own angle. The peer is the engine alone with the SQL that the platform makes of the
query: the difference is the language, the server and the format.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa

from benchmarks.harness import Goal, Row, compare
from benchmarks.store import Store
from benchmarks.world import Server, World, tell
from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from lsp_jupyter.images.repositories import Repository, put_repository

#: Images.
COUNT = 1_000_000
#: Half of a footprint's diagonal, degrees.
_REACH = 0.23 / math.sqrt(2)
_CHUNK = 50_000
_BANDS = {"u": 360e-9, "g": 480e-9, "r": 620e-9, "i": 750e-9, "z": 870e-9, "y": 960e-9}

POINT = """SELECT obs_publisher_did, dataproduct_subtype, lsst_band, t_min FROM ivoa.ObsCore
WHERE CONTAINS(POINT({ra:.6f}, {dec:.6f}), s_region) = 1"""


def _batches() -> Iterator[pa.RecordBatch]:
    schema = table_schema(OBSCORE)
    names = list(_BANDS)
    for start in range(0, COUNT, _CHUNK):
        rng = np.random.default_rng([6, start])
        ra = rng.uniform(0, 360, _CHUNK)
        dec = np.degrees(np.arcsin(rng.uniform(-0.98, 0.2, _CHUNK)))
        angle = rng.uniform(0, math.pi / 2, _CHUNK)
        corners = []
        for side in range(4):
            turned = angle + side * math.pi / 2
            corners.append(ra + _REACH * np.cos(turned) / np.cos(np.radians(dec)))
            corners.append(dec + _REACH * np.sin(turned))
        outlines = np.stack(corners, axis=1).round(9)
        outlines[:, ::2] %= 360.0
        bands = rng.integers(0, 6, _CHUNK)
        wave = np.array(list(_BANDS.values()))[bands]
        begin = 60_980 + rng.uniform(0, 3650, _CHUNK)
        visits = np.arange(start, start + _CHUNK) // 189
        values: dict[str, object] = {
            "dataproduct_type": ["image"] * _CHUNK,
            "calib_level": np.full(_CHUNK, 2, np.int32),
            "obs_collection": ["BENCH"] * _CHUNK,
            "obs_id": [f"{visit}" for visit in visits],
            "obs_publisher_did": [f"ivo://bench/bench?{start + n:032x}" for n in range(_CHUNK)],
            "s_ra": ra,
            "s_dec": dec,
            "s_fov": np.full(_CHUNK, 2 * _REACH),
            "s_region": [
                "POLYGON ICRS " + " ".join(map(str, outline)) for outline in outlines.tolist()
            ],
            "t_min": begin,
            "t_max": begin + 30 / 86400,
            "t_exptime": np.full(_CHUNK, 30.0),
            "em_min": wave - 60e-9,
            "em_max": wave + 60e-9,
            "lsst_band": [names[band] for band in bands],
            "lsst_visit": visits,
            "dataproduct_subtype": ["lsst.visit_image"] * _CHUNK,
        }
        yield pa.RecordBatch.from_pydict(
            {
                field.name: pa.array(values[field.name], field.type)
                if field.name in values
                else pa.nulls(_CHUNK, field.type)
                for field in schema
            },
            schema=schema,
        )


def _published(state: Path) -> Store:
    store = Store(state)
    if not (state / "repositories.json").exists():
        tell(f"publishing {COUNT:,} images")
        publish_table(store.catalog, RELEASE, OBSCORE, _batches())
        put_repository(state, Repository("bench", str(state / "nowhere"), ("none",)))
    return store


def run(world: World) -> list[Row]:
    """Measure one place after the other, each once."""
    store = _published(world.cache / f"observations-{COUNT}")
    server = Server(world.scratch / "observations", store.config.state())
    rounds = world.rounds(60)
    rng = np.random.default_rng(66)
    count = 3 * (rounds + 10)
    ra = rng.uniform(0, 360, count)
    dec = np.degrees(np.arcsin(rng.uniform(-0.9, 0.1, count)))
    places = list(zip(ra.tolist(), dec.tolist(), strict=True))
    statements = [store.compile(POINT.format(ra=x, dec=y)) for x, y in places[: rounds + 10]]
    connection = store.raw(statements[0])
    raw = itertools.cycle([statement.sql for statement in statements])
    asked, searched = itertools.cycle(places[rounds + 10 :]), itertools.cycle(places[::-1])

    def tap() -> None:
        x, y = next(asked)
        form = {"LANG": "ADQL", "QUERY": POINT.format(ra=x, dec=y), "FORMAT": "votable/b2"}
        kind = "application/x-www-form-urlencoded"
        server.request("POST", "tap/sync", urlencode(form).encode(), kind)

    def sia() -> None:
        x, y = next(searched)
        form = urlencode({"POS": f"CIRCLE {x:.6f} {y:.6f} 0.0001", "RESPONSEFORMAT": "votable/b2"})
        server.request("GET", f"sia/bench/query?{form}")

    def alone() -> None:
        connection.cursor().sql(next(raw)).to_arrow_table()

    contenders: dict[str, Callable[[], None]] = {"tap": tap, "sia": sia, "peer": alone}
    try:
        samples = compare(contenders, rounds=rounds, warm=5)
    finally:
        server.stop()
        store.close()
    goal = Goal(seconds=0.020)
    return [
        Row("images at a point, TAP", samples["tap"], samples["peer"], "DuckDB alone", goal),
        Row("images at a point, SIA", samples["sia"], samples["peer"], "DuckDB alone", goal),
    ]
