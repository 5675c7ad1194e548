"""Queries that the search form writes: they run, and can be read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Portal

#: The same that the front end's tests write.
CASES = json.loads(Path(__file__).with_name("forms.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_what_forms_write_runs(portal: Portal, case: dict[str, Any]) -> None:
    job = portal.run(case["adql"])
    assert job["rows"] == case.get("rows", job["rows"])


def read(portal: Portal, adql: str) -> Any:
    return portal.ask("POST", "form/read", json={"adql": adql}).json()


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_what_forms_write_is_read_back(portal: Portal, case: dict[str, Any]) -> None:
    form = {"sky": {}, **case["form"]}
    assert read(portal, case["adql"]) == {"form": form, "reason": ""}


@pytest.mark.parametrize(
    ("where", "constraint"),
    [
        ("5 > phot_g_mean_mag", ("below", "5", "")),
        ("phot_g_mean_mag >= -1.5", ("range", "-1.5", "")),
        ("phot_g_mean_mag <= 7", ("range", "", "7")),
        ("source.phot_g_mean_mag = 5", ("is", "5", "")),
        ("gaia.source.phot_g_mean_mag IS NULL", ("null", "", "")),
    ],
)
def test_conditions(portal: Portal, where: str, constraint: tuple[str, str, str]) -> None:
    form = read(portal, f"select * from GAIA.SOURCE where {where}")["form"]
    assert form["table"] == "gaia.source"
    [found] = form["constraints"]
    assert (found["op"], found["value"], found["high"]) == constraint
    assert found["column"] == "phot_g_mean_mag"


@pytest.mark.parametrize(
    ("adql", "reason"),
    [
        ("SELECT COUNT(*) FROM gaia.source", "something else than columns"),
        ("SELECT ra AS x FROM gaia.source", "something else than columns"),
        ("SELECT ra FROM gaia.source WHERE ra < 1 OR ra > 2", "OR"),
        ("SELECT ra FROM gaia.source WHERE ra < dec", "something else than a value"),
        ("SELECT ra FROM gaia.source WHERE NOT ra < 1", "condition"),
        ("SELECT ra FROM gaia.source WHERE phot_g_mean_mag <> 5", "in a way"),
        ("SELECT ra FROM gaia.source GROUP BY ra", "groups"),
        ("SELECT DISTINCT ra FROM gaia.source", "groups"),
        ("SELECT ra FROM gaia.source ORDER BY ra, dec", "several columns"),
        ("SELECT ra FROM gaia.source OFFSET 5", "skips rows"),
        ("SELECT ra FROM (SELECT ra FROM gaia.source) AS x", "another query"),
        ("SELECT s.ra FROM gaia.source AS s JOIN hipparcos.main AS h ON s.ra = h.ra", "position"),
        ("SELECT ra FROM nowhere.at_all", "no table"),
        ("SELECT ra FROM gaia.source WHERE 1 = CONTAINS(POINT(dec, ra), CIRCLE(1, 2, 3))", "other"),
        ("SELECT ra FROM", "Line 1"),
        ("", "empty"),
    ],
)
def test_what_does_not_fit(portal: Portal, adql: str, reason: str) -> None:
    answer = read(portal, adql)
    assert answer["form"] is None
    assert reason in answer["reason"]


def test_around_the_rows_of_a_result(portal: Portal, bright: dict[str, Any]) -> None:
    adql = (
        "SELECT TOP 5 s.source_id\nFROM gaia.source AS s\n"
        f'JOIN job."{bright["id"]}" AS p\n'
        "  ON 1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(p.ra, p.dec, 0.001))"
    )
    assert portal.run(adql)["rows"] == 5
    sky = read(portal, adql)["form"]["sky"]
    assert sky["targets"]["lon"] == "ra"
    assert bright["id"] in sky["targets"]["table"]
