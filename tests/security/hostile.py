"""Sixty files that were made to harm whoever reads them (limits: S3, threats T4 and T5)."""

from __future__ import annotations

import base64
import gzip
import io
import pickle  # noqa: TID251 - to see it refused
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["FILES", "Hostile"]


@dataclass(frozen=True)
class Hostile:
    """A file, made when it is needed, and what must be said of it.

    ``status`` is that of the answer; 200 means that the file is harmless once
    it is read as what it is. ``words`` are in the error.
    """

    make: Callable[[str], bytes]
    status: int
    words: str = ""


def _doc(table: str, before: str = "", attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<VOTABLE version="1.4" '
        f'xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE{attributes}>{table}'
        "</TABLE></RESOURCE></VOTABLE>"
    ).encode()


def _rows(cells: str = "<TR><TD>1</TD></TR>") -> str:
    return f"<DATA><TABLEDATA>{cells}</TABLEDATA></DATA>"


def _stream(data: bytes, how: str = "BINARY2", attributes: str = ' encoding="base64"') -> str:
    text = base64.b64encode(data).decode()
    return f"<DATA><{how}><STREAM{attributes}>{text}</STREAM></{how}></DATA>"


def _field(name: str = "a", datatype: str = "int", rest: str = "") -> str:
    return f'<FIELD name="{name}" datatype="{datatype}" {rest}/>'


A = _field()

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol" * 10}">' for n in range(10))
_QUADRATIC = f'<!ENTITY q "{"x" * 50_000}">'


def _href(address: str, how: str = "BINARY2") -> str:
    return f'<DATA><{how}><STREAM href="{address}" encoding="base64"/></{how}></DATA>'


def _deep(levels: int) -> bytes:
    return b"<VOTABLE>" + b"<RESOURCE>" * levels


def _gzip_of(size: int) -> bytes:
    out = io.BytesIO()
    with gzip.open(out, "wb", compresslevel=9) as packed:
        piece = b"1," * (1 << 19) + b"\n"
        packed.write(b"a,b\n")
        for _ in range(size >> 20):
            packed.write(piece)
    return out.getvalue()


def _zeros(size: int) -> bytes:
    out = io.BytesIO()
    with gzip.open(out, "wb", compresslevel=9) as packed:
        for _ in range(size >> 20):
            packed.write(bytes(1 << 20))
    return out.getvalue()


def _nested(levels: int) -> bytes:
    data = b"a\n1\n"
    for _ in range(levels):
        data = gzip.compress(data)
    return data


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../a.csv", "a\n" + "1\n" * 100_000)
    return out.getvalue()


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os').abort()",)


def _fits(cards: dict[str, str], body: bytes = b"", *, end: bool = True, more: int = 0) -> bytes:
    head = [f"{key:<8}= {value:>20}".ljust(80) for key, value in cards.items()]
    head += [f"COMMENT {number}".ljust(80) for number in range(more)]
    head += ["END".ljust(80)] if end else []
    text = "".join(head).encode()
    return text + b" " * (-len(text) % 2880) + body + b"\0" * (-len(body) % 2880)


PRIMARY = {"SIMPLE": "T", "BITPIX": "8", "NAXIS": "0"}


def _table(**cards: str) -> bytes:
    told = {
        "XTENSION": "'BINTABLE'",
        "BITPIX": "8",
        "NAXIS": "2",
        "NAXIS1": "4",
        "NAXIS2": "1",
        "PCOUNT": "0",
        "GCOUNT": "1",
        "TFIELDS": "1",
        "TTYPE1": "'a'",
        "TFORM1": "'J'",
    } | cards
    return _fits(PRIMARY) + _fits(told, b"\0\0\0\1")


def _parquet(rows: int = 10, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": np.zeros(rows)}), out, **options)
    return out.getvalue()


def _arrow(rows: int = 10) -> bytes:
    table = pa.table({"a": np.arange(rows), "b": ["x"] * rows})
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def _patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def _scrambled(data: bytes, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    mixed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(16, len(mixed), 24)
    mixed[places] = rng.integers(0, 256, len(places))
    return mixed.tobytes()


def _yaml_bomb() -> bytes:
    lines = ["# %ECSV 1.0", "# ---", "# a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"# a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(
        [*lines, "# datatype:", "# - {name: a, datatype: int64}", "a", "1", ""]
    ).encode()


_PASSWD = '<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

FILES: dict[str, Hostile] = {
    # Documents that refer to others, or to themselves.
    "billion laughs": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>&l9;</TD></TR>"), f"<!DOCTYPE V [{_LAUGHS}]>"),
        400,
        "document type",
    ),
    "quadratic blow-up": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>" + "&q;" * 20_000), f"<!DOCTYPE V [{_QUADRATIC}]>"),
        400,
        "document type",
    ),
    "external entity": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>&x;</TD></TR>"), _PASSWD), 400, "document type"
    ),
    "external DTD": Hostile(
        lambda url: _doc(A + _rows(), f'<!DOCTYPE VOTABLE SYSTEM "{url}x.dtd">'),
        400,
        "document type",
    ),
    "parameter entity": Hostile(
        lambda url: _doc(A, f'<!DOCTYPE V [<!ENTITY % p SYSTEM "{url}p"> %p;]>'),
        400,
        "document type",
    ),
    "undeclared entity": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>&nothing;</TD></TR>")), 400, "undefined entity"
    ),
    "empty document type": Hostile(
        lambda _: _doc(A + _rows(), "<!DOCTYPE VOTABLE>"), 400, "document type"
    ),
    "XInclude": Hostile(
        lambda _: _doc(
            A
            + '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
            + _rows()
        ),
        200,
    ),
    "stylesheet": Hostile(
        lambda url: _doc(A + _rows(), f'<?xml-stylesheet href="{url}s.xsl"?>'), 200
    ),
    "schema elsewhere": Hostile(
        lambda url: _doc(
            A + _rows(),
            attributes=' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:noNamespaceSchemaLocation="{url}x.xsd"',
        ),
        200,
    ),
    "stream at http": Hostile(lambda url: _doc(A + _href(url)), 400, "another address"),
    "stream at file": Hostile(
        lambda _: _doc(A + _href("file:///etc/passwd")), 400, "another address"
    ),
    "stream at a path": Hostile(lambda _: _doc(A + _href("/etc/passwd")), 400, "another address"),
    "stream at metadata": Hostile(
        lambda _: _doc(A + _href("http://169.254.169.254/latest/meta-data/")),
        400,
        "another address",
    ),
    "FITS at http": Hostile(lambda url: _doc(A + _href(url, "FITS")), 400, "another address"),
    "stream with HREF": Hostile(
        lambda url: _doc(A + _stream(b"", attributes=f' HREF="{url}" encoding="base64"')),
        400,
        "another address",
    ),
    # Documents that declare what they do not have.
    "nrows of a billion": Hostile(
        lambda _: _doc(A + _rows(), attributes=' nrows="1000000000"'), 413, "rows"
    ),
    "nrows too large": Hostile(
        lambda _: _doc(A + _rows(), attributes=' nrows="5"'), 400, "declares 5 rows"
    ),
    "nrows too small": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>1</TD></TR>" * 9), attributes=' nrows="2"'),
        400,
        "declares 2 rows",
    ),
    "nrows is no number": Hostile(
        lambda _: _doc(A + _rows(), attributes=' nrows="-1e9"'), 400, "no number"
    ),
    "ten thousand columns": Hostile(
        lambda _: _doc("".join(_field(f"a{n}") for n in range(10_000)) + _rows()), 413, "2,000"
    ),
    "arraysize of a billion": Hostile(
        lambda _: _doc(_field("a", "double", 'arraysize="1000000000"') + _rows()), 413, "arraysize"
    ),
    "arraysize of a product": Hostile(
        lambda _: _doc(_field("a", "double", 'arraysize="99999x99999x99999"') + _stream(bytes(99))),
        413,
        "arraysize",
    ),
    "arraysize of many columns": Hostile(
        lambda _: _doc(
            "".join(_field(f"a{n}", "double", 'arraysize="999999"') for n in range(500)) + _rows()
        ),
        413,
        "arraysize",
    ),
    "arraysize below zero": Hostile(
        lambda _: _doc(_field("a", "int", 'arraysize="-1"') + _rows()), 400, "arraysize"
    ),
    "arraysize of nothing": Hostile(
        lambda _: _doc(_field("a", "int", 'arraysize="0"') + _stream(bytes(9))), 400, "arraysize"
    ),
    "arraysize of words": Hostile(
        lambda _: _doc(_field("a", "int", 'arraysize="__import__"') + _rows()), 400, "arraysize"
    ),
    "a cell of 4 GiB": Hostile(
        lambda _: _doc(
            _field("a", "double", 'arraysize="*"') + _stream(b"\0" + struct.pack(">I", 0xFFFFFFFF))
        ),
        400,
        "elements",
    ),
    "a cell beyond its end": Hostile(
        lambda _: _doc(
            _field("a", "double", 'arraysize="*"') + _stream(b"\0" + struct.pack(">I", 10))
        ),
        400,
        "cut off",
    ),
    "a row cut short": Hostile(lambda _: _doc(A + _stream(bytes(38), "BINARY")), 400, "cut off"),
    "broken base64": Hostile(
        lambda _: _doc(
            A + "<DATA><BINARY2><STREAM encoding='base64'>A=B=C!!</STREAM></BINARY2></DATA>"
        ),
        400,
        "base64",
    ),
    "gzip in a stream": Hostile(
        lambda _: _doc(A + _stream(b"", attributes=' encoding="gzip"')), 400, "encoded"
    ),
    "a datatype of nobody": Hostile(
        lambda _: _doc(_field("a", "os.system") + _rows()), 400, "os.system"
    ),
    "more cells than columns": Hostile(
        lambda _: _doc(A + _rows("<TR>" + "<TD>1</TD>" * 5000 + "</TR>")), 400, "cells"
    ),
    "a number that is none": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>__import__('os')</TD></TR>")), 400, "which is no int"
    ),
    "a number of a million digits": Hostile(
        lambda _: _doc(A + _rows(f"<TR><TD>{'9' * 900_000}</TD></TR>")), 400, "a"
    ),
    # Documents that are hard to read.
    "nested ten thousand deep": Hostile(lambda _: _deep(10_000), 400, "deep"),
    "a tag of 20 MB": Hostile(
        lambda _: b"<VOTABLE><RESOURCE a='" + b"x" * 20_000_000, 400, "tag of more"
    ),
    "many attributes": Hostile(
        lambda _: (
            "<VOTABLE><RESOURCE " + " ".join(f"a{n}='1'" for n in range(60_000)) + "/></VOTABLE>"
        ).encode(),
        400,
        "no table",
    ),
    "many namespaces": Hostile(
        lambda _: (
            "<VOTABLE " + " ".join(f"xmlns:a{n}='u{n}'" for n in range(30_000)) + "></VOTABLE>"
        ).encode(),
        400,
        "no table",
    ),
    "an encoding of nobody": Hostile(
        lambda _: b"<?xml version='1.0' encoding='UTF-7'?><VOTABLE/>", 400, "encoding"
    ),
    "NUL in a document": Hostile(
        lambda _: _doc(A + _rows("<TR><TD>1\0</TD></TR>")), 400, "not well-formed"
    ),
    "a page of a web site": Hostile(
        lambda _: b"<html><script>alert(1)</script></html>", 400, "no VOTable"
    ),
    # Compressed files.
    "gzip bomb": Hostile(lambda _: _gzip_of(80 << 20), 413, "bytes"),
    "gzip of zeros": Hostile(lambda _: _zeros(80 << 20), 413, "bytes"),
    "gzip in gzip in gzip": Hostile(lambda _: _nested(3), 400, "compressed twice"),
    "gzip cut off": Hostile(lambda _: gzip.compress(b"a\n" + b"1\n" * 9999)[:-20], 400, "cut off"),
    "gzip of garbage": Hostile(
        lambda _: b"\x1f\x8b\x08\0" + bytes(range(200)), 400, "decompressed"
    ),
    "zip": Hostile(lambda _: _zip(), 400, "zip archive"),
    "zstd": Hostile(lambda _: pa.compress(bytes(1 << 20), "zstd", asbytes=True), 400, "zstd"),
    # FITS.
    "NAXIS2 of a trillion": Hostile(lambda _: _table(NAXIS2="999999999999"), 400, "cut off"),
    "TFIELDS of a billion": Hostile(lambda _: _table(TFIELDS="999999999"), 413, "columns"),
    "TFORM of a billion": Hostile(lambda _: _table(TFORM1="'999999999D'"), 400, "mine"),
    "a header without end": Hostile(lambda _: _fits(PRIMARY, end=False, more=200_000), 400, "FITS"),
    # Parquet, Arrow and others.
    "parquet bomb": Hostile(
        lambda _: _parquet(40_000_000, compression="zstd", use_dictionary=False), 413, "bytes"
    ),
    "parquet scrambled": Hostile(lambda _: _scrambled(_parquet(5000), 7), 400, "mine"),
    "parquet with a long footer": Hostile(
        lambda _: b"PAR1" + bytes(100) + struct.pack("<I", 0x7FFFFFFF) + b"PAR1", 400, "Parquet"
    ),
    "arrow scrambled": Hostile(lambda _: _scrambled(_arrow(5000), 3)[:9000], 400, "mine"),
    "pickle": Hostile(lambda _: pickle.dumps(_Harm()), 400, "pickle"),
    "YAML bomb": Hostile(lambda _: _yaml_bomb(), 200),
    "formulas": Hostile(lambda _: b"a\n=cmd|' /C calc'!A0\n", 200),
}
