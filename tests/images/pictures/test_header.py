"""Headers as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsp_jupyter.errors import LimitError
from lsp_jupyter.images.pictures import header
from lsp_jupyter.images.pictures.header import headers
from tests.images.stars import make


def test_every_part_tells_its_cards(tmp_path: Path) -> None:
    parts = json.loads(json.dumps(headers(make(tmp_path / "a.fits")), allow_nan=False))
    assert [part["name"] for part in parts] == ["PRIMARY", "IMAGE", "MASK", "VARIANCE"]
    cards = {card["keyword"]: card.get("value") for card in parts[1]["cards"]}
    assert (cards["NAXIS1"], cards["BUNIT"], cards["CTYPE1"]) == (200, "nJy", "RA---TAN")


def test_difficult_values(tmp_path: Path) -> None:
    hdu = fits.PrimaryHDU(np.zeros((2, 2), np.float32))
    hdu.header["VISIT"] = (2**60 + 1, "a long number")
    hdu.header["SMALL"] = 2**53
    hdu.header["ISIT"] = True
    hdu.header["NOTHING"] = None
    hdu.header["HIERARCH LSST A long key"] = "x" * 150
    hdu.header["HISTORY"] = "first"
    hdu.header["HISTORY"] = "second"
    hdu.header["HTML"] = "<script>alert(1)</script>"
    path = tmp_path / "a.fits"
    hdu.writeto(path)
    raw = path.read_bytes()
    # A card that breaks the standard.
    path.write_bytes(
        raw.replace(b"SMALL   =     9007199254740992", b"SMALL   = 'no end of text     ")
    )
    (part,) = headers(path)
    cards = {card["keyword"]: card for card in part["cards"]}
    assert cards["VISIT"]["value"] == str(2**60 + 1)
    assert cards["VISIT"]["comment"] == "a long number"
    assert cards["ISIT"]["value"] is True
    assert "value" not in cards["NOTHING"]
    assert cards["LSST A long key"]["value"] == "x" * 150
    assert [card["value"] for card in part["cards"] if card["keyword"] == "HISTORY"] == [
        *("first", "second")
    ]
    assert "no end of text" in cards["SMALL"]["value"]
    json.dumps(part, allow_nan=False)


def test_headers_that_hide_data_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(header, "MOST_CARDS", 20)
    with pytest.raises(LimitError, match="20 header cards"):
        headers(make(tmp_path / "a.fits"))
