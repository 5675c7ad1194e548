"""TOPCAT, started on a display that nobody sees, loads tables of a real server.

Its command line names one, and it is told of others by SAMP; it fetches them with its
own credentials, and answers with what it has or whether it could read them.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from astropy import samp
from astropy.io.votable import parse

from tests.servers import Server

TOPCAT, XVFB = shutil.which("topcat"), shutil.which("Xvfb")

pytestmark = [
    pytest.mark.skipif(not (TOPCAT and XVFB), reason="Debian's topcat and xvfb are not installed"),
    pytest.mark.req("LSP-REQ-0006"),
]

QUERY = "SELECT TOP 7 source_id, ra, dec FROM gaia.source WHERE phot_g_mean_mag < 4"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [str(XVFB), "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, samp.SAMPHubServer]]:
    lock = tmp_path_factory.mktemp("samp") / "lock"
    hub = samp.SAMPHubServer(web_profile=False, lockfile=str(lock), addr="127.0.0.1")
    hub.start()
    yield lock, hub
    hub.stop()


@pytest.fixture(scope="module")
def client(hub: tuple[Path, samp.SAMPHubServer]) -> Iterator[samp.SAMPIntegratedClient]:
    _, server = hub
    client = samp.SAMPIntegratedClient(name="tests", addr="127.0.0.1")
    client.connect(hub=server)
    yield client
    client.disconnect()


@pytest.fixture(scope="module")
def topcat(
    lab_server: Server,
    display: str,
    hub: tuple[Path, samp.SAMPHubServer],
    client: samp.SAMPIntegratedClient,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """TOPCAT's name in the hub, when it is up; its command line names a table."""
    home = tmp_path_factory.mktemp("topcat")
    process = subprocess.Popen(
        [
            str(TOPCAT),
            f"-Duser.home={home}",
            "-Dstar.basicauth.user=token",
            f"-Dstar.basicauth.password={lab_server.token}",
            "-samp",
            named(lab_server),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "DISPLAY": display,
            "SAMP_HUB": f"std-lockurl:{hub[0].as_uri()}",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 90
    found = ""
    while not found and time.monotonic() < deadline and process.poll() is None:
        for each in client.get_registered_clients():
            if client.get_metadata(each).get("samp.name", "").lower() == "topcat":
                found = each
        time.sleep(0.2)
    yield found
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def named(server: Server) -> str:
    """The table that the command line names."""
    return f"{server.base}tap/sync?{urlencode({'QUERY': QUERY, 'LANG': 'ADQL'})}"


def test_it_loads_what_its_command_line_names(
    lab_server: Server, topcat: str, client: samp.SAMPIntegratedClient
) -> None:
    """It is asked for the table it has, before it is told of any other."""
    assert topcat, "TOPCAT did not start."
    message = {"samp.mtype": "table.get.stil", "samp.params": {"format": "votable"}}
    deadline = time.monotonic() + 60
    while True:
        answer = client.call_and_wait(topcat, message, "30")
        if answer["samp.status"] == samp.SAMP_STATUS_OK or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert answer["samp.status"] == samp.SAMP_STATUS_OK, answer
    told = requests.get(answer["samp.result"]["url"], timeout=30)
    (held,) = parse(io.BytesIO(told.content)).iter_tables()
    header = {"Authorization": f"Bearer {lab_server.token}"}
    (sent,) = parse(
        io.BytesIO(requests.get(named(lab_server), headers=header, timeout=30).content)
    ).iter_tables()
    assert held.array["source_id"].tolist() == sent.array["source_id"].tolist()
    assert len(held.array) == 7
    assert [str(field.unit) for field in held.fields] == ["None", "deg", "deg"]


@pytest.mark.parametrize(
    ("path", "given", "ok"),
    [
        ("tap/sync", {"QUERY": QUERY}, True),
        ("tap/sync", {"QUERY": QUERY, "RESPONSEFORMAT": "votable/td"}, True),
        ("scs/gaia.source", {"RA": "56.75", "DEC": "24.12", "SR": "1"}, True),
        ("tap/sync", {"QUERY": "SELECT nothing FROM gaia.source"}, False),
    ],
)
def test_it_loads_what_it_is_told_of(
    lab_server: Server,
    topcat: str,
    client: samp.SAMPIntegratedClient,
    path: str,
    given: dict[str, str],
    ok: bool,
) -> None:
    assert topcat, "TOPCAT did not start."
    url = f"{lab_server.base}{path}?{urlencode(given)}"
    message = {"samp.mtype": "table.load.votable", "samp.params": {"url": url, "name": path}}
    answer = client.call_and_wait(topcat, message, "60")
    assert (answer["samp.status"] == samp.SAMP_STATUS_OK) is ok, answer
