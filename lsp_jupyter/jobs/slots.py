"""How many jobs of one user run at once, and which is next."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Generic, TypeVar

__all__ = ["Slots"]

T = TypeVar("T")


class Slots(Generic[T]):
    """Places to run for each user; who finds none waits in the user's own line.

    Parameters
    ----------
    each : `int`
        Places of one user.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._taken: defaultdict[str, int] = defaultdict(int)
        self._lines: defaultdict[str, deque[T]] = defaultdict(deque)

    def enter(self, owner: str, run: T) -> None:
        """Stand in line."""
        self._lines[owner].append(run)

    def take(self, owner: str) -> None:
        """Take a place without standing in line, even if there is none."""
        self._taken[owner] += 1

    def next(self, owner: str) -> T | None:
        """Who gets a place now; `None` if there is no place, or nobody waits."""
        line = self._lines.get(owner)
        if not line or self._taken[owner] >= self._each:
            return None
        self._taken[owner] += 1
        run = line.popleft()
        if not line:
            del self._lines[owner]
        return run

    def leave(self, owner: str) -> None:
        """Give a place back."""
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]

    def withdraw(self, owner: str, run: T) -> None:
        """Leave the line.

        Raises
        ------
        ValueError
            Raised if it does not stand there.
        """
        line = self._lines[owner]
        line.remove(run)
        if not line:
            del self._lines[owner]

    def ahead(self, owner: str, run: T) -> int:
        """How many of the same user come before one that stands in line."""
        return self._lines[owner].index(run) + self._taken[owner]
