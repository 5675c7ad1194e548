"""What an outside service answered: whether it is whole, and its rows as a result of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pyarrow as pa

from lsp_jupyter.errors import QueryError, RemoteError

from .arrow_stream import StreamWriter
from .protocol import Batch

__all__ = ["Settled", "check_answer", "settle"]

#: Bytes at either end of a document where it says how the query ended.
_ENDS = 1 << 18
_STATUS = re.compile(rb"<(?:\w+:)?INFO\b([^>]*)(?:/>|>([^<]*))", re.IGNORECASE)
_VALUE = re.compile(rb"\bvalue\s*=\s*[\"']([^\"']*)")
_ROWS_END = re.compile(rb"</(?:\w+:)?(?:TABLEDATA|STREAM|DATA|TABLE)\s*>")
_CLOSED = re.compile(rb"</(?:\w+:)?VOTABLE\s*>\s*\Z")


def check_answer(path: Path, name: str) -> bool:
    """Whether a VOTable was cut off by its service on purpose (``OVERFLOW``).

    Its rows are not looked at. Takes the time of reading both ends: use a thread.

    Parameters
    ----------
    path : `~pathlib.Path`
        The document, not compressed.
    name : `str`
        The service.

    Raises
    ------
    lsp_jupyter.errors.QueryError
        Raised if the document says that the query failed, at its beginning or after rows.
    lsp_jupyter.errors.RemoteError
        Raised if it is no VOTable, or ends before its end.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_ENDS)
        file.seek(max(0, size - _ENDS))
        tail = file.read()
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise RemoteError(f"{name} answered with something else than a VOTable.")
    if not _CLOSED.search(tail):
        raise RemoteError(
            f"The answer of {name} ends before its end: rows are missing.",
            hint="Run the query again.",
        )
    ends = list(_ROWS_END.finditer(tail))
    told = [(head, 0), *([(tail, ends[-1].end())] if ends else [])]
    for text, start in told:
        for found in _STATUS.finditer(text, start):
            if b"QUERY_STATUS" not in found[1]:
                continue
            value = _VALUE.search(found[1])
            status = value[1].upper() if value else b""
            if status == b"ERROR":
                words = " ".join(unescape((found[2] or b"").decode(errors="replace")).split())
                raise QueryError(f"{name}: {words[:1000] or 'The query failed.'}")
            if status == b"OVERFLOW":
                return True
    return False


@dataclass(frozen=True, slots=True)
class Settled:
    """A finished result file: its batches, bytes of header and of all, overflow, digest."""

    batches: tuple[Batch, ...]
    header: int
    size: int
    overflow: bool
    digest: str


def settle(
    source: Path, target: Path, metadata: Mapping[str, str], *, maxrec: int, max_bytes: int
) -> Settled:
    """Write converted rows as a result file, with what is known of them.

    Parameters
    ----------
    source : `~pathlib.Path`
        An Arrow IPC stream.
    target : `~pathlib.Path`
        The result; it must not exist.
    metadata : mapping
        Provenance to put on the schema.
    maxrec, max_bytes : `int`
        Rows and bytes at most.
    """
    overflow = False
    with pa.memory_map(str(source)) as mapped, pa.ipc.open_stream(mapped) as stream:
        writer = StreamWriter(target, stream.schema.with_metadata(dict(metadata)))
        try:
            for batch in stream:
                left = maxrec - writer.rows
                overflow = overflow or batch.num_rows > left
                if left > 0 and batch.num_rows:
                    writer.write(batch.slice(0, left))
                if overflow or writer.size > max_bytes:
                    overflow = True
                    break
            digest = writer.close()
        except BaseException:
            writer.abandon()
            target.unlink(missing_ok=True)
            raise
    batches = tuple(Batch(*place) for place in writer.places)
    return Settled(batches, writer.header, writer.size, overflow, digest)
