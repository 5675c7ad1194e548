"""Subsets over the private interface: made, combined, shown, and turned into conditions."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pytest

from tests.portal.conftest import Portal
from tests.portal.test_live import connect, until


@pytest.fixture(scope="module")
def sky(portal: Portal) -> dict[str, Any]:
    return portal.run("SELECT TOP 1000 source_id, ra, dec, phot_g_mean_mag AS g FROM gaia.source")


@pytest.fixture(scope="module")
def truth(portal: Portal, sky: dict[str, Any]) -> pa.Table:
    return portal.rows(sky["id"], count=1000)[0]


def put(portal: Portal, job: dict[str, Any], name: str, **body: Any) -> dict[str, Any]:
    path = f"results/{job['id']}/subsets/{quote(name, safe='')}"
    return portal.ask("PUT", path, json=body).json()


def shown(portal: Portal, job: dict[str, Any], subset: str) -> list[int]:
    rows, _ = portal.rows(job["id"], view=json.dumps({"subset": subset}), count=1000)
    return rows["__row__"].to_pylist()


def test_subsets_are_made_combined_and_shown(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    g = truth["g"].to_pandas().to_numpy(dtype=float)
    limit = float(np.median(g))
    bright = np.flatnonzero(g < limit).tolist()
    path = f"results/{sky['id']}"
    told = put(portal, sky, "bright", where=f"g < {limit!r}")
    assert told["rows"] == len(bright)
    assert told["adql"] == f"(g < {limit!r})"
    assert shown(portal, sky, "bright") == bright
    portal.ask("PUT", f"{path}/selection", json={"ranges": [[0, 300]]})
    assert put(portal, sky, "my / first", selection=True)["rows"] == 300
    both = put(portal, sky, "both", expression='bright AND "my / first"')
    assert shown(portal, sky, "both") == [row for row in bright if row < 300]
    assert shown(portal, sky, 'NOT both AND "my / first"') == sorted(set(range(300)) - {*bright})
    put(portal, sky, "edge", ranges=[[990, 1000], [0, 10]])
    assert shown(portal, sky, "edge") == [*range(10), *range(990, 1000)]
    derived = put(portal, sky, "half", view={"derive": [["h", "ra / 2"]]}, where="h > 3")
    assert derived["adql"] == "((ra / 2) > 3)"
    found = portal.get(f"{path}/subsets")["subsets"]
    names = ["bright", "my / first", "both", "edge", "half"]
    assert [one["name"] for one in found] == names
    assert found[2] == both
    ranges = portal.get(f"{path}/subsets/edge/ranges")
    assert ranges["ranges"] == [[0, 10], [990, 1000]]
    # A chart keeps to it as the table does.
    body = {"x": "ra", "y": "dec", "view": {"subset": "both"}}
    answer = portal.ask("POST", f"{path}/points", json=body)
    assert int(answer.headers["X-LSP-Rows"]) == both["rows"]
    portal.ask("PATCH", f"{path}/subsets/edge", json={"name": "rim"})
    portal.error("PATCH", f"{path}/subsets/rim", 409, json={"name": "both"})
    for name in ("rim", "bright", "both", "half", quote("my / first", safe="")):
        portal.ask("DELETE", f"{path}/subsets/{name}", 204)
    assert portal.get(f"{path}/subsets") == {"subsets": []}


def test_a_condition_finds_the_rows_again(
    portal: Portal, sky: dict[str, Any], truth: pa.Table
) -> None:
    path = f"results/{sky['id']}/subsets"
    put(portal, sky, "few", ranges=[[5, 8], [900, 902]])
    told = portal.get(f"{path}/few/where")
    assert told["by"] == "source_id"
    for table in ("gaia.source", f'job."{sky["id"]}"'):
        again = portal.run(f"SELECT source_id FROM {table} WHERE {told['where']}")
        found = portal.rows(again["id"])[0]["source_id"].to_pylist()
        assert sorted(found) == sorted(truth["source_id"].take([5, 6, 7, 900, 901]).to_pylist())
    put(portal, sky, "many", view={"filter": [["g", ">", 3]]})
    told = portal.get(f"{path}/many/where")
    assert told == {"where": "g > 3", "by": ""}
    put(portal, sky, "none", ranges=[])
    assert portal.get(f"{path}/none/where")["where"] == "1 = 0"


def test_rows_without_identifiers_have_no_condition(portal: Portal) -> None:
    job = portal.run("SELECT TOP 5 ra FROM gaia.source")
    put(portal, job, "some", ranges=[[0, 2]])
    error = portal.error("GET", f"results/{job['id']}/subsets/some/where", 413)
    assert "table of your own" in error["hint"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, None),
        ({"selection": False}, None),
        ({"selection": True, "ranges": []}, None),
        ({"ranges": [[0, 2000]]}, "ranges"),
        ({"where": "g <"}, "where"),
        ({"expression": "a AND"}, "subset"),
        ({"expression": "unknown"}, "subset"),
        ({"view": {"what": 1}}, "view"),
    ],
)
def test_a_wrong_subset_is_refused(
    portal: Portal, sky: dict[str, Any], body: dict[str, Any], parameter: str | None
) -> None:
    error = portal.error("PUT", f"results/{sky['id']}/subsets/wrong", 400, json=body)
    assert error.get("parameter") == parameter
    portal.error("GET", f"results/{sky['id']}/subsets/wrong", 404)


def test_a_tab_hears_of_subsets(portal: Portal, sky: dict[str, Any]) -> None:
    async def main() -> None:
        socket = await connect(portal.server)
        await asyncio.to_thread(put, portal, sky, "heard", ranges=[[3, 5]])
        news = await until(socket, lambda m: m["topic"] == "subsets")
        assert news["id"] == sky["id"]
        assert {"name": "heard", "rows": 2} in news["state"]["subsets"]
        socket.close()

    asyncio.run(main())
