"""Two processes share work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from lsp_jupyter.demo.survey.crew import Crew
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Sky
from lsp_jupyter.errors import PublishError


def work(sky: Sky, item: int) -> tuple[int, int, int]:
    time.sleep(0.02)
    return item, sky.seed, os.getpid()


def die(sky: Sky, item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def fail(sky: Sky, item: int) -> int:
    raise ValueError(f"of item {item}")


def test_results_come_in_order_from_both_processes() -> None:
    with Crew(Sky(size("tiny"), 5)) as crew:
        tasks = crew.give(work, range(12))
        while not tasks._there[0].done():
            time.sleep(0.01)
        done = tasks.results()
        # Nothing is done twice.
        assert tasks.done()
        assert tasks.results() == done
    assert [(item, seed) for item, seed, _ in done] == [(item, 5) for item in range(12)]
    processes = {process for *_, process in done}
    assert len(processes) == 2
    assert os.getpid() in processes


def test_errors_come_out_and_the_other_process_ends() -> None:
    before = set(psutil.Process().children())
    with pytest.raises(ValueError, match="of item"), Crew(Sky(size("tiny"), 5)) as crew:
        crew.give(fail, range(3)).results()
    assert not [
        child
        for child in set(psutil.Process().children()) - before
        # It serves the processes that are yet to come.
        if not any("resource_tracker" in word for word in child.cmdline())
    ]


def test_a_killed_process_is_told() -> None:
    with Crew(Sky(size("tiny"), 5)) as crew:
        tasks = crew.give(die, [0])
        while not tasks._there[0].done():
            time.sleep(0.01)
        with pytest.raises(PublishError, match="was killed"):
            tasks.results()


ORPHAN = """
import os, signal
from lsp_jupyter.demo.survey.crew import Crew
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.test_crew import work

if __name__ == "__main__":
    with Crew(Sky(size("tiny"), 5)) as crew:
        print(crew.give(work, [1])._there[0].result()[2], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_is_left_when_the_first_one_is_killed() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    other = int(done.stdout)
    for _ in range(100):
        if not psutil.pid_exists(other) or psutil.Process(other).status() == "zombie":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the other process goes on")
