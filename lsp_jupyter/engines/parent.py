"""A worker's side of the talk with the server that started it.

This module must depend on the standard library only.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from typing import Any

from .wire import Message, read_blocking, write_blocking

__all__ = ["Channel", "end_if_alone", "log", "next_message"]


class Channel:
    """Messages to the parent; may be used from several threads."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, op: str, **more: Any) -> None:
        """Send one message; ends the process if nobody listens."""
        with self._lock:
            try:
                write_blocking(self._fd, {"op": op, **more})
            except OSError:
                os._exit(1)


def next_message() -> Message:
    """The next message on standard input; ends the process if the parent is gone."""
    try:
        message = read_blocking(0)
    except (OSError, ValueError):
        message = None
    if message is None:
        os._exit(0)
    return message


def end_if_alone() -> None:
    """End the process if the parent is gone: nobody waits for what runs."""
    ask = select.poll()
    ask.register(0, 0)
    if ask.poll(0):
        os._exit(0)


def log(text: str) -> None:
    """Write a line for the server's log; people get the cleaned message."""
    sys.stderr.write(text.replace("\n", " ")[:2000] + "\n")
    sys.stderr.flush()
