from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hats
import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hats.io.validation import is_valid_catalog

from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.spool import partitions
from lsp_jupyter.catalogs.store import Catalog
from tests.catalogs.conftest import RELEASE, STARS, stars


def test_lsdb_reads_what_we_publish(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(3000), partition_rows=100)
    path = catalog.hats("SKY", "Stars")
    assert is_valid_catalog(path, strict=True)
    read = lsdb.open_catalog(path)
    assert len(read) == 3000
    assert list(read.columns) == ["id", "ra", "dec", "mag", "name"]
    frame = read.compute().sort_values("id")
    wanted = pa.Table.from_batches(stars(3000)).to_pandas()
    assert frame["id"].tolist() == wanted["id"].tolist()
    assert np.array_equal(frame["ra"], wanted["ra"])
    assert frame["name"].tolist() == wanted["name"].tolist()
    assert frame["mag"].isna().sum() == wanted["mag"].isna().sum() > 0
    near = read.cone_search(180, 0, 20 * 3600).compute()
    radians = np.radians(wanted[["ra", "dec"]])
    cosine = np.cos(radians["dec"]) * np.cos(radians["ra"] - np.pi)
    assert set(near["id"]) == set(wanted["id"][cosine > np.cos(np.radians(20))])


def test_partitions_are_as_large_as_may_be(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(3000), partition_rows=100)
    path = catalog.hats("sky", "stars")
    read = hats.read_hats(path)
    assert read.catalog_info.total_rows == 3000
    sizes = {
        (pixel.order, pixel.pixel): pq.read_metadata(
            path / f"dataset/Norder={pixel.order}/Dir=0/Npix={pixel.pixel}.parquet"
        ).num_rows
        for pixel in read.get_healpix_pixels()
    }
    assert sum(sizes.values()) == 3000
    assert max(sizes.values()) <= 100
    for order, pixel in sizes:
        siblings = sum(
            rows
            for (level, other), rows in sizes.items()
            if level >= order and other >> 2 * (level - order) >> 2 == pixel >> 2
        )
        assert order == 0 or siblings > 100, "four cells that would fit into one"


def test_files_are_sorted_and_keep_units(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(500))
    (first, *_) = sorted(catalog.hats("sky", "stars").rglob("Npix=*.parquet"))
    table = pq.read_table(first, partitioning=None)
    index = table["_healpix_29"].to_numpy()
    assert table.schema.field("_healpix_29").type == pa.int64()
    assert np.all(np.diff(index) >= 0)
    assert table.schema.field("mag").metadata[b"unit"] == b"mag"
    properties = (catalog.hats("sky", "stars") / "hats.properties").read_text()
    for line in ("obs_copyright=CC0", "bib_reference=Nobody 2026", "hats_nrows=500"):
        assert f"\n{line}\n" in properties


def batches(rows: int, step: int, *, same: bool) -> Iterator[pa.RecordBatch]:
    random = np.random.default_rng(3)
    for start in range(0, rows, step):
        cells = random.integers(0, 12 << 58, step) if not same else np.full(step, 7 << 50)
        yield pa.RecordBatch.from_pydict({"cell": cells, "row": np.arange(start, start + step)})


@pytest.mark.parametrize(
    ("most", "same", "orders"), [(10**6, False, {0}), (40, False, {3, 4}), (40, True, {18})]
)
def test_spool_splits_as_deep_as_needed(
    tmp_path: Path, most: int, same: bool, orders: set[int]
) -> None:
    """Also where the first split is not deep enough, and where none is."""
    schema = pa.schema([("cell", pa.int64()), ("row", pa.int64())])
    folder = tmp_path / "spool"
    found = list(partitions(folder, schema, "cell", batches(20_000, 2_000, same=same), most))
    assert {cell.order for cell in found} == orders
    rows = np.concatenate([cell.table["row"].to_numpy() for cell in found])
    assert sorted(rows.tolist()) == list(range(20_000))
    for cell in found:
        index = cell.table["cell"].to_numpy()
        assert set((index >> 2 * (29 - cell.order)).tolist()) == {cell.pixel}
        assert np.all(np.diff(index) >= 0)
    assert not folder.exists()


def test_small_pieces_of_a_table_without_positions_are_joined(catalog: Catalog) -> None:
    spec = replace(STARS, position=None)
    rows = 100_000
    publish_table(catalog, RELEASE, spec, stars(rows, step=100))
    about = pq.read_metadata(catalog.hats("sky", "stars") / "dataset" / "part0.parquet")
    assert about.num_rows == rows
    assert about.num_row_groups <= 3


def test_an_empty_catalogue_is_valid(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, [])
    read = hats.read_hats(catalog.hats("sky", "stars"))
    assert read.catalog_info.total_rows == 0
    assert isinstance(read.schema, pa.Schema)
