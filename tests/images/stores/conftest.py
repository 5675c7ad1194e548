"""The stores of these tests."""

from __future__ import annotations

from tests.stores import s3, s3_server, web

__all__ = ["s3", "s3_server", "web"]
