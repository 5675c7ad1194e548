"""What a cell shows while a query runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from lsp_jupyter.notebook.frontend import in_kernel

__all__ = ["Progress", "progress_text"]

#: Seconds after which something is shown.
QUIET = 1.0


def progress_text(state: dict[str, Any], elapsed: float) -> str:
    """How far a job is.

    Parameters
    ----------
    state : `dict`
        The job as the server tells it.
    elapsed : `float`
        Seconds since it was asked for.
    """
    phase = str(state.get("phase", "")).lower() or "waiting"
    parts = [f"Query {phase}", f"{elapsed:.0f} s"]
    if rows := int(state.get("rows") or 0):
        parts.append(f"{rows:,} rows")
    fraction = state.get("fraction")
    if isinstance(fraction, int | float) and 0 < fraction < 1:
        parts.append(f"{fraction:.0%}")
        if fraction > 0.05:
            parts.append(f"about {elapsed * (1 - fraction) / fraction:.0f} s left")
    return ", ".join(parts) + "."


class Progress:
    """Shows how far a job is, once that takes more than a second.

    In a notebook one line is updated in place; on a terminal one line is
    written over; elsewhere, such as in a file, nothing is shown.

    Parameters
    ----------
    what : `str`
        What it is that may be interrupted.
    """

    def __init__(self, what: str = "Query") -> None:
        self._what = what
        self._start = time.monotonic()
        self._handle: Any = None
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None and kind is not None and issubclass(kind, KeyboardInterrupt):
            self._display(f"{self._what} interrupted.")
        if self._written:
            sys.stderr.write("\r" + " " * self._written + "\r")
            sys.stderr.flush()

    def update(self, state: dict[str, Any]) -> None:
        """Show where the job stands.

        Parameters
        ----------
        state : `dict`
            The job as the server tells it.
        """
        self.say(lambda elapsed: progress_text(state, elapsed))

    def say(self, words: Callable[[float], str]) -> None:
        """Show a line.

        Parameters
        ----------
        words : callable
            Gives it; told the seconds since the beginning.
        """
        elapsed = time.monotonic() - self._start
        if elapsed < QUIET:
            return
        text = words(elapsed)
        if in_kernel():
            self._display(text)
        elif sys.stderr is not None and sys.stderr.isatty():
            sys.stderr.write("\r" + text.ljust(self._written))
            sys.stderr.flush()
            self._written = len(text)

    def _display(self, text: str) -> None:
        from IPython import display as ipython

        display: Any = ipython.display  # Without types.
        data = {"text/plain": text}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)
