"""Columns as plain arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.formats.cells import nulls


@pytest.mark.parametrize("start", [0, 1, 7, 8, 9, 16])
@pytest.mark.parametrize("count", [0, 1, 8, 21])
@pytest.mark.parametrize("kind", [pa.int64(), pa.float32(), pa.string(), pa.bool_()])
def test_nulls_of_a_slice(start: int, count: int, kind: pa.DataType) -> None:
    missing = np.random.default_rng(7).random(64) < 0.4
    array = pa.array([None if gone else 1 for gone in missing]).cast(kind)
    part = array.slice(start, count)
    found = nulls(part)
    if found is None:
        found = np.zeros(count, bool)
    np.testing.assert_array_equal(found, missing[start : start + count])
    assert found.flags.writeable


def test_nulls_of_a_column_of_nothing_else() -> None:
    assert nulls(pa.nulls(5)).tolist() == [True] * 5
    assert nulls(pa.array([1, 2])) is None
