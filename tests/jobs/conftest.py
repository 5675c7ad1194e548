"""Fixtures for tests of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.sky import Loop, make_sky
from tests.jobs.service import Service


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native file of the test sky."""
    return make_sky(tmp_path_factory.mktemp("sky"))


@pytest.fixture(scope="module")
def run() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def service(run: Loop, sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that tests of a module share; each makes jobs of its own."""
    service = Service(tmp_path_factory.mktemp("service") / "state", sky)
    run(service.__aenter__())
    yield service
    run(service.__aexit__())
