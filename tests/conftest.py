"""Fixtures every test may use: the demo catalogues once, and real servers over copies of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, copy_state, start_server

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture(scope="session")
def demo_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with both demo catalogues, made once a session. Do not write to it."""
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.demo.load import load_demo

    state = tmp_path_factory.mktemp("demo") / "state"
    load_demo(LspConfig(state_dir=str(state)))
    return state


@pytest.fixture(scope="session")
def survey_state(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the demo catalogues and the tiny survey, made once a session.

    Do not write to it.
    """
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.demo.load import load_survey

    state = copy_state(demo_state, tmp_path_factory.mktemp("survey") / "state")
    load_survey(LspConfig(state_dir=str(state)), "tiny")
    return state


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
