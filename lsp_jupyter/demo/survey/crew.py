"""Work that this process shares with another one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.truth.sky import Sky
from lsp_jupyter.errors import PublishError

__all__ = ["Crew", "Tasks"]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: The sky of the other process, made once.
_sky: Sky | None = None


class Tasks(Generic[Result]):
    """Pieces of work that were given to a `Crew`."""

    def __init__(self, here: list[Callable[[], Result]], there: list[Future[Result]]) -> None:
        self._here = here
        self._there = there
        self._own: dict[int, Result] = {}

    def done(self) -> bool:
        """Whether nothing is left to do."""
        return all(future.done() for future in self._there)

    def results(self) -> list[Result]:
        """What came out, in the order of the items.

        This process does what the other one has not begun, the last first.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if the other process was killed.
        """
        for place in reversed(range(len(self._there))):
            if place not in self._own and self._there[place].cancel():
                self._own[place] = self._here[place]()
        try:
            return [
                self._own[place] if place in self._own else future.result()
                for place, future in enumerate(self._there)
            ]
        except BrokenProcessPool:
            raise PublishError(
                "The process that made images was killed.",
                hint="There may be too little memory; what is done is kept, so start again.",
            ) from None


class Crew:
    """One more process with the same sky.

    Parameters
    ----------
    sky : `Sky`
        The truth, in this process.
    """

    def __init__(self, sky: Sky) -> None:
        self._sky = sky
        # Not forked: threads of the server and of libraries would be lost half-way.
        self._pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), _begin, (sky.size, sky.seed)
        )

    def give(self, work: Callable[[Sky, Item], Result], items: Iterable[Item]) -> Tasks[Result]:
        """Have work done, one piece for each item.

        Parameters
        ----------
        work : callable
            A function of a module, called with the sky and an item.
        items : iterable
            What to work on.
        """
        here: list[Callable[[], Result]] = []
        there: list[Future[Result]] = []
        for item in items:
            here.append(lambda item=item: work(self._sky, item))  # type: ignore[misc]
            there.append(self._pool.submit(_work, work, item))
        return Tasks(here, there)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _begin(size: Size, seed: int) -> None:
    global _sky
    # Ctrl-C is for the process that gives the work; it ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, name="follow", daemon=True).start()
    _sky = Sky(size, seed)


def _follow() -> None:
    """End with the process that gives the work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(work: Callable[[Sky, Any], Result], item: Any) -> Result:
    assert _sky is not None
    return work(_sky, item)
