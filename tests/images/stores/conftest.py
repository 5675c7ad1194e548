"""The stores of these tests."""

from __future__ import annotations

from tests.stores import guarded, s3, s3_server, web

__all__ = ["guarded", "s3", "s3_server", "web"]
