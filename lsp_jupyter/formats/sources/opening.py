"""Which reader a file needs: told by how it begins, not by its name."""

from __future__ import annotations

import gzip
from pathlib import Path

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.columnar import arrow_source, folder_source, parquet_source
from lsp_jupyter.formats.sources.delimited import delimited_source
from lsp_jupyter.formats.sources.fits import fits_source
from lsp_jupyter.formats.sources.source import Options, Source
from lsp_jupyter.formats.sources.votable import votable_source

__all__ = ["is_duckdb", "open_file"]

_NAMES = "Parquet, HATS, FITS, VOTable, CSV, TSV, ECSV, Arrow"


def is_duckdb(path: Path) -> bool:
    """Whether a file is a DuckDB database."""
    return path.is_file() and _beginning(path)[8:12] == b"DUCK"


def open_file(path: Path, options: Options) -> Source:
    """The table in a file or folder.

    Parameters
    ----------
    path : `~pathlib.Path`
        A file, a HATS catalogue, or a folder of Parquet files.
    options : `~lsp_jupyter.formats.sources.source.Options`
        How to read it where it does not say.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it is missing, of no known kind, or broken.
    """
    if path.is_dir():
        return folder_source(path)
    if not path.is_file():
        raise PublishError(f"There is no file {path}.", hint="Check the name.")
    head = _beginning(path)
    if not head.strip():
        raise PublishError(f"{path.name} is empty.")
    if head.startswith(b"PAR1"):
        return parquet_source(path)
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return arrow_source(path)
    if head.startswith(b"SIMPLE  ="):
        return fits_source(path, options.table)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return votable_source(path, options.table, empty=options.empty)
    if b"\0" in head or head.startswith(b"SQLite format"):
        raise PublishError(
            f"{path.name} is of no kind that can be published.", hint=f"Those are: {_NAMES}."
        )
    return delimited_source(path, options)


def _beginning(path: Path) -> bytes:
    """The first bytes, decompressed."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                head = packed.read(512)
    except (OSError, EOFError) as error:
        raise PublishError(
            f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from None
    return head
