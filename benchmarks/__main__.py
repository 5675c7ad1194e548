"""``python -m benchmarks [name…]``: run benchmarks and print their table."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from pathlib import Path

from benchmarks import MODULES, OPTIONAL
from benchmarks.harness import Row, machine, table
from benchmarks.world import World, tell


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"which to run: {', '.join(MODULES)} (these) or {', '.join(OPTIONAL)}",
    )
    parser.add_argument(
        "--state", type=Path, help="state folder with the demo catalogues (default: a new one)"
    )
    parser.add_argument(
        "--cache", type=Path, help="folder that keeps the synthetic catalogue (default: a new one)"
    )
    parser.add_argument(
        "--rows", type=float, default=1e6, help="rows of the synthetic catalogue (default: 1e6)"
    )
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each (default: its own)")
    parser.add_argument("--alone", action="store_true", help="without PostgreSQL, STILTS and LSDB")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args()
    unknown = set(options.names) - {*MODULES, *OPTIONAL}
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")

    # What was started is stopped too when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    rows: list[Row] = []
    print("\n".join(machine()), flush=True)
    with World(
        options.state,
        options.cache,
        rows=int(options.rows),
        rounds=options.rounds,
        peers=not options.alone,
    ) as world:
        for name in options.names or MODULES:
            module = importlib.import_module(f"benchmarks.{name}")
            tell(f"running {name}")
            rows += module.run(world)
    print()
    print(table(rows))
    return int(options.strict and any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
