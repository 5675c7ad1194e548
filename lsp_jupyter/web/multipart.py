"""Bodies that go to disk while they come in: forms with files (RFC 7578), and plain files."""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from lsp_jupyter.errors import LimitError, LspError, OverloadError, UsageError

__all__ = ["FileBody", "FilePart", "MultipartForm", "Receiver", "boundary_of"]

#: Parts of a form, bytes of the headers of one, and of its values together, at most.
PARTS = 200
HEADERS = 16 << 10
#: Bytes after which the free space of the disk is looked at again.
LOOK_EVERY = 64 << 20

_BOUNDARY = re.compile(
    r';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)', re.IGNORECASE
)
_WORD = r';\s*{}=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))'
_NAME = re.compile(_WORD.format("name"), re.IGNORECASE)
_FILENAME = re.compile(_WORD.format(r"filename\*?"), re.IGNORECASE)


class Receiver(Protocol):
    """Takes a request's body as it comes.

    It never raises while the body comes in, so that the client hears the
    reason as an answer and not as a broken connection.
    """

    def feed(self, chunk: bytes) -> None:
        """Take more of the body."""

    def close(self) -> None:
        """Take note that the body is complete.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if it is not what it should be, or could not be kept.
        """

    def discard(self) -> None:
        """Remove what is on disk. May be called more than once."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form.

    Attributes
    ----------
    name : `str`
        Of the form's field.
    filename : `str`
        What the client calls the file; never part of a path here.
    path : `~pathlib.Path`
        Where its bytes are, until the request ends.
    """

    name: str
    filename: str
    path: Path


class _Disk:
    """Writes files into one folder, up to a number of bytes and not onto a full disk."""

    def __init__(self, folder: Path, limit: int, floor: int) -> None:
        self.folder = folder
        self._limit = limit
        self._floor = floor
        self._size = 0
        self._looked = -LOOK_EVERY
        self._file: IO[bytes] | None = None

    @property
    def writing(self) -> bool:
        return self._file is not None

    def open(self, name: str) -> Path:
        self.close()
        path = self.folder / name
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=1 << 20)
        except OSError as error:
            raise _no_room(error.strerror) from None
        return path

    def write(self, data: bytes) -> None:
        assert self._file is not None
        self._size += len(data)
        if self._size > self._limit:
            raise LimitError(
                f"The request is longer than {self._limit:,} bytes.",
                hint="Send fewer rows or columns, or a compact format such as Parquet.",
            )
        try:
            if self._size - self._looked >= LOOK_EVERY:
                self._looked = self._size
                if shutil.disk_usage(self.folder).free < self._floor:
                    raise _no_room("No space left on device")
            self._file.write(data)
        except OSError as error:
            raise _no_room(error.strerror) from None

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as error:
                raise _no_room(error.strerror) from None


class FileBody:
    """A body that is one file.

    Parameters
    ----------
    folder : `~pathlib.Path`
        A folder of its own, which is made, and removed by `discard`.
    limit : `int`
        Bytes at most.
    floor : `int`
        Free bytes that the disk must keep.

    Attributes
    ----------
    path : `~pathlib.Path`
        The file; it is there only if the body had any bytes.
    """

    def __init__(self, folder: Path, *, limit: int, floor: int = 0) -> None:
        self.path = folder / "body"
        self._disk = _Disk(folder, limit, floor)
        self._error: LspError | None = None

    def feed(self, chunk: bytes) -> None:
        """Take more of the body; see `Receiver`."""
        if self._error is not None:
            return
        try:
            if not self._disk.writing:
                self._disk.open(self.path.name)
            self._disk.write(chunk)
        except LspError as error:
            self._error = error

    def close(self) -> None:
        """End the file; see `Receiver`."""
        self._disk.close()
        if self._error is not None:
            raise self._error

    def discard(self) -> None:
        """Remove the folder; see `Receiver`."""
        _discard(self._disk)


class MultipartForm:
    """A form: its files on disk, its values in memory.

    A part with a file name is a file. Parts are told apart by their order, so
    no name that a client sends is ever the name of a file here.

    Parameters
    ----------
    boundary : `bytes`
        What parts the parts; see `boundary_of`.
    folder : `~pathlib.Path`
        A folder of its own, which is made when the first file comes, and
        removed by `discard`.
    limit : `int`
        Bytes of all files at most.
    values : `int`
        Bytes of all values at most.
    floor : `int`
        Free bytes that the disk must keep.

    Attributes
    ----------
    fields : `list` of `tuple` [`str`, `bytes`]
        Names and values, in the order they came.
    files : `list` of `FilePart`
        The files, in the order they came.
    """

    def __init__(
        self, boundary: bytes, folder: Path, *, limit: int, values: int, floor: int = 0
    ) -> None:
        self.fields: list[tuple[str, bytes]] = []
        self.files: list[FilePart] = []
        self._mark = b"\r\n--" + boundary
        # The first boundary may stand at the very beginning.
        self._rest = bytearray(b"\r\n")
        self._state = "preamble"
        self._name = ""
        self._value: bytearray | None = None
        self._room = values
        self._count = 0
        self._disk = _Disk(folder, limit, floor)
        self._error: LspError | None = None

    def feed(self, chunk: bytes) -> None:
        """Take more of the body; see `Receiver`."""
        if self._error is not None or self._state == "end":
            return
        self._rest += chunk
        try:
            while self._step():
                pass
        except LspError as error:
            self._error = error
            self._rest.clear()

    def close(self) -> None:
        """Take note that all parts have come; see `Receiver`."""
        self._disk.close()
        if self._error is not None:
            raise self._error
        if self._state != "end":
            raise UsageError(
                "The form ends before its last boundary.", hint="Send the request again."
            )

    def discard(self) -> None:
        """Remove the files; see `Receiver`."""
        _discard(self._disk)

    def _step(self) -> bool:
        """Go on as far as is known; tells whether there may be more to do."""
        if self._state == "boundary":
            return self._after_boundary()
        if self._state == "headers":
            return self._headers()
        found = self._rest.find(self._mark)
        # What may be the beginning of a boundary waits for the next chunk.
        end = found if found >= 0 else max(0, len(self._rest) - len(self._mark) + 1)
        if self._state == "body" and end:
            self._keep(bytes(self._rest[:end]))
        del self._rest[:end]
        if found < 0:
            return False
        if self._state == "body":
            self._end_part()
        del self._rest[: len(self._mark)]
        self._state = "boundary"
        return True

    def _after_boundary(self) -> bool:
        if len(self._rest) < 2:
            return False
        if self._rest.startswith(b"--"):
            self._state = "end"
            self._rest.clear()
            return False
        line = self._rest.find(b"\r\n")
        if line < 0 and len(self._rest) < HEADERS:
            return False
        if line < 0 or self._rest[:line].strip(b" \t"):
            raise UsageError("A boundary of the form is not followed by a line's end.")
        # The line's end stays: it may be the one before an empty line.
        del self._rest[:line]
        self._state = "headers"
        return True

    def _headers(self) -> bool:
        end = self._rest.find(b"\r\n\r\n")
        if end > HEADERS or (end < 0 and len(self._rest) > HEADERS):
            raise UsageError(f"The headers of a part are longer than {HEADERS:,} bytes.")
        if end < 0:
            return False
        text = bytes(self._rest[:end]).decode("utf-8", "replace")
        del self._rest[: end + 4]
        self._begin_part(text)
        self._state = "body"
        return True

    def _begin_part(self, text: str) -> None:
        self._count += 1
        if self._count > PARTS:
            raise UsageError(f"The form has more than {PARTS} parts.")
        lines = {
            name.strip().lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in text.split("\r\n"))
            if colon
        }
        told = lines.get("content-disposition", "")
        name = _NAME.search(told)
        if not told.lower().startswith("form-data") or name is None:
            raise UsageError("A part of the form has no name.")
        coding = lines.get("content-transfer-encoding", "binary").lower()
        if coding not in ("binary", "8bit", "7bit"):
            raise UsageError(f"Parts of a form cannot be encoded as {coding[:40]}.")
        self._name = _unquoted(name)
        filename = _FILENAME.search(told)
        if filename is None:
            self._value = bytearray()
        else:
            path = self._disk.open(f"part-{self._count}")
            self.files.append(FilePart(self._name, _unquoted(filename), path))

    def _keep(self, data: bytes) -> None:
        if self._value is None:
            self._disk.write(data)
            return
        self._room -= len(data)
        if self._room < 0:
            raise LimitError(
                "The values of the form are too long.", hint="Send long tables as files."
            )
        self._value += data

    def _end_part(self) -> None:
        if self._value is None:
            self._disk.close()
        else:
            self.fields.append((self._name, bytes(self._value)))
        self._value = None


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type declares; `None` if it is no form with parts.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is such a form, but declares no boundary.
    """
    kind, _, rest = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        return None
    found = _BOUNDARY.search(";" + rest)
    if found is None:
        raise UsageError("The form declares no boundary.", hint="Let an HTTP library make it.")
    return (found[1] or found[2]).encode("latin-1", "replace")


def _unquoted(found: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2]


def _discard(disk: _Disk) -> None:
    with contextlib.suppress(LspError):
        disk.close()
    shutil.rmtree(disk.folder, ignore_errors=True)


def _no_room(reason: str | None) -> OverloadError:
    return OverloadError(
        f"The upload cannot be kept: {reason or 'the disk failed'}.",
        retry_after=60,
        hint="Try again later, or ask the operator for room.",
    )
