"""Cutouts of a large compressed image over HTTP: one at a time, and a thousand in one call.

The peer reads the same pixels with astropy from the FITS file, which is open, in one process: it
decompresses the tiles that the part touches, and that is all. Ours gets a request, finds the
image, works out which pixels the circle has, reads them in a worker, writes a FITS file and
answers with it.

The peer of the call with a thousand positions is a request for each of them, of which a tenth
is made.
"""

from __future__ import annotations

import itertools
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from benchmarks.harness import Goal, Row, Timed, compare
from benchmarks.world import Server, World, tell
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from tests.images.stars import make

#: Pixels of a side.
_PART = 200
#: Pixels of a side of the image.
_SIDE = 4096
#: Stamps in one call, and pixels of a side of each.
_MANY, _STAMP = 1_000, 50


def _published(state: Path, path: Path) -> tuple[Server, str]:
    config = LspConfig(state_dir=str(state))
    catalog = Catalog(config.state())
    publish_table(catalog, RELEASE, OBSCORE, iter(()))
    catalog.close()
    index = ImageIndex(state)
    did = f"ivo://{config.authority}/bench?{uuid.UUID(int=1)}"
    file = ImageFile(did, "bench", "visit_image", {"visit": 1}, str(path))
    index.replace("bench", [file], dimensions={"visit_image": ("visit",)})
    index.close()
    return Server(state.parent / "cutouts-server", state), did


def _places() -> Iterator[tuple[int, int]]:
    """Middles of parts, none of which has its tiles in common with the one before."""
    middles = range(300, _SIDE - 300, 397)
    return itertools.cycle(list(itertools.product(middles, middles)))


def run(world: World) -> list[Row]:
    """Measure the image alone, then image, mask and variance."""
    tell(f"making an image of {_SIDE}²")
    path = make(world.scratch / "cutouts.fits", side=_SIDE)
    server, did = _published(world.scratch / "cutouts", path)
    rows = []
    with fits.open(path) as hdus:
        wcs = WCS(hdus["IMAGE"].header)
        for detail, planes in (("Image", ["IMAGE"]), ("Exposure", ["IMAGE", "MASK", "VARIANCE"])):
            ours, theirs = _places(), _places()
            sections = [hdus[plane].section for plane in planes]

            def peer(places: Any = theirs, sections: Any = sections) -> None:
                x, y = next(places)
                half = _PART // 2
                for section in sections:
                    _ = section[y - half : y + half, x - half : x + half]

            def cutout(places: Any = ours, detail: str = detail) -> None:
                ra, dec = wcs.all_pix2world([next(places)], 0)[0]
                radius = _PART / 2 * 0.2 / 3600
                given = {"ID": did, "CIRCLE": f"{ra} {dec} {radius}", "CUTOUTDETAIL": detail}
                server.request("GET", f"soda/sync?{urllib.parse.urlencode(given)}")

            contenders: dict[str, Callable[[], object]] = {"ours": cutout, "peer": peer}
            samples = compare(contenders, rounds=world.rounds(80), warm=8)
            rows.append(
                Row(
                    f"cutout {_PART}² of {_SIDE}², {len(planes)} planes",
                    samples["ours"],
                    samples["peer"],
                    "astropy, pixels alone",
                    # Of one plane 25 ms in all; of more, twice the reading.
                    Goal(seconds=0.025) if len(planes) == 1 else Goal(factor=2),
                )
            )
        rows += _bulk(world, server, did, wcs)
    server.stop()
    return rows


def _bulk(world: World, server: Server, did: str, wcs: WCS) -> list[Row]:
    random = np.random.default_rng(7)
    places = wcs.all_pix2world(random.uniform(100, _SIDE - 100, (_MANY, 2)), 0)
    radius = _STAMP / 2 * 0.2 / 3600
    circles = [f"{ra} {dec} {radius}" for ra, dec in places]

    def ours() -> None:
        given = {"PHASE": "RUN", "ID": did, "CIRCLE": circles}
        form = urllib.parse.urlencode(given, doseq=True).encode()
        answer, _ = server.request("POST", "cutouts", form, "application/x-www-form-urlencoded")
        job = f"cutouts/{str(answer.getheader('Location')).rpartition('/')[2]}"
        while (phase := server.request("GET", f"{job}/phase")[1]) in (b"QUEUED", b"EXECUTING"):
            server.request("GET", f"{job}?WAIT=2&PHASE={phase.decode()}")
        if phase != b"COMPLETED":
            raise RuntimeError(f"The job ended in {phase!r}.")
        _, data = server.request("GET", f"{job}/results/cutouts.fits")
        # Reading them all is the client's work, and would take longer than making them.
        found = sum(data.startswith(b"XTENSION", place) for place in range(0, len(data), 2880))
        if found != 3 * _MANY + 1:
            raise RuntimeError(f"There are {found} extensions.")

    def peer() -> Timed:
        start = time.perf_counter()
        for circle in circles[::10]:
            given = {"ID": did, "CIRCLE": circle}
            server.request("GET", f"soda/sync?{urllib.parse.urlencode(given)}")
        return Timed(None, 10 * (time.perf_counter() - start))

    samples = compare({"ours": ours, "peer": peer}, rounds=world.rounds(3), warm=1)
    name = f"{_MANY:,} stamps {_STAMP}², 3 planes"
    told = samples["ours"], samples["peer"], "one request each"
    return [
        Row(name, *told, Goal(seconds=6)),
        Row(f"{name}, against single ones", *told, Goal(factor=0.2)),
    ]
