"""Positions of objects that have a name."""

from __future__ import annotations

import pytest

from lsp_jupyter.catalogs import messier
from tests.portal.conftest import Portal


@pytest.mark.parametrize(
    "name", ["M45", "m 45", "Messier 45", "Pleiades", "the pleiades", "PLEIADES cluster"]
)
def test_messier(portal: Portal, name: str) -> None:
    [match] = portal.get("names", name=name)["matches"]
    assert match == {"name": "M 45, Pleiades", "ra": 56.75, "dec": 24.1167, "source": "Messier"}


def test_all_messier_objects() -> None:
    found = [messier.find(f"M{number}") for number in range(1, 111)]
    assert all(one and 0 <= one.ra < 360 and -35 < one.dec < 70 for one in found)
    assert len({(one.ra, one.dec) for one in found if one}) >= 109
    assert messier.find("NGC 224") == messier.find("Andromeda galaxy") == messier.find("M31")
    assert messier.find("M 111") is None


def test_nothing_is_known(portal: Portal) -> None:
    assert portal.get("names", name="no such thing") == {"matches": []}
    assert portal.error("GET", "names", 400)["code"] == "ParameterError"
    assert portal.error("GET", "names", 400, params={"name": "x" * 201})["code"] == "ParameterError"
