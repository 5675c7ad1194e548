"""The process that stores one large user table.

It reads one line of JSON, tells how far it is in lines of JSON, and ends.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import EngineError, LspError

from .request import Request, perform
from .tables import UserTables

__all__ = ["main"]

#: Address space of the process, bytes: our own files are mapped into it too, of any size.
ADDRESS_SPACE, FOREIGN_SPACE = 64 << 30, 6 << 30
#: Seconds between two messages of progress.
EVERY = 0.2


class _Progress:
    """Tells the rows so far, now and then."""

    def __init__(self) -> None:
        self._told_at = 0.0

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= EVERY:
            self._told_at = now
            _send({"rows": rows})


def main() -> int:
    """Store what standard input asks for."""
    message: dict[str, Any] = json.loads(sys.stdin.readline())
    request = Request(**message["request"])
    space = FOREIGN_SPACE if request.limit else ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    config = LspConfig(
        state_dir=message["state_dir"],
        user_tables_max_bytes=message["user_tables_max_bytes"],
        disk_floor=message["disk_floor"],
    )
    tables = UserTables(config, Path(message["state_dir"]))
    try:
        perform(tables, request, _Progress())
    except LspError as error:
        _send({"error": error.to_dict()})
        return 1
    except MemoryError:
        _send({"error": EngineError("The table needs too much memory.").to_dict()})
        return 1
    finally:
        tables.close()
    _send({"done": True})
    return 0


def _send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
