"""What editors ask the server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portal.conftest import BRIGHT, Portal


def ask(portal: Portal, path: str, **body: Any) -> Any:
    return portal.ask("POST", f"adql/{path}", json=body).json()


@pytest.mark.req("PRTL-REQ-0017")
def test_completion(portal: Portal) -> None:
    text = "SELECT phot_g FROM gaia.source"
    found = ask(portal, "complete", adql=text, offset=13)
    assert (found["start"], found["end"], found["more"]) == (7, 13, False)
    first = found["candidates"][0]
    assert first["insert"] == first["name"] == "phot_g_mean_mag"
    assert first["kind"] == "column"
    assert "mag" in first["detail"]
    assert first["description"]
    tables = ask(portal, "complete", adql="SELECT * FROM ")["candidates"]
    assert "gaia.source" in [one["insert"] for one in tables]
    few = ask(portal, "complete", adql="SELECT * FROM ", limit=1)
    assert (len(few["candidates"]), few["more"]) == (1, True)


def test_columns_of_a_result(portal: Portal, bright: dict[str, Any]) -> None:
    text = f'SELECT pho FROM job."{bright["id"]}"'
    found = ask(portal, "complete", adql=text, offset=10)
    assert [one["insert"] for one in found["candidates"]] == ["phot_g_mean_mag"]


def test_format(portal: Portal) -> None:
    assert ask(portal, "format", adql="select a,b from t where c=1") == {
        "adql": "SELECT a, b\nFROM t\nWHERE c = 1"
    }
    narrow = ask(portal, "format", adql="select aaaaaaaaa, bbbbbbbbbbb from t", width=20)["adql"]
    assert max(map(len, narrow.split("\n"))) <= 20
    error = portal.error("POST", "adql/format", 400, json={"adql": "SELECT 1;"})
    assert (error["code"], error["column"]) == ("AdqlError", 9)


def test_explain(portal: Portal) -> None:
    found = ask(portal, "explain", adql=BRIGHT)
    assert found["tables"] == ["gaia.source"]
    assert [step["title"] for step in found["steps"]] == ["From", "Where", "Select", "Top"]
    assert found["steps"][1]["text"] == "Keeps rows where phot_g_mean_mag is less than 5 mag."
    assert found["columns"][3]["unit"] == "mag"
    error = portal.error("POST", "adql/explain", 400, json={"adql": "SELECT x FROM gaia.source"})
    assert (error["code"], error["line"], error["column"]) == ("AdqlError", 1, 8)
    missing = portal.error("POST", "adql/explain", 400, json={"adql": 'SELECT * FROM job."x"'})
    assert "not the identifier of a job" in missing["message"]


@pytest.mark.parametrize("path", ["complete", "format", "explain"])
def test_what_is_wrong_with_a_request(portal: Portal, path: str) -> None:
    for body, field in (
        ({"adql": 1}, "adql"),
        ({"adql": "", "colour": "x"}, "colour"),
        ({"adql": "SELECT \ud800"}, "adql"),
    ):
        error = portal.error("POST", f"adql/{path}", 400, json=body)
        assert (error["code"], error["parameter"]) == ("ParameterError", field)
    error = portal.error("POST", f"adql/{path}", 413, data=b" " * (8 << 20))
    assert error["code"] == "LimitError"
    portal.error("GET", f"adql/{path}", 405)
