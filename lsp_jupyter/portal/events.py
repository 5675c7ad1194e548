"""What happened, told to the tabs of the one it happened to.

Each owner has a bounded memory of messages, so that a tab that lost its
connection goes on where it was. Messages carry states, never data, and the
newest state of a thing replaces the older ones in that memory.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lsp_jupyter.errors import OverloadError

__all__ = ["EventHub", "Listener", "Message", "State"]

#: Messages kept for one owner, messages that may wait for one tab, tabs of one
#: owner, and owners remembered.
KEPT, WAITING, TABS, OWNERS = 1000, 500, 64, 1000

#: Sequence numbers start at a random multiple of this, one for each server
#: process, so that a number of an earlier process is known to be foreign. They
#: stay below 2**53 and are exact in JavaScript.
EPOCH = 1 << 32

#: Topics whose newest message about a thing says everything about it.
STATES = frozenset({"job", "selection", "subsets", "tables"})


State: TypeAlias = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the event channel.

    Attributes
    ----------
    seq : `int`
        Sequence number; grows with each message of a server process.
    topic : `str`
        ``job``, ``show``, ``selection``, ``subsets``, ``tables``, ``hello``, ``reset`` or ``ping``.
    id : `str`
        What it is about: a job's id; empty for the last four.
    told : mapping or callable
        The new state, or what makes it: most messages are replaced before anybody reads them.
    """

    seq: int
    topic: str
    id: str = ""
    told: State = field(default_factory=dict)

    @property
    def state(self) -> Mapping[str, Any]:
        """The new state."""
        return self.told() if callable(self.told) else self.told

    def to_dict(self) -> dict[str, Any]:
        """The message as it travels in JSON."""
        return {"seq": self.seq, "topic": self.topic, "id": self.id, "state": dict(self.state)}


class _Memory:
    """The messages of one owner, and who listens."""

    def __init__(self, lost: int) -> None:
        self.messages: OrderedDict[object, Message] = OrderedDict()
        self.lost = lost
        self.listeners: set[Listener] = set()

    def add(self, message: Message, kept: int) -> None:
        if message.topic in STATES:
            key: object = (message.topic, message.id)
            self.messages.pop(key, None)
        else:
            key = message.seq
        self.messages[key] = message
        while len(self.messages) > kept:
            _, old = self.messages.popitem(last=False)
            self.lost = old.seq


class Listener:
    """One tab's end of the channel; made by `EventHub.listen`."""

    def __init__(self, hub: EventHub, owner: str, first: list[Message]) -> None:
        self.hub = hub
        self.owner = owner
        self.overrun = False
        self._messages = deque(first)
        self._limit = len(first) + WAITING
        self._news = asyncio.Event()
        if first:
            self._news.set()

    def put(self, message: Message) -> None:
        """Leave a message; a tab that lets too many wait is given up."""
        if len(self._messages) >= self._limit:
            self.overrun = True
            self._messages.clear()
            self.close()
        else:
            self._messages.append(message)
        self._news.set()

    async def get(self, patience: float) -> Message | None:
        """The next message, or a ``ping`` after ``patience`` seconds without one.

        Returns
        -------
        message : `Message`, optional
            `None` when the channel is closed.
        """
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            return Message(self.hub.seq, "ping")
        if not self._messages:
            return None
        message = self._messages.popleft()
        if not self._messages and not self.closed:
            self._news.clear()
        return message

    @property
    def closed(self) -> bool:
        """Whether no more messages will come."""
        return not self.hub.listening(self)

    def close(self) -> None:
        """Stop listening."""
        self.hub.forget(self)
        self._news.set()


class EventHub:
    """Keeps the messages of every owner and hands them to who listens.

    All methods belong to the event loop's thread.

    Parameters
    ----------
    kept : `int`
        Messages kept for one owner.
    owners : `int`
        Owners remembered; the one without tabs that was quiet longest is forgotten first.
    """

    def __init__(self, *, kept: int = KEPT, owners: int = OWNERS) -> None:
        self.epoch = (1 + secrets.randbelow((1 << 20) - 1)) * EPOCH
        self.seq = self.epoch
        self._kept = kept
        self._limit = owners
        self._forgotten = self.epoch
        self._owners: OrderedDict[str, _Memory] = OrderedDict()

    def publish(self, owner: str, topic: str, id: str, state: State) -> int:  # noqa: A002
        """Tell an owner's tabs.

        Parameters
        ----------
        owner : `str`
            Subject of the caller it concerns; nobody else hears of it.
        topic, id
            As in `Message`.
        state
            ``told`` of `Message`.

        Returns
        -------
        listeners : `int`
            Tabs that it was handed to.
        """
        self.seq += 1
        message = Message(self.seq, topic, id, state)
        memory = self._memory(owner)
        memory.add(message, self._kept)
        for listener in tuple(memory.listeners):
            listener.put(message)
        return len(memory.listeners)

    def listen(self, owner: str, since: int | None = None) -> Listener:
        """Listen to what happens from now on.

        Parameters
        ----------
        owner : `str`
            Subject of the caller.
        since : `int`, optional
            The sequence number of the last message the tab knows of. What came
            after it is handed over first. If that is not known any more, a
            ``reset`` tells the tab to ask for everything anew.

        Returns
        -------
        listener : `Listener`
            Begins with a ``hello``, whose sequence number is the tab's position.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if the owner has too many tabs.
        """
        memory = self._memory(owner)
        if len(memory.listeners) >= TABS:
            raise OverloadError(
                f"There are {TABS} event channels of yours.", hint="Close other tabs."
            )
        if since is None:
            first = [self._hello(self.seq)]
        elif memory.lost <= since <= self.seq:
            missed = [message for message in memory.messages.values() if message.seq > since]
            first = [self._hello(since), *missed]
        else:
            first = [self._hello(self.seq), Message(self.seq, "reset")]
        listener = Listener(self, owner, first)
        memory.listeners.add(listener)
        return listener

    def listeners(self, owner: str) -> int:
        """How many tabs of an owner listen."""
        memory = self._owners.get(owner)
        return len(memory.listeners) if memory else 0

    def listening(self, listener: Listener) -> bool:
        """Whether a listener is still served."""
        memory = self._owners.get(listener.owner)
        return memory is not None and listener in memory.listeners

    def forget(self, listener: Listener) -> None:
        """Serve a listener no more."""
        memory = self._owners.get(listener.owner)
        if memory:
            memory.listeners.discard(listener)

    def close(self) -> None:
        """End every channel."""
        for memory in self._owners.values():
            for listener in tuple(memory.listeners):
                listener.close()

    def _hello(self, seq: int) -> Message:
        return Message(seq, "hello", told={"epoch": self.epoch})

    def _memory(self, owner: str) -> _Memory:
        memory = self._owners.get(owner)
        if memory is None:
            # Of an owner that was forgotten nothing earlier can be told.
            memory = self._owners[owner] = _Memory(self._forgotten)
            if len(self._owners) > self._limit:
                quiet = (name for name, each in self._owners.items() if not each.listeners)
                first = next(quiet, owner)
                if first != owner:
                    del self._owners[first]
                    self._forgotten = self.seq
        self._owners.move_to_end(owner)
        return memory
