"""From sending a query to its first rows, against the engine's first batch.

Over HTTP ours does what the panel does: it sends the query, hears by the event
channel that rows are there, and reads and decodes the first page. On screen it
is the panel itself in Chromium, from pressing Run to a drawn frame with rows;
that needs the built lab extension, Chromium and the browser tests' packages,
and is left out without them. The goal is what either may take beyond the
engine's own first batch.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time

import pyarrow as pa
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from benchmarks.harness import Goal, Row, Sample
from benchmarks.screen import on_screen
from benchmarks.world import Server, World

QUERY = "SELECT * FROM gaia.source WHERE phot_g_mean_mag > {limit}"
COUNT = 100

#: What they may take beyond the engine's first batch.
GOAL = Goal(factor=1, seconds=0.3)


class Panel:
    """A client that works as the panel does.

    Parameters
    ----------
    server : `~benchmarks.world.Server`
        Where to ask.
    """

    def __init__(self, server: Server) -> None:
        self.headers = {"Authorization": f"Bearer {server.token}"}
        self.base = f"127.0.0.1:{server.port}/lsp_jupyter/portal"
        self.http = AsyncHTTPClient(force_instance=True)
        self.events: WebSocketClientConnection | None = None

    async def connect(self) -> None:
        """Open the event channel and read its greeting."""
        self.events = await websocket_connect(
            HTTPRequest(f"ws://{self.base}/events", headers=self.headers)
        )
        await self.events.read_message()

    async def first_rows(self, adql: str) -> float:
        """Seconds from sending a query to its decoded first page."""
        assert self.events is not None
        start = time.perf_counter()
        reply = await self.http.fetch(
            f"http://{self.base}/jobs",
            method="POST",
            body=json.dumps({"adql": adql}),
            headers=self.headers | {"Content-Type": "application/json"},
        )
        job = json.loads(reply.body)["id"]
        while True:
            message = await self.events.read_message()
            if message is None:
                raise RuntimeError("The event channel was closed.")
            event = json.loads(message)
            if event.get("topic") == "job" and event["id"] == job and event["state"]["rows"]:
                break
        reply = await self.http.fetch(
            f"http://{self.base}/results/{job}/rows?start=0&count={COUNT}", headers=self.headers
        )
        rows = pa.ipc.open_stream(reply.body).read_all().num_rows
        took = time.perf_counter() - start
        if rows != COUNT:
            raise RuntimeError(f"{rows} rows came instead of {COUNT}.")
        await self.http.fetch(
            f"http://{self.base}/jobs/{job}", method="DELETE", headers=self.headers
        )
        return took

    def close(self) -> None:
        """Close both connections."""
        if self.events is not None:
            self.events.close()
        self.http.close()


def run(world: World) -> list[Row]:
    panel = Panel(world.server)
    # Another number each time, so that no answer can be an old one.
    limits = (3 + 0.001 * turn for turn in itertools.count())
    connection = world.demo.raw(world.demo.compile(QUERY.format(limit=0)))

    def raw(adql: str) -> float:
        sql = world.demo.compile(adql).sql
        start = time.perf_counter()
        reader = connection.cursor().sql(sql).to_arrow_reader(122_880)
        reader.read_next_batch()
        return time.perf_counter() - start

    async def measure() -> tuple[list[float], list[float]]:
        await panel.connect()
        ours, peer = [], []
        try:
            for turn in range(world.rounds(15) + 2):
                taken = await panel.first_rows(QUERY.format(limit=next(limits)))
                engine = raw(QUERY.format(limit=next(limits)))
                if turn >= 2:
                    ours.append(taken)
                    peer.append(engine)
        finally:
            panel.close()
        return ours, peer

    ours, peer = asyncio.run(measure())
    engine = Sample(tuple(peer))
    peer_name = "DuckDB alone, first batch"
    rows = [Row("first_rows, over HTTP", Sample(tuple(ours)), engine, peer_name, GOAL)]
    drawn = on_screen(
        world, "first_rows", str(world.rounds(10)), QUERY.format(limit="4.{n}"), timeout=300
    )
    if drawn is not None:
        rows.append(Row("first_rows, on screen", Sample(tuple(drawn)), engine, peer_name, GOAL))
    return rows
