"""Shows how far a publication is."""

from __future__ import annotations

import time
from typing import TextIO

__all__ = ["Bar"]

#: Seconds between two drawings, and characters of the bar.
_INTERVAL, _WIDTH = 0.2, 24


class Bar:
    """A progress bar on a terminal; elsewhere a line a stage.

    Parameters
    ----------
    out : text file
        Where, usually standard error.
    unit : `str`
        What is counted.
    """

    def __init__(self, out: TextIO, unit: str = "rows") -> None:
        self._out = out
        self._unit = unit
        self._live = out.isatty()
        self._stage = ""
        self._started = 0.0
        self._drawn = 0.0
        self._width = 0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show that a stage has done some rows; see `~lsp_jupyter.catalogs.generation.Meter`."""
        now = time.monotonic()
        if stage != self._stage:
            self._end()
            self._stage, self._started, self._drawn = stage, now, 0.0
            if not self._live:
                self._write(f"lsp: {stage}\n")
        if self._live and (now - self._drawn > _INTERVAL or done == total):
            self._drawn = now
            self._draw(self._line(done, total, now - self._started))

    def _line(self, done: int, total: int | None, seconds: float) -> str:
        rate = f"  {done / seconds:,.0f} {self._unit}/s" if seconds > 1 else ""
        if not total:
            return f"{self._stage}  {done:,} {self._unit}{rate}"
        share = min(1.0, done / total)
        bar = "#" * int(share * _WIDTH)
        count = f"{done:,} of {total:,} {self._unit}{rate}"
        return f"{self._stage}  [{bar:<{_WIDTH}}] {share:4.0%}  {count}"

    def _draw(self, line: str) -> None:
        self._write(f"\r{line:<{self._width}}")
        self._width = len(line)

    def say(self, text: str) -> None:
        """Tell something between two stages."""
        self._end()
        self._write(f"lsp: {text}\n")

    def _end(self) -> None:
        if self._live and self._stage:
            self._write("\n")
        self._stage, self._width = "", 0

    def close(self) -> None:
        """End the line of the last stage."""
        self._end()

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
