"""The fields of the survey as hierarchical pictures in colour, from their deep coadds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.color import color_bands, color_image, color_scales, noise
from lsp_jupyter.demo.survey.fields import FIELDS, Field
from lsp_jupyter.demo.survey.hips import Picture, make_hips
from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.skymap import PATCHES
from lsp_jupyter.demo.survey.visits import schedule

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]

__all__ = ["field_hips", "survey_hips"]

#: When this way of making them was last changed.
CHANGED = "2026-11-23T00:00Z"


def survey_hips(
    datasets: Iterable[Dataset], folder: Path, authority: str, *, size: Size, seed: int
) -> list[Path]:
    """Make the pictures of all fields.

    Parameters
    ----------
    datasets : iterable of `Dataset`
        The survey's images; its deep coadds are used. They are FITS files with an extension
        ``IMAGE`` in nanojansky.
    folder : `~pathlib.Path`
        Each field gets a folder of its name in it.
    authority : `str`
        IVOA authority of the identifiers.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.

    Returns
    -------
    made : `list` of `~pathlib.Path`
        The folders; fields without coadds in three bands have none.
    """
    by_tract: dict[int, list[Dataset]] = {}
    for dataset in datasets:
        if dataset.type == "deep_coadd":
            by_tract.setdefault(int(dataset.data_id["tract"]), []).append(dataset)
    return [
        folder / field.name
        for field in FIELDS
        if field_hips(
            field,
            by_tract.get(field.tract, []),
            folder / field.name,
            authority,
            size=size,
            seed=seed,
        )
    ]


def field_hips(
    field: Field, coadds: Sequence[Dataset], folder: Path, authority: str, *, size: Size, seed: int
) -> int:
    """Make the picture of one field; return how many tiles it has."""
    bands = "".join(color_bands(field.bands))
    files = {(int(one.data_id["patch"]), str(one.data_id["band"])): one for one in coadds}
    # The patch in the middle first: where coadds overlap, the first one counts.
    numbers = sorted({patch for patch, _ in files}, key=lambda at: (at != PATCHES**2 // 2, at))
    patches = [
        [files[number, band] for band in bands]
        for number in numbers
        if all((number, band) in files for band in bands)
    ]
    if not patches:
        return 0
    facts = _properties(field, bands, authority, size, seed)
    return make_hips(_pictures(patches, bands), folder, facts)


def _pictures(patches: Sequence[Sequence[Dataset]], bands: str) -> Iterator[Picture]:
    scales: tuple[float, float, float] | None = None
    for patch in patches:
        red, green, blue = (_read(one.path) for one in patch)
        if scales is None:
            scales = color_scales(bands, [noise(image) for image in (red, green, blue)])
        seen = np.isfinite(red) & np.isfinite(green) & np.isfinite(blue)
        wcs = patch[0].wcs
        assert wcs is not None
        yield Picture(color_image((red, green, blue), scales), seen, wcs)


def _read(path: Path) -> Image:
    from astropy.io import fits

    with fits.open(path, memmap=False) as hdus:
        return np.asarray(hdus["IMAGE"].data, np.float32)


#: Wavelengths of the filters' edges: nanometres.
_EDGES = {
    "u": (320, 400),
    "g": (400, 552),
    "r": (552, 691),
    "i": (691, 818),
    "z": (818, 922),
    "y": (922, 1060),
}


def _properties(field: Field, bands: str, authority: str, size: Size, seed: int) -> dict[str, str]:
    times = [visit.mjd for visit in schedule(size, seed) if visit.field == field]
    edges = [edge for band in bands for edge in _EDGES[band]]
    return {
        "creator_did": f"ivo://{authority}/hips/dp1/{field.name}",
        "obs_title": f"{field.title}, deep coadds in {', '.join(bands)}",
        "obs_collection": "lsp_jupyter demo survey DP1",
        "obs_description": (
            f"Simulated {field.title} ({field.name}): deep coadds of the demo survey, "
            f"{bands[0]} as red, {bands[1]} as green, {bands[2]} as blue"
        ),
        "obs_regime": "Optical",
        "obs_ack": "Simulated; no observation of the Rubin Observatory",
        "prov_progenitor": "deep_coadd",
        "em_min": f"{min(edges) * 1e-9:.4g}",
        "em_max": f"{max(edges) * 1e-9:.4g}",
        "t_min": f"{min(times):.5f}",
        "t_max": f"{max(times):.5f}",
        "hips_builder": "lsp_jupyter",
        "hips_creator": "lsp_jupyter",
        "hips_creation_date": CHANGED,
        "hips_release_date": CHANGED,
        "hips_rgb_red": f"deep_coadd {bands[0]}",
        "hips_rgb_green": f"deep_coadd {bands[1]}",
        "hips_rgb_blue": f"deep_coadd {bands[2]}",
        "hips_initial_ra": f"{field.ra:.5f}",
        "hips_initial_dec": f"{field.dec:.5f}",
        "hips_initial_fov": f"{1.2 * size.side:.4g}",
    }
