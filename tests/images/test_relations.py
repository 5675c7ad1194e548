"""What images were probably made of."""

from __future__ import annotations

import pytest

from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.relations import likely_inputs

DIMENSIONS = {
    "raw": ("instrument", "exposure", "detector"),
    "visit_image": ("instrument", "visit", "detector"),
    "difference_image": ("instrument", "visit", "detector"),
    "template_coadd": ("tract", "patch", "band"),
    "deep_coadd": ("tract", "patch", "band"),
    "flat": ("instrument", "detector"),
}


def image(name: str, ra: float, dec: float, size: float = 0.1, band: str = "r") -> ImageFile:
    """A square of the sky, its sides in degrees of the sphere."""
    kind, _, number = name.partition(":")
    half = size / 2
    corners = ((ra - half, dec - half), (ra + half, dec - half), (ra + half, dec + half))
    corners += ((ra - half, dec + half),)
    text = " ".join(f"{a % 360} {d}" for a, d in corners)
    seen = {"exposure" if kind == "raw" else "visit": int(number), "detector": 1}
    return ImageFile(
        did=name,
        release="r",
        dataset_type=kind,
        data_id={"instrument": "cam", **seen},
        uri=f"/{name}",
        band=band,
        s_ra=ra % 360,
        s_dec=dec,
        s_fov=size * 1.42,
        s_region=f"POLYGON ICRS {text}",
    )


def inputs(*files: ImageFile) -> set[tuple[str, str]]:
    return set(likely_inputs(files, DIMENSIONS))


def test_a_chain_from_raw_to_difference() -> None:
    files = (image("raw:1", 10, 0), image("visit_image:1", 10, 0), image("visit_image:2", 10.05, 0))
    files += (image("template_coadd:9", 10, 0), image("difference_image:1", 10, 0))
    assert inputs(*files, image("flat:1", 10, 0)) == {
        ("visit_image:1", "raw:1"),
        ("difference_image:1", "visit_image:1"),
        ("difference_image:1", "template_coadd:9"),
        ("template_coadd:9", "visit_image:1"),
        ("template_coadd:9", "visit_image:2"),
    }


@pytest.mark.parametrize(
    ("place", "band", "found"),
    [
        ((0.0, 0.0), "r", True),
        ((0.09, 0.09), "r", True),
        ((0.11, 0.0), "r", False),
        ((0.0, -0.11), "r", False),
        ((0.0, 0.0), "g", False),
    ],
)
@pytest.mark.parametrize("centre", [(0.0, 0.0), (120.0, 2.0), (359.99, -1.0)])
def test_coadds_are_made_of_what_overlaps_in_their_band(
    centre: tuple[float, float], place: tuple[float, float], band: str, found: bool
) -> None:
    coadd = image("deep_coadd:5", *centre)
    visit = image("visit_image:3", centre[0] + place[0], centre[1] + place[1], band=band)
    assert (("deep_coadd:5", "visit_image:3") in inputs(coadd, visit)) is found


def test_corners_of_circles_round_them_that_touch_are_no_overlap() -> None:
    one, other = image("deep_coadd:5", 10, 0), image("visit_image:3", 10.105, 0.105)
    assert inputs(one, other) == set()
