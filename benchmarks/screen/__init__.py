"""What is measured in a real browser: each script here drives JupyterLab in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.world import ROOT, World

__all__ = ["on_screen"]


def on_screen(world: World, script: str, *arguments: str, timeout: float) -> Any:
    """Run a script in a browser over the demo's server.

    It needs the built lab extension, Chromium and the browser tests' packages.

    Parameters
    ----------
    world : `~benchmarks.world.World`
        Whose server.
    script : `str`
        The script's name without ``.mjs``.
    arguments : `str`
        What it is given behind JupyterLab's address and the browser.
    timeout : `float`
        Seconds it may take.

    Returns
    -------
    told : object
        The JSON that it wrote; `None` where there is no browser.

    Raises
    ------
    RuntimeError
        Raised if it failed.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    node = shutil.which("node", path=path)
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    packages = ROOT / "tests" / "ui" / "node_modules" / "playwright-core"
    if node is None or browser is None or not packages.is_dir():
        print(f"{script}, on screen: left out, no browser", file=sys.stderr)
        return None
    server = world.server
    done = subprocess.run(
        [
            *(node, str(Path(__file__).parent / f"{script}.mjs")),
            *(f"http://127.0.0.1:{server.port}/", browser, *arguments),
        ],
        input=server.token,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)
