"""The whole survey: built once, complete, visible at one moment, and not built again."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from lsp_jupyter.adql import compile_query
from lsp_jupyter.catalogs.publish import publish as real_publish
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.demo.load import load_survey
from lsp_jupyter.demo.survey import build, pictures
from lsp_jupyter.demo.survey.build import build_survey
from lsp_jupyter.demo.survey.nulls import null_columns, write_list
from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.demo.survey.record import built_survey
from lsp_jupyter.demo.survey.schema import read_schema
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.errors import ParameterError, PublishError
from lsp_jupyter.identity import Caller
from tests.servers import ROOT, copy_state

CALLER = Caller("someone")
IMAGES = ("visit_image", "difference_image", "template_coadd", "deep_coadd")


@pytest.fixture(scope="module")
def catalog(survey_state: Path) -> Iterator[Catalog]:
    catalog = Catalog(survey_state)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def engine(catalog: Catalog) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for each in catalog.pin_all():
        connection.execute(f"ATTACH '{each.path}' AS \"{each.alias}\" (READ_ONLY)")
    yield connection
    connection.close()


def rows(catalog: Catalog, engine: duckdb.DuckDBPyConnection, adql: str) -> dict[str, np.ndarray]:
    compiled = compile_query(adql, catalog.snapshot(CALLER), maxrec=100_000)
    table = engine.execute(compiled.sql).to_arrow_table()
    return {name: np.asarray(table[name]) for name in table.column_names}


def test_every_table_of_the_schemas_is_there(catalog: Catalog) -> None:
    tables = {entry.spec.full_name for _, entries, _ in catalog.entries() for entry in entries}
    for release in ("dp1", "dp2"):
        wanted = {f"{release}.{spec.name}" for spec in read_schema(release).tables}
        assert wanted <= tables
    assert {"dp1_maps.SurveyProperty", "dp1_truth.Object", "cdb_lsstcomcam.visit1"} <= tables


def test_columns_are_those_of_the_schema(catalog: Catalog) -> None:
    published = {
        entry.spec.full_name: entry.spec for _, entries, _ in catalog.entries() for entry in entries
    }
    for release in ("dp1", "dp2"):
        for spec in read_schema(release).tables:
            there = published[f"{release}.{spec.name}"]
            assert [(c.name, c.unit, c.description) for c in there.columns] == [
                (c.name, c.unit, c.description) for c in spec.columns
            ]


def test_no_table_is_empty(catalog: Catalog) -> None:
    assert not [
        entry.spec.full_name
        for _, entries, internal in catalog.entries()
        for entry in entries
        if not internal and not entry.rows
    ]


def published_nulls() -> dict[str, set[str]]:
    """The list of the documentation, by table."""
    text = (ROOT / "docs" / "demo-nulls.md").read_text("utf-8")
    parts = re.findall(r"^## (\S+)\n\n(.*)$", text, re.MULTILINE)
    return {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in parts}


def test_the_published_list_of_null_columns_is_true(catalog: Catalog) -> None:
    """It is that of the size small; of tiny more columns happen to have no value."""
    nulls = null_columns(catalog)
    listed = published_nulls()
    assert listed
    for table, columns in listed.items():
        assert columns <= set(nulls[table])
    others = {
        (table, name)
        for table, names in nulls.items()
        for name in set(names) - listed.get(table, set())
    }
    # Statistics and fits that need more exposures than tiny has, and a band's rare measurements.
    assert len(others) < 20, others


@pytest.mark.soak
def test_small_is_made_in_a_minute_and_has_the_published_nulls(tmp_path: Path) -> None:
    state = tmp_path / "state"
    start = time.perf_counter()
    build_survey(LspConfig(state_dir=str(state)), size("small"))
    assert time.perf_counter() - start < 90  # 60 s where nothing else runs.
    assert sum(path.stat().st_blocks * 512 for path in state.rglob("*")) < 400e6
    catalog = Catalog(state)
    try:
        listed = (ROOT / "docs" / "demo-nulls.md").read_text("utf-8")
        assert listed == write_list(null_columns(catalog))
    finally:
        catalog.close()


@pytest.mark.parametrize("release", ["dp1", "dp2", "dp1_truth", "observatory"])
def test_every_example_has_rows(
    catalog: Catalog, engine: duckdb.DuckDBPyConnection, release: str
) -> None:
    (found,) = [each for each in catalog.releases(CALLER) if each.name == release]
    for example in found.examples:
        assert len(next(iter(rows(catalog, engine, example.adql).values()))), example.title


@pytest.mark.parametrize(
    ("table", "key", "other", "target"),
    [
        ("dp1.ForcedSource", "objectId", "dp1.Object", "objectId"),
        ("dp1.ForcedSource", "visit", "dp1.Visit", "visit"),
        ("dp1.Source", "visit", "dp1.Visit", "visit"),
        ("dp1.DiaSource", "diaObjectId", "dp1.DiaObject", "diaObjectId"),
        ("dp1.SSSource", "diaSourceId", "dp1.DiaSource", "diaSourceId"),
        ("dp1.SSSource", "ssObjectId", "dp1.SSObject", "ssObjectId"),
        ("dp1.MPCORB", "ssObjectId", "dp1.SSObject", "ssObjectId"),
        ("dp1.CcdVisit", "visitId", "dp1.Visit", "visit"),
        ("dp1.Object", "objectId", "dp1_truth.Object", "objectId"),
        ("dp2.ForcedSource", "objectId", "dp2.Object", "objectId"),
        ("dp2.SSSource", "diaSourceId", "dp2.DiaSource", "diaSourceId"),
        ("dp1_truth.Object", "gaiaSourceId", "gaia.source", "source_id"),
        ("dp1_truth.Supernova", "hostObjectId", "dp1_truth.Object", "objectId"),
        ("dp1_truth.LightCurve", "visit", "dp1.Visit", "visit"),
    ],
)
def test_keys_join(
    catalog: Catalog,
    engine: duckdb.DuckDBPyConnection,
    table: str,
    key: str,
    other: str,
    target: str,
) -> None:
    found = rows(
        catalog,
        engine,
        f"SELECT COUNT(*) AS n, COUNT(b.{target}) AS m FROM {table} AS a "
        f"LEFT JOIN {other} AS b ON a.{key} = b.{target} "
        f"WHERE a.{key} IS NOT NULL AND a.{key} <> 0",
    )
    assert found["n"][0] == found["m"][0]
    assert found["n"][0] > 0 or table == "dp1_truth.Object"


def test_ids_are_above_two_to_53(catalog: Catalog, engine: duckdb.DuckDBPyConnection) -> None:
    for table, key in (
        ("dp1.Object", "objectId"),
        ("dp1.Source", "sourceId"),
        ("dp1.DiaSource", "diaSourceId"),
        ("dp1.DiaObject", "diaObjectId"),
        ("dp1.SSObject", "ssObjectId"),
        ("dp2.Object", "objectId"),
    ):
        found = rows(
            catalog,
            engine,
            f"SELECT MIN({key}) AS low, COUNT(*) AS n, COUNT(DISTINCT {key}) AS m FROM {table}",
        )
        assert found["low"][0] > 2**53, table
        assert found["n"][0] == found["m"][0], table


def test_every_field_has_objects_of_its_bands(
    catalog: Catalog, engine: duckdb.DuckDBPyConnection
) -> None:
    counts = ", ".join(f"COUNT({band}_psfFlux) AS {band}" for band in "ugrizy")
    found = rows(
        catalog, engine, f"SELECT tract, COUNT(*) AS n, {counts} FROM dp1.Object GROUP BY tract"
    )
    for one in FIELDS:
        (place,) = np.flatnonzero(found["tract"] == one.tract)
        assert found["n"][place] > 20
        assert {band for band in "ugrizy" if found[band][place]} == set(one.bands)


def test_images_and_pictures_are_there(survey_state: Path) -> None:
    from lsst.daf.butler import Butler

    with Butler.from_config(pictures.repository_folder(survey_state)) as butler:
        kinds = {
            kind: len(butler.query_datasets(kind, collections="LSSTComCam/DP1", limit=None))
            for kind in (
                "visit_image",
                "difference_image",
                "template_coadd",
                "deep_coadd",
                "object",
            )
        }
        table = butler.get(
            "object", skymap="lsst_cells_v1", tract=5063, collections="LSSTComCam/DP1"
        )
    assert all(kinds.values()), kinds
    assert sum(kinds.values()) <= 200
    assert {"objectId", "coord_ra", "g_psfFlux"} <= set(table.colnames)
    made = {path.name for path in pictures.hips_folder(survey_state).iterdir()}
    assert made == {one.name for one in FIELDS}
    for name in made:
        assert (pictures.hips_folder(survey_state) / name / "Moc.fits").is_file()


def test_nothing_temporary_is_left(survey_state: Path) -> None:
    assert not [path for path in survey_state.rglob("*") if path.name.startswith(".survey")]
    assert not list(survey_state.rglob("*.partial"))


def test_a_second_time_does_nothing_quickly(survey_state: Path, tmp_path: Path) -> None:
    state = copy_state(survey_state, tmp_path / "state")
    told: list[str] = []
    start = time.perf_counter()
    for wanted in (None, "tiny"):
        assert load_survey(LspConfig(state_dir=str(state)), wanted, progress=told.append) is False
    assert time.perf_counter() - start < 1.0
    assert told == []


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Releases are asked for, but only their smallest table is made; no images."""
    asked: list[str] = []
    small = {"dp1": "Visit", "dp2": "Visit", "dp1_truth": "Asteroid", "observatory": "exposure"}

    def tables(release: str, sky: object) -> list[object]:
        asked.append(release)
        return [
            (spec, batches)
            for spec, batches in build_tables(release, sky)
            if spec.name == small[release]
        ]

    build_tables = build.survey_tables
    monkeypatch.setattr(build, "survey_tables", tables)
    return asked


def test_releases_made_before_an_interruption_are_not_made_again(
    cheap: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = LspConfig(state_dir=str(tmp_path / "state"))
    wanted = size("10000")

    def stopped(catalog: Catalog, release: object, *args: object, **options: object) -> object:
        if release.name == "dp1_truth":  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        return real_publish(catalog, release, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "publish", stopped)
    with pytest.raises(KeyboardInterrupt):
        build_survey(config, wanted)
    assert built_survey(config.state()) is None
    monkeypatch.setattr(build, "publish", real_publish)
    cheap.clear()
    assert build_survey(config, wanted) is True
    assert cheap == ["dp1_truth", "observatory"]
    found = built_survey(config.state())
    assert found is not None
    assert (found.size, found.seed) == ("10000", 1)
    cheap.clear()
    assert build_survey(config, wanted) is False
    assert cheap == []


def test_another_seed_or_size_replaces_it(cheap: list[str], tmp_path: Path) -> None:
    config = LspConfig(state_dir=str(tmp_path / "state"))
    assert build_survey(config, size("10000"), 1)
    assert build_survey(config, size("10000"), 2)
    assert build_survey(config, size("20000"), 2)
    # What is there stays, whatever it is, if nothing else is asked for.
    assert load_survey(config) is False
    assert load_survey(config, "none") is False
    found = built_survey(config.state())
    assert found is not None
    assert (found.size, found.seed) == ("20000", 2)


def test_images_go_with_their_survey(cheap: list[str], survey_state: Path, tmp_path: Path) -> None:
    state = copy_state(survey_state, tmp_path / "state")
    assert build_survey(LspConfig(state_dir=str(state)), size("10000"))
    assert not pictures.repository_folder(state).exists()
    assert not pictures.hips_folder(state).exists()


def test_too_little_room_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("usage", (), {"free": 10_000_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(PublishError, match=r"needs about .* GB"):
        build_survey(LspConfig(state_dir=str(tmp_path / "state")), size("small"))


@pytest.mark.parametrize("wrong", ["huge", "12", "-1", "1e12", "nan", "inf", ""])
def test_wrong_sizes_are_told(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no size"):
        load_survey(LspConfig(state_dir=str(tmp_path / "state")), wrong)
