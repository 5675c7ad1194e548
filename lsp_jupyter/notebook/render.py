"""Small tables as text and as HTML, whatever their cells hold.

Cells come from catalogues and files of other people. In HTML everything is
escaped; in both, control characters and those that turn the direction of
writing are replaced, so that no cell can move a terminal's cursor or pose as
another one.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from lsp_jupyter.notebook.column import Column

__all__ = ["HEAD", "clean", "html_grid", "html_result", "text_grid", "text_result", "width"]

#: Characters of a cell, columns of a table, and rows of a preview that are shown.
CELL, COLUMNS, HEAD = 60, 20, 10


def clean(text: str, limit: int = 0) -> str:
    """Text on one line without control characters.

    Parameters
    ----------
    text : `str`
        Any text.
    limit : `int`
        Characters shown at most; 0 for all.
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if char in "\n\r\t" else "\ufffd" if unicodedata.category(char)[0] == "C" else char
        for char in text
    )


def width(text: str) -> int:
    """Places that text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in ("W", "F"))
        for char in text
    )


def text_grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in plain text.

    Parameters
    ----------
    headings : sequence of `str`
        One for each column.
    rows : sequence of sequences of `str`
        The cells.
    """
    lines = [[clean(cell, CELL) for cell in line] for line in (headings, *rows)]
    widths = [max(map(width, cells)) for cells in zip(*lines, strict=True)]
    lines.insert(1, ["-" * each for each in widths])
    return "\n".join(
        "  ".join(
            cell + " " * (each - width(cell)) for cell, each in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def html_grid(
    headings: Sequence[str], rows: Sequence[Sequence[str]], titles: Sequence[str] = ()
) -> str:
    """A table in HTML, escaped.

    Parameters
    ----------
    headings : sequence of `str`
        One for each column.
    rows : sequence of sequences of `str`
        The cells.
    titles : sequence of `str`
        What shows when the pointer rests on a heading.
    """
    titles = titles or [""] * len(headings)
    heads = "".join(
        f'<th scope="col"{_title(title)}>{_escape(heading, CELL)}</th>'
        for heading, title in zip(headings, titles, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{_escape(cell, CELL)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def text_result(title: str, notes: Sequence[str], columns: Sequence[Column], head: pa.Table) -> str:
    """A result in plain text: a title, its first rows, and notes.

    Parameters
    ----------
    title : `str`
        What it is.
    notes : sequence of `str`
        Sentences below it.
    columns : sequence of `Column`
        All its columns.
    head : `pyarrow.Table`
        Its first rows.
    """
    headings, _, rows, more = _cells(columns, head)
    grid = text_grid(headings, rows) if headings else ""
    return "\n".join(line for line in (title, grid, *more, *map(clean, notes)) if line)


def html_result(title: str, notes: Sequence[str], columns: Sequence[Column], head: pa.Table) -> str:
    """A result in HTML: a title, its first rows, and notes; all escaped."""
    headings, titles, rows, more = _cells(columns, head)
    below = "".join(f"<p><strong>{_escape(note)}</strong></p>" for note in notes)
    below = "".join(f"<p>{_escape(note)}</p>" for note in more) + below
    grid = html_grid(headings, rows, titles) if headings else ""
    return f"<div><p>{_escape(title)}</p>{grid}{below}</div>"


def _cells(
    columns: Sequence[Column], head: pa.Table
) -> tuple[list[str], list[str], list[list[str]], list[str]]:
    shown = columns[:COLUMNS]
    headings = [f"{each.name} [{each.unit}]" if each.unit else each.name for each in shown]
    titles = ["; ".join(filter(None, (each.description, each.ucd))) for each in shown]
    names = [each.name for each in shown]
    table = head.select([name for name in names if name in head.column_names])
    values = [[_value(value, field.type) for value in column] for field, column in _pairs(table)]
    rows = [list(row) for row in zip(*values, strict=True)]
    more = [f"{len(columns) - COLUMNS} more columns."] if len(columns) > COLUMNS else []
    return headings, titles, rows, more


def _pairs(table: pa.Table) -> list[tuple[pa.Field, list[Any]]]:
    return [
        (field, column.to_pylist())
        for field, column in zip(table.schema, table.columns, strict=True)
    ]


def _value(value: Any, kind: pa.DataType) -> str:
    """One cell as text: floating point numbers with the digits their type has."""
    if value is None:
        return ""
    if isinstance(value, float) and str(kind) == "float":
        import numpy as np

        return str(np.float32(value))
    if isinstance(value, bytes):
        return value[:CELL].hex()
    if isinstance(value, list):
        return (
            "["
            + ", ".join(_value(item, getattr(kind, "value_type", kind)) for item in value[:CELL])
            + "]"
        )
    return str(value)


def _escape(text: str, limit: int = 0) -> str:
    return html.escape(clean(text, limit))


def _title(text: str) -> str:
    return f' title="{_escape(text)}"' if text else ""
