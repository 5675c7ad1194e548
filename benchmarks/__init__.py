"""Benchmarks that print ratios: what we take, and what a peer takes for the same in the same run.

A module here is one benchmark if it has a function ``run(world)`` that returns
`~benchmarks.harness.Row` items. `MODULES` lists them in the order they run. Those of
`CATALOGUE` use a synthetic catalogue, whose size can be given; their goals are for ten
million rows. Those of `OPTIONAL` need software that is set up by hand.
"""

from __future__ import annotations

CATALOGUE = ("regions", "scans", "matches", "clients", "estimates", "cost")
MODULES = (
    "cone",
    "cone_sync",
    "crowd",
    "votable",
    "formats",
    "streams",
    "wide",
    "kernel",
    "first_rows",
    "observations",
    "pictures",
    "cutouts",
    "charts",
    "views",
    "portal",
    *CATALOGUE,
)

#: Those that run only when they are asked for by name.
OPTIONAL = ("dachs",)
