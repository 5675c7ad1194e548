"""A tile of an image for a screen, and a mosaic of four images.

The peer of the tile reads the same pixels from the FITS file with astropy, stretches them with
astropy and writes the PNG with Pillow, in one process, the file being open. The peer of the
mosaic is reproject's own coadding of the same images, weights and grid, of the images alone;
ours reads and writes the files and resamples variances and masks too.
"""

from __future__ import annotations

import io
import itertools
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.visualization import AsinhStretch, ManualInterval
from astropy.wcs import WCS
from PIL import Image
from reproject import reproject_interp
from reproject.mosaicking import reproject_and_coadd

from benchmarks.harness import Goal, Row, compare
from benchmarks.world import Server, World, tell
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.mosaics.recipe import Recipe
from lsp_jupyter.images.mosaics.work import mosaic
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from tests.images.stars import make

_TILE = 512


def _published(state: Path, path: Path) -> Server:
    config = LspConfig(state_dir=str(state))
    catalog = Catalog(config.state())
    publish_table(catalog, RELEASE, OBSCORE, iter(()))
    catalog.close()
    index = ImageIndex(state)
    did = f"ivo://{config.authority}/bench?{uuid.UUID(int=1)}"
    file = ImageFile(did, "bench", "visit_image", {"visit": 1}, str(path))
    index.replace("bench", [file], dimensions={"visit_image": ("visit",)})
    index.close()
    return Server(state.parent / "pictures-server", state)


def _tiles(world: World) -> Row:
    path = make(world.scratch / "large.fits", side=4096)
    server = _published(world.scratch / "pictures", path)
    places = [(x, y) for y in range(8) for x in range(8)]
    ours, theirs = itertools.cycle(places), itertools.cycle(places)
    stretch = AsinhStretch(0.1) + ManualInterval(-30, 300)

    with fits.open(path) as hdus:
        section = hdus["IMAGE"].section

        def peer() -> bytes:
            x, y = next(theirs)
            rows = slice(y * _TILE, (y + 1) * _TILE)
            pixels = section[rows, x * _TILE : (x + 1) * _TILE]
            out = io.BytesIO()
            shown = (255 * stretch(pixels)[::-1]).astype(np.uint8)
            Image.fromarray(shown).save(out, "PNG", compress_level=1)
            return out.getvalue()

        def tile() -> None:
            x, y = next(ours)
            place = f"images/bench/{uuid.UUID(int=1)}/tile/0/{x}/{y}"
            server.request("GET", f"{place}?LIMITS=-30%20300")

        contenders: dict[str, Callable[[], Any]] = {"ours": tile, "peer": peer}
        try:
            samples = compare(contenders, rounds=world.rounds(64), warm=3)
        finally:
            server.stop()
    goal = Goal(seconds=0.050)
    return Row("display tile 512²", samples["ours"], samples["peer"], "astropy and Pillow", goal)


def _mosaics(world: World) -> Row:
    tell("making four images of 2048²")
    offsets = [(0.0, 0.0), (0.05, 0.0), (0.0, 0.05), (0.05, 0.05)]
    paths = {
        f"ivo://bench/bench?{n}": str(
            make(
                world.scratch / f"input{n}.fits",
                side=2048,
                ra=150 + ra,
                dec=2 + dec,
                turn=5.0 * n,
                seed=n,
            )
        )
        for n, (ra, dec) in enumerate(offsets)
    }
    recipe = Recipe({"gray": list(paths)})
    number = itertools.count()

    def ours() -> Path:
        out = world.scratch / f"mosaic{next(number)}"
        out.mkdir()
        args = {"recipe": recipe.to_dict(), "paths": paths, "out": str(out), "most": 64_000_000}
        mosaic(args, lambda _: None)
        return out / "mosaic.fits"

    with fits.open(ours()) as hdus:
        target, shape = WCS(hdus["IMAGE"].header), hdus["IMAGE"].shape

    def peer() -> None:
        opened = [fits.open(path) for path in paths.values()]
        inputs = [(hdus["IMAGE"].data, WCS(hdus["IMAGE"].header)) for hdus in opened]
        reproject_and_coadd(
            inputs,
            target,
            shape_out=shape,
            reproject_function=reproject_interp,
            order="bilinear",
            roundtrip_coords=False,
        )
        for hdus in opened:
            hdus.close()

    samples = compare({"ours": ours, "peer": peer}, rounds=world.rounds(5), warm=0)
    goal = Goal(seconds=10)
    return Row(
        "mosaic of four images of 2048²", samples["ours"], samples["peer"], "reproject", goal
    )


def run(world: World) -> list[Row]:
    """Measure tiles, then mosaics."""
    return [_tiles(world), _mosaics(world)]
