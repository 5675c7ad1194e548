"""ECSV 1.0 (Astropy Proposal for Enhancement 6): CSV under a YAML header of comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats.cells import chunks, plain
from lsp_jupyter.formats.delimited import Delimiter
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.survey import rereadable
from lsp_jupyter.formats.text import (
    DELIMITED,
    array_items,
    column_text,
    join_columns,
    joined_items,
    wrapped,
)

__all__ = ["write_ecsv"]

#: A line that begins with a number sign is none of data.
_COMMA = Delimiter(",", "#")
_TYPES = {
    "boolean": "bool",
    "unsignedByte": "uint8",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
}
#: What YAML does not let stand as it is, and JSON does.
_UNPRINTABLE = re.compile("[\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def write_ecsv(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """An ECSV table.

    Its header tells whether rows were cut off: where that shows only after the
    last row, rows are read twice.

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
    with rereadable(header, batches) as rows:
        if callable(header.overflow):
            for _ in rows:
                pass
        yield "".join(f"# {line}\n" for line in _header(header, fields)).encode()
        yield f"{_COMMA.names(fields)}\n".encode()
        for batch in rows:
            for piece in chunks(batch):
                pairs = zip(piece.columns, fields, strict=True)
                yield bytes(join_columns([_cells(*pair) for pair in pairs], "", ",", "\n"))


def _header(header: TableHeader, fields: Iterable[VOField]) -> Iterator[str]:
    yield from ("%ECSV 1.0", "---", "delimiter: ','", "datatype:")
    for vo, field in zip(fields, header.schema, strict=True):
        yield f"- {_flow(_column(vo, field.type))}"
    status = "OVERFLOW" if header.cut_off() else "OK"
    yield "meta: !!omap"
    for name, text in {"QUERY_STATUS": status, **header.infos}.items():
        yield f"- {_flow({name: text})}"
    for group in header.groups:
        yield f"- {_flow({f'GROUP {group.name}': dict(group.members)})}"


def _flow(value: Mapping[str, object]) -> str:
    """A mapping as YAML on one line: JSON is nearly a part of YAML."""
    return _UNPRINTABLE.sub("\ufffd", json.dumps(value, ensure_ascii=False))


def _column(vo: VOField, type_: pa.DataType) -> dict[str, object]:
    datatype, subtype = _TYPES.get(vo.datatype, "string"), ""
    if pa.types.is_uint64(type_):
        datatype = "uint64"
    if vo.kind is Kind.ARRAY:
        length = vo.arraysize if vo.arraysize.isdigit() else "null"
        datatype, subtype = "string", f"{datatype}[{length}]"
    elif vo.kind in (Kind.TEXT, Kind.BYTES):
        datatype, subtype = "string", "json" if pa.types.is_nested(type_) else ""
    words = {
        "name": vo.name,
        "unit": vo.unit,
        "datatype": datatype,
        "subtype": subtype,
        "description": vo.description,
    }
    meta = {key: word for key in ("ucd", "utype", "xtype") if (word := getattr(vo, key))}
    found: dict[str, object] = {key: word for key, word in words.items() if word}
    return found | {"meta": meta} if meta else found


def _cells(array: pa.Array, vo: VOField) -> pa.Array:
    array = plain(array)
    if vo.kind is Kind.ARRAY:
        lengths, items, missing = array_items(array, DELIMITED)
        text = joined_items(lengths, items.fill_null("null"), missing, ",")
        return _COMMA.quoted(wrapped(text, "[", "]"))
    text = column_text(array, vo, DELIMITED)
    if vo.kind is Kind.BOOLEAN:
        return pc.utf8_capitalize(text)
    return _COMMA.quoted(text) if vo.kind is Kind.TEXT else text
