"""Quick looks from code, against a real server."""

from __future__ import annotations

import pytest

import lsp_jupyter as lsp
from lsp_jupyter.errors import AdqlError

pytestmark = pytest.mark.usefixtures("as_kernel")

QUERY = "SELECT COUNT(*) AS n, AVG(phot_g_mean_mag) AS g FROM gaia.source WHERE ra < {limit}"


def test_a_preview_estimates_what_the_query_answers() -> None:
    preview, whole = (ask(QUERY, limit=180) for ask in (lsp.preview, lsp.query))
    assert preview.provenance["preview"] == "0.01"
    assert "preview" not in whole.provenance
    assert preview.query == whole.query
    assert [column.name for column in preview.columns] == ["n", "n_error", "g", "g_error"]
    assert [column.unit for column in preview.columns] == ["", "", "mag", "mag"]
    (found,), (exact,) = (one.to_arrow().to_pylist() for one in (preview, whole))
    for name in ("n", "g"):
        assert 0 < abs(found[name] - exact[name]) < 4 * found[f"{name}_error"]


def test_what_has_no_preview_is_pointed_at() -> None:
    with pytest.raises(AdqlError, match="different values") as caught:
        lsp.preview("SELECT COUNT(DISTINCT ra)\nFROM gaia.source WHERE ra < {limit}", limit=180)
    assert (caught.value.line, caught.value.column) == (1, 8)
    with pytest.raises(AdqlError, match="There is no query"):
        lsp.preview(" ")
