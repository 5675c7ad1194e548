"""Points, densities and regions: against NumPy, through the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.duckdb_regions import in_polygon
from lsp_jupyter.errors import AdqlError, LspError, ParameterError
from lsp_jupyter.results.analysis import Analysis
from lsp_jupyter.results.drawn import Density, Region
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.view import View
from lsp_jupyter.results.views import ROW_COLUMN, Views
from tests.engines.sky import Loop

ROWS = 20_000
WHOLE = View()


@pytest.fixture(scope="module")
def run() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def engine(run: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    tmp = tmp_path_factory.mktemp("engine")
    config = LspConfig(state_dir=str(tmp), interactive_workers=1, scan_workers=0)
    engine = DuckDBEngine(config, tmp / "spool")
    run(engine.start())
    yield engine
    run(engine.close())


def _field(name: str, kind: pa.DataType, **notes: str) -> pa.Field:
    return pa.field(name, kind, metadata=notes)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(7)
    g = rng.normal(20, 1, ROWS)
    g[::50], g[1::500], g[2::500] = np.nan, np.inf, -np.inf
    arrays = [
        pa.array(np.arange(ROWS) + (1 << 60), pa.int64()),
        pa.array(g),
        pa.array(rng.lognormal(0, 2, ROWS).astype("f4"), mask=np.arange(ROWS) % 70 == 0),
        pa.array([f"<b>{n % 3}" for n in range(ROWS)]),
        pa.array(np.datetime64("2026-01-01", "us") + np.arange(ROWS) * 1_000_000),
        pa.array(rng.uniform(0, 360, ROWS)),
        pa.array(np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS)))),
    ]
    schema = pa.schema(
        [
            _field("id", pa.int64(), datatype="long"),
            _field("g mag", pa.float64(), datatype="double", unit="mag", ucd="phot.mag"),
            _field("flux", pa.float32(), datatype="float", unit="nJy"),
            _field("name", pa.string(), datatype="char", arraysize="*"),
            _field("time", pa.timestamp("us"), datatype="char", arraysize="*", xtype="timestamp"),
            _field("ra", pa.float64(), datatype="double", unit="deg"),
            _field("dec", pa.float64(), datatype="double", unit="deg"),
        ]
    )
    return pa.Table.from_arrays(arrays, schema=schema)


@pytest.fixture
def name(keep: Callable[..., str], table: pa.Table) -> str:
    return keep(table, 7000)


@pytest.fixture
def analysis(store: ResultStore, engine: DuckDBEngine) -> Analysis:
    return Analysis(Views(store, engine), engine)


def numbers(table: pa.Table, name: str) -> np.ndarray:
    return table[name].to_pandas().to_numpy(dtype=float)


def rows_of(ranges: np.ndarray) -> list[int]:
    return [row for start, stop in ranges for row in range(start, stop)]


def test_points_in_a_box_come_with_what_was_asked(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    found = run(
        analysis.points(
            name,
            View.parse({"derive": [["colour", '"g mag" - 1', "mag"]]}),
            "colour",
            "LOG10(flux)",
            box=[19.5, 18.0, 0, None],
            columns={"size": "id", "label": "name", "err": "SQRT(flux)"},
            limit=ROWS,
        )
    )
    g, flux = numbers(table, "g mag") - 1, numbers(table, "flux")
    (wanted,) = np.nonzero((g >= 18) & (g <= 19.5) & (flux >= 1))
    assert found.rows == wanted.size > 500
    points = found.table
    assert points.column_names == [ROW_COLUMN, "x", "y", "size", "label", "err"]
    assert points[ROW_COLUMN].to_pylist() == wanted.tolist()
    assert points["x"].to_pylist() == g[wanted].tolist()
    np.testing.assert_allclose(points["y"].to_numpy(), np.log10(flux[wanted]), rtol=1e-6)
    assert points["size"].to_pylist() == [(1 << 60) + row for row in wanted.tolist()]
    assert points.schema.field("x").metadata[b"unit"] == b"mag"


def test_too_many_points_are_only_counted(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    found = run(analysis.points(name, WHOLE, "g mag", "id", limit=100))
    assert found.rows == np.isfinite(numbers(table, "g mag")).sum()
    assert found.table.num_rows == 0


def test_instants_are_shown_as_mjd(run: Loop, analysis: Analysis, name: str) -> None:
    found = run(analysis.points(name, WHOLE, "time", "id", limit=ROWS))
    days = found.table["x"].to_numpy()
    np.testing.assert_allclose(days[:2], [61041.0, 61041.0 + 1 / 86400], atol=1e-9)
    assert found.table.schema.field("x").metadata[b"unit"] == b"d"


def grid(density: Density, width: int, height: int, kind: str = "<u4") -> np.ndarray:
    return np.frombuffer(density.data, kind).reshape(height, width)


def test_a_density_counts_what_numpy_counts(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    box = [17.0, 23.0, 0.01, 100.0]
    view = View.parse({"where": ["id >= 1152921504606847076"]})
    found = run(
        analysis.density(name, view, "g mag", "flux", width=31, height=17, box=box, logy=True)
    )
    g, flux = numbers(table, "g mag")[100:], np.log10(numbers(table, "flux")[100:])
    good = (g >= 17) & (g <= 23) & (flux >= -2) & (flux <= 2)
    wanted, _, _ = np.histogram2d(flux[good], g[good], [17, 31], [[-2, 2], [17, 23]])
    assert (grid(found, 31, 17) == wanted).all()
    assert found.rows == wanted.sum() > 10_000
    assert found.most == wanted.max()
    assert list(found.box) == box


@pytest.mark.parametrize("statistic", ["sum", "mean", "min", "max"])
def test_a_density_of_a_weight(
    run: Loop, analysis: Analysis, name: str, table: pa.Table, statistic: str
) -> None:
    found = run(
        analysis.density(
            name, WHOLE, "ra", "dec", width=6, height=5, weight='"g mag"', statistic=statistic
        )
    )
    ra, dec, g = (numbers(table, one) for one in ("ra", "dec", "g mag"))
    assert found.box == (ra.min(), ra.max(), dec.min(), dec.max())
    good = np.isfinite(g)
    column = np.minimum((ra - ra.min()) / np.ptp(ra) * 6, 5).astype(int)
    row = np.minimum((dec - dec.min()) / np.ptp(dec) * 5, 4).astype(int)
    values = grid(found, 6, 5, "<f4")
    for y, x in np.ndindex(5, 6):
        cell = g[good & (column == x) & (row == y)]
        assert values[y, x] == pytest.approx(getattr(np, statistic)(cell), rel=1e-5)


def test_a_density_of_nothing_is_empty(run: Loop, analysis: Analysis, name: str) -> None:
    view = View.parse({"filter": [["ra", "<", -1]]})
    found = run(analysis.density(name, view, "ra", "flux", width=4, height=4, logy=True))
    assert found.rows == 0
    assert found.most is None
    assert set(found.data) == {0}


STAR = [(0.0, 90.0), (120.0, -80.0), (260.0, 85.0), (355.0, -60.0), (10.0, 10.0)]


def test_a_polygon_selects_by_the_even_odd_rule(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    ranges = run(analysis.region(name, WHOLE, "ra", "dec", Region(polygon=STAR)))
    inside = []
    for x, y in zip(numbers(table, "ra"), numbers(table, "dec"), strict=True):
        crossings = 0
        for (ax, ay), (bx, by) in zip(STAR, [*STAR[1:], STAR[0]], strict=True):
            if (ay > y) != (by > y):
                crossings += x < ax + (y - ay) * (bx - ax) / (by - ay)
        inside.append(crossings % 2 == 1)
    assert rows_of(ranges) == np.flatnonzero(inside).tolist()
    assert 1000 < sum(inside) < ROWS - 1000


def test_edges_are_straight_on_a_logarithmic_axis(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    triangle = [(0.01, 0.0), (100.0, 0.0), (1.0, 360.0)]
    region = Region(polygon=triangle)
    ranges = run(analysis.region(name, WHOLE, "flux", "ra", region, logx=True))
    flux, ra = numbers(table, "flux"), numbers(table, "ra")
    with np.errstate(all="ignore"):
        wanted = ra < 360 - np.abs(np.log10(flux)) * 180
    assert rows_of(ranges) == np.flatnonzero(wanted).tolist()


@pytest.mark.parametrize("centre", [(1.0, 20.0), (180.0, 89.0), (77.0, -90.0)])
def test_a_circle_is_one_on_the_sky(
    run: Loop, analysis: Analysis, name: str, table: pa.Table, centre: tuple[float, float]
) -> None:
    ranges = run(analysis.region(name, WHOLE, "ra", "dec", Region(circle=(*centre, 5.0))))
    ra, dec = np.radians(numbers(table, "ra")), np.radians(numbers(table, "dec"))
    ra0, dec0 = np.radians(centre)
    cosine = np.sin(dec) * np.sin(dec0) + np.cos(dec) * np.cos(dec0) * np.cos(ra - ra0)
    wanted = np.flatnonzero(cosine >= np.cos(np.radians(5)))
    assert rows_of(ranges) == wanted.tolist()
    assert wanted.size > 20


def test_a_box_keeps_to_the_view(run: Loop, analysis: Analysis, name: str, table: pa.Table) -> None:
    view = View.parse({"filter": [["name", "=", "<b>1"]], "sort": [["ra", "desc"]]})
    ranges = run(analysis.region(name, view, "ra", "dec", Region(box=(300, 10, None, 0))))
    ra, dec = numbers(table, "ra"), numbers(table, "dec")
    wanted = (ra >= 10) & (ra <= 300) & (dec <= 0) & (np.arange(ROWS) % 3 == 1)
    assert rows_of(ranges) == np.flatnonzero(wanted).tolist()


def test_the_nearest_row_is_picked(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    at, radius = (100.0, 10.0), (20.0, 5.0)
    found = run(analysis.pick(name, WHOLE, "ra", "dec", at, radius))
    far = np.hypot(
        (numbers(table, "ra") - at[0]) / radius[0], (numbers(table, "dec") - at[1]) / radius[1]
    )
    assert found["row"] == far.argmin()
    assert found["distance"] == pytest.approx(far.min())
    assert run(analysis.pick(name, WHOLE, "ra", "dec", (-50.0, 0.0), (1.0, 1.0))) is None


def test_the_nearest_row_on_logarithmic_axes(
    run: Loop, analysis: Analysis, name: str, table: pa.Table
) -> None:
    found = run(analysis.pick(name, WHOLE, "flux", "ra", (10.0, 50.0), (0.1, 10.0), logx=True))
    flux = np.log10(numbers(table, "flux"))
    far = np.hypot((flux - 1) / 0.1, (numbers(table, "ra") - 50) / 10)
    assert found["row"] == np.nanargmin(far)


def test_a_point_on_no_edge_and_a_polygon_without_area() -> None:
    points = np.array([0.5, 1.5]), np.array([0.0, 0.0])
    assert not in_polygon(*points, np.array([[0.0, 0], [1, 0], [0.5, 0]])).any()


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        ("name", ParameterError, "is text"),
        ("nothing", AdqlError, "no column nothing"),
        ("ra +", AdqlError, "end"),
        ("(SELECT 1)", AdqlError, "holds no query"),
        ("COUNT(*)", AdqlError, "cannot stand"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    run: Loop, analysis: Analysis, name: str, x: str, error: type[LspError], words: str
) -> None:
    call: Any = analysis.points(name, WHOLE, "ra", x, limit=5)
    with pytest.raises(error, match=words) as caught:
        run(call)
    assert caught.value.to_dict()["parameter"] == "y"


def test_answers_that_nobody_waits_for_cost_no_process(
    run: Loop, engine: DuckDBEngine, analysis: Analysis, name: str
) -> None:
    async def main() -> None:
        folder = engine._lanes.folder
        (lane,) = engine._lanes._lanes
        worker = lane.worker
        for _ in range(20):
            asked = analysis.density(name, WHOLE, "ra", "dec", width=64, height=64)
            task = asyncio.create_task(asked)
            await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        found = await analysis.density(name, WHOLE, "ra", "dec", width=64, height=64)
        assert found.rows == ROWS
        await asyncio.sleep(0.1)
        assert [one for one in engine._lanes._lanes if one.worker is worker] == [lane]
        assert not list(folder.glob("a*"))

    run(main())
