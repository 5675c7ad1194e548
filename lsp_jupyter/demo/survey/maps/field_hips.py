"""The fields of the survey as hierarchical pictures in colour, from their deep coadds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.maps.color import blur
from lsp_jupyter.demo.survey.maps.hips import Picture, make_hips
from lsp_jupyter.demo.survey.observing.fields import Field
from lsp_jupyter.demo.survey.observing.skymap import PATCHES
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.images.hips.color import color_bands, color_image, color_scales, noise

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]

__all__ = ["field_hips"]

#: When this way of making them was last changed.
CHANGED = "2026-11-23T00:00Z"


def field_hips(
    field: Field, coadds: Sequence[Dataset], folder: Path, authority: str, *, size: Size, seed: int
) -> int:
    """Make the picture of one field.

    Parameters
    ----------
    field : `Field`
        Which field.
    coadds : sequence of `Dataset`
        Its deep coadds in any bands: FITS files with extensions ``IMAGE``, in nanojansky, and
        ``PSF``, whose ``PSFSIGMA`` is in pixels.
    folder : `~pathlib.Path`
        Where to put it; nothing is made if there are no coadds in three bands.
    authority : `str`
        IVOA authority of its identifier.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.

    Returns
    -------
    count : `int`
        How many tiles it has.
    """
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
        images, sigmas = zip(*(_read(one.path) for one in patch), strict=True)
        seen = np.asarray(np.isfinite(images).all(axis=0))
        # Stars have no rings of colour if they are as wide in all bands.
        widest = max(sigmas)
        red, green, blue = (
            blur(np.nan_to_num(image), (widest**2 - sigma**2) ** 0.5)
            for image, sigma in zip(images, sigmas, strict=True)
        )
        if scales is None:
            scales = color_scales(bands, [noise(image) for image in (red, green, blue)])
        wcs = patch[0].wcs
        assert wcs is not None
        yield Picture(color_image((red, green, blue), scales), seen, wcs)


def _read(path: Path) -> tuple[Image, float]:
    """The pixels of a coadd, and the standard deviation of its stars in pixels."""
    from astropy.io import fits

    with fits.open(path, memmap=False) as hdus:
        return np.asarray(hdus["IMAGE"].data, np.float32), float(hdus["PSF"].header["PSFSIGMA"])


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
