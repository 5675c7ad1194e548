"""JSON of a whole table: what it is, its columns, and its rows as lists.

Whole numbers of 64 bits and what JSON has no number for (NaN and the
infinities) are strings, which `Number`, `BigInt` and Python's `int` and `float`
take as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pyarrow as pa

from lsp_jupyter.formats.cells import chunks, plain
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.text import (
    DELIMITED,
    Style,
    array_items,
    column_text,
    join_columns,
    joined_items,
    replaced,
    wrapped,
)

__all__ = ["json_cells", "write_json"]

_STYLE = Style('"NaN"', '"Infinity"', '"-Infinity"', exact=True)
_ESCAPES = (
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    | {chr(code): f"\\u{code:04x}" for code in range(32) if code not in (9, 10, 13)}
)  # fmt: skip
_WORDS = ("name", "datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")


def write_json(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A JSON object: ``info``, ``columns``, ``groups``, ``data``, ``rows`` and ``overflow``.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.

    Yields
    ------
    piece : `bytes`
        A few MB at most for ordinary rows. Each row is a line of its own.
    """
    fields = vo_fields(header.schema)
    columns = [{key: word for key in _WORDS if (word := getattr(vo, key))} for vo in fields]
    groups = [
        {"name": group.name, "members": [dict(_member(*each)) for each in group.members]}
        for group in header.groups
    ]
    yield (
        f'{{"info": {_dump(dict(header.infos))},\n"columns": [\n'
        + ",\n".join(map(_dump, columns))
        + f'],\n"groups": {_dump(groups)},\n"data": ['
    ).encode()
    rows = 0
    for batch in batches:
        for piece in chunks(batch):
            texts = [json_cells(array, vo) for array, vo in zip(piece.columns, fields, strict=True)]
            lines = join_columns(texts, ",\n[", ",", "]")
            # Nothing precedes the first row.
            yield bytes(lines if rows else lines[1:])
            rows += piece.num_rows
    yield f'],\n"rows": {rows},\n"overflow": {_dump(header.cut_off())}}}\n'.encode()


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _member(name: str, role: str) -> Iterator[tuple[str, str]]:
    yield "column", name
    if role:
        yield "role", role


def json_cells(array: pa.Array, vo: VOField) -> pa.Array:
    """A column as JSON values.

    Parameters
    ----------
    array : `pyarrow.Array`
        The values.
    vo : `~lsp_jupyter.formats.fields.VOField`
        Its FIELD.

    Returns
    -------
    text : `pyarrow.LargeStringArray`
        Without nulls.
    """
    array = plain(array)
    wide = vo.datatype == "long"
    if vo.kind is Kind.ARRAY:
        lengths, items, missing = array_items(array, _STYLE)
        items = (wrapped(items, '"', '"') if wide else items).fill_null("null")
        text = wrapped(joined_items(lengths, items, missing, ","), "[", "]")
    elif vo.kind is Kind.TEXT and pa.types.is_nested(array.type):
        text = column_text(array, vo, DELIMITED)
    else:
        text = column_text(array, vo, _STYLE)
        if vo.kind is Kind.TEXT:
            text = replaced(text, _ESCAPES)
        if wide or vo.kind in (Kind.TEXT, Kind.BYTES):
            text = wrapped(text, '"', '"')
    return text.fill_null("null")
