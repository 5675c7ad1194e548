"""VOTable 1.4 documents: BINARY2, BINARY and TABLEDATA, written as a stream.

The first INFO says OK (DALI 1.1 section 4.4.1); one after the table says
OVERFLOW where rows were cut off, or ERROR where they ended too early.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.errors import LspError
from lsp_jupyter.formats.binary2 import Base64, encode_rows
from lsp_jupyter.formats.cells import chunks, plain
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import Group, TableHeader
from lsp_jupyter.formats.markup import REPLACEMENT, attributes, escape
from lsp_jupyter.formats.services import service_element
from lsp_jupyter.formats.survey import rereadable, with_nulls
from lsp_jupyter.formats.systems import System, system_of, systems
from lsp_jupyter.formats.text import TABLEDATA, column_text, has_bytes, join_columns

__all__ = [
    "dataless",
    "document_head",
    "error_document",
    "write_binary",
    "write_binary2",
    "write_tabledata",
]

_START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
)
_RESOURCE_END = "</RESOURCE>\n"
_END = "</VOTABLE>\n"
_TABLE_END = "</TABLE>\n"

#: Bytes of UTF-8 that may need an escape: XML's own, control characters, and the
#: first byte of U+FFFE and U+FFFF, which XML 1.0 section 2.2 forbids.
_SUSPECT = np.zeros(256, np.bool_)
_SUSPECT[:32] = True
_SUSPECT[[9, 10]] = False
_SUSPECT[[0xEF, *b"&<>"]] = True
_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
#: An NCName of ASCII, which is what every reader takes for an XML ID.
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

#: Infos that readers look for under another name too (IVOA Note DataOrigin 1.1 section 3).
_ORIGINS = {"SERVICE": "service_ivoid", "TIME": "request_date"}

#: UCD of a column's part in its group.
_ROLES = {
    "error": "stat.error",
    "error_low": "stat.error;stat.min",
    "error_high": "stat.error;stat.max",
    "covariance": "stat.covariance",
    "flag": "meta.code",
}


def _info(name: str, value: str, text: str = "") -> str:
    head = f'<INFO name="{escape(name)}" value="{escape(value)}"'
    return f"{head}>{escape(text)}</INFO>\n" if text else f"{head}/>\n"


@lru_cache(maxsize=4096)
def _field(vo: VOField, identifier: str) -> str:
    system = system_of(vo)
    items = {
        "ID": identifier,
        "name": vo.name,
        "datatype": vo.datatype,
        "arraysize": vo.arraysize,
        "xtype": vo.xtype,
        "unit": vo.unit,
        "ucd": vo.ucd,
        "utype": vo.utype,
        "ref": system.id if system else "",
    }
    inner = f"<DESCRIPTION>{escape(vo.description)}</DESCRIPTION>" if vo.description else ""
    if vo.null is not None:
        inner += f'<VALUES null="{vo.null}"/>'
    start = f"<FIELD{attributes(items)}"
    return f"{start}>{inner}</FIELD>\n" if inner else f"{start}/>\n"


def _group(group: Group, names: Container[str], identifiers: Mapping[str, str]) -> str:
    # Many are called as their value is, but within a table each name is to be of one thing.
    name = "" if group.name in names else group.name
    items = {"name": name, "ucd": group.ucd, "utype": group.utype}
    lines = [f"<GROUP{attributes(items)}>\n"]
    if group.description:
        lines.append(f"<DESCRIPTION>{escape(group.description)}</DESCRIPTION>\n")
    for name, role in group.members:
        member = {"ref": identifiers[name], "ucd": _ROLES.get(role, "")}
        lines.append(f"<FIELDref{attributes(member)}/>\n")
    return "".join([*lines, "</GROUP>\n"])


def _identifiers(header: TableHeader, frames: Iterable[System]) -> dict[str, str]:
    """An XML identifier for each column that is referred to: its name, if that can be one."""
    members = (name for group in header.groups for name, _ in group.members)
    columns = (name for service in header.services for name in service.columns())
    used = {frame.id for frame in frames} | {service.id for service in header.services}
    found: dict[str, str] = {}
    for number, name in enumerate(dict.fromkeys((*members, *columns)), 1):
        legal = _IDENTIFIER.fullmatch(name) and name not in used
        found[name] = name if legal else f"column-{number}"
        used.add(found[name])
    return found


def _infos(header: TableHeader) -> dict[str, str]:
    """Its infos, and under the names of the vocabulary of origins where that has others."""
    known = {name: header.infos.get(own, "") for own, name in _ORIGINS.items()}
    return {**header.infos, **{name: text for name, text in known.items() if text}}


def document_head(header: TableHeader, fields: Sequence[VOField]) -> str:
    """Everything up to the last FIELD.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Infos and number of rows.
    fields : sequence of `~lsp_jupyter.formats.fields.VOField`
        The columns.
    """
    found, groups = systems(fields), header.groups
    identifiers = _identifiers(header, found)
    return "".join(
        [
            _START,
            '<RESOURCE type="results">\n',
            _info("QUERY_STATUS", "OK"),
            *(_info(name, value) for name, value in _infos(header).items()),
            *(
                f"<{each.tag}{attributes({'ID': each.id, **dict(each.attributes)})}/>\n"
                for each in found
            ),
            "<TABLE>\n" if header.rows is None else f'<TABLE nrows="{header.rows}">\n',
            *(_field(vo, identifiers.get(vo.name, "")) for vo in fields),
            *(_group(group, header.schema.names, identifiers) for group in groups),
        ]
    )


def dataless(header: TableHeader, fields: Sequence[VOField]) -> str:
    """A VOTable that describes a table whose rows are elsewhere.

    Parameters
    ----------
    header, fields
        As for `document_head`; ask only after the last row.
    """
    return document_head(header, fields) + _tail(header, None)


def _checked(
    header: TableHeader, batches: Iterable[pa.RecordBatch]
) -> tuple[tuple[VOField, ...], Iterator[pa.RecordBatch]]:
    """The fields and the batches; char becomes unicodeChar where the first batch asks for it."""
    fields = list(vo_fields(header.schema))
    stream = iter(batches)
    try:
        first = next(stream, None)
    except LspError as error:
        return tuple(fields), _failing(error)
    if first is None:
        return tuple(fields), iter(())
    for place, vo in enumerate(fields):
        if vo.kind is Kind.TEXT and vo.datatype == "char":
            text = plain(first.column(place))
            if (
                pa.types.is_string(text.type) or pa.types.is_large_string(text.type)
            ) and not pc.all(pc.string_is_ascii(text), min_count=0).as_py():
                fields[place] = replace(vo, datatype="unicodeChar")
    return tuple(fields), itertools.chain((first,), stream)


def _failing(error: LspError) -> Iterator[pa.RecordBatch]:
    raise error
    yield


def _tail(header: TableHeader, error: LspError | None) -> str:
    if error is not None:
        status = _info("QUERY_STATUS", "ERROR", str(error))
    else:
        status = _info("QUERY_STATUS", "OVERFLOW") if header.cut_off() else ""
    return f"{_TABLE_END}{status}{_RESOURCE_END}{_services(header)}{_END}"


def _services(header: TableHeader) -> str:
    """What can be called with values of the table."""
    if not header.services:
        return ""
    identifiers = _identifiers(header, systems(vo_fields(header.schema)))
    return "".join(service_element(service, identifiers) for service in header.services)


def write_binary2(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A VOTable with base64 of BINARY2 rows.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows. An `LspError` raised here ends the document with
        QUERY_STATUS ERROR.

    Yields
    ------
    piece : `bytes`
        About 1.5 MB at most for ordinary rows.
    """
    fields, stream = _checked(header, batches)
    yield from _base64(header, fields, stream, "BINARY2")


def write_binary(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A VOTable with base64 of BINARY rows, for readers that know no BINARY2.

    Rows are read twice: a number stands for a missing integer (VOTable 1.4
    section 5.5), and must be none of the column.

    Parameters
    ----------
    header, batches
        As for `write_binary2`.

    Yields
    ------
    piece : `bytes`
        About 1.5 MB at most for ordinary rows.
    """
    with rereadable(header, batches) as rows:
        fields, stream = _checked(header, rows)
        try:
            fields = with_nulls(fields, rows)
        except LspError as error:
            stream = _failing(error)
        yield from _base64(header, fields, stream, "BINARY")


def _base64(
    header: TableHeader,
    fields: Sequence[VOField],
    stream: Iterable[pa.RecordBatch],
    serialization: str,
) -> Iterator[bytes]:
    head = document_head(header, fields)
    yield f'{head}<DATA>\n<{serialization}>\n<STREAM encoding="base64">\n'.encode()
    base64 = Base64()
    error = None
    try:
        for batch in stream:
            for piece in chunks(batch):
                yield from base64.feed(
                    encode_rows(piece, fields, flagged=serialization == "BINARY2")
                )
    except LspError as failure:
        error = failure
    end = f"\n</STREAM>\n</{serialization}>\n</DATA>\n{_tail(header, error)}"
    yield base64.finish() + end.encode()


def write_tabledata(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A VOTable with a TR element a row.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows. An `LspError` raised here ends the document with
        QUERY_STATUS ERROR.

    Yields
    ------
    piece : `bytes`
        A few MB at most for ordinary rows.
    """
    fields, stream = _checked(header, batches)
    yield f"{document_head(header, fields)}<DATA>\n<TABLEDATA>\n".encode()
    error = None
    try:
        for batch in stream:
            for piece in chunks(batch):
                texts = [_cells(array, vo) for array, vo in zip(piece.columns, fields, strict=True)]
                yield bytes(join_columns(texts, "<TR><TD>", "</TD><TD>", "</TD></TR>\n"))
    except LspError as failure:
        error = failure
    yield f"</TABLEDATA>\n</DATA>\n{_tail(header, error)}".encode()


def _cells(array: pa.Array, vo: VOField) -> pa.Array:
    text = column_text(array, vo, TABLEDATA)
    if vo.kind is Kind.TEXT and has_bytes(text, _SUSPECT):
        text = pc.replace_substring_regex(text, _FORBIDDEN, REPLACEMENT)
        for sign, entity in _ENTITIES.items():
            text = pc.replace_substring(text, sign, entity)
    return text


def error_document(error: LspError) -> bytes:
    """The DALI error document (DALI 1.1 section 4.2).

    Parameters
    ----------
    error : `~lsp_jupyter.errors.LspError`
        What happened; its message and hint become the text.
    """
    return (
        f'{_START}<RESOURCE type="results">\n'
        f"{_info('QUERY_STATUS', 'ERROR', str(error) or error.code)}{_RESOURCE_END}{_END}"
    ).encode()
