"""The thread that looks after what runs."""

from __future__ import annotations

import threading
import time

import pytest

from lsp_jupyter.engines import watcher
from lsp_jupyter.engines.watcher import Watcher


class Looks:
    """Counts looks, each of which takes a while."""

    def __init__(self) -> None:
        self.number = 0
        self.now = False
        self.seen = threading.Event()

    def __call__(self) -> None:
        self.now = True
        self.number += 1
        self.seen.set()
        time.sleep(0.005)
        self.now = False


def test_it_looks_only_while_something_runs() -> None:
    one = Watcher(0.001)
    for _ in range(5):
        looks = Looks()
        with one.watching(looks):
            assert looks.seen.wait(10)
        # None is under way, and none comes.
        assert not looks.now
        number = looks.number
        time.sleep(0.02)
        assert looks.number == number


def test_it_sleeps_and_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "IDLE", 2)
    one = Watcher(0.001)
    for _ in range(5):
        deadline = time.monotonic() + 10
        while one._wanted.is_set() and time.monotonic() < deadline:
            time.sleep(0.001)
        looks = Looks()
        with one.watching(looks):
            assert looks.seen.wait(10)


def test_it_is_let_go_when_what_runs_fails() -> None:
    one, looks = Watcher(0.001), Looks()

    def fail() -> None:
        with one.watching(looks):
            assert looks.seen.wait(10)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    number = looks.number
    time.sleep(0.02)
    assert looks.number == number


def test_a_look_that_fails_is_not_the_last(capfd: pytest.CaptureFixture[str]) -> None:
    one, looks = Watcher(0.001), Looks()

    def fail() -> None:
        looks()
        raise RuntimeError("a look failed")

    with one.watching(fail):
        assert looks.seen.wait(10)
        deadline = time.monotonic() + 10
        while looks.number < 3 and time.monotonic() < deadline:
            time.sleep(0.001)
    assert looks.number >= 3
    after = Looks()
    with one.watching(after):
        assert after.seen.wait(10)
    assert "a look failed" in capfd.readouterr().err
