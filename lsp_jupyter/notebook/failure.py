"""Errors in a cell: what is wrong, where, and what to do; no traceback."""

from __future__ import annotations

import functools
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lsp_jupyter.errors import AdqlError, LspError
from lsp_jupyter.notebook.render import clean, width

__all__ = ["describe", "plainly", "show_plainly", "warn"]

P = ParamSpec("P")
R = TypeVar("R")

#: Characters of the offending line that are shown.
_LINE = 100

_RED, _BOLD, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"

_PACKAGE = str(Path(__file__).parent.parent)


@contextmanager
def show_plainly(text: str = "", *, caller: bool = True) -> Iterator[None]:
    """Let an `LspError` that passes show itself without a traceback in IPython.

    Parameters
    ----------
    text : `str`
        The query that an `AdqlError`'s line and column count in.
    caller : `bool`
        Whether to show the line of the user's code that it came from.
    """
    try:
        yield
    except LspError as error:
        if not hasattr(error, "_render_traceback_"):
            # IPython asks any exception for this method (ipykernel does too).
            render = functools.partial(describe, error, text, caller=caller)
            error._render_traceback_ = render  # type: ignore[attr-defined]
        raise


def plainly(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function whose `LspError` shall show itself without a traceback."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with show_plainly():
            return function(*args, **kwargs)

    return run


def describe(error: LspError, text: str = "", *, caller: bool = False) -> list[str]:
    """Say what an error means, in lines for a cell.

    Parameters
    ----------
    error : `LspError`
        What happened.
    text : `str`
        The query it is about.
    caller : `bool`
        Whether to show the line of the user's code that it came from.

    Returns
    -------
    lines : `list` of `str`
        With ANSI colours. The place in the query is underlined.
    """
    lines = [f"{_RED}{_BOLD}{type(error).__name__}{_PLAIN}: {clean(error.message)}"]
    if isinstance(error, AdqlError) and error.line:
        lines += _place(error, text)
    if error.hint:
        lines.append(f"{_BOLD}Hint{_PLAIN}: {clean(error.hint)}")
    if caller and (line := _origin(error)):
        lines.append(f"In: {line}")
    return lines


def _place(error: AdqlError, text: str) -> list[str]:
    where = f"  line {error.line}, column {error.column}"
    lines = text.split("\n")
    if error.line > len(lines):
        return [where]
    line = lines[error.line - 1].rstrip("\r")
    start = min(max(error.column - 1, 0), len(line))
    length = max(1, min(error.length, max(len(line) - start, 1)))
    # Of a long line, the part around the place.
    first = max(0, start - _LINE // 2) if len(line) > _LINE else 0
    shown = clean(line[first : first + _LINE])
    before = width(clean(line[first:start]))
    marked = width(clean(line[start : min(start + length, first + _LINE)])) or 1
    number = str(error.line)
    return [
        where,
        f"{number} | {shown}",
        f"{' ' * len(number)} | {' ' * before}{_RED}{'^' * marked}{_PLAIN}",
    ]


def _origin(error: LspError) -> str:
    """The innermost line of code that is not ours."""
    found: Any = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(_PACKAGE):
            break
        found = frame
    # Below a magic there is IPython itself, which tells nobody anything.
    if found is None or not found.line or "/IPython/" in found.filename:
        return ""
    return clean(found.line.strip(), _LINE)


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's code that called us.

    Parameters
    ----------
    message : `str`
        One sentence, and what to do.
    category : `type`
        The kind of warning.
    """
    level = 1
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)
