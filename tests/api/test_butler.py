"""A Butler that reads through the platform, as a kernel far away has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lsst.daf.butler import (
    Butler,
    DatasetNotFoundError,
    InvalidQueryError,
    MissingCollectionError,
    MissingDatasetTypeError,
)

import lsp_jupyter as lsp
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.notebook import session
from tests.servers import Server, copy_state, start_server


@pytest.fixture(scope="module")
def server(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("butler")
    server = start_server(
        root, copy_state(survey_state, root / "state"), "--LspConfig.butler_direct=False"
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def butler(server: Server) -> Iterator[Butler]:
    """What `lsp.butler` gives where it cannot reach the repository."""
    before = session._client
    lsp.connect(server.url, token=server.token)
    yield lsp.butler("dp1")
    session._client = before


@pytest.fixture
def direct(server: Server) -> Butler:
    return Butler.from_config(str(server.state / "butler" / "dp1"), collections="LSSTComCam/DP1")


@pytest.mark.req("API-REQ-0034")
def test_queries_answer_as_the_repository_itself(butler: Butler, direct: Butler) -> None:
    assert type(butler).__name__ == "RemoteButler"
    for kind in ("visit_image", "deep_coadd", "raw"):
        mine = butler.query_datasets(kind, with_dimension_records=True)
        assert {ref.id for ref in mine} == {ref.id for ref in direct.query_datasets(kind)}
        assert all(ref.dataId.hasRecords() for ref in mine)
    visits = butler.query_dimension_records("visit", where="band = 'r'")
    assert visits == direct.query_dimension_records("visit", where="band = 'r'")
    ids = butler.query_data_ids(["visit", "detector"], where="visit > 0", order_by="visit")
    assert ids == direct.query_data_ids(["visit", "detector"], where="visit > 0", order_by="visit")
    own = direct.collections.query("LSSTComCam/DP1", flatten_chains=True, include_chains=True)
    assert set(butler.collections.query("*")) == set(own)
    assert butler.registry.getDatasetType("raw") == direct.registry.getDatasetType("raw")
    found = butler.registry.queryDatasetTypes("*coadd")
    assert {kind.name for kind in found} == {"deep_coadd", "template_coadd"}
    with butler.query() as query:
        assert query.datasets("deep_coadd").count() == len(direct.query_datasets("deep_coadd"))
        assert query.datasets("deep_coadd").any()


def test_of_what_is_not_published_nobody_learns(
    server: Server, butler: Butler, direct: Butler
) -> None:
    path = server.state / "repositories.json"
    before = path.read_text()
    run = "LSSTComCam/runs/DRP/DP1/tiny-1"
    path.write_text(json.dumps([{**json.loads(before)[0], "collections": [run]}]))
    try:
        mine = lsp.butler("dp1")
        assert mine.collections.query("*") == [run]
        assert mine.collections.get_info(run, include_parents=True).parents == frozenset()
        [raw] = direct.query_datasets("raw", limit=1)
        [table] = direct.query_datasets("object", limit=1)
        [image] = direct.query_datasets("visit_image", limit=1)
        assert mine.get_dataset(image.id) == image
        assert mine.get_many_datasets([raw.id, image.id, table.id]) == [image]
        for hidden in (raw, table):
            # Not even by the identifier, or for those who have the reference.
            assert mine.get_dataset(hidden.id) is None
            with pytest.raises(DatasetNotFoundError):
                mine.get(hidden)
        for call in (
            lambda: mine.query_datasets("raw", "LSSTComCam/raw/DP1"),
            lambda: mine.query_datasets("visit_image", "LSSTComCam/DP1"),
            lambda: mine.find_dataset("raw", raw.dataId, collections="LSSTComCam/raw/DP1"),
            lambda: mine.registry.getCollectionSummary("LSSTComCam/DP1"),
            lambda: mine.collections.get_info("LSSTComCam/DP1"),
            lambda: mine.query_all_datasets("LSSTComCam/DP1"),
        ):
            with pytest.raises(MissingCollectionError):
                call()
        for call in (
            lambda: mine.get_dataset_type("object"),
            lambda: mine.query_datasets("object"),
            lambda: mine.find_dataset("object", table.dataId),
            lambda: mine.query_all_datasets(name="object"),
        ):
            with pytest.raises(MissingDatasetTypeError):
                call()
        assert mine.query_datasets("raw", explain=False) == []
        kinds = {ref.datasetType.name for ref in mine.query_all_datasets(limit=None)}
        assert kinds == {"visit_image", "difference_image", "template_coadd", "deep_coadd"}
        assert "object" not in {kind.name for kind in mine.registry.queryDatasetTypes("*")}
        summary = mine.registry.getCollectionSummary(run)
        assert kinds == {kind.name for kind in summary.dataset_types}
    finally:
        path.write_text(before)


def test_a_question_within_a_question_is_looked_at_too(server: Server) -> None:
    secret = {"object": {"collections": ["elsewhere"], "dimensions": []}}
    inner = {"dimensions": [], "datasets": secret}
    tree = {"dimensions": [], "datasets": {}, "predicate": {"operands": [[{"query_tree": inner}]]}}
    asked = {
        "query": {"tree": tree, "default_data_id": {"dataId": {}}, "additional_query_inputs": []},
        "result_spec": {"result_type": "data_coordinate", "dimensions": []},
        "exact": True,
        "discard": False,
    }
    for call in ("count", "execute"):
        url = f"{server.base}butler/dp1/v1/query/{call}"
        answer = server.session().post(url, json=asked)
        assert "Dataset type with name 'object' not found" in answer.text, answer.text
    asked["query"]["tree"] = {"dimensions": [], "datasets": {}, "any_dataset": {"collections": []}}  # type: ignore[index]
    answer = server.session().post(f"{server.base}butler/dp1/v1/query/count", json=asked)
    assert answer.status_code == 400


def test_pixels_are_those_of_the_file(butler: Butler, direct: Butler) -> None:
    ref = butler.query_datasets("visit_image")[0]
    image, own = butler.get(ref), direct.get(ref)
    assert np.array_equal(image.image.array, own.image.array, equal_nan=True)
    assert image.getBBox() == own.getBBox()
    same = butler.get("visit_image", ref.dataId)
    assert np.array_equal(same.mask.array, own.mask.array)
    wcs = butler.get(ref.makeComponentRef("wcs"))
    assert wcs.pixelToSky(1.0, 2.0).ra.deg == own.getWcs().pixelToSky(1.0, 2.0).ra.deg


def test_errors_are_the_butlers_own(butler: Butler) -> None:
    with pytest.raises(InvalidQueryError):
        butler.query_datasets("visit_image", where="nonsense = 1")
    with pytest.raises(DatasetNotFoundError):
        butler.get("visit_image", visit=1, detector=1, instrument="LSSTComCam")
    assert butler.find_dataset("visit_image", visit=1, detector=1, instrument="LSSTComCam") is None


def test_strangers_and_nonsense_are_refused(server: Server) -> None:
    asking = server.session()
    base = f"{server.base}butler/dp1/v1/"
    assert asking.get(f"{base}universe").status_code == 200
    asking.headers.clear()
    assert asking.get(f"{base}universe").status_code == 401
    asking = server.session()
    for path, body, status in (
        ("nothing", None, 404),
        ("dataset/no-uuid", None, 400),
        ("find_dataset", "{}", 400),
        ("find_dataset", "no JSON", 400),
        ("dataset_type/none", None, 422),
        ("query/drop", "{}", 404),
    ):
        url = f"{base}{path}"
        answer = asking.post(url, data=body) if body is not None else asking.get(url)
        assert answer.status_code == status, (path, answer.text)
        assert str(server.state) not in answer.text
        assert "Traceback" not in answer.text
    assert asking.get(f"{server.base}butler/dp9/v1/universe").status_code == 404
    told = asking.get(f"{server.base}portal/repositories").json()["repositories"]
    assert [(each["release"], each["uri"]) for each in told] == [("dp1", "")]


def test_plain_files_have_no_butler(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    path = server.state / "repositories.json"
    before = path.read_text()
    told = json.loads(before)
    path.write_text(json.dumps([*told, {"release": "plain", "uri": "/x", "collections": []}]))
    try:
        monkeypatch.setattr(session, "_client", session.client())
        lsp.connect(server.url, token=server.token)
        with pytest.raises(NotFoundError, match="plain files, without a Butler"):
            lsp.butler("plain")
        url = f"{server.base}butler/plain/v1/universe"
        assert server.session().get(url).status_code == 404
    finally:
        path.write_text(before)


def test_a_private_release_is_not_there_for_others(server: Server) -> None:
    catalog = Catalog(server.state)
    release = next(one for one, _, _ in catalog.entries() if one.name == "dp1")
    asking = server.session()
    try:
        with catalog.publishing():
            catalog.flip([(replace(release, public=False, tables=()), (), False)])
        assert asking.get(f"{server.base}butler/dp1/v1/universe").status_code == 404
        assert asking.get(f"{server.base}portal/repositories").json() == {"repositories": []}
    finally:
        with catalog.publishing():
            catalog.flip([(replace(release, tables=()), (), False)])
        catalog.close()
    assert asking.get(f"{server.base}butler/dp1/v1/universe").status_code == 200
