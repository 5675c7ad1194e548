"""A thing that could be written, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.adql.words import RESERVED

__all__ = [
    "NAMES",
    "Candidate",
    "aggregates",
    "columns",
    "functions",
    "keywords",
    "quote",
    "tables",
    "type_text",
]

NAMES = frozenset({"alias", "column", "schema", "table"})
"""Kinds of candidates that are names."""

_AGGREGATES = (
    ("AVG", "x", "The mean of the values."),
    ("COUNT", "*", "How many rows; COUNT(x) how many values, COUNT(DISTINCT x) different ones."),
    ("MAX", "x", "The largest value."),
    ("MIN", "x", "The smallest value."),
    ("SUM", "x", "The sum of the values."),
)
_REGULAR = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that could be written.

    Attributes
    ----------
    kind : `str`
        ``keyword``, ``function``, ``type``, ``snippet``, ``schema``, ``table``, ``alias`` (the
        name of a table in this query, or of a result column) or ``column``.
    name : `str`
        What to show.
    insert : `str`
        What to write.
    caret : `int`
        Characters of ``insert`` before which the cursor is best put then.
    detail : `str`
        A few words: type and unit, or the signature.
    description : `str`
        A sentence, where the catalogue has one.
    order : `int`
        What comes first among those that fit equally well; smaller is earlier.
    match : `str`
        What else it is found by.
    """

    kind: str
    name: str
    insert: str
    caret: int
    detail: str = ""
    description: str = ""
    order: int = 0
    match: str = ""

    def quoted(self) -> Candidate:
        """The same name in double quotes, as someone wants it who began with one."""
        parts = self.name.split(".", 1) if self.kind == "table" else [self.name]
        insert = ".".join([quote(part, always=True) for part in parts])
        return replace(self, insert=insert, caret=len(insert))

    def in_lower_case(self) -> Candidate:
        """The same keyword in lower case; other candidates stay."""
        return replace(self, insert=self.insert.lower()) if self.kind == "keyword" else self


def quote(name: str, *, always: bool = False) -> str:
    """A name as a query must write it: in double quotes if it is no regular identifier."""
    if not always and _REGULAR.fullmatch(name) and name.upper() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def keywords(words: Iterable[str], order: int = 50) -> list[Candidate]:
    """Words of the language."""
    return [Candidate("keyword", word, word, len(word), order=order) for word in words]


def functions(declared: Iterable[Function], order: int = 40) -> list[Candidate]:
    """Functions; the cursor goes between the parentheses."""
    found = []
    for function in declared:
        name = function.form.partition("(")[0]
        takes = function.form != f"{name}()"
        found.append(
            Candidate(
                "function",
                name,
                f"{name}()",
                len(name) + (1 if takes else 2),
                function.form,
                function.description,
                order,
            )
        )
    return found


def aggregates(order: int = 39) -> list[Candidate]:
    """The set functions of the standard."""
    return [
        Candidate("function", name, f"{name}()", len(name) + 1, f"{name}({takes})", about, order)
        for name, takes, about in _AGGREGATES
    ]


def tables(found: Iterable[Table], order: int = 10, *, qualified: bool = True) -> list[Candidate]:
    """Tables of the catalogue, with their schema or without."""
    candidates = []
    for table in found:
        insert = quote(table.name)
        if qualified:
            insert = f"{quote(table.schema)}.{insert}"
        rows = "" if table.rows is None else f"{table.rows:,} rows"
        about = table.description or table.title
        name = table.full_name if qualified else table.name
        candidates.append(
            Candidate("table", name, insert, len(insert), rows, about, order, table.name)
        )
    return candidates


def columns(
    found: Iterable[Column], qualifier: str = "", order: int = 20, *, shown: bool = False
) -> list[Candidate]:
    """Columns.

    Parameters
    ----------
    found : iterable of `~lsp_jupyter.adql.schema.Column`
        The columns.
    qualifier : `str`
        What stands before the dot, as written; empty if nothing does.
    order : `int`
        Where they come; those that are not principal come one later.
    shown : `bool`
        Whether to show the qualifier.
    """
    candidates = []
    for column in found:
        insert = quote(column.name)
        if qualifier:
            insert = f"{qualifier}.{insert}"
        name = f"{qualifier}.{column.name}" if qualifier and shown else column.name
        rank = order if column.principal else order + 1
        about = column.description
        candidates.append(
            Candidate(
                "column", name, insert, len(insert), type_text(column), about, rank, column.name
            )
        )
    return candidates


def type_text(column: Column) -> str:
    """Type and unit of a column, such as ``double, deg``."""
    kind = column.xtype or column.datatype
    if kind in ("char", "unicodeChar"):
        kind = "text"
    elif not column.xtype and column.arraysize not in ("", "1"):
        kind = f"{kind}[{column.arraysize}]"
    return f"{kind}, {column.unit}" if column.unit else kind
