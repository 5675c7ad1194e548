"""Rows of published tables by the identifier that somebody writes: ``HIP 71683``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lsp_jupyter.adql.schema import Column, Table

__all__ = ["Candidate", "candidates"]

_MAIN = "meta.id;meta.main"
_WHOLE = frozenset({"short", "int", "long"})
_NUMBER = re.compile(
    r"(?:(?P<words>[^\W\d].*?)[\s:#-]*?)?(?P<number>(?<!\S)-?[0-9]{1,19}|[0-9]{1,19})$", re.S
)
#: Tables that are looked into at most.
MOST = 12
_LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A table that may have a row of that identifier.

    Attributes
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        The table; it has positions.
    column : `~lsp_jupyter.adql.schema.Column`
        Its column of identifiers.
    value : `int` or `str`
        The identifier.
    """

    table: Table
    column: Column
    value: int | str

    @property
    def adql(self) -> str:
        """The query for the position of the row."""
        assert self.table.position is not None
        ra, dec = map(_quoted, self.table.position)
        text = str(self.value)
        if isinstance(self.value, str):
            text = "'" + text.replace("'", "''") + "'"
        return (
            f"SELECT TOP 1 {ra}, {dec} FROM {_quoted(self.table.schema)}."  # noqa: S608
            f"{_quoted(self.table.name)} WHERE {_quoted(self.column.name)} = {text}"
        )


def candidates(tables: Iterable[Table], name: str) -> list[Candidate]:
    """Where a row of this name may be, the likeliest first.

    Parameters
    ----------
    tables : iterable of `~lsp_jupyter.adql.schema.Table`
        What may be read.
    name : `str`
        A number, words and a number (``Gaia DR3 4657…``: one of the words begins the name of
        the table, its schema or its column), or a name that stands in a table as it is.
    """
    text = " ".join(name.split())
    number = _NUMBER.fullmatch(text)
    found: list[tuple[bool, Candidate]] = []
    for table in tables:
        column = _identifier(table)
        if column is None:
            continue
        if column.datatype not in _WHOLE:
            found.append((column.indexed, Candidate(table, column, text)))
        elif (
            number and int(number["number"]) <= _LARGEST and _meant(table, column, number["words"])
        ):
            found.append((column.indexed, Candidate(table, column, int(number["number"]))))
    found.sort(key=lambda one: not one[0])
    return [one for _, one in found[:MOST]]


def _identifier(table: Table) -> Column | None:
    """The column by which rows of a table with positions are known."""
    if not table.position:
        return None
    main = [one for one in table.columns if one.ucd == _MAIN]
    return main[0] if len(main) == 1 else None


def _meant(table: Table, column: Column, words: str | None) -> bool:
    """Whether the words before a number name a table."""
    if not words or not words.strip():
        return True
    names = [one.lower() for one in (table.schema, table.name, column.name)]
    return any(one.startswith(word) for word in _words(words) for one in names)


def _words(text: str) -> Iterator[str]:
    return (word for word in re.findall(r"[a-z]+[a-z0-9]*", text.lower()) if len(word) > 1)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
