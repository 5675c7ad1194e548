"""Positions of objects that have a name."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import ForbiddenError, RemoteError
from lsp_jupyter.portal.resolver import resolve
from tests.portal.conftest import Portal


@pytest.mark.parametrize(
    "name", ["M45", "m 45", "Messier 45", "Pleiades", "the pleiades", "PLEIADES cluster"]
)
def test_an_object_of_the_sky(portal: Portal, name: str) -> None:
    [match] = portal.get("names", name=name)["matches"]
    assert (match["name"], match["source"]) == ("M 45, Pleiades", "OpenNGC")
    assert (match["ra"], match["dec"]) == pytest.approx((56.87, 24.105), abs=0.01)


def test_nothing_is_known(portal: Portal) -> None:
    assert portal.get("names", name="no such thing") == {"matches": [], "near": []}
    near = portal.get("names", name="Andromeda Galexy")["near"]
    assert near == ["Andromeda Galaxy"]
    assert portal.error("GET", "names", 400)["code"] == "ParameterError"
    assert portal.error("GET", "names", 400, params={"name": "x" * 201})["code"] == "ParameterError"


@pytest.mark.parametrize(
    "name", ["HIP 11767", "hip11767", "HIP-11767", "HIP - 11767", "Hipparcos_11767"]
)
def test_ids_of_a_catalogue(portal: Portal, name: str) -> None:
    [polaris] = portal.get("names", name=name)["matches"]
    assert polaris["source"] == "hipparcos.main"
    assert polaris["ra"] == pytest.approx(37.9529, abs=0.01)
    assert polaris["dec"] == pytest.approx(89.2641, abs=0.01)


def test_an_id_of_64_bits_and_no_job_left(portal: Portal) -> None:
    job = portal.run("SELECT TOP 1 source_id, ra FROM gaia.source ORDER BY source_id DESC")
    row = portal.rows(job["id"])[0].to_pylist()[0]
    before = {each["id"] for each in portal.get("jobs")["jobs"]}
    [match] = portal.get("names", name=str(row["source_id"]), table="gaia.source")["matches"]
    assert (match["ra"], match["source"]) == (row["ra"], "gaia.source")
    assert {each["id"] for each in portal.get("jobs")["jobs"]} == before
    lowest = portal.run("SELECT TOP 1 source_id, ra FROM gaia.source ORDER BY source_id")
    row = portal.rows(lowest["id"])[0].to_pylist()[0]
    assert row["source_id"] < 0
    for name in (str(row["source_id"]), f"Gaia {row['source_id']}"):
        [match] = portal.get("names", name=name)["matches"]
        assert match["ra"] == row["ra"]
    assert portal.get("names", name="Gaia 99999999999999999999")["matches"] == []


class _Sesame(BaseHTTPRequestHandler):
    """Answers like the service that this is called after."""

    def do_GET(self) -> None:
        body = b"# Vega\n%@ 1\n#!SIMBAD: Nothing found\n"
        if self.path == "/find?vega%20%26x%3D1":
            body = b"# Vega\n%J 279.2347347 +38.7836889 = 18:36:56.34 +38:47:01.3\n%V 0\n"
        self.send_response(500 if "broken" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def sesame() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sesame)
    Thread(target=server.serve_forever, args=(0.05,)).start()
    yield f"http://127.0.0.1:{server.server_port}/find?{{name}}"
    server.shutdown()
    server.server_close()


async def test_a_service_elsewhere(sesame: str) -> None:
    config = LspConfig(name_resolver=sesame, tap_near=["127.0.0.1"], tap_timeout=5)
    found = await resolve(config, "vega &x=1")
    assert found == [("vega &x=1", 279.2347347, 38.7836889, "127.0.0.1")]
    assert await resolve(config, "nothing") == []
    with pytest.raises(RemoteError, match="500"):
        await resolve(config, "broken")
    far = LspConfig(name_resolver=sesame, tap_near=[], tap_timeout=5)
    with pytest.raises(ForbiddenError):
        await resolve(far, "vega")
