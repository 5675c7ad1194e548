"""Folders of what can be made again, which may take only so much of the disk."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["trim"]

#: Seconds after which what nobody finished is removed.
_ABANDONED = 6 * 3600.0


def trim(folder: Path, most: int) -> int:
    """Remove what was used longest ago.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where folders are whose time of change tells when each was used. Those whose name ends in
        ``.part`` are being made.
    most : `int`
        Bytes they may have together.

    Returns
    -------
    size : `int`
        Bytes they have now.
    """
    found = []
    for kept in folder.iterdir():
        with suppress(FileNotFoundError, NotADirectoryError):
            used = kept.stat().st_mtime
            size = sum(part.stat().st_size for part in kept.iterdir())
            if not kept.name.endswith(".part"):
                found.append((used, size, kept))
            elif used < time.time() - _ABANDONED:
                shutil.rmtree(kept, ignore_errors=True)
    total = sum(size for _, size, _ in found)
    for _, size, kept in sorted(found):
        if total <= most:
            break
        # In one step, so that nobody opens half of it.
        gone = folder / f"{secrets.token_hex(8)}.part"
        with suppress(OSError):
            kept.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
            total -= size
    return total
