"""Benchmarks that print ratios: what we take, and what a peer takes for the same in the same run.

A module here is one benchmark if it has a function ``run(world)`` that returns
`~benchmarks.harness.Row` items. `MODULES` lists them in the order they run. Those of
`CATALOGUE` use a synthetic catalogue, whose size can be given; their goals are for ten
million rows.
"""

from __future__ import annotations

CATALOGUE = ("regions", "scans", "matches", "clients", "estimates", "cost")
MODULES = ("cone", "cone_sync", "votable", "kernel", "first_rows", *CATALOGUE)
