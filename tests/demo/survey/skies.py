"""Skies that several tests look at."""

from __future__ import annotations

from functools import lru_cache

from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Sky


@lru_cache(maxsize=1)
def tiny_sky() -> Sky:
    """The tiny survey without real stars, which take a while to read. Do not change it."""
    return Sky(size("tiny"), 1, gaia=())
