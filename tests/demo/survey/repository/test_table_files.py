"""Tables divided as Rubin divides them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.demo.survey.repository.dataset_types import KINDS
from lsp_jupyter.demo.survey.repository.table_files import map_files, table_files

NUMBERS = 2**60 + np.arange(6)


def written(kind: str, folder: Path, **columns: Any) -> dict[tuple[Any, ...], list[int]]:
    """The ids in each file, by the numbers of its data ID."""
    table = pa.table({"id": NUMBERS, **columns})
    found = {}
    for file in table_files(kind, table.to_batches(max_chunksize=4), folder):
        assert set(file.data_id) == set(KINDS[kind].dimensions)
        assert pq.read_schema(file.path).remove_metadata().equals(table.schema)
        key = tuple(value for value in file.data_id.values() if isinstance(value, int))
        found[key] = pq.read_table(file.path)["id"].to_pylist()
    return found


def ids(*places: int) -> list[int]:
    return [int(NUMBERS[place]) for place in places]


def test_by_tract(tmp_path: Path) -> None:
    found = written("object", tmp_path, tract=[5063, 453, 5063, 453, 453, 5063])
    assert found == {(453,): ids(1, 3, 4), (5063,): ids(0, 2, 5)}


def test_by_patch(tmp_path: Path) -> None:
    found = written(
        "object_forced_source", tmp_path, tract=[2, 2, 1, 1, 2, 2], patch=[7, 5, 5, 7, 5, 7]
    )
    assert found == {(1, 5): ids(2), (1, 7): ids(3), (2, 5): ids(1, 4), (2, 7): ids(0, 5)}


def test_by_visit(tmp_path: Path) -> None:
    found = written("source", tmp_path, visit=[2024110800245, 5, 5, 2024110800245, 5, 5])
    assert found == {(5,): ids(1, 2, 4, 5), (2024110800245,): ids(0, 3)}


def test_by_position_where_there_is_no_tract(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    picked = [FIELDS[place] for place in (0, 3, 3, 6, 0, 5)]
    found = written(
        "dia_object",
        tmp_path,
        ra=[one.ra + random.uniform(-0.3, 0.3) for one in picked],
        dec=[one.dec + random.uniform(-0.3, 0.3) for one in picked],
    )
    assert found == {(453,): ids(0, 4), (5063,): ids(1, 2), (7850,): ids(3), (5525,): ids(5)}


@pytest.mark.parametrize("kind", ["visit_table", "ss_object"])
def test_undivided(tmp_path: Path, kind: str) -> None:
    assert written(kind, tmp_path) == {(): ids(0, 1, 2, 3, 4, 5)}


def test_no_rows(tmp_path: Path) -> None:
    assert list(table_files("object", [], tmp_path)) == []


def test_maps_by_band() -> None:
    name = "deepCoadd_psf_maglim_consolidated_map_weighted_mean"
    (file,) = map_files([Path(f"/maps/{name}_i.fits.gz")])
    assert (file.type, file.data_id["band"]) == (name, "i")
    assert file.type in KINDS
