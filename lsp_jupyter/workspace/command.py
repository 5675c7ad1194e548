"""``lsp save``, ``lsp upload``, ``lsp drop`` and ``lsp tables --mine``; see `arguments`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from lsp_jupyter.catalogs.meter import Bar
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LimitError, UsageError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.runner import Jobs
from lsp_jupyter.jobs.upload_parameter import parse_uploads
from lsp_jupyter.jobs.uploads import StagedUploads

from .saving import Saving
from .table import Mode, UserTable
from .tables import UserTables

__all__ = ["Own"]


class Own:
    """What a shell does with the tables of its user.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    tables : `~lsp_jupyter.workspace.tables.UserTables`
        The tables.
    saving : `~lsp_jupyter.workspace.saving.Saving`
        Stores them.
    caller : `~lsp_jupyter.identity.Caller`
        Whose they are.
    out, err : text files
        For what was asked for, and for how it goes.
    """

    def __init__(
        self,
        config: LspConfig,
        tables: UserTables,
        saving: Saving,
        caller: Caller,
        out: TextIO,
        err: TextIO,
    ) -> None:
        self._config = config
        self._tables = tables
        self._saving = saving
        self._caller = caller
        self._out = out
        self._err = err

    async def run(self, options: argparse.Namespace) -> int:
        """Run one of the commands; gives its exit code, which is 0.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if it cannot be done; nothing is changed then.
        """
        match options.command:
            case "save":
                self._tell(await self.save(options.name, options, job_id=options.job))
            case "upload":
                self._tell(await self._upload(options))
            case "drop":
                name = self._tables.get(self._caller, options.name).table.full_name
                await self._saving.delete(self._caller, options.name)
                print(f"{name} is deleted", file=self._out)
            case _:
                self._list(options.name)
        return 0

    async def save(
        self,
        name: str,
        options: argparse.Namespace,
        *,
        job_id: str = "",
        path: Path | None = None,
    ) -> UserTable:
        """Store a result or a file, which nobody else may change; see `Saving.save`."""
        pair = getattr(options, "position", None)
        position = (pair[0], pair[1]) if pair else None
        if getattr(options, "no_position", False):
            position = ("", "")
        bar = Bar(self._err)
        try:
            return await self._saving.save(
                self._caller,
                name,
                job_id=job_id,
                path=path,
                mode=mode_of(options),
                title=getattr(options, "title", ""),
                description=getattr(options, "description", ""),
                position=position,
                table=getattr(options, "part", ""),
                tell=lambda rows: bar(f"storing {name}", rows, None),
            )
        finally:
            bar.close()

    def require(self, options: argparse.Namespace) -> None:
        """Refuse the name of ``--save`` before the query runs, if it cannot be stored."""
        self._tables.require(self._caller, options.save, mode_of(options))

    async def _upload(self, options: argparse.Namespace) -> UserTable:
        _check(options.file, self._config.upload_max_bytes)
        # Reading a compressed file decompresses it in its place.
        path = self._tables.folder(self._caller).incoming()
        try:
            await asyncio.to_thread(shutil.copyfile, options.file, path)
            return await self.save(options.name, options, path=path)
        finally:
            path.unlink(missing_ok=True)

    def _list(self, name: str) -> None:
        if name:
            found = self._tables.get(self._caller, name)
            self._rows(
                [
                    (f"  {each.name}", _type(each), each.unit, each.description)
                    for each in found.table.columns
                ]
            )
            return
        tables = self._tables.of(self._caller)
        if not tables:
            print("You have no tables of your own yet: lsp upload FILE NAME", file=self._err)
            return
        self._rows(
            [
                (
                    one.table.full_name,
                    f"{one.table.rows or 0:,} rows",
                    f"{len(one.table.columns):,} columns",
                    f"{one.size / 1e6:,.1f} MB",
                    f"{one.changed:%Y-%m-%d %H:%M}",
                    one.table.title,
                )
                for one in tables
            ]
        )

    def _rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip(), file=self._out)

    def _tell(self, stored: UserTable) -> None:
        print(told(stored), file=self._out)


def told(stored: UserTable) -> str:
    """What to say of a table that was stored."""
    table = stored.table
    return (
        f"{table.full_name} is stored: {table.rows or 0:,} rows, {len(table.columns):,} columns, "
        f"{stored.size / 1e6:,.1f} MB"
    )


def mode_of(options: argparse.Namespace) -> Mode:
    """What happens to a table that is there already."""
    if options.append:
        return "append"
    return "replace" if options.replace else "create"


async def staged_files(
    given: Sequence[str], config: LspConfig, jobs: Jobs
) -> tuple[StagedUploads | None, str]:
    """The tables of ``--upload NAME=FILE``, and the value of UPLOAD that names them.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if a file is missing or is no table, or a name cannot be one.
    """
    if not given:
        return None, ""
    files: dict[str, Path] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals or not name.strip() or not file:
            raise UsageError(
                f"“{text[:100]}” is no name and file.", hint="Write --upload NAME=FILE."
            )
        if name.strip() in files:
            raise UsageError(f"Two uploads are called {name.strip()}.", hint="Rename one.")
        files[name.strip()] = Path(file)
    uploads = parse_uploads(f"{name},param:{name}" for name in files)
    for path in files.values():
        _check(path, config.upload_max_bytes)
    staged = StagedUploads(jobs.uploads.staging(), config.upload_max_bytes)
    try:
        for name, path in files.items():
            await staged.add_copy(name, os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except BaseException:
        staged.discard()
        raise
    return staged, ";".join(map(str, uploads))


def _check(path: Path, limit: int) -> None:
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise UsageError(f"{path} is {what}.", hint="Give the path of one file.")
    if not os.access(path, os.R_OK):
        raise UsageError(f"{path} cannot be read.", hint="Check who may read it.")
    size = path.stat().st_size
    if size > limit:
        raise LimitError(
            f"{path} has {size:,} bytes; an upload may have {limit:,}.",
            hint="Raise LspConfig.upload_max_bytes, or publish it with lsp publish.",
        )


def _type(column: object) -> str:
    datatype, size = getattr(column, "datatype", ""), getattr(column, "arraysize", "")
    return f"{datatype}[{size}]" if size else str(datatype)
