"""Saving as a table of one's own: the one way in that every Aspect uses.

What is small is stored in a thread. What is not is stored by a process of its own, so
that neither the event loop nor the memory of the server feels it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import pyarrow as pa

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.process import environment
from lsp_jupyter.errors import EngineError, LimitError, UsageError, error_from_dict
from lsp_jupyter.formats.sources.source import Source
from lsp_jupyter.identity import Caller

from .request import Request, Tell, perform, store
from .table import Mode, UserTable
from .tables import UserTables

if TYPE_CHECKING:
    from lsp_jupyter.jobs.runner import Jobs
    from lsp_jupyter.results.result import Result

__all__ = ["Saving"]

#: Bytes of a file or of Arrow data up to which a thread of the server stores it.
SMALL = 4 << 20

#: Processes that store tables at once.
BUILDS = 2


class Saving:
    """Stores results, files and rows as user tables.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    tables : `~lsp_jupyter.workspace.tables.UserTables`
        Where they go.
    jobs : `~lsp_jupyter.jobs.runner.Jobs`
        Has the results.
    """

    def __init__(self, config: LspConfig, tables: UserTables, jobs: Jobs) -> None:
        self._config = config
        self._tables = tables
        self._jobs = jobs
        # Who waits for a turn waits here and not in a thread: those are few.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._builds = asyncio.Semaphore(BUILDS)
        self._told: list[Callable[[str], None]] = []

    def subscribe(self, callback: Callable[[str], None]) -> None:
        """Call a function with a subject whenever that one's tables have changed here.

        Parameters
        ----------
        callback : callable
            Called on the event loop; must be quick.
        """
        self._told.append(callback)

    @asynccontextmanager
    async def _changing(self, caller: Caller) -> AsyncIterator[None]:
        """One change of a caller's tables at a time; tells of it when it is done."""
        async with self._turn(caller):
            yield
        for callback in self._told:
            callback(caller.subject)

    def _turn(self, caller: Caller) -> asyncio.Lock:
        return self._turns.setdefault(caller.subject, asyncio.Lock())

    async def save(
        self,
        caller: Caller,
        name: str,
        *,
        job_id: str = "",
        path: Path | None = None,
        rows: pa.Table | None = None,
        own: bool = False,
        mode: Mode = "create",
        title: str = "",
        description: str = "",
        position: tuple[str, str] | None = None,
        table: str = "",
        tell: Tell = lambda _: None,
    ) -> UserTable:
        """Store a table of the caller's own, from exactly one of three sources.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose it is.
        name : `str`
            Its name, with or without ``mydb.``.
        job_id : `str`
            A finished job of the caller, whose result it is.
        path : `~pathlib.Path`, optional
            A file in any format that `~lsp_jupyter.formats.sources.opening.open_file`
            knows. Nobody may change it meanwhile.
        rows : `pyarrow.Table`, optional
            Rows; the metadata of a field describes its column.
        own : `bool`
            Whether the file is an Arrow stream of this platform, of any size.
        mode : `str`
            ``create``, ``replace`` or ``append``.
        title, description : `str`
            For people; of a result the query, if empty.
        position : `tuple` of `str`, optional
            The columns of right ascension and declination; two empty texts: none.
        table : `str`
            Which table of a file that has several: a name, or a number counted from 1.
        tell : callable
            Told the rows stored so far; called on the event loop.

        Returns
        -------
        table : `~lsp_jupyter.workspace.tables.UserTable`
            As queries see it from now on.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `~lsp_jupyter.workspace.tables.UserTables.store`; also if there is no such
            job, its result is gone, or the file cannot be read. Nothing is changed then.
        """
        if bool(job_id) + (path is not None) + (rows is not None) != 1:
            raise UsageError("Name one job, one file, or rows.")
        await asyncio.to_thread(self._tables.require, caller, name, mode)
        request = Request(
            caller.subject,
            caller.instance,
            name,
            mode=mode,
            title=title,
            description=description,
            position=None if position is None else list(position),
            table=table,
        )
        async with self._changing(caller):
            if own and path is not None:
                request = replace(request, path=str(path))
                size = (await asyncio.to_thread(path.stat)).st_size
                return await self._perform(caller, request, size, tell)
            return await self._save(caller, request, job_id, path, rows, tell)

    async def _save(
        self,
        caller: Caller,
        request: Request,
        job_id: str,
        path: Path | None,
        rows: pa.Table | None,
        tell: Tell,
    ) -> UserTable:
        if rows is not None:
            return await self._save_rows(caller, request, rows, tell)
        if path is not None:
            request = await asyncio.to_thread(self._typed, caller, request)
            request = replace(request, path=str(path), limit=self._config.upload_max_bytes)
            size = await asyncio.to_thread(_weight, path)
            return await self._perform(caller, request, size, tell)
        result = await asyncio.to_thread(self._jobs.result, caller, job_id)
        return await self._save_result(caller, request, result, tell)

    async def index(
        self, caller: Caller, name: str, column: str, *, unique: bool = False
    ) -> UserTable:
        """Make a column of a table quick to search.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `~lsp_jupyter.workspace.tables.UserTables.index`.
        """
        found = await asyncio.to_thread(self._tables.get, caller, name)
        request = Request(
            caller.subject,
            caller.instance,
            found.name,
            action="index",
            column=column,
            unique=unique,
        )
        async with self._changing(caller):
            return await self._perform(caller, request, found.size, lambda _: None)

    async def rename(self, caller: Caller, name: str, new: str) -> UserTable:
        """Give a table another name; see `~lsp_jupyter.workspace.tables.UserTables.rename`."""
        async with self._changing(caller):
            return await asyncio.to_thread(self._tables.rename, caller, name, new)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete a table; see `~lsp_jupyter.workspace.tables.UserTables.delete`."""
        async with self._changing(caller):
            await asyncio.to_thread(self._tables.delete, caller, name)

    async def _save_rows(
        self, caller: Caller, request: Request, rows: pa.Table, tell: Tell
    ) -> UserTable:
        if rows.nbytes <= SMALL:
            source = Source("the rows", "Arrow", rows.schema, rows.to_batches, rows.num_rows)
            told = _on_loop(tell)
            return await asyncio.to_thread(store, self._tables, caller, request, source, told)
        path = self._tables.folder(caller).incoming(".arrow")
        try:
            await asyncio.to_thread(_write, path, rows)
            request = replace(request, path=str(path))
            return await self._perform(caller, request, rows.nbytes, tell)
        finally:
            path.unlink(missing_ok=True)

    async def _save_result(
        self, caller: Caller, request: Request, result: Result, tell: Tell
    ) -> UserTable:
        if not result.complete:
            raise UsageError(
                "Only a finished result can be saved.", hint="Wait until the job is COMPLETED."
            )
        query = result.metadata.get("lsp:query", "").strip()
        cut = f"The first {result.rows:,} rows of more. " * result.overflow
        if request.mode != "append" and not request.description:
            request = replace(request, description=f"{cut}Result of {query}" if query else cut)
        # A name of its own keeps the file, whoever deletes the job meanwhile.
        path = self._tables.folder(caller).incoming(".arrow")
        try:
            await asyncio.to_thread(os.link, result.path, path)
            request = replace(request, path=str(path))
            return await self._perform(caller, request, result.size, tell)
        finally:
            path.unlink(missing_ok=True)

    def _typed(self, caller: Caller, request: Request) -> Request:
        """A request that knows the types of the table it appends to: text has none."""
        if request.mode != "append":
            return request
        columns = self._tables.get(caller, request.name).table.columns
        types = {each.name: each.datatype for each in columns if each.arraysize in ("", "*", "1")}
        return replace(request, types=types)

    async def _perform(self, caller: Caller, request: Request, size: int, tell: Tell) -> UserTable:
        if size <= SMALL:
            return await asyncio.to_thread(perform, self._tables, request, _on_loop(tell))
        async with self._builds:
            await self._spawn(request, tell)
        return await asyncio.to_thread(self._tables.get, caller, request.name)

    async def _spawn(self, request: Request, tell: Tell) -> None:
        """Have a process of its own do it; it ends with this coroutine."""
        config = self._config
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-s", "-P", "-m", "lsp_jupyter.workspace.builder"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=config.state(),
            env=environment(config.state()),
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        message = {
            "request": asdict(request),
            "state_dir": str(config.state()),
            "user_tables_max_bytes": config.user_tables_max_bytes,
            "disk_floor": config.disk_floor,
        }
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.close()
            answer: dict[str, Any] = {}
            async with asyncio.timeout(config.execution_duration):
                async for line in process.stdout:
                    answer = json.loads(line)
                    if "rows" in answer:
                        tell(int(answer["rows"]))
                await process.wait()
        except TimeoutError:
            raise LimitError(
                f"Storing the table takes longer than {config.execution_duration:g} s.",
                hint="Store fewer rows at once.",
            ) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if "error" in answer:
            raise error_from_dict(answer["error"])
        if "done" not in answer:
            raise EngineError(
                "The process that stored the table ended before it was done.",
                hint="Store fewer rows at once, or ask the operator for more memory.",
            )


def _on_loop(tell: Tell) -> Tell:
    """What a thread may call."""
    loop = asyncio.get_running_loop()

    def told(rows: int) -> None:
        loop.call_soon_threadsafe(tell, rows)

    return told


def _weight(path: Path) -> int:
    """The bytes of a foreign file; more than any where its size does not tell what it costs."""
    with path.open("rb") as file:
        head = file.read(512)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    plain = b"\0" not in head and not head.startswith((b"\x1f", b"PAR1"))
    # Text is taken apart by this language, which others wait for.
    return 4 * path.stat().st_size if plain and not text.startswith(b"#") else 2 * SMALL


def _write(path: Path, rows: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, rows.schema) as writer:
        writer.write_table(rows)
