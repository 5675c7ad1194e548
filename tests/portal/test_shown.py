"""Tables as they are shown: statistics, checks, sizes, files, own tables, ADQL, matches."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from tests.portal.conftest import Portal

STARS = "SELECT source_id, ra, dec, phot_g_mean_mag AS g FROM gaia.source WHERE dec > 75"
VIEW = {
    "derive": [["brightness", "POWER(10, -0.4 * g)"], ["twice", "2 * brightness", "Jy"]],
    "where": ["brightness > 0.0005"],
    "filter": [["ra", ">", 90]],
    "sort": [["brightness", "desc"]],
}


@pytest.fixture(scope="module")
def stars(portal: Portal) -> str:
    return str(portal.run(STARS)["id"])


@pytest.fixture(scope="module")
def page(portal: Portal, stars: str) -> pa.Table:
    """The first rows of the view."""
    found, total = portal.rows(stars, view=json.dumps(VIEW))
    assert 50 < total <= 1000
    return found.drop_columns("__row__")


def post(portal: Portal, path: str, status: int = 200, **body: Any) -> Any:
    return portal.ask("POST", f"results/{path}", status, json=body).json()


def test_a_table_is_written_into_the_folder_of_the_user(
    portal: Portal, stars: str, page: pa.Table
) -> None:
    folder = portal.server.log.parent / "work"
    (folder / "kept").mkdir(exist_ok=True)
    body = {"view": VIEW, "columns": ["source_id", "twice"], "format": "csv"}
    told = portal.ask(
        "POST", f"results/{stars}/workspace", 201, json=body | {"path": "kept/stars.csv"}
    ).json()
    written = folder / "kept" / "stars.csv"
    assert told == {
        "path": "kept/stars.csv",
        "rows": page.num_rows,
        "bytes": written.stat().st_size,
    }
    table = pyarrow.csv.read_csv(io.BytesIO(written.read_bytes()))
    assert table["source_id"].to_pylist() == page["source_id"].to_pylist()
    # What is there stays, unless it shall go.
    written.write_text("mine")
    error = portal.error(
        "POST", f"results/{stars}/workspace", 409, json=body | {"path": "kept/stars.csv"}
    )
    assert "stars.csv" in error["message"]
    assert written.read_text() == "mine"
    again = body | {"path": "kept/stars.csv", "replace": True}
    portal.ask("POST", f"results/{stars}/workspace", 201, json=again)
    assert written.read_text() != "mine"
    assert [path.name for path in (folder / "kept").iterdir()] == ["stars.csv"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"path": "/"}, 400),
        ({"path": "x.csv", "format": "xls"}, 400),
        ({"path": "no/such/folder/x.csv"}, 404),
        ({"path": "../x.csv"}, 404),
        ({"path": ".hidden.csv"}, 404),
        ({"path": "a\0b.csv"}, 404),
        ({"path": "taken", "replace": True}, 409),
    ],
)
def test_a_file_that_cannot_be_written(
    portal: Portal, stars: str, fields: dict[str, Any], status: int
) -> None:
    folder = portal.server.log.parent / "work"
    (folder / "taken").mkdir(exist_ok=True)
    before = sorted(folder.rglob("*"))
    portal.error("POST", f"results/{stars}/workspace", status, json=fields)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.req("PRTL-REQ-0054")
def test_pages_have_the_computed_columns(page: pa.Table) -> None:
    assert page.column_names == ["source_id", "ra", "dec", "g", "brightness", "twice"]
    g = page["g"].to_numpy().astype(float)
    assert page["brightness"].to_numpy() == pytest.approx(10 ** (-0.4 * g))
    assert page["twice"].to_numpy() == pytest.approx(2 * 10 ** (-0.4 * g))
    assert (np.diff(page["brightness"].to_numpy()) <= 0).all()
    assert page["ra"].to_numpy().min() > 90
    assert page.schema.field("twice").metadata[b"unit"] == b"Jy"


def test_statistics_of_chosen_columns(portal: Portal, stars: str, page: pa.Table) -> None:
    view = {key: VIEW[key] for key in ("derive", "where", "filter")}
    told = post(portal, f"{stars}/statistics", view=view, columns=["twice", "source_id"])
    twice, ids = told["columns"]
    assert (twice["name"], twice["unit"], twice["count"]) == ("twice", "Jy", page.num_rows)
    assert twice["mean"] == pytest.approx(page["twice"].to_numpy().mean())
    assert ids["min"] == str(min(page["source_id"].to_pylist()))


def test_statistics_come_column_by_column(portal: Portal, stars: str) -> None:
    answer = portal.ask(
        "POST",
        f"results/{stars}/statistics",
        json={},
        headers={"Accept": "application/x-ndjson"},
    )
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["name"] for line in lines] == ["source_id", "ra", "dec", "g"]


def test_an_expression_is_checked_as_it_is_typed(portal: Portal, stars: str) -> None:
    told = post(portal, f"{stars}/check", derive="ra / 15")
    assert told["column"]["datatype"] == "double"
    assert told["uses"] == ["ra"]
    told = post(portal, f"{stars}/check", view={"derive": [["x", "g + 1"]]}, where="x > dec")
    assert told["uses"] == ["dec", "x"]
    told = post(portal, f"{stars}/check", where="raa > 5")
    assert (told["error"]["line"], told["error"]["column"], told["error"]["length"]) == (1, 1, 3)
    portal.error("POST", f"results/{stars}/check", 400, json={})
    portal.error("POST", f"results/{stars}/rows?view=x", 405)


def test_a_file_is_the_table_as_it_is_shown(portal: Portal, stars: str, page: pa.Table) -> None:
    params = {"view": json.dumps(VIEW), "columns": '["twice", "source_id"]', "format": "csv"}
    answer = portal.ask("GET", f"results/{stars}/download", params=params)
    table = pyarrow.csv.read_csv(io.BytesIO(answer.content))
    assert table.column_names == ["twice", "source_id"]
    assert table["source_id"].to_pylist() == page["source_id"].to_pylist()
    assert table["twice"].to_numpy() == pytest.approx(page["twice"].to_numpy())
    size = post(portal, f"{stars}/size", view=VIEW, columns=["twice", "source_id"], format="csv")
    assert (size["rows"], size["columns"]) == (page.num_rows, 2)
    assert size["bytes"] == pytest.approx(len(answer.content), rel=0.05)


@pytest.mark.parametrize("form", ["votable", "parquet", "fits"])
def test_sizes_are_about_right(portal: Portal, stars: str, form: str) -> None:
    answer = portal.ask("GET", f"results/{stars}/download", params={"format": form})
    size = post(portal, f"{stars}/size", format=form)
    assert size["bytes"] == pytest.approx(len(answer.content), rel=0.2)


@pytest.fixture
def saved(portal: Portal) -> Iterator[str]:
    yield "as_shown"
    portal.session.delete(portal.base + "tables/as_shown")


def test_a_table_of_ones_own_is_the_table_as_it_is_shown(
    portal: Portal, stars: str, page: pa.Table, saved: str
) -> None:
    told = post(portal, f"{stars}/save", 201, view=VIEW, columns=["source_id", "twice"], name=saved)
    assert told["rows"] == page.num_rows
    assert [column["name"] for column in told["columns"]] == ["source_id", "twice"]
    job = portal.run(f"SELECT source_id, twice FROM mydb.{saved} ORDER BY twice DESC")
    found, _ = portal.rows(job["id"])
    assert found["twice"].to_numpy() == pytest.approx(page["twice"].to_numpy())
    assert found.schema.field("twice").metadata[b"unit"] == b"Jy"


def test_the_adql_of_a_view_gives_the_same_rows(portal: Portal, stars: str, page: pa.Table) -> None:
    adql = post(portal, f"{stars}/adql", view=VIEW)["adql"]
    found, _ = portal.rows(portal.run(adql)["id"])
    assert found.drop_columns("__row__").column_names == page.column_names
    assert found["source_id"].to_pylist() == page["source_id"].to_pylist()
    assert found["twice"].to_numpy() == pytest.approx(page["twice"].to_numpy())


def test_subsets_are_shown_and_written_as_adql(portal: Portal, stars: str) -> None:
    for name, body in (
        ("some", {"ranges": [[5, 9], [20, 22]]}),
        ("bright ones", {"where": "g < 9"}),
    ):
        portal.ask("PUT", f"results/{stars}/subsets/{name}", json=body)
    view = {"subset": 'some OR NOT "bright ones"', "sort": [["g", "desc"]]}
    wanted, total = portal.rows(stars, view=json.dumps(view))
    adql = post(portal, f"{stars}/adql", view=view)["adql"]
    job = portal.run(adql)
    assert job["rows"] == total
    found, _ = portal.rows(job["id"])
    assert found["g"].to_pylist() == wanted["g"].to_pylist()
    error = portal.error("GET", f"results/{stars}/rows", 400, params={"view": '{"subset": "none"}'})
    assert "none" in error["message"]


@pytest.mark.parametrize(
    "item",
    [
        ["source_id", "in", ["1", "2"]],
        ["ra", "between", [100, 120.5]],
        ["g", "isnull"],
        ["g", "notnull"],
        ["g", "!=", 8],
    ],
)
def test_each_filter_has_its_adql(portal: Portal, stars: str, item: list[Any]) -> None:
    view = {"filter": [item]}
    adql = post(portal, f"{stars}/adql", view=view, columns=["dec"])["adql"]
    _, wanted = portal.rows(stars, view=json.dumps(view))
    assert portal.run(adql)["rows"] == wanted


@pytest.mark.req("PRTL-REQ-0054")
def test_two_results_are_matched_on_the_sky_and_by_key(portal: Portal, stars: str) -> None:
    few = portal.run(
        "SELECT TOP 50 source_id, ra + 0.0001 AS alpha, dec FROM gaia.source WHERE dec > 85"
    )["id"]
    told = post(portal, "match", a=few, b=stars, kind="sky", radius=1.0, a_columns=["alpha", "dec"])
    assert told["b_columns"] == ["ra", "dec"]
    job = portal.run(told["adql"])
    found, _ = portal.rows(job["id"])
    assert found.num_rows >= 50
    assert found["sep_arcsec"].to_numpy().max() <= 1.0
    same = found.filter(pa.compute.equal(found["source_id"], found["source_id_2"]))
    assert same.num_rows == 50
    told = post(
        portal,
        "match",
        a=few,
        b=stars,
        kind="key",
        a_columns=["source_id"],
        b_columns=["source_id"],
        keep=True,
    )
    assert portal.run(told["adql"])["rows"] == 50


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("statistics", {"columns": ["nothing"]}, "no column"),
        ("statistics", {"columns": [1]}, "list of names"),
        ("statistics", {"view": {"where": ["AVG(ra) > 1"]}}, "cannot stand"),
        ("size", {"format": "doc"}, ""),
        ("size", {"columns": []}, "no column"),
        ("save", {}, "'name' is missing"),
        ("adql", {"view": {"subset": "none"}}, "subset"),
    ],
)
def test_what_is_wrong_is_told(
    portal: Portal, stars: str, path: str, body: dict[str, Any], words: str
) -> None:
    assert words in portal.error("POST", f"results/{stars}/{path}", 400, json=body)["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "near"},
        {"radius": 1e9},
        {"radius": "x"},
        {"a_columns": ["x", "y"]},
        {"kind": "key"},
    ],
)
def test_a_match_that_cannot_be(portal: Portal, stars: str, body: dict[str, Any]) -> None:
    both = {"a": stars, "b": stars} if body else {}
    portal.error("POST", "results/match", 400, json={**both, **body})
