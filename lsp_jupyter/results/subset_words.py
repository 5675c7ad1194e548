"""Expressions of subsets: names with AND, OR, NOT and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable

from lsp_jupyter.errors import ParameterError

__all__ = ["subset_names", "subset_sql"]

#: Parentheses and NOTs that may stand within one another.
MAX_DEPTH = 50

_TOKEN = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([()])|([^\s()"]+))')
_WORDS = ("AND", "OR", "NOT")


def subset_names(text: str) -> list[str]:
    """The names in an expression, each once, in order.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none.
    """
    names: dict[str, None] = {}

    def note(name: str) -> str:
        names[name] = None
        return "x"

    subset_sql(text, note)
    return list(names)


def subset_sql(text: str, column: Callable[[str], str]) -> str:
    """An expression of subsets as a condition of SQL.

    Parameters
    ----------
    text : `str`
        Names, in double quotes if they hold spaces or are AND, OR or NOT, whose case does
        not matter.
    column : callable
        Gives the SQL of a name: a truth value.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is not such an expression.
    """
    return _Reader(text, column).whole()


class _Reader:
    def __init__(self, text: str, column: Callable[[str], str]) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._column = column
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _wrong(f"{text[at:].strip()[:40]!r} cannot be read")
            at = found.end()
            quoted, sign, word = found.groups()
            if quoted is not None:
                self._tokens.append(("name", quoted.replace('""', '"')))
            elif sign:
                self._tokens.append((sign, sign))
            elif word.upper() in _WORDS:
                self._tokens.append((word.upper(), word))
            else:
                self._tokens.append(("name", word))
        self._tokens.append(("end", "its end"))
        self._depth = 0

    def whole(self) -> str:
        found = self._or()
        self._expect("end", "AND or OR")
        return found

    def _next(self, kind: str) -> bool:
        if self._tokens[0][0] == kind:
            del self._tokens[0]
            return True
        return False

    def _expect(self, kind: str, wanted: str) -> None:
        if self._tokens[0][0] != kind:
            raise _wrong(f"{wanted} was expected at {self._tokens[0][1]!r}")
        if kind != "end":
            del self._tokens[0]

    def _or(self) -> str:
        parts = [self._and()]
        while self._next("OR"):
            parts.append(self._and())
        return f"({' OR '.join(parts)})"

    def _and(self) -> str:
        parts = [self._one()]
        while self._next("AND"):
            parts.append(self._one())
        return f"({' AND '.join(parts)})"

    def _one(self) -> str:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _wrong("it is nested too deeply")
        try:
            if self._next("NOT"):
                return f"(NOT {self._one()})"
            if self._next("("):
                inner = self._or()
                self._expect(")", "')'")
                return inner
            kind, text = self._tokens[0]
            self._expect("name", "the name of a subset")
            assert kind == "name"
            return self._column(text)
        finally:
            self._depth -= 1


def _wrong(why: str) -> ParameterError:
    return ParameterError(
        f"This is not an expression of subsets: {why}.",
        parameter="subset",
        hint="Write it like: stars AND NOT (bad OR faint).",
    )
