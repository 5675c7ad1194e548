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

__all__ = ["Goal", "Row", "Sample", "compare", "machine", "table"]


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
    def spread(self) -> float:
        """Half the distance of the quartiles, seconds."""
        if len(self.times) < 4:
            return (max(self.times) - min(self.times)) / 2
        low, _, high = statistics.quantiles(self.times, n=4)
        return (high - low) / 2


@dataclass(frozen=True, slots=True)
class Goal:
    """At most ``factor`` times the peer plus ``seconds``."""

    factor: float = 0.0
    seconds: float = 0.0

    def limit(self, peer: float) -> float:
        """Seconds that are allowed."""
        return self.factor * peer + self.seconds

    def __str__(self) -> str:
        parts = []
        if self.factor:
            parts.append(f"{self.factor:g}x")
        if self.seconds:
            parts.append(f"{1000 * self.seconds:g} ms")
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
    """

    name: str
    ours: Sample
    peer: Sample | None
    peer_name: str
    goal: Goal | None = None

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
    with another contender.

    Parameters
    ----------
    contenders : mapping of `str` to callable
        What to time. Each returns something that tells its answer, such as a
        number of rows; `None` is not compared.
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
    answers = {name: contenders[name]() for name in names for _ in range(max(1, warm))}
    told = {name: answer for name, answer in answers.items() if answer is not None}
    if len(set(told.values())) > 1:
        raise RuntimeError(f"The contenders answer differently: {told}")
    times: dict[str, list[float]] = {name: [] for name in names}
    enabled = gc.isenabled()
    try:
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                gc.collect()
                gc.disable()
                start = time.perf_counter()
                contenders[name]()
                times[name].append(time.perf_counter() - start)
                gc.enable()
    finally:
        if not enabled:
            gc.disable()
    return {name: Sample(tuple(taken)) for name, taken in times.items()}


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


def _ms(sample: Sample | None) -> str:
    if sample is None:
        return "-"
    value = 1000 * sample.median
    digits = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f} ± {1000 * sample.spread:.{digits}f}"


def table(rows: Sequence[Row]) -> str:
    """The rows as text; times are medians in milliseconds, ± half the quartile distance."""
    header = ("name", "ours [ms]", "peer [ms]", "ratio", "goal", "verdict", "peer")
    verdict = {True: "met", False: "MISSED", None: "-"}
    cells = [header] + [
        (
            row.name,
            _ms(row.ours),
            _ms(row.peer),
            f"{row.ratio:.3g}x" if row.ratio is not None else "-",
            str(row.goal) if row.goal else "-",
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
