"""What the server does for others while cutouts are made."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.wcs import WCS

from tests.images.sky import did, publish
from tests.images.stars import make
from tests.servers import Server, copy_state, start_server

#: Cutouts at once, and all of them.
CROWD, MANY = 20, 240
#: Pixels of a side of the image, and of a cutout.
SIDE, PART = 2048, 200
#: Seconds that 99 of 100 answers may take in the meantime.
STALL = 0.1


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("image") / "image.fits", side=SIDE)


@pytest.fixture(scope="module")
def server(
    demo_state: Path, image: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("cutouts")
    state = copy_state(demo_state, root / "state")
    publish(state, {1: image})
    server = start_server(root / "server", state)
    yield server
    server.stop()


def regions(image: Path, count: int) -> list[str]:
    places = np.random.default_rng(5).uniform(PART, SIDE - PART, (count, 2))
    with fits.open(image) as hdus:
        sky = WCS(hdus["IMAGE"].header).all_pix2world(places, 0)
    return [f"{ra} {dec} {PART / 2 * 0.2 / 3600}" for ra, dec in sky]


class Knocking:
    """Asks again and again for what takes the server no time, and keeps how long that took."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seconds: list[float] = []

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._end.wait(0.005):
                start = time.monotonic()
                assert session.get(f"{self._server.base}health", timeout=30).status_code == 200
                self.seconds.append(time.monotonic() - start)

    def __enter__(self) -> Knocking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[int(0.99 * len(self.seconds))]


def test_others_are_answered_while_twenty_cutouts_are_made(server: Server, image: Path) -> None:
    with server.session() as http, ThreadPoolExecutor(CROWD) as pool:
        http.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=CROWD))

        def ask(region: str) -> int:
            given = {"ID": did(1), "CIRCLE": region}
            answer = http.get(f"{server.base}soda/sync", params=given, timeout=60)
            assert answer.status_code == 200, answer.text
            return len(answer.content)

        # The workers start with the first ones.
        list(pool.map(ask, regions(image, 4)))
        with Knocking(server) as knocking:
            sizes = list(pool.map(ask, regions(image, MANY)))
    assert min(sizes) > 3 * 4 * PART**2 * 0.9
    assert len(knocking.seconds) > 50
    assert knocking.p99 < STALL
