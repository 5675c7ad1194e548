"""What is asked of whoever stores a table, in words that travel to another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from lsp_jupyter.errors import PublishError, UsageError
from lsp_jupyter.formats.sources.source import Options, Source
from lsp_jupyter.identity import Caller

from .table import Mode, UserTable
from .tables import UserTables

__all__ = ["Request", "Tell", "perform", "store"]

#: Told the rows so far.
Tell = Callable[[int], None]

#: What messages call a file.
_FILE = "the file"


@dataclass(frozen=True, slots=True)
class Request:
    """What to store, in words that travel to another process.

    Attributes
    ----------
    subject, instance : `str`
        Whose it is, and where.
    action : `str`
        ``store`` or ``index``.
    name : `str`
        The table.
    path : `str`
        The file of its rows.
    limit : `int`
        Bytes of a foreign file at most, after decompression; 0 for one of our own.
    mode : `str`
        See `~lsp_jupyter.workspace.tables.Mode`.
    title, description : `str`
        For people.
    position : `list` of `str`, optional
        See `~lsp_jupyter.workspace.tables.UserTables.store`.
    table : `str`
        Which table of the file.
    column, unique
        Of an index.
    """

    subject: str
    instance: str
    name: str
    action: str = "store"
    path: str = ""
    limit: int = 0
    mode: Mode = "create"
    title: str = ""
    description: str = ""
    position: list[str] | None = None
    table: str = ""
    column: str = ""
    unique: bool = False
    types: dict[str, str] = field(default_factory=dict)


def perform(tables: UserTables, request: Request, tell: Tell) -> UserTable:
    """Do what a request asks for. Takes as long as its rows do."""
    caller = Caller(request.subject, instance=request.instance)
    if request.action == "index":
        return tables.index(caller, request.name, request.column, unique=request.unique)
    from lsp_jupyter.formats.guard import GuardLimits, guard
    from lsp_jupyter.formats.sources.opening import open_file

    path, options = Path(request.path), Options(table=request.table, types=request.types)
    if not request.limit:
        return store(tables, caller, request, open_file(path, options), tell)
    try:
        guard(path, _FILE, GuardLimits(size=request.limit))
        source = open_file(path, replace(options, empty=True))
        return store(tables, caller, request, source, tell)
    except (PublishError, UsageError) as error:
        # Its name here is none that anybody knows.
        message = error.message.replace(path.name, _FILE).replace("published", "stored")
        error.message = message[:1].upper() + message[1:]
        error.hint = "" if "--" in error.hint else error.hint
        raise
    except (pa.ArrowException, ValueError, KeyError, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{_FILE.capitalize()} cannot be read: {str(error)[:200]}",
            hint="Write it again, or in another format.",
        ) from None


def store(
    tables: UserTables, caller: Caller, request: Request, source: Source, tell: Tell
) -> UserTable:
    """Store rows as a request asks for."""
    position = None if request.position is None else (request.position[0], request.position[1])
    return tables.store(
        caller,
        request.name,
        source,
        mode=request.mode,
        title=request.title,
        description=request.description,
        position=position,
        tell=tell,
    )
