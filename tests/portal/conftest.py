"""A small client of the private interface, over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
import requests

from tests.servers import Server

BRIGHT = (
    "SELECT TOP 100 source_id, ra, dec, phot_g_mean_mag FROM gaia.source WHERE phot_g_mean_mag < 5"
)

#: Runs for minutes and is cancelled long before.
LONG = (
    "SELECT COUNT(*) FROM gaia.source AS a JOIN gaia.source AS b "
    "ON a.phot_g_mean_mag * b.ra < b.dec * a.ra"
)


class Portal:
    """Asks a server's private routes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.base = f"{server.base}portal/"
        self.session = server.session()

    def ask(self, method: str, path: str, status: int = 200, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 30)
        response = self.session.request(method, self.base + path, **kwargs)
        assert response.status_code == status, response.text
        return response

    def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return self.ask("GET", path, status, params=params).json()

    def error(self, method: str, path: str, status: int, **kwargs: Any) -> dict[str, Any]:
        """What went wrong; always JSON, with a message, never with the way it happened."""
        response = self.ask(method, path, status, **kwargs)
        assert response.headers["Content-Type"].startswith("application/json")
        error = response.json()["error"]
        assert error["message"]
        assert "Traceback" not in response.text
        return error

    def submit(self, adql: str, **body: Any) -> dict[str, Any]:
        return self.ask("POST", "jobs", 201, json={"adql": adql, **body}).json()

    def end(self, job_id: str) -> dict[str, Any]:
        """The job, when it has ended."""
        job = self.get(f"jobs/{job_id}")
        while job["phase"] in ("PENDING", "QUEUED", "EXECUTING"):
            job = self.get(f"jobs/{job_id}", wait=20, phase=job["phase"])
        return job

    def run(self, adql: str, **body: Any) -> dict[str, Any]:
        job = self.end(self.submit(adql, **body)["id"])
        assert job["phase"] == "COMPLETED", job["error"]
        return job

    def rows(self, job_id: str, **params: Any) -> tuple[pa.Table, int]:
        response = self.ask("GET", f"results/{job_id}/rows", params=params)
        assert response.headers["X-LSP-Complete"] == "true"
        return pa.ipc.open_stream(response.content).read_all(), int(response.headers["X-LSP-Rows"])


@pytest.fixture(scope="session")
def portal(lab_server: Server) -> Iterator[Portal]:
    client = Portal(lab_server)
    yield client
    client.session.close()


@pytest.fixture(scope="session")
def bright(portal: Portal) -> dict[str, Any]:
    """A finished job of 100 bright stars at most."""
    return portal.run(BRIGHT)
