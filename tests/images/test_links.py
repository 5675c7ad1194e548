"""What belongs to images, and where clients find it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.formats.header import IMAGES
from lsp_jupyter.identity import local_caller
from lsp_jupyter.identity.caller import Caller
from lsp_jupyter.images.access import DATALINK, addressed, file_path, links_path, with_access
from lsp_jupyter.images.archive import ImageArchive
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.links import Link, links_of


class NoStores:
    """Where nothing is."""

    async def fetch(self, uri: str, *, size: int = 0, checksum: str = "") -> Path:
        raise AssertionError(uri)


@pytest.fixture(scope="module")
def archive(survey_state: Path) -> Iterator[ImageArchive]:
    catalog = Catalog(survey_state)
    archive = ImageArchive(catalog, ImageIndex(survey_state), NoStores())
    yield archive
    archive.close()
    catalog.close()


@pytest.fixture(scope="module")
def caller(survey_state: Path) -> Caller:
    return local_caller(survey_state, "local")


def links(archive: ImageArchive, caller: Caller, kind: str) -> list[list[Link]]:
    return [list(links_of(archive, caller, file)) for file in archive.index.release("dp1", kind)]


def kinds(found: list[Link], semantics: str) -> set[str]:
    return {link.local for link in found if link.semantics == semantics}


@pytest.mark.req("PRTL-REQ-0005", "PRTL-REQ-0006")
def test_a_visit_image_leads_to_all_that_it_came_from_and_went_into(
    archive: ImageArchive, caller: Caller
) -> None:
    each = links(archive, caller, "visit_image")
    for found in each:
        assert [link.semantics for link in found][:2] == ["#this", "#preview"]
        assert found[0].size > 10_000
        assert found[0].mime == "image/fits"
        assert kinds(found, "#weight") == {"variance"}
        assert kinds(found, "#auxiliary") == {"mask", "header"}
        assert kinds(found, "#derivation") <= {"difference_image", "template_coadd", "deep_coadd"}
        assert not {link.path for link in found if link.error}
    # One of them has a raw image, and that detector's calibrations.
    [whole] = [found for found in each if kinds(found, "#progenitor")]
    assert kinds(whole, "#progenitor") == {"raw"}
    assert kinds(whole, "#calibration") == {"bias", "flat"}


@pytest.mark.req("PRTL-REQ-0006")
def test_coadds_and_visits_lead_to_one_another(archive: ImageArchive, caller: Caller) -> None:
    coadds = links(archive, caller, "deep_coadd")
    inputs = {
        (found[0].path, link.path)
        for found in coadds
        for link in found
        if link.semantics == "#progenitor"
    }
    outputs = {
        (link.path, found[0].path)
        for found in links(archive, caller, "visit_image")
        for link in found
        if link.semantics == "#derivation" and link.local == "deep_coadd"
    }
    assert inputs
    assert inputs == outputs


def test_what_has_no_planes_or_no_place_has_no_such_links(
    archive: ImageArchive, caller: Caller
) -> None:
    [raw], [bias] = links(archive, caller, "raw"), links(archive, caller, "bias")
    assert kinds(raw, "#weight") == set()
    assert kinds(raw, "#calibration") == {"bias", "flat"}
    assert {link.semantics for link in bias} == {"#this", "#preview", "#auxiliary"}


def test_paths_are_escaped() -> None:
    assert links_path("ivo://a/b?c&d") == "datalink/links?ID=ivo%3A%2F%2Fa%2Fb%3Fc%26d"
    assert file_path("a/b", "c?d", "preview") == "images/a%2Fb/c%3Fd/preview"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), "str")])
def test_rows_are_sent_with_whole_addresses(kind: pa.DataType) -> None:
    told = {IMAGES: b'{"obscore:Access.reference": ["a"]}'}
    schema = pa.schema([pa.field("a", kind), pa.field("b", kind)], metadata=told)
    path = links_path("ivo://a/b?c")
    column = pa.array([path, "https://elsewhere/x", None], pa.string()).cast(kind)
    batch = pa.record_batch([column, column], schema=schema)
    [shown] = addressed("https://here/lsp_jupyter/", schema, [batch])
    assert shown.schema.equals(schema, check_metadata=True)
    assert shown.column("a").to_pylist() == [
        f"https://here/lsp_jupyter/{path}",
        "https://elsewhere/x",
        None,
    ]
    assert shown.column("b").to_pylist() == [path, "https://elsewhere/x", None]


def test_the_catalogue_says_where_links_are() -> None:
    batch = pa.record_batch(
        {
            "obs_publisher_did": ["ivo://a/b?c"],
            "access_url": pa.array([None], pa.string()),
            "access_format": pa.array([None], pa.string()),
        }
    )
    [row] = next(with_access([batch])).to_pylist()
    assert row["access_url"] == links_path("ivo://a/b?c")
    assert row["access_format"] == DATALINK
