"""The tables of every user, each for its owner only.

The tables of one user are a catalogue of their own, with one release ``mydb``: one
immutable file a generation, and one transaction that makes a new one visible.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pyarrow as pa

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs.checks import check_name, table_schema
from lsp_jupyter.catalogs.database import Change, Entry
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import GRACE, Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.errors import ConflictError, LimitError, NotFoundError, UsageError
from lsp_jupyter.formats.sources.source import Source, listed
from lsp_jupyter.identity import Caller

from .folder import SCHEMA, UserFolder, user_folder
from .table import Mode, UserTable, entries_of, find_entry, missing, plain_name, told

__all__ = ["SCHEMA", "Mode", "UserTable", "UserTables"]

#: Seconds after which what is on its way in counts as left behind.
ABANDONED_AFTER = 24 * 3600.0
#: Tables of one user at most.
MOST = 1000

_RELEASE = Release(SCHEMA, "Your tables", "Nobody else sees them.", public=False)


class UserTables:
    """The tables of all users of an instance.

    Several processes may use one state folder. Methods may be called from any thread;
    those that take rows need as long as the rows do, and much memory: call them in a
    process of their own, as `~lsp_jupyter.workspace.saving.Saving` does.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    state : `~pathlib.Path`
        The state folder.
    """

    def __init__(self, config: LspConfig, state: Path) -> None:
        self._config = config
        self._state = state
        self._lock = threading.Lock()
        self._catalogs: dict[Path, Catalog] = {}

    def close(self) -> None:
        """Close the databases."""
        with self._lock:
            for catalog in self._catalogs.values():
                catalog.close()
            self._catalogs.clear()

    def folder(self, caller: Caller) -> UserFolder:
        """The caller's folder; it need not exist."""
        return user_folder(self._state, caller.subject)

    # -- reading -------------------------------------------------------------

    def of(self, caller: Caller) -> list[UserTable]:
        """The caller's tables, in the order in which they were first made."""
        catalog = self._known(caller)
        if catalog is None:
            return []
        return [told(catalog, release, entry) for release, entry in entries_of(catalog)]

    def get(self, caller: Caller, name: str) -> UserTable:
        """One of the caller's tables, by its name with or without ``mydb.``.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the caller has no such table.
        """
        wanted = plain_name(name).lower()
        for one in self.of(caller):
            if one.name.lower() == wanted:
                return one
        raise missing(name)

    def specs(self, caller: Caller) -> list[TableSpec]:
        """The descriptions of the caller's tables."""
        catalog = self._known(caller)
        return [] if catalog is None else [entry.spec for _, entry in entries_of(catalog)]

    def attachment(self, caller: Caller, table: Table) -> Attachment:
        """The file that a query over a table reads.

        Raises
        ------
        lsp_jupyter.errors.ConflictError
            Raised if it is gone.
        """
        catalog = self._known(caller)
        if catalog is None:
            raise missing(table.name)
        (item,) = catalog.pin([table])
        return replace(item, private=True)

    def used(self, caller: Caller) -> int:
        """Bytes that the caller's tables take."""
        return sum(one.size for one in self.of(caller))

    def versions(self, caller: Caller) -> list[Change]:
        """What was done to the caller's tables, the first change first."""
        catalog = self._known(caller)
        return [] if catalog is None else catalog.history(SCHEMA)

    def require(self, caller: Caller, name: str, mode: Mode = "create") -> str:
        """Look whether a table could be stored; gives its name without the schema.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if not: because of its name, of a table that exists, or of the room.
        """
        if mode not in get_args(Mode):
            raise UsageError(
                f"“{mode[:40]}” is no way to store a table.",
                hint=f"Use {', '.join(get_args(Mode))}.",
            )
        plain = plain_name(name)
        check_name(plain, "table")
        tables = self.of(caller)
        there = any(one.name.lower() == plain.lower() for one in tables)
        if there and mode == "create":
            raise ConflictError(
                f"You have a table {SCHEMA}.{plain} already.",
                hint="Choose another name, or replace it, or append to it.",
            )
        if not there and mode == "append":
            raise missing(name)
        if not there and len(tables) >= MOST:
            raise LimitError(
                f"You have {len(tables):,} tables: there can be no more.",
                hint="Delete those you do not need.",
            )
        if sum(one.size for one in tables) >= self._config.user_tables_max_bytes:
            raise self._full()
        return plain

    # -- changing ------------------------------------------------------------

    def store(
        self,
        caller: Caller,
        name: str,
        source: Source,
        *,
        mode: Mode = "create",
        title: str = "",
        description: str = "",
        position: tuple[str, str] | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> UserTable:
        """Make a table, or a new generation of one.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose it is.
        name : `str`
            Its name, with or without ``mydb.``.
        source : `~lsp_jupyter.formats.sources.source.Source`
            Its rows, with described columns.
        mode : `str`
            What happens to a table of that name; see `Mode`. Appended rows may lack
            columns, whose values are missing then.
        title, description : `str`
            For people; those of the source if empty.
        position : `tuple` of `str`, optional
            The columns of right ascension and declination, which every row needs then;
            two empty texts: none. They are found by UCDs and names if not given.
        tell : callable
            Told the rows so far.

        Returns
        -------
        table : `UserTable`
            As queries see it from now on; those that run read what was there before.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if a name or a row cannot be stored. Nothing is changed then.
        lsp_jupyter.errors.ConflictError
            Raised if there is such a table and it is to be created.
        lsp_jupyter.errors.NotFoundError
            Raised if there is none and rows are to be appended.
        lsp_jupyter.errors.LimitError
            Raised if the caller's tables would take too much room.
        """
        from .generation import Making, describe, make
        from .rows import fitted_rows, stored_rows

        self.require(caller, name, mode)
        catalog = self._made(caller)
        with catalog.publishing():
            plain = self.require(caller, name, mode)
            making = Making(
                disk_floor=self._config.disk_floor,
                strict=bool(position and position != ("", "")),
                tell=tell,
                where=source.where,
            )
            old = None if mode == "create" else find_entry(catalog, plain)
            if mode == "append" and old is not None:
                spec, fitted = old.spec, fitted_rows(old.spec, source)
                present = stored_rows(catalog, old)
                making = replace(making, where=None)

                def read() -> Iterator[pa.RecordBatch]:
                    yield from present()
                    yield from fitted()
            else:
                spec = describe(
                    plain, source, title=title, description=description, position=position
                )
                read = source.read
            entry = make(catalog, spec, read, making)
            return self._show(caller, catalog, entry, f"{mode} {SCHEMA}.{plain}", old)

    def index(self, caller: Caller, name: str, column: str, *, unique: bool = False) -> UserTable:
        """Make a column quick to search.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such table or column.
        lsp_jupyter.errors.PublishError
            Raised if the column cannot have an index, or a value comes twice in a unique one.
        """
        from .generation import Making, make
        from .rows import stored_rows

        old_table = self.get(caller, name)
        catalog = self._made(caller)
        with catalog.publishing():
            old = find_entry(catalog, old_table.name)
            if old is None:
                raise missing(name)
            found = [each for each in old.spec.columns if each.name.lower() == column.lower()]
            if not found:
                raise NotFoundError(
                    f"{old.spec.full_name} has no column {column[:60]}.",
                    hint=f"Its columns are: {listed([x.name for x in old.spec.columns], 30)}.",
                )
            (one,) = found
            if pa.types.is_nested(table_schema(old.spec).field(one.name).type):
                raise UsageError(
                    f"Column {one.name} holds arrays and cannot have an index.",
                    hint="Choose a column of single values.",
                )
            columns = tuple(
                replace(each, indexed=each.indexed or each.name == one.name)
                for each in old.spec.columns
            )
            making = Making(
                disk_floor=self._config.disk_floor,
                unique=frozenset({one.name} if unique else ()),
            )
            entry = make(
                catalog, replace(old.spec, columns=columns), stored_rows(catalog, old), making
            )
            action = f"index {SCHEMA}.{old.spec.name} {one.name}"
            return self._show(caller, catalog, entry, action, old)

    def rename(self, caller: Caller, name: str, new: str) -> UserTable:
        """Give a table another name.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `require` and `get`.
        """
        old_name = self.get(caller, name).name
        catalog = self._made(caller)
        with catalog.publishing():
            old = find_entry(catalog, old_name)
            if old is None:
                raise missing(name)
            plain = plain_name(new)
            if plain.lower() != old_name.lower():
                plain = self.require(caller, new)
            alias = f"{SCHEMA}_{plain}_{secrets.token_hex(8)}".lower()
            os.link(catalog.native_path(old.alias), catalog.native_path(alias))
            entry = replace(old, spec=replace(old.spec, name=plain), alias=alias)
            drop = [(SCHEMA, old_name)] if plain.lower() != old_name.lower() else []
            catalog.flip(
                [(_RELEASE, [entry], False)],
                drop=drop,
                action=f"rename {SCHEMA}.{old_name} {SCHEMA}.{plain}",
            )
        return self.get(caller, plain)

    def delete(self, caller: Caller, name: str) -> None:
        """Delete a table; queries that run read it to their end.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the caller has no such table.
        """
        old = self.get(caller, name)
        catalog = self._made(caller)
        with catalog.publishing():
            if find_entry(catalog, old.name) is None:
                raise missing(name)
            catalog.flip(
                [(_RELEASE, [], False)],
                drop=[(SCHEMA, old.name)],
                action=f"delete {SCHEMA}.{old.name}",
            )

    def collect(self, held: Set[Path], *, grace: float = GRACE) -> list[Path]:
        """Delete the files of generations that nobody reads any more, of all users.

        Parameters
        ----------
        held : set of `~pathlib.Path`
            Files that jobs have pinned.
        grace : `float`
            Seconds for which a generation stays after it was replaced.
        """
        deleted: list[Path] = []
        for path in (self._state / "users").glob("*"):
            folder = UserFolder(path)
            for file in folder.arrivals():
                with contextlib.suppress(FileNotFoundError):
                    if file.stat().st_mtime < time.time() - ABANDONED_AFTER:
                        shutil.rmtree(file) if file.is_dir() else file.unlink()
                        deleted.append(file)
            catalog = self._open(folder)
            if catalog is not None:
                deleted += catalog.collect(held, grace=grace)
        return deleted

    def _show(
        self, caller: Caller, catalog: Catalog, entry: Entry, action: str, old: Entry | None
    ) -> UserTable:
        """Make a generation visible, if there is room for it."""
        used = self.used(caller) - (old.size if old is not None else 0)
        try:
            if used + entry.size > self._config.user_tables_max_bytes:
                raise self._full()
            catalog.flip([(_RELEASE, [entry], False)], action=action)
        except BaseException:
            if all(entry.alias != one.alias for _, one in entries_of(catalog)):
                catalog.native_path(entry.alias).unlink(missing_ok=True)
            raise
        return self.get(caller, entry.spec.name)

    def _full(self) -> LimitError:
        return LimitError(
            f"Your tables may take {self._config.user_tables_max_bytes / (1 << 30):,.3g} GiB.",
            hint="Delete those you do not need.",
        )

    def _known(self, caller: Caller) -> Catalog | None:
        return self._open(self.folder(caller))

    def _made(self, caller: Caller) -> Catalog:
        folder = self.folder(caller)
        folder.make()
        with self._lock:
            if folder.path not in self._catalogs:
                self._catalogs[folder.path] = Catalog(folder.tables)
            return self._catalogs[folder.path]

    def _open(self, folder: UserFolder) -> Catalog | None:
        with self._lock:
            found = self._catalogs.get(folder.path)
            if found is None and (folder.tables / "catalog.sqlite").is_file():
                found = self._catalogs[folder.path] = Catalog(folder.tables)
            return found
