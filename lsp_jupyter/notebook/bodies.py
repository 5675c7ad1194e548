"""Bodies of requests that are made while they are sent: files and tables, and forms of them."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lsp_jupyter.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Body", "FilePiece", "Piece", "TablePiece", "form_body", "table_piece"]

#: Bytes that are read from a file at once, and rows of a batch that is sent.
BLOCK, ROWS = 1 << 20, 65_536
#: Seconds between two looks at how much was sent.
EVERY = 0.1
#: Bytes of a table up to which it travels as a VOTable, which the server reads without
#: starting a process for it.
SMALL = 256 << 10


class _Sized(Protocol):
    """Bytes whose number is known before they are there."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


#: What a body consists of.
Piece = bytes | _Sized


class FilePiece:
    """The bytes of a file.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        left = self._size
        with self._path.open("rb", buffering=0) as file:
            while left and (data := file.read(min(BLOCK, left))):
                left -= len(data)
                yield data
        if left:
            raise UsageError(f"{self._path} became shorter while it was sent.")


def table_piece(table: pa.Table) -> Piece:
    """The bytes of a table, in the form that the server reads fastest.

    Parameters
    ----------
    table : `pyarrow.Table`
        With described columns.
    """
    if table.nbytes > SMALL:
        return TablePiece(table)
    from lsp_jupyter.formats.header import TableHeader
    from lsp_jupyter.formats.votable import write_binary2

    header = TableHeader(table.schema, rows=table.num_rows)
    return b"".join(write_binary2(header, table.to_batches()))


class TablePiece:
    """A table as an Arrow IPC stream.

    Parameters
    ----------
    table : `pyarrow.Table`
        The table; it is written while it is sent.
    """

    def __init__(self, table: pa.Table) -> None:
        import pyarrow as pa

        self._table = table
        counter = pa.MockOutputStream()
        with pa.ipc.new_stream(counter, table.schema) as stream:
            stream.write_table(self._table, ROWS)
        self._size = int(counter.size())

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        import pyarrow as pa

        sink = _Parts()
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), self._table.schema) as stream:
            for batch in self._table.to_batches(ROWS):
                stream.write_batch(batch)
                yield from sink.take()
        yield from sink.take()


class _Parts:
    """A file whose bytes are taken away as they come."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> list[bytes]:
        parts, self._parts = self._parts, []
        return parts

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


class Body:
    """A request's body.

    Parameters
    ----------
    *pieces : sized iterables of `bytes`
        What it consists of.
    kind : `str`
        Its media type.

    Attributes
    ----------
    kind : `str`
        As given.
    sent : `int`
        Bytes that were sent so far.
    watch : callable, optional
        Called when some were, at most ten times a second.
    """

    def __init__(self, *pieces: Piece, kind: str = "application/octet-stream") -> None:
        self.kind = kind
        self.sent = 0
        self.watch: Callable[[], None] | None = None
        self._pieces = pieces
        self._stopped = threading.Event()

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def __iter__(self) -> Iterator[bytes]:
        self.sent, told = 0, 0.0
        for piece in self._pieces:
            for data in [piece] if isinstance(piece, bytes) else piece:
                if self._stopped.is_set():
                    raise UsageError("Sending was interrupted.")
                if data:
                    yield data
                    self.sent += len(data)
                    if self.watch is not None and time.monotonic() - told > EVERY:
                        told = time.monotonic()
                        self.watch()

    def words(self, elapsed: float) -> str:
        """How far sending it is.

        Parameters
        ----------
        elapsed : `float`
            Seconds since it began.
        """
        return f"Sending, {elapsed:.0f} s, {self.sent / 1e6:,.0f} of {len(self) / 1e6:,.0f} MB."

    def stop(self) -> None:
        """Have whoever sends it fail as soon as possible."""
        self._stopped.set()


def form_body(values: Mapping[str, Any], files: Mapping[str, Piece]) -> Body:
    """A form with one JSON value and files (RFC 7578).

    Parameters
    ----------
    values : mapping
        The value ``job``.
    files : mapping
        Files by the names of their parts, which are letters, digits and underscores.
    """
    boundary = secrets.token_hex(16)
    pieces: list[Piece] = [
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="job"\r\n'
            "Content-Type: application/json\r\n\r\n"
        ).encode(),
        json.dumps(values).encode(),
    ]
    for name, piece in files.items():
        pieces.append(
            (
                f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
                f'filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            ).encode()
        )
        pieces.append(piece)
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    return Body(*pieces, kind=f"multipart/form-data; boundary={boundary}")
