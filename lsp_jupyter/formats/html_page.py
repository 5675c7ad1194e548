"""A page for browsers: the rows as an HTML table, with what the columns mean.

Nothing in it is executed, loaded or sent: the one style sheet is allowed by
its hash, all else is forbidden by the policy it is sent with.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats.cells import chunks
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.text import DELIMITED, column_text, join_columns, replaced

__all__ = ["POLICY", "write_html"]

_STYLE = (
    ":root{color-scheme:light dark;font:14px system-ui,sans-serif}"
    "body{margin:1em}"
    "pre{white-space:pre-wrap}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.2em .6em;border-bottom:1px solid #8884;text-align:left;white-space:pre-wrap}"
    "thead{position:sticky;top:0;background:Canvas}"
    "thead th{vertical-align:bottom}"
    "small{display:block;font-weight:normal;opacity:.75}"
    ".n{text-align:right;white-space:nowrap}"
    ".cut{padding:.5em;border:2px solid #d60}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: What a Content-Security-Policy must allow for the page to look as it should.
POLICY = f"style-src 'sha256-{_HASH}'"

#: Control characters have no place in HTML.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"} | {
    chr(code): "\ufffd" for code in range(32) if code not in (9, 10, 13)
}
_LINK = r"^(https?://[^\s'\\`]+)$"
_CUT = '<p class="cut">The rows were cut off here: there are more than these (OVERFLOW).</p>\n'


def write_html(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """An HTML page.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.

    Yields
    ------
    piece : `bytes`
        A few MB at most for ordinary rows.
    """
    fields = vo_fields(header.schema)
    yield _head(header, fields).encode()
    starts = ['<td class="n">' if vo.kind is Kind.NUMBER else "<td>" for vo in fields]
    between = [f"</td>{start}" for start in starts[1:]]
    rows = 0
    for batch in batches:
        for piece in chunks(batch):
            texts = [_cells(array, vo) for array, vo in zip(piece.columns, fields, strict=True)]
            yield bytes(join_columns(texts, f"<tr>{starts[0]}", between, "</td></tr>\n"))
            rows += piece.num_rows
    cut = _CUT if header.cut_off() else ""
    count = "1 row" if rows == 1 else f"{rows:,} rows"
    yield f"</tbody>\n</table>\n<p>{count}</p>\n{cut}</body>\n</html>\n".encode()


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in text).replace("'", "&#39;")


def _head(header: TableHeader, fields: Sequence[VOField]) -> str:
    told = "".join(
        f"<dt>{_escape(name.replace('_', ' ').capitalize())}</dt><dd>{_escape(text)}</dd>\n"
        for name, text in header.infos.items()
        if name != "QUERY"
    )
    query = header.infos.get("QUERY", "")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Result {_escape(header.infos.get('JOB', ''))}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        + (f"<pre>{_escape(query)}</pre>\n" if query else "")
        + (_CUT.replace(" here", "") if header.overflow is True else "")
        + (f"<details>\n<summary>Origin</summary>\n<dl>\n{told}</dl>\n</details>\n" if told else "")
        + "<table>\n<thead>\n<tr>"
        + "".join(map(_heading, fields))
        + "</tr>\n</thead>\n<tbody>\n"
    )


def _heading(vo: VOField) -> str:
    kind = ' class="n"' if vo.kind is Kind.NUMBER else ""
    about = f' title="{_escape(vo.description)}"' if vo.description else ""
    lines = "".join(f"<small>{_escape(word)}</small>" for word in (vo.unit, vo.ucd) if word)
    return f'<th scope="col"{kind}{about}>{_escape(vo.name)}{lines}</th>'


def _cells(array: pa.Array, vo: VOField) -> pa.Array:
    text = column_text(array, vo, DELIMITED)
    if vo.kind is not Kind.TEXT:
        return text
    text = replaced(text, _ESCAPES)
    if pc.any(pc.starts_with(text, "http"), min_count=0).as_py():
        link = r'<a href="\1" rel="noopener noreferrer">\1</a>'
        text = pc.replace_substring_regex(text, _LINK, link)
    return text
