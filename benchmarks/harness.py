"""Measuring two things turn by turn, and telling what came out."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

__all__ = ["Goal", "Row", "Sample", "Timed", "compare", "machine", "table"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Times of one contender.

    Attributes
    ----------
    times : `tuple` of `float`
        Seconds, one a round.
    """

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Seconds within which 95 % of the rounds ended."""
        return statistics.quantiles(self.times, n=20)[-1]

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, seconds."""
        if len(self.times) < 4:
            return (max(self.times) - min(self.times)) / 2
        low, _, high = statistics.quantiles(self.times, n=4)
        return (high - low) / 2


@dataclass(frozen=True, slots=True)
class Timed:
    """What a contender returns that measures its own time, in another process.

    Attributes
    ----------
    answer : object
        What it returns.
    seconds : `float`
        What it took.
    """

    answer: object
    seconds: float


@dataclass(frozen=True, slots=True)
class Goal:
    """At most ``factor`` times the peer plus ``seconds``."""

    factor: float = 0.0
    seconds: float = 0.0

    def limit(self, peer: float) -> float:
        """Seconds that are allowed."""
        return self.factor * peer + self.seconds

    def text(self, unit: str) -> str:
        """In words."""
        parts = []
        if self.factor:
            parts.append(f"{self.factor:.3g}x")
        if self.seconds:
            parts.append(f"{(1000 if unit == 'ms' else 1) * self.seconds:,.10g} {unit}")
        return "≤ " + " + ".join(parts)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    name : `str`
        What was measured.
    ours, peer : `Sample`
        Both contenders; without a peer the goal is a time.
    peer_name : `str`
        What the peer does.
    goal : `Goal`, optional
        `None` where the row is for reference.
    unit : `str`
        What is measured, unless it is time: then nothing is in seconds.
    """

    name: str
    ours: Sample
    peer: Sample | None
    peer_name: str
    goal: Goal | None = None
    unit: str = "ms"

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's."""
        return self.ours.median / self.peer.median if self.peer else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; `None` without one."""
        if self.goal is None:
            return None
        peer = self.peer.median if self.peer else 0.0
        return self.ours.median <= self.goal.limit(peer)


def compare(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int, warm: int = 2
) -> dict[str, Sample]:
    """Time each contender, one round after the other.

    Whatever else the machine does hits all of them alike. Each round starts
    with another contender, and with nothing for Python to collect.

    Parameters
    ----------
    contenders : mapping of `str` to callable
        What to time. Each returns something that tells its answer, such as a
        number of rows, or a `Timed` one; `None` is not compared.
    rounds : `int`
        Timed rounds.
    warm : `int`
        Rounds before them, not timed.

    Raises
    ------
    RuntimeError
        Raised if the contenders do not give the same answer.
    """
    names = list(contenders)
    answers = {name: _timed(contenders[name])[0] for name in names for _ in range(max(1, warm))}
    told = {name: answer for name, answer in answers.items() if answer is not None}
    if len(set(told.values())) > 1:
        raise RuntimeError(f"The contenders answer differently: {told}")
    times: dict[str, list[float]] = {name: [] for name in names}
    enabled = gc.isenabled()
    try:
        for turn in range(rounds):
            gc.collect(1)
            gc.disable()
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                times[name].append(_timed(contenders[name])[1])
            gc.enable()
    finally:
        if not enabled:
            gc.disable()
    return {name: Sample(tuple(taken)) for name, taken in times.items()}


def _timed(contender: Callable[[], object]) -> tuple[object, float]:
    start = time.perf_counter()
    answer = contender()
    taken = time.perf_counter() - start
    return (answer.answer, answer.seconds) if isinstance(answer, Timed) else (answer, taken)


def machine() -> list[str]:
    """What this ran on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = models[0] if models else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    names = ("lsp_jupyter", "duckdb", "pyarrow", "numpy", "tornado")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return [
        f"{model}, {cores} cores, {memory:.0f} GiB, load {load:.1f}",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        packages,
    ]


def _number(sample: Sample | None, unit: str) -> str:
    if sample is None:
        return "-"
    scale = 1000 if unit == "ms" else 1
    value = scale * sample.median
    digits = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f} ± {scale * sample.spread:.{digits}f} {unit}"


def table(rows: Sequence[Row]) -> str:
    """The rows as text; numbers are medians, ± half the quartile distance."""
    header = ("name", "ours", "peer", "ratio", "goal", "verdict", "peer is")
    verdict = {True: "met", False: "MISSED", None: "-"}
    cells = [header] + [
        (
            row.name,
            _number(row.ours, row.unit),
            _number(row.peer, row.unit),
            f"{row.ratio:.3g}x" if row.ratio is not None else "-",
            row.goal.text(row.unit) if row.goal else "-",
            verdict[row.met],
            row.peer_name,
        )
        for row in rows
    ]
    widths = [max(len(line[index]) for line in cells) for index in range(len(header))]
    right = {1, 2, 3}
    lines = [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
