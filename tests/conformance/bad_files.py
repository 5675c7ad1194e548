"""Files that are no tables, or not the tables they say they are."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

_NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"

FIELD_ID = '<FIELD name="id" datatype="int"/>'


def votable(
    data: str, fields: str = FIELD_ID, *, head: str = "", table: str = "", version: str = "1.4"
) -> bytes:
    """A VOTable with one table.

    Parameters
    ----------
    data
        What stands in DATA.
    fields
        The FIELD elements.
    head
        What comes before the VOTABLE element.
    table
        Attributes of TABLE.
    version
        Of VOTable.
    """
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<VOTABLE version="{version}" xmlns="{_NAMESPACE}"><RESOURCE><TABLE {table}>'
        f"{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


def rows(*cells: Sequence[str]) -> str:
    """TABLEDATA of these rows."""
    lines = "".join(f"<TR>{''.join(f'<TD>{cell}</TD>' for cell in row)}</TR>" for row in cells)
    return f"<TABLEDATA>{lines}</TABLEDATA>"


def stream(text: str, kind: str = "BINARY2", attributes: str = 'encoding="base64"') -> str:
    """A binary serialization."""
    return f"<{kind}><STREAM {attributes}>{text}</STREAM></{kind}>"


FINE = votable(rows(["1"], ["2"]))

#: What a service answers to a wrong query.
ERROR = (
    f'<VOTABLE version="1.4" xmlns="{_NAMESPACE}"><RESOURCE type="results">'
    '<INFO name="QUERY_STATUS" value="ERROR">No such table</INFO></RESOURCE></VOTABLE>'
).encode()

#: Ten characters that a parser would make a thousand million of.
LAUGHS = (
    "<!DOCTYPE VOTABLE [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)


def card(key: str, value: str) -> bytes:
    """One card of a FITS header."""
    return f"{key:8}= {value:>20}".ljust(80).encode()


def header(*cards: bytes) -> bytes:
    """A FITS header of these cards."""
    data = b"".join([*cards, b"END".ljust(80)])
    return data.ljust(-(-len(data) // 2880) * 2880)


PRIMARY = header(card("SIMPLE", "T"), card("BITPIX", "8"), card("NAXIS", "0"))


def fits_table(rows: int, data: bytes, form: str = "'J       '", width: int = 4) -> bytes:
    """A FITS binary table that declares a number of rows, and has these bytes."""
    extension = header(
        b"XTENSION= 'BINTABLE'".ljust(80),
        card("BITPIX", "8"),
        card("NAXIS", "2"),
        card("NAXIS1", str(width)),
        card("NAXIS2", str(rows)),
        card("PCOUNT", "0"),
        card("GCOUNT", "1"),
        card("TFIELDS", "1"),
        card("TTYPE1", "'id      '"),
        card("TFORM1", form),
    )
    return PRIMARY + extension + data


IMAGE = header(
    card("SIMPLE", "T"),
    card("BITPIX", "8"),
    card("NAXIS", "2"),
    card("NAXIS1", "2880"),
    card("NAXIS2", "1"),
) + bytes(2880)

_TABLE = pa.table({"id": pa.array([1, 2], pa.int32())})


def parquet() -> bytes:
    """A fine Parquet file."""
    out = io.BytesIO()
    pq.write_table(_TABLE, out)
    return out.getvalue()


def arrow() -> bytes:
    """A fine Arrow stream."""
    out = io.BytesIO()
    with pa.ipc.new_stream(out, _TABLE.schema) as writer:
        writer.write_table(_TABLE)
    return out.getvalue()


def archive() -> bytes:
    """A ZIP file with a table in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("t.csv", "id\n1\n")
    return out.getvalue()


def png() -> bytes:
    """The start of a picture."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 13, b"IHDR") + bytes(17)
