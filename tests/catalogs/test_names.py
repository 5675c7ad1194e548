"""Names of the deep sky."""

from __future__ import annotations

import pytest

from lsp_jupyter.catalogs.names import deep_sky, near


@pytest.mark.parametrize(
    ("name", "called", "ra", "dec"),
    [
        # Positions of NED and SIMBAD, to an arcminute.
        ("M31", "M 31, Andromeda Galaxy", 10.685, 41.269),
        ("messier  31", "M 31, Andromeda Galaxy", 10.685, 41.269),
        ("ngc224", "M 31, Andromeda Galaxy", 10.685, 41.269),
        ("the andromeda GALAXY", "M 31, Andromeda Galaxy", 10.685, 41.269),
        ("Andromeda", "M 31, Andromeda Galaxy", 10.685, 41.269),
        ("UGC 454", "M 31, Andromeda Galaxy", 10.685, 41.269),
        ("IC 1613", "IC 1613", 16.199, 2.118),
        ("Crab", "M 1, Crab Nebula", 83.633, 22.014),
        ("barnard 33", "B 33, Horsehead Nebula", 85.246, -2.458),
        ("Pleiades", "M 45, Pleiades", 56.87, 24.105),
        ("47 Tucanae", "NGC 104, 47 Tuc Cluster", 6.022, -72.081),
        ("SMC", "NGC 292, Small Magellanic Cloud", 13.187, -72.829),
    ],
)
def test_deep_sky(name: str, called: str, ra: float, dec: float) -> None:
    place = deep_sky(name)
    assert place is not None
    assert place.name == called
    assert (place.ra, place.dec) == pytest.approx((ra, dec), abs=0.02)
    assert place.source == "OpenNGC"


@pytest.mark.parametrize(
    "name", ["", "Vulcan", "M 111", "NGC 99999999999999999999", "x" * 500, "'"]
)
def test_other_names_are_not_there(name: str) -> None:
    assert deep_sky(name) is None


def test_every_messier_object() -> None:
    found = [deep_sky(f"M{number}") for number in range(1, 111)]
    assert all(one and 0 <= one.ra < 360 and -35 < one.dec < 70 for one in found)
    # M 102 is M 101, seen twice.
    assert len({(one.ra, one.dec) for one in found if one}) == 109


def test_names_spelt_alike() -> None:
    assert near("Andromeda Galexy") == ["Andromeda Galaxy"]
    assert near("qqqqqq") == []
