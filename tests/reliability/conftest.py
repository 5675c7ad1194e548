"""Fixtures for tests of reliability."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.sky import make_sky


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native file of the test sky."""
    return make_sky(tmp_path_factory.mktemp("sky"))
