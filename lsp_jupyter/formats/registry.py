"""The output formats: what they are called and who writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.formats.arrow import write_arrow
from lsp_jupyter.formats.delimited import write_csv, write_tsv
from lsp_jupyter.formats.ecsv import write_ecsv
from lsp_jupyter.formats.fits import write_fits
from lsp_jupyter.formats.header import Rows, TableHeader, provenance
from lsp_jupyter.formats.html_page import POLICY, write_html
from lsp_jupyter.formats.json_table import write_json
from lsp_jupyter.formats.parquet import write_parquet
from lsp_jupyter.formats.sqlite import write_sqlite
from lsp_jupyter.formats.votable import (
    error_document,
    write_binary,
    write_binary2,
    write_tabledata,
)

__all__ = ["FORMATS", "Format", "Rows", "TableHeader", "error_document", "provenance", "writer_for"]

_VOTABLE = "application/x-votable+xml"


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a table.

    Attributes
    ----------
    name : `str`
        Short name, as RESPONSEFORMAT takes it (DALI 1.1 section 3.4.3).
    mime : `str`
        The Content-Type of the reply.
    extension : `str`
        Of a file, without the dot.
    write : callable
        ``write(header, batches)`` yields the bytes.
    aliases : `tuple` of `str`
        Other names and MIME types that mean it.
    ivoid : `str`
        Its identifier in TAPRegExt, where there is one.
    policy : `str`
        Of a page that browsers show: what its Content-Security-Policy must allow.
    packed : `bool`
        Whether it is compressed already.
    stored : `bool`
        Whether it is put together on the disk before anything goes out.
    """

    name: str
    mime: str
    extension: str
    write: Callable[[TableHeader, Iterable[pa.RecordBatch]], Iterator[bytes]]
    aliases: tuple[str, ...] = ()
    ivoid: str = ""
    policy: str = ""
    packed: bool = False
    stored: bool = False


#: Every format, the default first.
FORMATS: tuple[Format, ...] = (
    Format("votable", _VOTABLE, "vot", write_binary2, ("text/xml", "application/xml")),
    Format(
        "votable/b2",
        f"{_VOTABLE};serialization=binary2",
        "vot",
        write_binary2,
        ("votable/binary2",),
        "ivo://ivoa.net/std/TAPRegExt#output-votable-binary2",
    ),
    Format(
        "votable/td",
        f"{_VOTABLE};serialization=tabledata",
        "vot",
        write_tabledata,
        ("votable/tabledata",),
        "ivo://ivoa.net/std/TAPRegExt#output-votable-td",
    ),
    Format(
        "votable/b",
        f"{_VOTABLE};serialization=binary",
        "vot",
        write_binary,
        ("votable/binary",),
        "ivo://ivoa.net/std/TAPRegExt#output-votable-binary",
    ),
    Format("csv", "text/csv;header=present", "csv", write_csv, ("text/csv",)),
    Format("tsv", "text/tab-separated-values", "tsv", write_tsv, ("text/tsv",)),
    Format(
        "parquet",
        "application/vnd.apache.parquet",
        "parquet",
        write_parquet,
        ("application/x-parquet", "application/parquet", "votable/parquet"),
        packed=True,
    ),
    Format(
        "arrow",
        "application/vnd.apache.arrow.stream",
        "arrow",
        write_arrow,
        ("application/vnd.apache.arrow",),
    ),
    Format("fits", "application/fits", "fits", write_fits, ("image/fits", "fits-plus")),
    Format("json", "application/json", "json", write_json),
    Format("ecsv", "text/x-ecsv", "ecsv", write_ecsv, ("application/x-ecsv", "text/ecsv")),
    Format("html", "text/html;charset=utf-8", "html", write_html, ("text/html",), policy=POLICY),
    Format(
        "sqlite",
        "application/vnd.sqlite3",
        "sqlite",
        write_sqlite,
        ("application/x-sqlite3", "sqlite3"),
        stored=True,
    ),
)


def _key(text: str) -> tuple[str, frozenset[str]]:
    """A name or MIME type without case, blanks, quotes, and parameters that change nothing."""
    name, *parameters = (part.strip() for part in text.lower().split(";"))
    words = (word.replace(" ", "").replace('"', "") for word in parameters)
    return name, frozenset(
        word for word in words if word and not word.startswith(("charset=", "header=present"))
    )


_BY_KEY = {
    _key(name): found for found in FORMATS for name in (found.name, found.mime, *found.aliases)
}


def writer_for(format: str) -> Format:  # noqa: A002 - the word users know
    """The format that a RESPONSEFORMAT or file type names.

    Parameters
    ----------
    format : `str`
        A short name or a MIME type, in any case.

    Returns
    -------
    format : `Format`
        Its writer and Content-Type.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if there is no such format; the hint names those that exist.
    """
    found = _BY_KEY.get(_key(format))
    if found is None:
        names = ", ".join(item.name for item in FORMATS)
        raise ParameterError(
            f"There is no output format “{format[:100]}”.",
            parameter="RESPONSEFORMAT",
            hint=f"Use one of {names}, or its MIME type.",
        )
    return found
