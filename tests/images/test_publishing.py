"""The images of a real Butler repository in ``ivoa.ObsCore``."""

from __future__ import annotations

import io
import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from lsst.daf.butler import Butler

from lsp_jupyter.catalogs.generation import stored_rows
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import NotFoundError, PublishError, UsageError
from lsp_jupyter.images.command import publish_pictures
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from lsp_jupyter.images.publishing import Refresh, publish_images, withdraw_images
from lsp_jupyter.images.repositories import Repository, find_repository, read_repositories

AUTHORITY = "example.org"
CHAIN = "LSSTComCam/DP1"


@pytest.fixture
def repository(survey_state: Path) -> Repository:
    return Repository("dp1", str(survey_state / "butler" / "dp1"), (CHAIN,))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path)
    yield catalog
    catalog.close()


def rows(catalog: Catalog) -> list[dict[str, Any]]:
    for _, entries, _ in catalog.entries():
        for entry in entries:
            if entry.spec.full_name == OBSCORE.full_name:
                return pa.Table.from_batches(stored_rows(catalog, entry)).to_pylist()
    return []


def publish(catalog: Catalog, repository: Repository) -> Refresh:
    return publish_images(catalog, repository, authority=AUTHORITY)


@pytest.mark.req("API-REQ-0022")
def test_each_image_has_a_row_that_leads_back_to_it(
    catalog: Catalog, repository: Repository
) -> None:
    done = publish(catalog, repository)
    found = rows(catalog)
    assert done == Refresh(len(found), 0, 0)
    butler = Butler.from_config(repository.uri, collections=CHAIN)
    kinds = {row["dataproduct_subtype"] for row in found}
    wanted = ("raw", "visit_image", "difference_image", "template_coadd", "deep_coadd")
    assert kinds == {f"lsst.{name}" for name in wanted}
    images = sum(
        len(butler.query_datasets(kind.removeprefix("lsst."), limit=None)) for kind in kinds
    )
    assert len(found) == images
    for row in found[::7]:
        ref = butler.get_dataset(_uuid(row))
        assert ref is not None
        assert f"lsst.{ref.datasetType.name}" == row["dataproduct_subtype"]
        data_id = {key: row[f"lsst_{key}"] for key in ("visit", "detector", "tract", "patch")}
        for key, value in data_id.items():
            assert value is None or ref.dataId.get(key, ref.dataId.get("exposure")) == value


def _uuid(row: dict[str, Any]) -> UUID:
    return UUID(row["obs_publisher_did"].partition("?")[2])


@pytest.mark.req("API-REQ-0022", "PRTL-REQ-0036")
def test_rows_say_where_when_and_in_what_light(catalog: Catalog, repository: Repository) -> None:
    publish(catalog, repository)
    found = rows(catalog)
    butler = Butler.from_config(repository.uri, collections=CHAIN)
    for row in found:
        corners = np.array(row["s_region"].split()[2:], float).reshape(-1, 2)
        assert len(corners) >= 4
        assert 0 < row["s_fov"] < 0.2
        apart = np.hypot(
            (corners[:, 0] - row["s_ra"]) * np.cos(np.radians(row["s_dec"])),
            corners[:, 1] - row["s_dec"],
        )
        assert apart.max() == pytest.approx(row["s_fov"] / 2, rel=0.2)
        assert row["em_min"] < row["em_max"] < 1.1e-6
        assert row["facility_name"] == "Rubin:Simonyi"
        assert row["instrument_name"] == "LSSTComCam"
        assert row["lsst_raft"] == (None if row["lsst_detector"] is None else "R22")
    # A coadd was taken from the first of its visits to the last.
    times = {row["obs_publisher_did"]: (row["t_min"], row["t_max"]) for row in found}
    with closing(ImageIndex(catalog.state)) as index:
        links = index.links("dp1")
    timed = 0
    for row in found:
        if row["lsst_patch"] is not None and row["lsst_visit"] is None:
            inputs = [times[one] for output, one in links if output == row["obs_publisher_did"]]
            span = (min(a for a, _ in inputs), max(b for _, b in inputs)) if inputs else (None,) * 2
            assert (row["t_min"], row["t_max"]) == span
            timed += bool(inputs)
    assert timed > 5
    row = next(row for row in found if row["dataproduct_subtype"] == "lsst.visit_image")
    image = butler.get(butler.get_dataset(_uuid(row)))
    x, y = image.getWcs().skyToPixel(row["s_ra"], row["s_dec"])
    box = image.getBBox()
    assert x == pytest.approx(box.minX + box.width / 2, abs=2)
    assert y == pytest.approx(box.minY + box.height / 2, abs=2)
    [record] = butler.query_dimension_records("visit", visit=row["lsst_visit"])
    assert row["t_min"] == pytest.approx(record.timespan.begin.utc.mjd, abs=1e-9)
    assert (row["t_max"] - row["t_min"]) * 86400 == pytest.approx(row["t_exptime"], abs=1)
    assert row["calib_level"] == 2


def test_rows_from_before_a_column_came_are_kept(catalog: Catalog, repository: Repository) -> None:
    other = Repository("twin", repository.uri, repository.collections)
    publish(catalog, other)
    older = replace(OBSCORE, columns=tuple(c for c in OBSCORE.columns if c.name != "lsst_raft"))
    [entry] = [
        entry
        for _, entries, _ in catalog.entries()
        for entry in entries
        if entry.spec.full_name == OBSCORE.full_name
    ]
    names = [column.name for column in older.columns]
    kept = [batch.select(names) for batch in stored_rows(catalog, entry)]
    publish_table(catalog, RELEASE, older, iter(kept))
    assert "lsst_raft" not in rows(catalog)[0]
    publish(catalog, repository)
    rafts = {(row["obs_collection"], row["lsst_raft"]) for row in rows(catalog)}
    assert rafts == {("DP1", "R22"), ("DP1", None), ("TWIN", None)}


def test_a_refresh_reads_only_what_is_new(
    catalog: Catalog, repository: Repository, tmp_path: Path
) -> None:
    first = publish(catalog, repository)
    before = {row["obs_publisher_did"] for row in rows(catalog)}
    assert publish(catalog, repository) == Refresh(0, 0, first.added)
    copy = tmp_path / "copy"
    shutil.copytree(repository.uri, copy)
    butler = Butler.from_config(str(copy), writeable=True, collections=CHAIN)
    gone = butler.query_datasets("deep_coadd")[:2]
    butler.pruneDatasets(gone, unstore=True, purge=True, disassociate=True)
    smaller = Repository("dp1", str(copy), (CHAIN,))
    assert publish(catalog, smaller) == Refresh(0, 2, first.added - 2)
    left = {row["obs_publisher_did"] for row in rows(catalog)}
    assert before - left == {f"ivo://{AUTHORITY}/dp1?{ref.id}" for ref in gone}
    assert publish(catalog, repository) == Refresh(2, 0, first.added - 2)
    assert {row["obs_publisher_did"] for row in rows(catalog)} == before


def test_repositories_stand_beside_each_other(catalog: Catalog, repository: Repository) -> None:
    first = publish(catalog, repository)
    other = Repository("twin", repository.uri, repository.collections)
    assert publish(catalog, other).added == first.added
    assert len(rows(catalog)) == 2 * first.added
    assert withdraw_images(catalog, "dp1", authority=AUTHORITY) == first.added
    assert {row["obs_collection"] for row in rows(catalog)} == {"TWIN"}
    assert set(read_repositories(catalog.state)) == {"twin"}
    assert withdraw_images(catalog, "twin", authority=AUTHORITY) == first.added
    assert rows(catalog) == []
    assert withdraw_images(catalog, "twin", authority=AUTHORITY) == 0


def test_repositories_are_found_by_release(
    catalog: Catalog, repository: Repository, tmp_path: Path
) -> None:
    publish(catalog, repository)
    assert find_repository(tmp_path, "DP1") == repository
    with pytest.raises(NotFoundError, match=r"dp9.*There are images of dp1"):
        find_repository(tmp_path, "dp9")


def test_the_state_folder_can_be_moved(survey_state: Path, tmp_path: Path) -> None:
    shutil.copy(survey_state / "repositories.json", tmp_path)
    moved = find_repository(tmp_path, "dp1")
    assert moved.uri == str(tmp_path / "butler" / "dp1")


@pytest.mark.parametrize(
    ("uri", "collection", "message"),
    [
        ("/nowhere/at/all", CHAIN, "There is no Butler repository at"),
        (None, "no/such", "has no collection no/such"),
        (None, "LSSTComCam/calib/DP1", "There is no image in"),
    ],
)
def test_what_cannot_be_read_is_told(
    catalog: Catalog, repository: Repository, uri: str | None, collection: str, message: str
) -> None:
    with pytest.raises(PublishError, match=message):
        publish(catalog, Repository("dp1", uri or repository.uri, (collection,)))
    assert rows(catalog) == []
    assert read_repositories(catalog.state) == {}


def options(**more: Any) -> Namespace:
    given = {"source": [], "table": "", "release": "dp1", "collection": [CHAIN], "title": ""}
    given |= {"images": None, "pattern": [], "no_overviews": False}
    return Namespace(**{**given, **more})


def test_the_command(tmp_path: Path, repository: Repository) -> None:
    config = LspConfig(state_dir=str(tmp_path))
    out = io.StringIO()
    assert publish_pictures(config, options(butler=repository.uri), out, io.StringIO()) == 0
    assert "images of dp1 added, 0 removed, 0 kept" in out.getvalue()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"table": "a.b"}, "publishes images, not a table"),
        ({"release": None}, "need a name"),
        ({"collection": []}, "several collections"),
    ],
)
def test_the_command_says_what_is_missing(
    tmp_path: Path, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        publish_pictures(
            LspConfig(state_dir=str(tmp_path)),
            options(butler="x", **more),
            io.StringIO(),
            io.StringIO(),
        )
