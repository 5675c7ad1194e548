"""What a failure inside DuckDB means to the person who asked.

Errors cross the process boundary as the dictionaries of
`lsp_jupyter.errors.LspError.to_dict`; the worker, which stands alone, knows
their codes only. Messages lose every path of this machine and the engine's
advice about its own settings.

This module must depend on the standard library only.
"""

from __future__ import annotations

import errno
import re
from typing import Any

from .duckdb_guard import Refused

__all__ = ["Gone", "Unsuitable", "clean", "describe_failure"]


class Unsuitable(ValueError):  # noqa: N818 - it says what is wrong
    """A value of the result does not fit the type its column was declared to have."""


class Gone(LookupError):  # noqa: N818 - it says what happened
    """A result that a query reads is not there any more."""


# DuckDB begins a message with its kind. An exception class says less: what fails
# while a result streams comes through Arrow as a plain OSError with that text.
_KIND = re.compile(r"^([A-Za-z][A-Za-z /_-]{1,40}?) Error: ")
#: Faults in the data or the arithmetic, which a person mends by another query.
_DATA = frozenset({"conversion", "out of range", "invalid input", "mismatch type", "invalid type"})
#: The engine could not read the statement, although our own front end wrote it.
_LANGUAGE = frozenset({"parser", "syntax", "binder", "catalog", "not implemented", "permission"})
_BROKEN = frozenset({"internal", "fatal", "serialization", "invalid"})
_PATH = re.compile(r"(?<![\w/])(?:~|\.{1,2})?/(?:[\w.@+:-]+/)*[\w.@+:-]+/?")
_DISK = re.compile(r"no space left|disk full|max_temp_directory_size|quota", re.IGNORECASE)
# An expression in the engine's own dialect says nothing to who wrote ADQL.
_EXPRESSION = re.compile(r" in expression \(.*\)(?=[.!]|$)")
_ADVICE = re.compile(
    r"\n|Use \"?SET |Use TRY|\bSET [a-z_]+|Possible solutions|See also|LINE \d+:|Candidate"
    r"|Did you mean"
)


def clean(text: str) -> str:
    """One sentence of an engine's message, without paths or advice on its settings."""
    text = _EXPRESSION.sub("", _KIND.sub("", text))
    advice = _ADVICE.search(text)
    if advice:
        text = text[: advice.start()]
    text = _PATH.sub("(file)", text).strip(" ,;\n\t")
    text = text[:300] or "The engine gave no reason"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def describe_failure(error: BaseException) -> tuple[dict[str, Any], bool]:
    """What to tell of an exception, and whether the process must not go on.

    Returns
    -------
    error : `dict`
        `~lsp_jupyter.errors.LspError.to_dict` of the failure.
    fatal : `bool`
        Whether the process should be replaced.
    """
    text = str(error)
    if isinstance(error, Refused):
        return _error(
            "EngineError",
            f"The engine refused the statement: {clean(text)}",
            "This is a fault of the platform, not of the query; please report it.",
        ), False
    if isinstance(error, Unsuitable):
        return _error("QueryError", clean(text), "CAST the column, or leave such rows out."), False
    if isinstance(error, Gone):
        return _error(
            "ResultNotFoundError", clean(text), "Run the query that made it again."
        ), False
    if _no_space(error):
        return _error(
            "ServiceUnavailable",
            "There is no disk space left for this query.",
            "Try again later, or ask for fewer rows.",
            transient=True,
            retry_after=60,
        ), False
    found = _KIND.match(text)
    kind = found.group(1).casefold() if found else ""
    if kind == "out of memory" or isinstance(error, MemoryError) or "bad_alloc" in text:
        return _error(
            "LimitError",
            "The query needs more memory or temporary space than one query may use.",
            "Narrow the selection, group or sort fewer rows, or select fewer columns.",
        ), True
    if kind in _DATA:
        return _error(
            "QueryError",
            clean(text),
            "A value does not fit the operation; leave such rows out with WHERE.",
        ), False
    if kind in _LANGUAGE:
        return _error(
            "EngineError",
            f"The engine cannot run this query: {clean(text)}",
            "This is a fault of the platform, not of the query; please report it.",
        ), False
    # A known kind is about this query; anything else may have left the process damaged.
    return _error("EngineError", f"The engine failed: {clean(text)}", ""), (
        not kind or kind in _BROKEN
    )


def _no_space(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return str(error).startswith("IO Error:") and bool(_DISK.search(str(error)))


def _error(
    code: str, message: str, hint: str, *, transient: bool = False, **more: Any
) -> dict[str, Any]:
    out: dict[str, Any] = {"code": code, "message": message, **more}
    if hint:
        out["hint"] = hint
    if transient:
        out["transient"] = True
    return out
