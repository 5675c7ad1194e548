"""A result of 480k rows x 7 columns by its id in a kernel, mapped, against Arrow over HTTP.

The kernel side runs in a process of its own, with the environment of a kernel
of the server, and is timed inside it after its imports.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.harness import Goal, Row, Sample
from benchmarks.votable import QUERY
from benchmarks.world import ROOT, World

#: Runs in the kernel's place: arguments are the job's id, the number of rounds and the URL.
KERNEL = """
import json, sys, time
import pyarrow as pa
import requests
import lsp_jupyter as lsp

job, rounds, url, token = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.stdin.readline().strip()
session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = f"Bearer {token}"

def by_id():
    return lsp.result(job).to_arrow().num_rows

def to_table():
    return len(lsp.result(job).to_table())

def over_http():
    with session.get(f"{url}portal/results/{job}/arrow", stream=True) as reply:
        reply.raise_for_status()
        return pa.ipc.open_stream(reply.raw).read_all().num_rows

contenders = {"map": by_id, "table": to_table, "http": over_http}
times = {name: [] for name in contenders}
rows = {work() for work in contenders.values() for _ in range(2)}
assert len(rows) == 1, rows
for _ in range(rounds):
    for name, work in contenders.items():
        start = time.perf_counter()
        work()
        times[name].append(time.perf_counter() - start)
json.dump({"rows": rows.pop(), "times": times}, sys.stdout)
"""


def run(world: World) -> list[Row]:
    server = world.server
    job = server.run(QUERY)
    url = f"http://127.0.0.1:{server.port}/lsp_jupyter/"
    done = subprocess.run(
        [sys.executable, "-c", KERNEL, job, str(world.rounds(25)), url],
        input=f"{server.token}\n",
        env=server.env | {"JPY_PARENT_PID": str(server.process.pid)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout)
    samples = {name: Sample(tuple(times)) for name, times in told["times"].items()}
    peer = "Arrow over HTTP"
    return [
        Row(
            f"kernel, {told['rows']:,} rows to Arrow",
            samples["map"],
            samples["http"],
            peer,
            Goal(seconds=0.010),
        ),
        Row(
            "kernel, to astropy Table", samples["table"], samples["http"], peer, Goal(seconds=0.010)
        ),
    ]
