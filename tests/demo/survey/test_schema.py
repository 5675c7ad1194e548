"""Rubin's schemas are read from their package, as data."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

from lsp_jupyter.demo.survey import schema
from lsp_jupyter.demo.survey.schema import read_schema, rubin_table
from lsp_jupyter.errors import PublishError


@pytest.fixture
def fresh() -> None:
    schema._package.cache_clear()
    yield
    schema._package.cache_clear()


@pytest.mark.parametrize(
    ("release", "table", "columns", "position"),
    [
        ("dp1", "Object", 1296, ("coord_ra", "coord_dec")),
        ("dp1", "Visit", 15, ("ra", "dec")),
        ("dp1", "CoaddPatches", 5, ("s_ra", "s_dec")),
        ("dp1", "MPCORB", 10, None),
        ("dp2", "Object", 1248, ("coord_ra", "coord_dec")),
        ("dp2", "ForcedSource", 26, None),
        ("dp2", "ShearObject", 67, ("ra", "dec")),
    ],
)
def test_tables_are_those_of_the_package(
    release: str, table: str, columns: int, position: tuple[str, str] | None
) -> None:
    spec = rubin_table(release, table)
    assert (spec.full_name, len(spec.columns)) == (f"{release}.{table}", columns)
    assert spec.position == position


def test_keys_stay_in_their_release_and_are_quick() -> None:
    spec = rubin_table("dp2", "ForcedSource")
    assert {key.target for key in spec.keys} == {"dp2.Object", "dp2.Visit"}
    assert {column.name for column in spec.columns if column.indexed} == {"objectId"}
    spec = rubin_table("dp1", "DiaSource")
    assert {column.name for column in spec.columns if column.indexed} == {
        *("diaSourceId", "diaObjectId", "ssObjectId", "coord_ra", "coord_dec")
    }


def test_names_are_found_in_any_case() -> None:
    assert rubin_table("dp1", "ccdvisit").name == "CcdVisit"


def test_the_gpl_package_is_not_imported() -> None:
    code = """
import sys
from lsp_jupyter.demo.survey.schema import rubin_table
rubin_table("dp1", "CcdVisit")
print([name for name in sys.modules if name.startswith(("lsst.sdm", "felis"))])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_a_schema_that_is_not_there(fresh: None) -> None:
    with pytest.raises(PublishError, match=r"has no schema dp9"):
        read_schema("dp9")


def test_without_the_package_the_hint_names_the_extra(
    fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    read_schema.cache_clear()
    with pytest.raises(PublishError, match=r"lsst-sdm-schemas is not installed.*\[demo\]"):
        read_schema("dp1")
