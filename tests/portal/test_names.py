"""Names over a real server: of the sky, and of rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portal.conftest import Portal


def test_an_object_of_the_sky(portal: Portal) -> None:
    found = portal.get("names", name=" m  31 ")
    assert found["name"] == "M 31, Andromeda Galaxy"
    assert (found["ra"], found["dec"]) == pytest.approx((10.6848, 41.269), abs=0.001)
    assert (found["kind"], found["source"]) == ("Galaxy", "OpenNGC")
    assert found["size"] == pytest.approx(178, abs=1)


def test_rows_by_their_identifiers(portal: Portal, bright: dict[str, Any]) -> None:
    rows, _ = portal.rows(bright["id"], count=1)
    row = rows.to_pylist()[0]
    before = [job["id"] for job in portal.get("jobs", last=5)["jobs"]]
    for name in (f"Gaia DR3 {row['source_id']}", str(row["source_id"])):
        found = portal.get("names", name=name)
        assert (found["ra"], found["dec"]) == (row["ra"], row["dec"])
        assert found["source"] == "gaia.source"
    # Alpha Centauri A, where the Hipparcos catalogue has it (1991.25).
    found = portal.get("names", name="HIP 71683")
    assert (found["ra"], found["dec"]) == pytest.approx((219.92, -60.835), abs=0.01)
    # Looking a name up leaves nothing in the list of jobs.
    assert [job["id"] for job in portal.get("jobs", last=5)["jobs"]] == before


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("", 400, "missing"),
        ("x" * 101, 400, "100 characters"),
        ("Vulcan", 404, "not known"),
        ("Andromeda Galexy", 404, "Did you mean Andromeda Galaxy?"),
        ("Gaia DR3 12", 404, "not known"),
    ],
)
def test_what_is_not_known_says_so(portal: Portal, name: str, status: int, words: str) -> None:
    error = portal.error("GET", "names", status, params={"name": name})
    assert words in f"{error['message']} {error.get('hint', '')}"
