"""Small builders of document nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes


def literal(text: str) -> nodes.literal:
    """Inline code."""
    return nodes.literal(text, text)


def sentence(text: str) -> nodes.paragraph:
    """A paragraph of text in which ``--`` stays two hyphens."""
    parts: list[nodes.Node | str] = []
    for index, part in enumerate(text.split("--")):
        parts += [literal("--"), part] if index else [part]
    return paragraph(*parts)


def paragraph(*children: nodes.Node | str) -> nodes.paragraph:
    """A paragraph of text and inline nodes."""
    out = nodes.paragraph()
    out += [nodes.Text(child) if isinstance(child, str) else child for child in children]
    return out


def table(
    header: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[nodes.Node | str]]
) -> nodes.table:
    """A table.

    Parameters
    ----------
    header : sequence of `str`
        Titles of the columns.
    widths : sequence of `int`
        Relative widths.
    rows : iterable of sequence
        One cell a column: text, or a block node.
    """
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=width) for width in widths]
    head = nodes.thead()
    head += _row(header)
    body = nodes.tbody()
    body += [_row(cells) for cells in rows]
    group += [head, body]
    out = nodes.table(classes=["colwidths-given"])
    out += group
    return out


def _row(cells: Sequence[nodes.Node | str]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += paragraph(cell) if isinstance(cell, str) else cell
        row += entry
    return row
