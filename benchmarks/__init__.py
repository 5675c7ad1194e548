"""Benchmarks that print ratios: what we take, and what a peer takes for the same in the same run.

A module here is one benchmark if it has a function ``run(world)`` that returns
`~benchmarks.harness.Row` items. `MODULES` lists them in the order they run.
"""

from __future__ import annotations

MODULES = ("cone", "cone_sync", "votable", "kernel", "first_rows")
