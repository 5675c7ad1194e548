"""Many at once, and many jobs (R5)."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from lsp_jupyter.config import LspConfig
from lsp_jupyter.jobs.intake import Intake
from lsp_jupyter.jobs.job import Origin
from lsp_jupyter.jobs.store import JobStore
from tests.jobs.service import ANN
from tests.servers import Server

CROWD = 100


def cone(chance: random.Random) -> str:
    ra, dec = chance.uniform(0, 360), chance.uniform(-80, 80)
    return (
        "SELECT source_id, ra, dec FROM gaia.source "
        f"WHERE CONTAINS(POINT(ra, dec), CIRCLE({ra:.3f}, {dec:.3f}, 0.5)) = 1"
    )


def test_a_hundred_cones_at_once(lab_server: Server) -> None:
    chance = random.Random(1)
    queries = [cone(chance) for _ in range(CROWD)]
    with lab_server.session() as http, ThreadPoolExecutor(CROWD) as pool:
        http.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=CROWD))

        def ask(query: str) -> tuple[int, float]:
            begin = time.monotonic()
            answer = http.post(
                f"{lab_server.base}tap/sync", {"QUERY": query, "LANG": "ADQL"}, timeout=30
            )
            return answer.status_code, time.monotonic() - begin

        alone = sorted(ask(cone(chance))[1] for _ in range(9))
        told = list(pool.map(ask, queries))
    assert {status for status, _ in told} == {200}
    # On a machine that does nothing else it takes 2 s for all of them.
    assert max(seconds for _, seconds in told) < max(8, 1.5 * CROWD * alone[4])


@pytest.mark.req("API-REQ-0008")
def test_a_thousand_jobs_are_listed_at_once(tmp_path: Path) -> None:
    store, intake = JobStore(tmp_path / "jobs.sqlite"), Intake(LspConfig())
    for number in range(1000):
        parameters = {"QUERY": f"SELECT {number} FROM somewhere", "LANG": "ADQL"}
        store.insert(intake.job(ANN, parameters, Origin.TAP_ASYNC), ANN, durable=False)
    times = []
    for _ in range(5):
        begin = time.process_time()
        found = store.find(ANN)
        times.append(time.process_time() - begin)
    assert len(found) == 1000
    assert min(times) < 0.05
    store.close()
