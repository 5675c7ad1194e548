"""What charts ask of the server: points, densities, picking and selecting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.portal.conftest import Portal

PLANE = {"x": "ra", "y": "dec"}


@pytest.fixture(scope="module")
def sky(portal: Portal) -> dict[str, Any]:
    return portal.run("SELECT TOP 1000 source_id, ra, dec, phot_g_mean_mag AS g FROM gaia.source")


@pytest.fixture(scope="module")
def truth(portal: Portal, sky: dict[str, Any]) -> pa.Table:
    return portal.rows(sky["id"], count=1000)[0]


def post(portal: Portal, job: dict[str, Any], what: str, **body: Any) -> Any:
    return portal.ask("POST", f"results/{job['id']}/{what}", json={**PLANE, **body})


def test_points_come_as_arrow_until_there_are_too_many(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    view = {"derive": [["half", "ra / 2", "deg"]], "filter": [["dec", ">", 0]]}
    answer = post(portal, sky, "points", view=view, x="half", columns={"id": "source_id"})
    points = pa.ipc.open_stream(answer.content).read_all()
    wanted = np.flatnonzero(truth["dec"].to_numpy() > 0)
    assert points["__row__"].to_pylist() == wanted.tolist()
    assert points["x"].to_pylist() == (truth["ra"].to_numpy()[wanted] / 2).tolist()
    assert points["id"].to_pylist() == truth["source_id"].take(wanted).to_pylist()
    assert points.schema.field("x").metadata[b"unit"] == b"deg"
    assert int(answer.headers["X-LSP-Rows"]) == wanted.size
    answer = post(portal, sky, "points", view=view, limit=10)
    assert pa.ipc.open_stream(answer.content).read_all().num_rows == 0
    assert int(answer.headers["X-LSP-Rows"]) == wanted.size


def test_a_density_is_numbers_with_headers(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    answer = post(portal, sky, "density", box=[0, 360, -90, 90], width=36, height=18)
    grid = np.frombuffer(answer.content, "<u4").reshape(18, 36)
    ra, dec = truth["ra"].to_numpy(), truth["dec"].to_numpy()
    wanted, _, _ = np.histogram2d(dec, ra, [18, 36], [[-90, 90], [0, 360]])
    assert (grid == wanted).all()
    headers = {name: answer.headers[f"X-LSP-{name}"] for name in ("Type", "Box", "Rows", "Max")}
    assert headers == {
        "Type": "uint32",
        "Box": "0.0,360.0,-90.0,90.0",
        "Rows": str(len(truth)),
        "Max": repr(float(wanted.max())),
    }
    mean = post(portal, sky, "density", width=2, height=2, weight="g", statistic="mean")
    assert mean.headers["X-LSP-Type"] == "float32"
    assert len(mean.content) == 16


def test_the_row_under_the_pointer_is_found(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    ra, dec = truth["ra"][77].as_py(), truth["dec"][77].as_py()
    found = post(portal, sky, "pick", at=[ra + 1e-9, dec], radius=[1, 1]).json()
    assert found["row"] == 77
    assert found["x"] == ra
    none = post(portal, sky, "pick", at=[-99, dec], radius=[1, 1]).json()
    assert none == {"row": None}


def test_a_region_changes_the_selection_of_table_and_chart(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    ra, dec = truth["ra"].to_numpy(), truth["dec"].to_numpy()
    # Between two rows each, so that none is on the edge.
    x, y = float(np.median(ra)), float(np.median(dec))
    north, west = set(np.flatnonzero(dec >= y)), set(np.flatnonzero(ra <= x))
    upper = {"box": [None, None, y, 90]}
    left = {"polygon": [[-1, -91], [x, -91], [x, 91], [-1, 91]]}
    seen = [0]
    for region, mode, wanted in [
        (upper, "new", north),
        (left, "intersect", north & west),
        (left, "add", west),
        (upper, "remove", west - north),
    ]:
        told = post(portal, sky, "region", mode=mode, **region).json()
        rows = {row for start, stop in told["ranges"] for row in range(start, stop)}
        assert rows == wanted
        assert told["rows"] == len(wanted) > 30
        assert portal.get(f"results/{sky['id']}/selection") == told
        assert told["revision"] > seen[-1]
        seen.append(told["revision"])
    circle = post(
        portal, sky, "region", circle=[truth["ra"][5].as_py(), truth["dec"][5].as_py(), 0]
    )
    assert [5, 6] in circle.json()["ranges"]


def test_what_is_selected_is_drawn_by_itself(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    dec, g = truth["dec"].to_numpy(), truth["g"].to_pandas().to_numpy(dtype=float)
    box = [0, 360, -90, 90]
    for low in (0, 30):
        post(portal, sky, "region", box=[None, None, low, 90])
        for view, inside in [
            ({}, dec >= low),
            ({"filter": [["g", "<", 9]]}, (dec >= low) & (g < 9)),
        ]:
            wanted = np.flatnonzero(inside)
            answer = post(portal, sky, "points", view=view, selected=True)
            points = pa.ipc.open_stream(answer.content).read_all()
            assert points["__row__"].to_pylist() == wanted.tolist()
            answer = post(
                portal, sky, "density", view=view, selected=True, box=box, width=1, height=2
            )
            assert np.frombuffer(answer.content, "<u4").tolist() == [0, wanted.size]
            path = f"results/{sky['id']}/histogram"
            body = {"x": "dec", "bins": 1, "view": view, "selected": True}
            told = portal.ask("POST", path, json=body).json()
            assert told["counts"] == [[wanted.size]]
    assert portal.get(f"results/{sky['id']}/subsets") == {"subsets": []}
    held = {"subset": '"\x00../../etc/passwd"'}
    portal.error("POST", f"results/{sky['id']}/points", 400, json={**PLANE, "view": held})


@pytest.mark.parametrize(
    ("what", "body", "parameter"),
    [
        ("points", {"x": ""}, "x"),
        ("points", {"x": "ra +"}, "x"),
        ("points", {"y": "nothing"}, "y"),
        ("points", {"columns": {"size": "nothing"}}, "columns.size"),
        ("points", {"columns": {"x": "ra"}}, "columns"),
        ("points", {"box": [1, 2, 3]}, "box"),
        ("points", {"box": [1, 2, 3, "4"]}, "box"),
        ("points", {"limit": -1}, "limit"),
        ("points", {"view": {"sort": [["nothing", "asc"]]}}, "view"),
        ("density", {"width": 0}, "width"),
        ("density", {"width": 4096, "height": 4096}, "width"),
        ("density", {"statistic": "mode"}, "statistic"),
        ("density", {"statistic": "mean"}, "weight"),
        ("density", {"box": [-1, 5, 0, 1], "logx": True}, "box"),
        ("pick", {"at": [1, 2]}, "radius"),
        ("pick", {"at": [1, 2], "radius": [0, 1]}, "radius"),
        ("region", {}, "box"),
        ("region", {"box": [0, 1, 0, 1], "mode": "toggle"}, "mode"),
        ("region", {"polygon": [[0, 1], [1, 1]]}, "polygon"),
        ("region", {"polygon": [[0, 1], [1, 1], [1, True]]}, "polygon"),
        ("region", {"polygon": [[-1, 1], [1, 1], [1, 3]], "logx": True}, "polygon"),
        ("region", {"circle": [0, 91, 1]}, "circle"),
    ],
)
def test_a_wrong_request_names_what_is_wrong(
    portal: Portal, sky: dict[str, Any], what: str, body: dict[str, Any], parameter: str
) -> None:
    path = f"results/{sky['id']}/{what}"
    error = portal.error("POST", path, 400, json={**PLANE, **body})
    assert error["parameter"] == parameter


def test_a_result_that_is_not_there(portal: Portal) -> None:
    portal.error("POST", "results/0123456789abcdef0123456789abcdef/points", 404, json=PLANE)


def test_a_histogram_is_json(portal: Portal, sky: dict[str, Any], truth: pa.Table) -> None:
    path = f"results/{sky['id']}/histogram"
    told = portal.ask("POST", path, json={"x": "g", "bins": 6, "low": 5, "high": 10}).json()
    g = truth["g"].to_pandas().to_numpy(dtype=float)
    counts, edges = np.histogram(g, 6, (5, 10))
    assert told["counts"] == [counts.tolist()]
    assert told["edges"] == pytest.approx(edges.tolist())
    assert told["below"] + told["above"] + told["missing"] + counts.sum() == len(truth)
    for body, parameter in [
        ({}, "x"),
        ({"x": "g", "bins": 0}, "bins"),
        ({"x": "g", "low": "a"}, "low"),
        ({"x": "g", "by": "nothing"}, "by"),
    ]:
        assert portal.error("POST", path, 400, json=body)["parameter"] == parameter
