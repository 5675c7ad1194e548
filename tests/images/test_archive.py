"""Who may read which image, and the files themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import NotFoundError, RemoteError
from lsp_jupyter.identity import Caller
from lsp_jupyter.images.archive import ImageArchive
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.stores.chain import StoreChain
from tests.servers import copy_state

ANN = Caller("ann")


@pytest.fixture
def archive(survey_state: Path, tmp_path: Path) -> Iterator[ImageArchive]:
    state = copy_state(survey_state, tmp_path / "state")
    catalog = Catalog(state)
    archive = ImageArchive(catalog, ImageIndex(state), StoreChain(LspConfig(), state / "cache"))
    yield archive
    archive.close()
    catalog.close()


async def test_every_image_of_the_demo_has_its_file(archive: ImageArchive) -> None:
    files = list(archive.index.release("dp1"))
    assert {file.dataset_type for file in files} >= {"raw", "visit_image", "deep_coadd", "flat"}
    for file in files:
        assert archive.one(ANN, file.did) == file
        path = await archive.local(file)
        assert path.stat().st_size == file.size
        assert path.name == file.name
        assert not file.remote


@pytest.mark.req("API-REQ-0022")
def test_from_coadds_to_visits_and_back(archive: ImageArchive) -> None:
    for coadd in archive.index.release("dp1", "deep_coadd"):
        for visit in archive.inputs(ANN, coadd):
            assert visit.dataset_type == "visit_image"
            assert visit.band == coadd.band
            assert coadd in archive.outputs(ANN, visit)
    for visit in archive.index.release("dp1", "visit_image"):
        assert archive.outputs(ANN, visit)
        for difference in archive.related(ANN, visit, "difference_image"):
            assert difference.data_id["visit"] == visit.data_id["visit"]
            assert visit in archive.inputs(ANN, difference)


def test_images_of_a_private_release_are_for_those_with_the_right(archive: ImageArchive) -> None:
    file = next(archive.index.release("dp1"))
    catalog = archive._catalog
    with catalog.publishing():
        release = next(one for one, _, _ in catalog.entries() if one.name == "dp1")
        catalog.flip([(replace(release, public=False, tables=()), (), False)])
    assert archive.find(ANN, [file.did]) == {}
    with pytest.raises(NotFoundError, match="There is no image"):
        archive.one(ANN, file.did)
    bob = Caller("bob", rights=frozenset({"dp1"}))
    assert archive.find(bob, [file.did]) == {file.did: file}


async def test_a_file_that_vanished_or_changed(archive: ImageArchive) -> None:
    first, second = list(archive.index.release("dp1"))[:2]
    with pytest.raises(RemoteError, match="not the one that was published"):
        await archive.local(replace(first, size=first.size + 1))
    os.unlink(second.uri)
    with pytest.raises(NotFoundError, match="not there any more"):
        await archive.local(second)
    with pytest.raises(RemoteError):
        await archive.local(replace(first, uri=str(Path(first.uri).parent), size=0))
