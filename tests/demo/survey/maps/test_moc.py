from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mocpy import MOC

from lsp_jupyter.images.hips.moc import merge, sky_fraction, write_moc


@pytest.mark.parametrize(
    ("cells", "order", "merged"),
    [
        ([5], 3, [4**4 + 5]),
        ([4, 5, 7], 3, [4**4 + 4, 4**4 + 5, 4**4 + 7]),
        ([4, 5, 6, 7], 3, [4**3 + 1]),
        ([4, 5, 6, 7, 7, 9], 3, [4**3 + 1, 4**4 + 9]),
        (list(range(16)), 2, [4]),
        (list(range(48)), 1, [4 + cell for cell in range(12)]),
        ([], 3, []),
    ],
)
def test_four_cells_become_one(cells: list[int], order: int, merged: list[int]) -> None:
    assert merge(np.array(cells, np.int64), order).tolist() == merged


def test_other_readers_read_it(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    cells = np.unique(np.concatenate([random.integers(0, 12 * 4**9, 500), np.arange(4096)]))
    write_moc(cells, 9, tmp_path / "Moc.fits")
    read = MOC.from_fits(tmp_path / "Moc.fits")
    assert read == MOC.from_healpix_cells(cells.astype(np.uint64), np.uint8(9), max_depth=9)
    assert read.sky_fraction == pytest.approx(sky_fraction(cells, 9))
