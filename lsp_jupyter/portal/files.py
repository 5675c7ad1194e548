"""Data files of the user's folder, opened as results."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.jobs.job import Origin
from lsp_jupyter.jobs.uploads import StagedUploads
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.portal.jobs import job_json, time_json
from lsp_jupyter.web.home import Home

__all__ = ["FilesHandler", "OpenFileHandler", "is_data_file"]

#: Endings of files that hold tables; each may end in ``.gz`` as well.
SUFFIXES = (
    *(".vot", ".votable", ".xml", ".fits", ".fit", ".parquet", ".pq", ".arrow", ".ipc"),
    *(".csv", ".tsv", ".ecsv"),
)
#: Files of a list, folders that are looked into below one another, and seconds that may take.
_LISTED, _DEEPEST, _SECONDS = 500, 4, 0.5
#: Characters of a table's name, and of the name of a file in a message.
_LONGEST, _SHOWN = 40, 100

_UNSAFE = re.compile(r"[^a-z0-9]+")


def is_data_file(name: str) -> bool:
    """Whether the name of a file says that it holds a table."""
    return name.lower().removesuffix(".gz").endswith(SUFFIXES)


class FilesHandler(PortalHandler):
    """``portal/files``: the data files there are."""

    async def get(self) -> None:
        """Answer those of the user's folder and the folders in it, and whether that is all."""
        root = Home.of(self.settings).root
        files, complete = await asyncio.to_thread(_listed, root)
        await self.send({"files": files, "complete": complete})


class OpenFileHandler(PortalHandler):
    """``portal/files/open``: where a file becomes a result."""

    async def post(self) -> None:
        """Read the table in a file; answers the job whose result it becomes.

        The body is a JSON object whose field ``path`` is that of the file as JupyterLab has it.
        The file is copied as it is now: what happens to it later does not matter.
        """
        path = str(self.fields({"path": str}).get("path", "")).strip("/")
        if not path:
            raise ParameterError("'path' is missing.", parameter="path", hint="Name a file.")
        file = await asyncio.to_thread(Home.of(self.settings).open, path)
        name = _table_name(path)
        jobs = self.platform.jobs
        config = self.settings_of_instance
        staged = StagedUploads(jobs.uploads.staging(), config.upload_max_bytes)
        parameters = {
            "LANG": "ADQL",
            "QUERY": f"SELECT * FROM TAP_UPLOAD.{name}",  # noqa: S608
            "MAXREC": str(config.maxrec),
            "UPLOAD": f"{name},param:file",
        }
        try:
            called = path.rpartition("/")[2][:_SHOWN]
            await self.unless_gone(staged.add_copy(name, file, called=called))
            job = await jobs.submit(
                self.caller,
                parameters,
                origin=Origin.PORTAL,
                run_id=path.rpartition("/")[2][-256:],
                uploads=staged,
            )
        except BaseException:
            await asyncio.to_thread(staged.discard)
            raise
        await self.send(job_json(job), 201)


def _table_name(path: str) -> str:
    """A name for the table in a file, that needs no quotes."""
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    name = _UNSAFE.sub("_", stem)[:_LONGEST].strip("_")
    # No word of ADQL begins so.
    return f"file_{name}" if name else "file_table"


def _listed(root: Path) -> tuple[list[dict[str, Any]], bool]:
    """The data files of a folder, by path, and whether these are all."""
    end = time.monotonic() + _SECONDS
    found: list[dict[str, Any]] = []
    for entry, path in _walk(root, "", 0, end):
        if len(found) >= _LISTED:
            return found, False
        told = entry.stat()
        changed = datetime.fromtimestamp(told.st_mtime, UTC)
        found.append({"path": path, "size": told.st_size, "changed": time_json(changed)})
    return found, time.monotonic() < end


def _walk(
    folder: Path, within: str, depth: int, end: float
) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Files of a folder, then those of the folders in it; hidden ones and links are left out."""
    try:
        with os.scandir(folder) as entries:
            each = sorted(entries, key=lambda entry: entry.name.lower())
    except OSError:
        return
    each = [entry for entry in each if not entry.name.startswith((".", "__", "node_modules"))]
    for entry in each:
        if entry.is_file(follow_symlinks=False) and is_data_file(entry.name):
            yield entry, f"{within}{entry.name}"
    for entry in each:
        if time.monotonic() > end or depth >= _DEEPEST:
            return
        if entry.is_dir(follow_symlinks=False):
            inner = f"{within}{entry.name}/"
            yield from _walk(Path(entry.path), inner, depth + 1, end)
