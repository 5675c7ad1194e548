"""Which file an image is, and what was made of what."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lsp_jupyter.errors import ConflictError
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex

DIMENSIONS = {
    "raw": ("instrument", "exposure", "detector"),
    "visit_image": ("instrument", "visit", "detector"),
    "bias": ("instrument", "detector"),
    "deep_coadd": ("tract", "patch", "band"),
}


def image(number: int, kind: str, **data_id: str | int) -> ImageFile:
    return ImageFile(
        did=f"ivo://example.org/r1?{kind}-{number}",
        release="r1",
        dataset_type=kind,
        data_id=data_id,
        uri=f"/data/{kind}-{number}.fits",
        size=number,
    )


RAW = image(1, "raw", instrument="cam", exposure=7, detector=2)
VISIT = image(2, "visit_image", instrument="cam", visit=7, detector=2, band="r")
BIAS = image(3, "bias", instrument="cam", detector=2)
COADD = image(4, "deep_coadd", tract=1, patch=2, band="r")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ImageIndex]:
    index = ImageIndex(tmp_path)
    links = [(COADD.did, VISIT.did), (VISIT.did, RAW.did)]
    index.replace("r1", [RAW, VISIT, BIAS, COADD], dimensions=DIMENSIONS, made_of=links)
    yield index
    index.close()


def test_images_are_found_in_any_case_and_unknown_ones_are_missing(index: ImageIndex) -> None:
    shouted = RAW.did.upper()
    assert index.find([shouted, VISIT.did, "ivo://example.org/r1?none", ""]) == {
        shouted: RAW,
        VISIT.did: VISIT,
    }
    assert index.find([]) == {}


def test_many_identifiers_are_looked_up_in_pieces(index: ImageIndex) -> None:
    asked = [f"ivo://example.org/r1?x{number}" for number in range(2_000)]
    assert index.find([*asked, RAW.did]) == {RAW.did: RAW}


def test_what_was_made_of_what(index: ImageIndex) -> None:
    assert index.inputs(COADD.did) == [VISIT]
    assert index.outputs(VISIT.did) == [COADD]
    assert index.inputs(RAW.did) == []
    assert sorted(index.links("r1")) == [(COADD.did, VISIT.did), (VISIT.did, RAW.did)]


def test_images_of_a_visit(index: ImageIndex) -> None:
    assert index.visit("r1", 7) == [RAW, VISIT]
    assert index.visit("r1", 8) == []
    assert index.visit("r2", 7) == []
    plan = index._read(
        "EXPLAIN QUERY PLAN SELECT did FROM image WHERE release = ? AND COALESCE("
        "json_extract(data_id, '$.visit'), json_extract(data_id, '$.exposure')) = ?",
        ("r1", 7),
    )
    assert "image_by_visit" in plan[0]["detail"]


def test_an_index_of_the_first_version_is_brought_up_to_date(
    index: ImageIndex, tmp_path: Path
) -> None:
    index.close()
    with sqlite3.connect(tmp_path / "images.sqlite") as connection:
        connection.execute("DROP INDEX image_by_visit")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert index.visit("r1", 7) == [RAW, VISIT]


def test_images_of_the_same_data_id_are_related(index: ImageIndex) -> None:
    assert index.related(VISIT, "raw") == [RAW]
    assert index.related(RAW, "visit_image") == [VISIT]
    assert index.related(VISIT, "bias") == [BIAS]
    assert index.related(BIAS, "visit_image") == []
    assert index.related(VISIT, "deep_coadd") == []
    assert index.related(VISIT, "nonsense") == []


def test_a_release_is_replaced_as_a_whole(index: ImageIndex) -> None:
    other = replace(RAW, did="ivo://example.org/r2?1", release="r2")
    index.replace("r2", [other], dimensions={"raw": DIMENSIONS["raw"]})
    index.replace("r1", [RAW], dimensions={"raw": DIMENSIONS["raw"]})
    assert list(index.release("r1")) == [RAW]
    assert index.links("r1") == []
    index.drop("r1")
    assert list(index.release("r1")) == []
    assert index.types("r1") == {}
    assert index.find([other.did]) == {other.did: other}


def test_a_change_that_fails_changes_nothing(index: ImageIndex) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        index.replace("r1", [RAW, RAW], dimensions=DIMENSIONS)
    assert len(list(index.release("r1"))) == 4


def test_all_pages_of_a_release_are_read(index: ImageIndex) -> None:
    many = [image(number, "bias", instrument="cam", detector=number) for number in range(2_500)]
    index.replace("r1", many, dimensions=DIMENSIONS)
    assert {file.did for file in index.release("r1")} == {file.did for file in many}
    assert list(index.release("r1", "raw")) == []


def test_files_in_the_state_folder_move_with_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    index = ImageIndex(here)
    index.replace("r1", [replace(RAW, uri=str(here / "a.fits"))], dimensions=DIMENSIONS)
    index.close()
    shutil.copytree(here, there)
    moved = ImageIndex(there)
    assert moved.find([RAW.did])[RAW.did].uri == str(there / "a.fits")
    moved.close()


def test_another_process_sees_what_is_published(index: ImageIndex, tmp_path: Path) -> None:
    other = ImageIndex(tmp_path)
    index.drop("r1")
    assert other.find([RAW.did]) == {}
    other.close()


def test_an_index_of_the_future_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "images.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConflictError, match="newer version"):
        ImageIndex(tmp_path).find(["x"])
