"""Where a result's rows are: in a file on this machine, or behind HTTP."""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import RemoteError

if TYPE_CHECKING:
    import pyarrow as pa

    from lsp_jupyter.notebook.arrays import PrivateMap
    from lsp_jupyter.notebook.client import Client

__all__ = ["Source", "fetch", "map_file"]


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of a finished result.

    Attributes
    ----------
    table : `pyarrow.Table`
        The rows. Of a mapped file nothing is read before it is used.
    path : `~pathlib.Path`, optional
        The mapped file.
    base : `int`
        Address it is mapped at.
    identity : `tuple` of `int`
        Its device, inode and size.
    """

    table: pa.Table
    path: Path | None = None
    base: int = 0
    identity: tuple[int, int, int] = (0, 0, 0)

    def addressed(self, root: str) -> Source:
        """The same with whole addresses of images; the file has those below the platform's."""
        import pyarrow as pa

        from lsp_jupyter.images.access import addressed

        table = self.table
        batches = table.to_batches()
        shown = addressed(root, table.schema, batches)
        if shown is batches:
            return self
        return replace(self, table=pa.Table.from_batches(shown, table.schema))

    def private(self) -> PrivateMap | None:
        """A mapping for one conversion; `None` if the rows are in memory."""
        if self.path is None:
            return None
        from lsp_jupyter.notebook.arrays import PrivateMap

        return PrivateMap(self.path, self.base, self.identity[2], self.identity)


def map_file(told: dict[str, Any]) -> Source | None:
    """Map the file that the server names, if it is here.

    Parameters
    ----------
    told : `dict`
        Answer of ``portal/results/{id}/file``.

    Returns
    -------
    source : `Source` or `None`
        `None` if there is no such file here, or if it is not that result: a
        server on another machine names paths of its own.
    """
    import pyarrow as pa

    try:
        path = Path(str(told["path"]))
        size, rows = int(told["size"]), int(told["rows"])
        info = path.lstat()
        if told["complete"] is not True:
            return None
        if not path.is_absolute() or not stat.S_ISREG(info.st_mode) or info.st_size != size:
            return None
        with pa.memory_map(str(path)) as file:
            buffer = file.read_buffer()
        table = pa.ipc.open_stream(buffer).read_all()
        if other := told.get("told"):
            # The file is another result's too.
            new = {str(key).encode(): str(text).encode() for key, text in dict(other).items()}
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), **new})
    except (OSError, KeyError, ValueError, TypeError, pa.ArrowException):
        return None
    if table.num_rows != rows or buffer.size != size:
        return None
    return Source(table, path, buffer.address, (info.st_dev, info.st_ino, info.st_size))


def fetch(client: Client, job_id: str, rows: int) -> Source:
    """Read a result over HTTP into memory.

    Parameters
    ----------
    client : `Client`
        The server.
    job_id : `str`
        The job.
    rows : `int`
        How many rows it has.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if not all of them came.
    """
    import pyarrow as pa

    try:
        with client.stream(f"portal/results/{job_id}/arrow") as raw:
            table = pa.ipc.open_stream(raw).read_all()
        table.validate()
    except (pa.ArrowException, EOFError, OSError):
        raise _broken() from None
    # A stream that stops between two batches looks as if it had ended.
    if table.num_rows != rows:
        raise _broken()
    return Source(table)


def _broken() -> RemoteError:
    return RemoteError("The result did not arrive whole.", hint="Ask for it again.")
