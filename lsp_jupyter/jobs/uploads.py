"""Tables that came with a query: ``FROM TAP_UPLOAD.mine`` (TAP 1.1 section 2.7.6)."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.errors import EngineError, NotFoundError
from lsp_jupyter.formats.guard import too_large
from lsp_jupyter.identity import Caller

from .job import Job
from .readable import Finder, Opened
from .tables import column_of
from .upload_reader import convert

__all__ = ["SCHEMA", "StagedUploads", "UploadTables", "joined"]

#: The schema that uploads are in, in lower case.
SCHEMA = "tap_upload"

#: Seconds after which the uploads of no job are removed.
ABANDONED = 3600.0

_ID = re.compile(r"[0-9a-f]{32}")


class StagedUploads:
    """Tables on their way to a job.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where they are; made when the first one comes.
    max_bytes : `int`
        Bytes of a file at most, after decompression.

    Attributes
    ----------
    folder : `~pathlib.Path`
        As given, until a job has taken them.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes

    async def add_file(self, name: str, path: Path, *, called: str = "") -> None:
        """Add the table in a foreign file, which may be changed in its place.

        Parameters
        ----------
        name : `str`
            Of the table.
        path : `~pathlib.Path`
            The file.
        called : `str`
            What messages call it; by its name if not given.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is no table that can be read.
        lsp_jupyter.errors.LimitError
            Raised if it is too large.
        """
        await convert(path, self._target(name), called or name, max_bytes=self._max_bytes)

    async def add_bytes(self, name: str, data: bytes) -> None:
        """Add the table in a foreign document; see `add_file`."""
        path = self._target(name).with_suffix(".part")
        await asyncio.to_thread(path.write_bytes, data)
        await self.add_file(name, path)

    async def add_copy(self, name: str, file: int, *, called: str = "") -> None:
        """Add the table in a file that is kept, by its descriptor, which is closed.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as by `add_file`.
        """
        path = self._target(name).with_suffix(".part")
        await asyncio.to_thread(self._copy, called or name, file, path)
        await self.add_file(name, path, called=called)

    def _copy(self, name: str, file: int, path: Path) -> None:
        with os.fdopen(file, "rb") as source, path.open("xb") as target:
            if os.fstat(source.fileno()).st_size > self._max_bytes:
                raise too_large(name, self._max_bytes)
            shutil.copyfileobj(source, target, 1 << 20)

    def add_result(self, name: str, result: Path) -> None:
        """Add a finished result, which is never changed, without copying it."""
        target = self._target(name)
        try:
            os.link(result, target)
        except OSError:
            shutil.copyfile(result, target)

    def _target(self, name: str) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f"{name.lower()}.arrow"

    def discard(self) -> None:
        """Remove them, also where a job has taken them: only if it has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


class UploadTables:
    """The uploads of all jobs, each for its own job only.

    Parameters
    ----------
    root : `~pathlib.Path`
        The folder of all of them.

    Attributes
    ----------
    schema : `str`
        What they are in; see `~lsp_jupyter.jobs.readable.TableProvider`.
    """

    schema = SCHEMA

    def __init__(self, root: Path) -> None:
        self.root = root

    def staging(self) -> Path:
        """A folder of its own for what is not a job's yet. It is not made."""
        return self.root / f"new-{secrets.token_hex(16)}"

    def keep(self, staged: StagedUploads, job_id: str) -> None:
        """Make staged tables a job's; those of the same name are replaced."""
        target = self._folder(job_id)
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in staged.folder.glob("*.arrow"):
            path.replace(target / path.name)
        staged.discard()
        staged.folder = target

    def delete(self, job_id: str) -> None:
        """Remove the tables of a job."""
        if self.root.exists():
            shutil.rmtree(self._folder(job_id), ignore_errors=True)

    def sweep(self, kept: Collection[str]) -> None:
        """Remove what belongs to none of these jobs, except what is new.

        Parameters
        ----------
        kept : collection of `str`
            The jobs that may still run.
        """
        if not self.root.exists():
            return
        before = time.time() - ABANDONED
        for folder in self.root.iterdir():
            if folder.name not in kept and folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)

    def finder(self, caller: Caller, job: Job | None) -> Finder:  # noqa: ARG002
        """The uploads of one job; see `~lsp_jupyter.jobs.readable.TableProvider`."""
        return _Uploads(None if job is None else self._folder(job.id))

    def _folder(self, job_id: str) -> Path:
        if not _ID.fullmatch(job_id):
            raise EngineError("Uploads belong to jobs.")
        return self.root / job_id


class _Uploads:
    """The tables that came with one job."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, name: str) -> Opened:
        """The table of that name."""
        path = None if self._folder is None else self._folder / f"{name.lower()}.arrow"
        if path is None or not re.fullmatch(r"\w+", name) or not path.is_file():
            there = ", ".join(self._names())
            raise NotFoundError(
                f"The request has no upload called {name[:60]}.",
                hint=f"It has: {there}." if there else "Send the table with the parameter UPLOAD.",
            )
        return _opened(name.lower(), path)

    def tables(self) -> Iterable[Table]:
        """Those that came."""
        return [self.find(name).table for name in self._names()]

    def _names(self) -> list[str]:
        if self._folder is None or not self._folder.is_dir():
            return []
        return sorted(path.stem for path in self._folder.glob("*.arrow"))


def _opened(name: str, path: Path) -> Opened:
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_stream(mapped) as reader:
        schema, rows = reader.schema, sum(batch.num_rows for batch in reader)
    told = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    table = Table(
        schema=SCHEMA,
        name=name,
        columns=tuple(map(column_of, schema)),
        source=(f"{SCHEMA}_{name}",),
        title=told.get("lsp:title", ""),
        description=told.get("lsp:description", ""),
        rows=rows,
        kind="upload",
    )
    return Opened(
        table,
        results=(Attachment(table.source[0], path, path.stat().st_size),),
        releases=frozenset(filter(None, told.get("lsp:release", "").split(", "))),
    )


def joined(before: str, new: str) -> str:
    """The values of two UPLOAD parameters as one; the second one decides on equal names."""
    tables = {}
    for each in f"{before};{new}".split(";"):
        name = each.partition(",")[0].strip().lower()
        if name:
            tables[name] = each.strip()
    return ";".join(tables.values())
