"""What a person waits for at a table of ten million rows, on screen.

The panel in Chromium over a real server: opening the table, jumping in it, the first sort and
filter of it, the longest the page stands still while it is scrolled, and the list that
completes a word as it is typed. Times are from the action to the frame that shows it.
"""

from __future__ import annotations

from benchmarks.harness import Goal, Row, Sample
from benchmarks.screen import on_screen
from benchmarks.world import World, tell

ROWS = 10_000_000
QUERY = f"""
SELECT TOP {ROWS} g.source_id, g.ra, g.dec, g.phot_g_mean_mag, g.bp_rp
FROM gaia.source AS g CROSS JOIN (SELECT TOP 25 source_id FROM gaia.source) AS many
"""

#: What is measured: its text, and the seconds it may take.
STEPS = {
    "open": ("first rows on screen", 0.5),
    "jump": ("another place", 0.2),
    "sort": ("first sort", 4.0),
    "filter": ("first filter", 4.0),
    "scroll": ("longest task while scrolling", 0.2),
    "density": ("first density", 4.0),
    "pan": ("density after a move", 0.5),
    "panning": ("longest task while moving a density", 0.2),
    "select": ("lasso around a million", 1.0),
    "complete": ("list of completions", 0.05),
}


def run(world: World) -> list[Row]:
    tell(f"a result of {ROWS:,} rows")
    job = world.server.run(QUERY)
    times = on_screen(world, "portal", str(world.rounds(7)), job, timeout=600)
    world.server.request("DELETE", f"portal/jobs/{job}")
    if times is None:
        return []
    tell(f"{times.pop('selected'):,} rows were selected")
    return [
        Row(
            f"{ROWS:,} rows: {text}" if name != "complete" else text,
            Sample(tuple(times[name])),
            None,
            "",
            Goal(0.0, seconds),
        )
        for name, (text, seconds) in STEPS.items()
    ]
