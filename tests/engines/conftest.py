"""Fixtures for tests of engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lsp_jupyter.engines.protocol import Attachment
from tests.engines.sky import ALIAS, Loop, make_sky


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native file of the test sky."""
    return make_sky(tmp_path_factory.mktemp("sky"))


@pytest.fixture(scope="session")
def attached(sky: Path) -> Attachment:
    """The test sky as tasks attach it."""
    return Attachment(ALIAS, sky, sky.stat().st_size)


@pytest.fixture(scope="class")
def run() -> Iterator[Loop]:
    """Runs coroutines on a loop that tests of a class share."""
    loop = Loop()
    yield loop
    loop.close()
