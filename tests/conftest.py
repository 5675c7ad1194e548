"""Fixtures every test may use: the demo catalogues once, and real servers over copies of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, copy_state, start_server

pytest_plugins = ["pytest_jupyter.jupyter_server"]


def pytest_configure() -> None:
    """Have commands that tests start hear Ctrl+C: what a shell runs behind it does not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """Let warnings go from one process to another as text: some cannot be made from it again."""
    told = warning_message.message
    if "PYTEST_XDIST_WORKER" in os.environ and isinstance(told, Warning):
        warning_message.message = UserWarning(str(told))


def _made(name: str, root: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """A state folder, made once a run, whichever process is first.

    Below $LSP_TEST_STATES, if that is set, it is kept for runs to come.
    """
    kept = os.environ.get("LSP_TEST_STATES")
    shared = Path(kept) if kept else root.getbasetemp()
    if not kept and "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    state = shared / f"{name}-{_sources()}"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            draft = Path(tempfile.mkdtemp(dir=shared)) / "state"
            make(draft)
            draft.rename(state)
    return state


def _sources() -> str:
    """What the states are made by, in short."""
    import lsp_jupyter

    root = Path(lsp_jupyter.__file__).parent
    found = hashlib.sha256()
    for place in ("demo", "catalogs", "images/butler"):
        for path in sorted((root / place).rglob("*.py")):
            found.update(path.read_bytes())
    for path in sorted((root / "images").glob("*.py")):
        if path.stem not in ("pool", "worker", "tasks", "regions", "links"):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


@pytest.fixture(scope="session")
def demo_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with both demo catalogues, made once a session. Do not write to it."""
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.demo.load import load_demo

    return _made("demo", tmp_path_factory, lambda state: load_demo(LspConfig(state_dir=str(state))))


@pytest.fixture(scope="session")
def survey_state(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the demo catalogues and the tiny survey, made once a session.

    Do not write to it.
    """
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.demo.load import load_survey

    def make(state: Path) -> None:
        load_survey(LspConfig(state_dir=str(copy_state(demo_state, state))), "tiny")

    return _made("survey", tmp_path_factory, make)


@pytest.fixture
def demo_copy(demo_state: Path, tmp_path: Path) -> Path:
    """A state folder of this test's own, with the demo catalogues."""
    return copy_state(demo_state, tmp_path / "state")


@pytest.fixture
def jp_server_config(demo_copy: Path) -> dict[str, Any]:
    """pytest-jupyter's server, with the extension over a copy of the demo."""
    return {
        "ServerApp": {"jpserver_extensions": {"lsp_jupyter": True}},
        "LspConfig": {"state_dir": str(demo_copy)},
    }


@pytest.fixture(scope="session")
def lab_server(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One real server for all tests that only read or make jobs of their own."""
    root = tmp_path_factory.mktemp("server")
    server = start_server(root, copy_state(demo_state, root / "state"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def survey_server(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One real server over the tiny survey, for tests that only read."""
    root = tmp_path_factory.mktemp("survey-server")
    server = start_server(root / "server", copy_state(survey_state, root / "state"))
    yield server
    server.stop()
