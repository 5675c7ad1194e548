"""The event hub: order, resumption, owners, slow tabs."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from lsp_jupyter.errors import OverloadError
from lsp_jupyter.portal import events
from lsp_jupyter.portal.events import EPOCH, EventHub, Listener


def run(coroutine):
    return asyncio.run(coroutine)


async def drain(listener: Listener) -> list[tuple[str, str]]:
    """All messages that wait, as (topic, id)."""
    out = []
    while (message := await listener.get(0.01)) is not None and message.topic != "ping":
        out.append((message.topic, message.id))
    return out


async def positions(listener: Listener) -> list[int]:
    out = []
    while (message := await listener.get(0.01)) is not None and message.topic != "ping":
        out.append(message.seq)
    return out


def test_messages_reach_their_owner_only_and_in_order() -> None:
    async def main() -> None:
        hub = EventHub()
        mine, other, second = hub.listen("a"), hub.listen("b"), hub.listen("a")
        assert hub.publish("a", "job", "1", {"phase": "QUEUED"}) == 2
        assert hub.publish("a", "show", "1", {}) == 2
        assert hub.publish("c", "show", "1", {}) == 0
        for tab in (mine, second):
            assert await drain(tab) == [("hello", ""), ("job", "1"), ("show", "1")]
        assert await drain(other) == [("hello", "")]

    run(main())


def test_a_lost_tab_goes_on_where_it_was() -> None:
    async def main() -> None:
        hub = EventHub()
        first = hub.listen("a")
        hub.publish("a", "show", "1", {})
        seen = await positions(first)
        first.close()
        hub.publish("a", "show", "2", {})
        hub.publish("b", "show", "secret", {})
        hub.publish("a", "job", "3", {"phase": "QUEUED"})
        hub.publish("a", "job", "3", {"phase": "COMPLETED"})
        again = hub.listen("a", seen[-1])
        hello = await again.get(1)
        assert (hello.topic, hello.seq) == ("hello", seen[-1])
        # Of the job's two states only the newer one is still of interest.
        messages = [await again.get(1), await again.get(1)]
        assert [(m.topic, m.id) for m in messages] == [("show", "2"), ("job", "3")]
        assert messages[1].state == {"phase": "COMPLETED"}
        assert (await again.get(0.01)).topic == "ping"

    run(main())


def test_a_state_is_made_when_it_is_read() -> None:
    async def main() -> None:
        hub, made = EventHub(), []

        def state(number: int) -> dict[str, object]:
            made.append(number)
            return {"number": number}

        for number in range(5):
            hub.publish("a", "job", "1", partial(state, number))
        assert not made
        listener = hub.listen("a", hub.epoch)
        assert (await listener.get(1)).topic == "hello"
        assert (await listener.get(1)).to_dict()["state"] == {"number": 4}
        assert made == [4]

    run(main())


def test_what_is_not_known_any_more_is_a_reset() -> None:
    async def main() -> None:
        hub = EventHub(kept=3)
        start = hub.seq
        for number in range(5):
            hub.publish("a", "show", str(number), {})
        assert await drain(hub.listen("a", start)) == [("hello", ""), ("reset", "")]
        assert await drain(hub.listen("a", start + 1)) == [("hello", ""), ("reset", "")]
        assert [name for _, name in await drain(hub.listen("a", start + 2))] == ["", "2", "3", "4"]
        # From the future, from another process, from nowhere.
        for since in (hub.seq + 1, hub.seq + EPOCH, hub.epoch - 1, 0, -1):
            assert await drain(hub.listen("a", since)) == [("hello", ""), ("reset", "")]

    run(main())


def test_epochs_differ_and_stay_exact_in_javascript() -> None:
    hubs = [EventHub() for _ in range(20)]
    assert len({hub.epoch for hub in hubs}) > 15
    for hub in hubs:
        assert hub.epoch % EPOCH == 0
        assert 0 < hub.epoch + EPOCH <= 1 << 53


def test_a_slow_tab_is_given_up_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "WAITING", 3)

    async def main() -> None:
        hub = EventHub()
        slow, fast = hub.listen("a"), hub.listen("a")
        received = []
        for number in range(10):
            hub.publish("a", "show", str(number), {})
            received += await drain(fast)
        assert slow.overrun
        assert await slow.get(1) is None
        assert len(received) == 11
        assert hub.listeners("a") == 1

    run(main())


def test_tabs_of_one_owner_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "TABS", 2)

    async def main() -> None:
        hub = EventHub()
        tabs = [hub.listen("a"), hub.listen("a")]
        with pytest.raises(OverloadError):
            hub.listen("a")
        hub.listen("b")
        tabs[0].close()
        hub.listen("a")

    run(main())


def test_quiet_owners_are_forgotten_and_reset() -> None:
    async def main() -> None:
        hub = EventHub(owners=2)
        hub.publish("quiet", "show", "1", {})
        listener = hub.listen("tab")
        await drain(listener)
        since = hub.seq
        hub.publish("third", "show", "1", {})
        hub.publish("tab", "show", "2", {})
        assert await drain(listener) == [("show", "2")]
        # Something may have happened to it in between: nobody knows.
        assert await drain(hub.listen("quiet", since - 1)) == [("hello", ""), ("reset", "")]

    run(main())


def test_close_ends_every_channel() -> None:
    async def main() -> None:
        hub = EventHub()
        tabs = [hub.listen("a"), hub.listen("b")]
        for tab in tabs:
            await drain(tab)
        waiting = [asyncio.create_task(tab.get(30)) for tab in tabs]
        await asyncio.sleep(0)
        hub.close()
        assert await asyncio.gather(*waiting) == [None, None]
        assert [tab.closed for tab in tabs] == [True, True]

    run(main())
