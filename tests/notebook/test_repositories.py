"""Images of releases from a notebook: what is refused. The rest is in `test_demo_survey`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import Table

import lsp_jupyter as lsp
from lsp_jupyter.errors import NotFoundError, UsageError
from tests.servers import Server

DID = "ivo://lsp_jupyter.local/dp1?88ea8f5d-2af4-516a-b26a-62acecf5fb43"


def test_nothing_is_published(as_kernel: Server) -> None:
    with pytest.raises(NotFoundError, match="No images are published here") as caught:
        lsp.butler("dp1")
    assert "lsp publish --butler" in caught.value.hint


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"obs_publisher_did": [DID]}),
        pd.DataFrame({"obs_publisher_did": [DID]}),
        Table({"obs_publisher_did": [DID]}),
        [DID],
        (DID,),
        np.array([DID]),
        DID,
    ],
    ids=["arrow", "pandas", "astropy", "list", "tuple", "numpy", "one"],
)
def test_identifiers_come_from_any_table(as_kernel: Server, table: Any) -> None:
    with pytest.raises(NotFoundError, match="No images are published here"):
        lsp.datasets(table)


def test_what_is_no_identifier(as_kernel: Server) -> None:
    with pytest.raises(UsageError, match=r"ivo://x/y.* is not the identifier of an image"):
        lsp.datasets(["ivo://x/y?z"])
    with pytest.raises(UsageError, match="has no column obs_publisher_did"):
        lsp.datasets(pa.table({"a": [1]}))
    with pytest.raises(UsageError, match="10,001 images; 10,000 are looked up at once"):
        lsp.datasets([DID] * 10_001)
    assert lsp.datasets([]) == []
