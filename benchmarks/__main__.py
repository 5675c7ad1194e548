"""``python -m benchmarks [name…]``: run benchmarks and print their table."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks import MODULES
from benchmarks.harness import Row, machine, table
from benchmarks.world import World


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"which to run: {', '.join(MODULES)} (all)"
    )
    parser.add_argument(
        "--state", type=Path, help="state folder with the demo catalogues (default: a new one)"
    )
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each (default: its own)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args()
    unknown = set(options.names) - set(MODULES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")

    rows: list[Row] = []
    print("\n".join(machine()), flush=True)
    with World(options.state, rounds=options.rounds) as world:
        for name in options.names or MODULES:
            module = importlib.import_module(f"benchmarks.{name}")
            print(f"running {name} …", file=sys.stderr, flush=True)
            rows += module.run(world)
    print()
    print(table(rows))
    return int(options.strict and any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
