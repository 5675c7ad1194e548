"""Where something stands in a query text, and errors that point there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from lsp_jupyter.errors import AdqlError

__all__ = ["NOWHERE", "Place", "nearest", "refuse", "suggestion"]


class Place(NamedTuple):
    """A stretch of the query text.

    Attributes
    ----------
    line, column : `int`
        Where it begins, counted from 1; columns in characters.
    offset : `int`
        Characters before it.
    length : `int`
        Characters in it.
    """

    line: int
    column: int
    offset: int
    length: int

    def to(self, last: Place) -> Place:
        """From here to the end of another place."""
        return Place(self.line, self.column, self.offset, last.offset + last.length - self.offset)


NOWHERE = Place(0, 0, 0, 0)


def refuse(message: str, at: Place, hint: str = "") -> AdqlError:
    """The error that refuses a query, to be raised.

    Parameters
    ----------
    message : `str`
        One sentence: what is wrong.
    at : `Place`
        What to underline.
    hint : `str`
        What to write instead.
    """
    return AdqlError(message, line=at.line, column=at.column, length=max(1, at.length), hint=hint)


def nearest(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """The names most like a word, best first, compared without regard to case."""
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(name.lower(), name)
    matches = difflib.get_close_matches(word.lower(), known, n=count, cutoff=0.6)
    return [known[match] for match in matches]


def suggestion(word: str, names: Iterable[str]) -> str:
    """A question that names what may have been meant; empty where nothing is near."""
    found = nearest(word, names)
    if not found:
        return ""
    *most, last = found
    return f"Did you mean {', '.join(most)} or {last}?" if most else f"Did you mean {last}?"
