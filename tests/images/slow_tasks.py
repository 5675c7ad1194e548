"""Tasks for the tests of the pool."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.tasks import Report

HERE = "tests.images.slow_tasks"
TASKS = {name: f"{HERE}:{name}" for name in ("echo", "wait", "fail", "crash", "vanish", "greedy")}


def echo(args: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """Give back what it got."""
    report({"done": 1})
    return {"got": dict(args), "pid": os.getpid()}


def wait(args: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """Tell that it has begun, then wait."""
    if "mark" in args:
        Path(args["mark"]).write_text(str(os.getpid()))
    report({"begun": 1})
    time.sleep(args["seconds"])
    return {}


def fail(args: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """Find a parameter wrong."""
    raise ParameterError("The radius is negative.", parameter="CIRCLE", hint="Use another.")


def crash(args: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """Fail as code does that has a mistake."""
    raise KeyError("/secret/path")


def vanish(args: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """End the process."""
    os._exit(3)


def greedy(args: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """Take more memory than there is."""
    return {"size": len(bytearray(args["size"]))}
