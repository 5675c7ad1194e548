"""Who listens to changes of jobs, and who waits for one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

from .job import Job

__all__ = ["News"]

log = logging.getLogger(__name__)


class News:
    """Changes of the jobs of this server, told on its event loop."""

    def __init__(self) -> None:
        # Events live as long as somebody waits for them.
        self._events: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self._callbacks: list[Callable[[Job], None]] = []

    def subscribe(self, callback: Callable[[Job], None]) -> Callable[[], None]:
        """Have a function called at each change; gives what ends that."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def publish(self, job: Job) -> None:
        """Tell of a change."""
        event = self._events.pop(job.id, None)
        if event is not None:
            event.set()
        for callback in list(self._callbacks):
            try:
                callback(job)
            except Exception:
                log.exception("a listener failed")

    async def changed(self, job_id: str, seconds: float) -> None:
        """Wait until a change of a job is told of, or so many seconds."""
        event = self._events.setdefault(job_id, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
