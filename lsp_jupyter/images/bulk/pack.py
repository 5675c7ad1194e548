"""One file of many stamps, in the order of their rows, with a table of what is in it."""

from __future__ import annotations

import base64
import csv
import html
import io
import tarfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lsp_jupyter.formats.fits_cards import BLOCK, card, cards

__all__ = ["INDEX", "Row", "name_of", "pack"]

#: The file of the table.
INDEX = "index.csv"

_COLUMNS = ("row", "obs_publisher_did", "ra", "dec", "radius", "name", "columns", "rows", "error")


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and what became of it.

    Attributes
    ----------
    number : `int`
        From 1.
    did : `str`
        IVOA identifier of the image; empty if there is none.
    ra, dec, radius : `float`
        Degrees, ICRS.
    path : `str`
        The file that has the stamp, among others; empty if it could not be made.
    start, size : `int`
        Its bytes there.
    columns, rows : `int`
        Its pixels.
    error : `str`
        Why it could not be made.
    """

    number: int
    did: str
    ra: float
    dec: float
    radius: float
    path: str = ""
    start: int = 0
    size: int = 0
    columns: int = 0
    rows: int = 0
    error: str = ""


def name_of(row: Row, kind: str) -> str:
    """What the stamp of a row is called: a file, or IMAGE and the value of EXTVER."""
    if not row.path:
        return ""
    if kind == "fits":
        return f"IMAGE,{row.number}"
    return f"cutout-{row.number:05d}.{'png' if kind == 'html' else 'fits'}"


def pack(kind: str, rows: Sequence[Row], folder: Path) -> int:
    """Write ``cutouts.{kind}`` and ``index.csv``.

    Parameters
    ----------
    kind : `str`
        One of `lsp_jupyter.images.bulk.request.FORMATS`.
    rows : sequence of `Row`
        In order.
    folder : `~pathlib.Path`
        Where to.

    Returns
    -------
    size : `int`
        Bytes of the first one.
    """
    index = _index(kind, rows)
    (folder / INDEX).write_bytes(index)
    path = folder / f"cutouts.{kind}"
    writer = {"fits": _fits, "tar": _tar, "zip": _zip, "html": _html}[kind]
    with path.open("wb") as out:
        writer(out, rows, index)
    return path.stat().st_size


def _index(kind: str, rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        size = (row.columns, row.rows) if row.path else ("", "")
        place = (repr(row.ra), repr(row.dec), repr(row.radius))
        writer.writerow((row.number, row.did, *place, name_of(row, kind), *size, row.error))
    return text.getvalue().encode()


def _stamps(rows: Sequence[Row]) -> Iterator[tuple[Row, bytes]]:
    """The bytes of each stamp that was made."""
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for row in rows:
            if not row.path:
                continue
            if row.path not in files:
                files[row.path] = stack.enter_context(Path(row.path).open("rb"))
            files[row.path].seek(row.start)
            yield row, files[row.path].read(row.size)


def _fits(out: BinaryIO, rows: Sequence[Row], index: bytes) -> None:  # noqa: ARG001 - it has a table of its own
    """A file of many extensions; the last one is the table INDEX."""
    first = [card("SIMPLE", True), card("BITPIX", 8), card("NAXIS", 0), card("EXTEND", True)]
    first.append(card("COMMENT", "Stamps are IMAGE, MASK and VARIANCE with EXTVER; see INDEX."))
    out.write(cards(first))
    for _, data in _stamps(rows):
        out.write(data)
    out.write(_table(rows))


def _table(rows: Sequence[Row]) -> bytes:
    import numpy as np
    from astropy.io import fits

    def texts(values: list[str]) -> tuple[Any, str]:
        coded = [value.encode("ascii", "replace") for value in values]
        width = max([1, *map(len, coded)])
        return np.array(coded, f"S{width}"), f"{width}A"

    dids, wide = texts([row.did for row in rows])
    errors, long = texts([row.error for row in rows])
    made = fits.BinTableHDU.from_columns(
        [
            fits.Column("row", "J", array=[row.number for row in rows]),
            fits.Column("obs_publisher_did", wide, array=dids),
            fits.Column("ra", "D", "deg", array=[row.ra for row in rows]),
            fits.Column("dec", "D", "deg", array=[row.dec for row in rows]),
            fits.Column("radius", "D", "deg", array=[row.radius for row in rows]),
            fits.Column("extver", "J", array=[row.number if row.path else 0 for row in rows]),
            fits.Column("columns", "J", array=[row.columns for row in rows]),
            fits.Column("rows", "J", array=[row.rows for row in rows]),
            fits.Column("error", long, array=errors),
        ],
        name="INDEX",
    )
    whole = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), made]).writeto(whole)
    return whole.getvalue()[BLOCK:]


def _tar(out: BinaryIO, rows: Sequence[Row], index: bytes) -> None:
    now = int(time.time())
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:

        def add(name: str, data: bytes) -> None:
            told = tarfile.TarInfo(f"cutouts/{name}")
            told.size, told.mtime = len(data), now
            tar.addfile(told, io.BytesIO(data))

        add(INDEX, index)
        for row, data in _stamps(rows):
            add(name_of(row, "tar"), data)


def _zip(out: BinaryIO, rows: Sequence[Row], index: bytes) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
        whole.writestr(f"cutouts/{INDEX}", index)
        for row, data in _stamps(rows):
            whole.writestr(f"cutouts/{name_of(row, 'zip')}", data)


_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Cutouts</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
body { font: 13px sans-serif; margin: 1rem; background: #fff; color: #222 }
main { display: flex; flex-wrap: wrap; gap: .75rem }
figure { margin: 0; width: 12rem }
img { width: 12rem; image-rendering: pixelated; background: #eee }
figcaption { overflow-wrap: anywhere }
.error { color: #a00 }
</style></head><body><h1>Cutouts</h1><main>
"""


def _html(out: BinaryIO, rows: Sequence[Row], index: bytes) -> None:  # noqa: ARG001 - the page tells it
    """A page with the pictures in it, that needs nothing else."""
    out.write(_HEAD.encode())
    pictures = _stamps(rows)
    for row in rows:
        where = f"{row.number}: {row.ra:.6f} {row.dec:+.6f}"
        if row.path:
            _, picture = next(pictures)
            shown = f'<img alt="{where}" src="data:image/png;base64,'
            out.write(b"<figure>" + shown.encode() + base64.b64encode(picture) + b'">')
            caption = html.escape(f"{where} {row.did}")
        else:
            out.write(b"<figure>")
            caption = f'{html.escape(where)} <span class="error">{html.escape(row.error)}</span>'
        out.write(f"<figcaption>{caption}</figcaption></figure>\n".encode())
    out.write(b"</main></body></html>\n")
