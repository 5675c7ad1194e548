"""Names of the sky, and identifiers of tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.catalogs.identifiers import candidates
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


def test_names_spelt_alike() -> None:
    assert near("Andromeda Galexy") == ["Andromeda Galaxy"]
    assert near("qqqqqq") == []


ID = Column("source_id", "long", ucd="meta.id;meta.main", indexed=True)
GAIA = Table(
    "gaia",
    "source",
    (ID, Column("ra", "double"), Column("dec", "double")),
    ("gaia", "main", "data"),
    position=("ra", "dec"),
)
HIP = replace(GAIA, schema="hipparcos", name="main", columns=(replace(ID, name="hip"),))
NAMED = replace(
    GAIA, schema="mine", name="stars", columns=(Column("o'name", "char", "*", ucd=ID.ucd),)
)
NOWHERE = replace(GAIA, schema="x", name="nowhere", position=None)
TWO = replace(GAIA, schema="x", name="two", columns=(ID, replace(ID, name="other")))
ALL = (NAMED, GAIA, HIP, NOWHERE, TWO)


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("HIP 71683", "hipparcos.main mine.stars"),
        ("hip71683", "hipparcos.main mine.stars"),
        ("Gaia DR3 5853498713190525696", "gaia.source mine.stars"),
        ("71683", "gaia.source hipparcos.main mine.stars"),
        ("SDSS 71683", "mine.stars"),
        ("9223372036854775808", "mine.stars"),
        ("Sirius", "mine.stars"),
    ],
)
def test_where_an_identifier_may_be(name: str, tables: str) -> None:
    assert [one.table.full_name for one in candidates(ALL, name)] == tables.split()


def test_the_query_for_its_row() -> None:
    (named,) = candidates([NAMED], "Barnard's Star; DROP")
    assert named.adql == (
        'SELECT TOP 1 "ra", "dec" FROM "mine"."stars" WHERE "o\'name" = \'Barnard\'\'s Star; DROP\''
    )
    for name, value in (("HIP 42", 42), ("HIP-42", 42), ("hip -42", -42), ("-42", -42)):
        (hip,) = candidates([HIP], name)
        assert hip.adql.endswith(f'WHERE "hip" = {value}')
