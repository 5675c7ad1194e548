"""A bounded folder of files that were fetched; those that were not used for longest go first."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

__all__ = ["FileCache"]

PARTIAL = ".partial"
#: Seconds for which a file stays after its last use: somebody is about to open it.
_GRACE = 120.0
#: Seconds after which a download that nobody went on with is removed.
_STALE = 86_400.0


class FileCache:
    """Files by the address they came from.

    Several processes may use one folder. Call the methods from a thread.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Made when first needed.
    limit : `int`
        Bytes that stay; files in use may exceed it for a while.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    def place(self, uri: str, size: int, checksum: str) -> Path:
        """Where a file is or will be. Another version of it has another place."""
        name = uri.partition("?")[0].rpartition("/")[2]
        digest = hashlib.sha256(f"{uri}\n{size}\n{checksum}".encode()).hexdigest()[:40]
        ending = "".join(Path(name).suffixes[-2:])[-12:]
        return self._folder / f"{digest}{ending if ending.isascii() else ''}"

    def has(self, place: Path) -> bool:
        """Whether a whole file is there; it counts as used now."""
        try:
            # The time of its last change stays: readers that hold it open compare that.
            os.utime(place, ns=(time.time_ns(), place.stat().st_mtime_ns))
        except FileNotFoundError:
            return False
        return True

    def partial(self, place: Path) -> Path:
        """Where a file grows."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place.with_name(place.name + PARTIAL)

    def keep(self, partial: Path, place: Path) -> None:
        """A file is whole: have it appear at its place, and make room."""
        descriptor = os.open(partial, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.rename(place)
        self.trim()

    def trim(self) -> int:
        """Remove what is too much; gives the bytes that stay."""
        now = time.time()
        found = []
        for path in self._folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                told = path.stat()
                if path.name.endswith(PARTIAL):
                    if now - told.st_mtime > _STALE:
                        path.unlink()
                    continue
                found.append((told.st_atime, told.st_size, path))
        total = sum(size for _, size, _ in found)
        for used, size, path in sorted(found):
            if total <= self._limit or now - used < _GRACE:
                break
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            total -= size
        return total
