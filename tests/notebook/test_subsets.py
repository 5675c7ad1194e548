"""Named sets of rows from code, against a real server."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import lsp_jupyter as lsp
from lsp_jupyter.errors import AdqlError, LimitError, NotFoundError, UsageError
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.subsets import ranges_of
from tests.servers import Server

pytestmark = pytest.mark.usefixtures("as_kernel")

BRIGHT = (
    "SELECT TOP 100 source_id, ra, dec, phot_g_mean_mag AS g FROM gaia.source "
    "ORDER BY phot_g_mean_mag"
)


@pytest.fixture
def found(as_kernel: Server) -> Result:
    result = lsp.query(BRIGHT)
    # A query asked twice may be one result.
    for name in list(result.subsets):
        del result.subsets[name]
    return result


@pytest.mark.req("NB-REQ-0034")
def test_a_subset_of_the_panel_is_a_mask_here(found: Result, as_kernel: Server) -> None:
    with as_kernel.session() as http:
        url = f"{as_kernel.base}portal/results/{found.id}/subsets/far%20south"
        http.put(url, json={"where": "dec < -60"}).raise_for_status()
    assert list(found.subsets) == ["far south"]
    south = found.subsets["far south"]
    table = found.to_pandas()
    assert south.mask.tolist() == (table["dec"] < -60).tolist()
    assert 0 < south.mask.sum() == len(south) < 100
    assert south.to_pandas()["dec"].max() < -60
    assert f"Subset far south of result {found.id}" in repr(south)
    assert repr(found.subsets) == f"far south: {len(south)} rows"


def test_subsets_are_made_of_conditions_masks_numbers_and_selections(found: Result) -> None:
    table = found.to_pandas()
    found.subsets["bright"] = "g < 1.5"
    found.subsets["north"] = table["dec"] > 0
    found.subsets["three"] = [99, 0, 98]
    found.subsets["none"] = np.zeros(100, bool)
    found.subsets["again"] = found.subsets["three"]
    assert found.subsets["bright"].mask.tolist() == (table["g"] < 1.5).tolist()
    assert found.subsets["north"].mask.tolist() == (table["dec"] > 0).tolist()
    assert found.subsets["again"].ranges == [(0, 1), (98, 100)]
    assert len(found.subsets["none"]) == 0
    assert not found.subsets["none"].mask.any()
    both = found.subsets.combine("both", "bright AND NOT north")
    assert both.mask.tolist() == ((table["g"] < 1.5) & ~(table["dec"] > 0)).tolist()
    assert len(found.subsets) == 6
    del found.subsets["none"]
    assert "none" not in found.subsets
    where = found.subsets.where("three")
    ids = lsp.query(f"SELECT source_id FROM gaia.source WHERE {where}").to_pandas()["source_id"]
    assert sorted(ids) == sorted(table["source_id"].iloc[[0, 98, 99]])


def test_masks_of_every_library(found: Result) -> None:
    table = found.to_table()
    masked = np.ma.masked_array(table["dec"] > 0, mask=np.arange(100) < 50)
    north = np.asarray(table["dec"]) > 0
    half = north & (np.arange(100) >= 50)
    nullable = pd.Series(north, dtype="boolean").where(np.arange(100) >= 50)
    arrow = found.to_arrow()["dec"].to_pandas() > 0
    missing = pa.chunked_array([[None] * 50, north[50:].tolist()], pa.bool_())
    for mask, expected in (
        *((masked, half), (nullable, half), (missing, half)),
        *((arrow, north), (~north, ~north)),
    ):
        found.subsets["one"] = mask
        assert found.subsets["one"].mask.tolist() == expected.tolist()


def test_rows_are_selected_from_code(found: Result) -> None:
    assert found.select("g < 1.5").mask.tolist() == (found.to_pandas()["g"] < 1.5).tolist()
    assert found.selected.ranges == found.select("g < 1.5").ranges
    assert len(found.select([3, 4, 5])) == len(found.selected) == 3
    assert found.selected.ranges == [(3, 6)]
    assert len(found.select(found.subsets.get("no such", []))) == 0


def test_what_is_wrong_is_told(found: Result) -> None:
    with pytest.raises(AdqlError, match="gmag"):
        found.subsets["x"] = "gmag < 3"
    with pytest.raises(AdqlError, match="gmag"):
        found.select("gmag < 3")
    with pytest.raises(UsageError, match="99 values, the result 100 rows"):
        found.subsets["x"] = np.ones(99, bool)
    with pytest.raises(UsageError, match="0 to 99"):
        found.subsets["x"] = [100]
    with pytest.raises(UsageError, match="0 to 99"):
        found.subsets["x"] = [-1]
    with pytest.raises(UsageError, match="a mask, row numbers"):
        found.subsets["x"] = [0.5]
    with pytest.raises(UsageError, match="by its name"):
        found.subsets[3]  # type: ignore[index]
    other = lsp.query("SELECT TOP 5 source_id FROM gaia.source")
    with pytest.raises(UsageError, match="is of result"):
        found.subsets["x"] = other.select([0])
    with pytest.raises(NotFoundError, match="no subset"):
        found.subsets["x"]
    with pytest.raises(NotFoundError, match="no subset"):
        del found.subsets["x"]
    assert found.subsets.get("x") is None
    assert list(found.subsets) == []


def test_too_scattered_a_mask_is_refused(found: Result) -> None:
    mask = np.zeros(400_000, bool)
    mask[::2] = True
    with pytest.raises(LimitError, match="200,000 places"):
        ranges_of(mask, mask.size, found)
