"""A finished result of a million rows in each format: its first byte, and what the server grows.

The result is one that the server keeps, so what is measured is the format. Its
memory is what it has to itself: pages of the result's file, which the system
may take back at any time, are in neither number.
"""

from __future__ import annotations

import threading
from pathlib import Path

from benchmarks.client import Client
from benchmarks.harness import Goal, Row, Sample
from benchmarks.sky import TABLE
from benchmarks.world import Server, World, tell
from lsp_jupyter.formats.registry import FORMATS

QUERY = f"SELECT * FROM {TABLE}"

#: Megabytes that the server may grow by; ten times as many are to be streamed.
GROWTH = 64

#: A format that has to know all rows before it can write the first.
WHOLE = ("sqlite",)


def run(world: World) -> list[Row]:
    server = world.sky_server
    client = Client(server.port, "/lsp_jupyter", server.token)
    rows = []
    for each in FORMATS[1:]:
        tell(f"streams: {each.name}")
        try:
            rows += _format(client, server, each.name, world.rounds(3))
        except RuntimeError as error:
            tell(f"left out: {error}")
    client.close()
    return rows


def _format(client: Client, server: Server, form: str, rounds: int) -> list[Row]:
    path = client.run(QUERY, form)
    first, last, growths, size = [], [], [], 0
    for _ in range(rounds):
        with Growth(server.process.pid) as growth:
            sent = 0
            while sent <= 10 * GROWTH << 20:
                done = client.download("GET", path)
                first.append(done.first)
                last.append(done.last)
                size = done.size
                sent += size
        growths.append(growth.megabytes)
    client.ask("DELETE", path.removesuffix("/results/result")).read()
    goal = None if form in WHOLE else Goal(seconds=0.1)
    return [
        Row(f"{form}, first byte", Sample(tuple(first)), None, "", goal),
        Row(f"{form}, all of {size / 1e6:.0f} MB", Sample(tuple(last)), None, ""),
        Row(
            f"{form}, growth while {10 * GROWTH} MB go out",
            Sample(tuple(growths)),
            None,
            "",
            Goal(seconds=GROWTH),
            "MB",
        ),
    ]


class Growth:
    """How much a process grows at most while this is open.

    Parameters
    ----------
    pid : `int`
        Of the process.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._before = self._most = 0

    @property
    def megabytes(self) -> float:
        """Of memory that is its own."""
        return (self._most - self._before) / 1024

    def __enter__(self) -> Growth:
        self._before = self._most = self._now()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _now(self) -> int:
        lines = self._status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            self._most = max(self._most, self._now())
