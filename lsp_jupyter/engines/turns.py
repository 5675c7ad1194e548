"""What waits for a worker, in a fair order."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain, zip_longest

from .work import Work

__all__ = ["Turns"]


class Turns:
    """Work that waits; those who wait take turns, however much each of them has.

    Work of one `~lsp_jupyter.engines.work.Work.turn` keeps its order.
    """

    def __init__(self) -> None:
        # The first key is the next one served.
        self._waiting: OrderedDict[str, deque[Work]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __contains__(self, work: Work) -> bool:
        return work in self._waiting.get(work.turn, ())

    def __iter__(self) -> Iterator[Work]:
        """In the order in which it will be served, if nothing is added."""
        rounds = zip_longest(*self._waiting.values())
        return (work for work in chain.from_iterable(rounds) if work is not None)

    def append(self, work: Work) -> None:
        """Add work."""
        self._waiting.setdefault(work.turn, deque()).append(work)

    def popleft(self) -> Work:
        """Take what is next.

        Raises
        ------
        IndexError
            Raised if nothing waits.
        """
        if not self._waiting:
            raise IndexError("nothing waits")
        turn, mine = self._waiting.popitem(last=False)
        work = mine.popleft()
        if mine:
            self._waiting[turn] = mine
        return work

    def remove(self, work: Work) -> None:
        """Take out work that waits.

        Raises
        ------
        ValueError
            Raised if it does not wait.
        """
        mine = self._waiting.get(work.turn, deque())
        mine.remove(work)
        if not mine:
            del self._waiting[work.turn]

    def ahead(self, work: Work) -> int:
        """How much will be served before this; 0 if it does not wait."""
        if work not in self:
            return 0
        place = self._waiting[work.turn].index(work)
        before = True
        number = place
        for turn, others in self._waiting.items():
            if turn == work.turn:
                before = False
            else:
                number += min(len(others), place + before)
        return number

    def clear(self) -> None:
        """Forget all of it."""
        self._waiting.clear()
