"""A thread that looks after whatever its process does at the moment.

This module must depend on the standard library only.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Watcher"]

#: Looks without anything to look after until it sleeps.
IDLE = 50


class Watcher:
    """Calls a function again and again while something runs.

    One thread serves all that runs, one after the other: starting one for each
    takes longer than a short query may.

    Parameters
    ----------
    every : `float`
        Seconds between two looks. The first one comes at most so much later.
    first : callable
        What each look begins with.
    """

    def __init__(self, every: float, first: Callable[[], None] = lambda: None) -> None:
        self._every = every
        self._first = first
        self._lock = threading.Lock()
        self._look: Callable[[], None] | None = None
        self._wanted = threading.Event()
        threading.Thread(target=self._watch, name="watcher", daemon=True).start()

    @contextmanager
    def watching(self, look: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Have something looked after within the context.

        When it is left no look is under way, and none will come.

        Parameters
        ----------
        look : callable
            Called in the watcher's thread. What it raises goes to standard error,
            and the next look comes all the same.
        """
        self._look = look
        self._wanted.set()
        try:
            yield
        finally:
            with self._lock:
                self._look = None

    def _watch(self) -> None:
        idle = 0
        while True:
            if idle == IDLE:
                self._wanted.clear()
                # Something may have begun before that.
                if self._look is None:
                    self._wanted.wait()
                idle = 0
            time.sleep(self._every)
            with self._lock:
                if self._look is None:
                    idle += 1
                else:
                    idle = 0
                    try:
                        self._first()
                        self._look()
                    except Exception:
                        # It watches whatever runs later, too.
                        traceback.print_exc()
