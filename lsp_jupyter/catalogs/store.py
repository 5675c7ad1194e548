"""The catalogue: what exists, who may see it, and where its files are."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs import database
from lsp_jupyter.catalogs.connection import connect, transaction
from lsp_jupyter.catalogs.database import Change, Entry
from lsp_jupyter.catalogs.release import Example, ForeignKey, Release, TableSpec
from lsp_jupyter.catalogs.snapshot import CatalogSchema
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.errors import ConflictError, NotFoundError
from lsp_jupyter.identity.caller import Caller

__all__ = ["Catalog", "Example", "ForeignKey", "Release", "TableSpec"]

#: Seconds for which a replaced generation is kept whoever holds it: a query may have
#: been compiled against it and not yet be recorded.
GRACE = 600.0


class Catalog:
    """What can be queried in one state folder.

    Several processes may use one state folder; each sees what another has
    published at its next call. Methods may be called from any thread.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder; must exist.

    Attributes
    ----------
    state : `~pathlib.Path`
        The state folder.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self._lock = threading.RLock()
        self._connection = connect(state / "catalog.sqlite")
        self._version = -1
        self._loaded: list[tuple[Release, tuple[Entry, ...], bool]] = []
        self._snapshots: dict[frozenset[str], CatalogSchema] = {}

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    # -- reading -------------------------------------------------------------

    def snapshot(self, caller: Caller) -> CatalogSchema:
        """The tables this caller may query now, as one unchanging snapshot.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.caller.Caller`
            Who asks.

        Returns
        -------
        schema : `~lsp_jupyter.catalogs.snapshot.CatalogSchema`
            The same object until something is published.
        """
        with self._lock:
            self._refresh()
            private = frozenset(
                release.name
                for release, _, _ in self._loaded
                if not release.public and release.name in caller.rights
            )
            if private not in self._snapshots:
                self._snapshots[private] = CatalogSchema(
                    release
                    for release, _, _ in self._loaded
                    if release.public or release.name in private
                )
            return self._snapshots[private]

    def releases(self, caller: Caller) -> list[Release]:
        """The releases this caller may read, with tables and examples; TAP_SCHEMA last."""
        return list(self.snapshot(caller).releases)

    def examples(self, caller: Caller) -> list[Example]:
        """Queries to begin with, over what this caller may read."""
        return [
            example for release in self.snapshot(caller).releases for example in release.examples
        ]

    def entries(self) -> list[tuple[Release, tuple[Entry, ...], bool]]:
        """Everything that is published, whoever may read it; see `database.load`."""
        with self._lock:
            self._refresh()
            return list(self._loaded)

    def _refresh(self) -> None:
        """Read again if this or another process has published since."""
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._loaded = database.load(self._connection)
            self._snapshots.clear()
            self._version = version

    # -- files ---------------------------------------------------------------

    @property
    def native(self) -> Path:
        """The folder of native files."""
        return self.state / "native"

    def native_path(self, alias: str) -> Path:
        """The native file of a generation."""
        return self.native / f"{alias}.duckdb"

    def hats(self, schema: str, name: str) -> Path:
        """The Parquet files of a table, for LSDB, Dask or Spark.

        Parameters
        ----------
        schema, name : `str`
            The table, in any case.

        Returns
        -------
        path : `~pathlib.Path`
            A HATS catalogue if the table has positions.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such table.
        """
        wanted = f"{schema}.{name}".lower()
        for _, entries, _ in self.entries():
            for entry in entries:
                if entry.spec.full_name.lower() == wanted and entry.hats:
                    return self.state / entry.hats
        raise NotFoundError(f"There are no Parquet files of a table {schema}.{name}.")

    def pin(self, tables: Iterable[Table]) -> tuple[Attachment, ...]:
        """The native files that a query over these tables reads.

        Parameters
        ----------
        tables : iterable of `~lsp_jupyter.adql.schema.Table`
            Of a snapshot, perhaps of one that is no longer the newest.

        Returns
        -------
        attachments : `tuple` of `~lsp_jupyter.engines.protocol.Attachment`
            One a file, sorted by name.

        Raises
        ------
        lsp_jupyter.errors.ConflictError
            Raised if a generation is gone; compile the query again.
        """
        found = []
        for alias in sorted({table.source[0] for table in tables}):
            path = self.native_path(alias)
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                raise ConflictError(
                    "A table of this query was published anew in the meantime.",
                    hint="Run the query again.",
                ) from None
            found.append(Attachment(alias, path, size))
        return tuple(found)

    def pin_all(self) -> tuple[Attachment, ...]:
        """The native files of all published tables, to attach in advance.

        A file that is missing is left out: queries that need it fail, others work.
        """
        attachments: list[Attachment] = []
        for release, _, _ in self.entries():
            for table in release.tables:
                with contextlib.suppress(ConflictError):
                    attachments += self.pin([table])
        return tuple(attachments)

    # -- changing --------------------------------------------------------------

    @contextlib.contextmanager
    def publishing(self) -> Iterator[None]:
        """One publisher at a time, in whatever process; waits for its turn."""
        with (self.state / "publish.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def flip(
        self,
        changes: Iterable[tuple[Release, Iterable[Entry], bool]],
        *,
        drop: Iterable[tuple[str, str]] = (),
        action: str = "publish",
    ) -> None:
        """Make new generations visible, all of them at one moment.

        Call it within `publishing`.

        Parameters
        ----------
        changes : iterable of (`Release`, entries, `bool`)
            Releases, their new tables, and whether they are the platform's own.
        drop : iterable of (schema, name)
            Tables that are published no longer; a release goes with its last one.
        action : `str`
            For the history of the releases.
        """
        gone = list(drop)
        connection = connect(self.state / "catalog.sqlite")
        try:
            with transaction(connection):
                for release, entries, internal in changes:
                    database.put_release(connection, release, internal=internal)
                    for entry in entries:
                        database.put_table(connection, release.name, entry)
                    for schema, name in gone if not internal else ():
                        database.drop_table(connection, schema, name)
                    if not internal:
                        database.put_change(connection, release.name, action)
                        database.drop_release(connection, release.name)
        finally:
            connection.close()

    def history(self, release: str) -> list[Change]:
        """The versions of a release, the oldest first; none if it was never published."""
        with self._lock:
            return database.changes(self._connection, release)

    def collect(self, held: Set[Path], *, grace: float = GRACE) -> list[Path]:
        """Delete the files of generations that nobody reads any more.

        Parameters
        ----------
        held : set of `~pathlib.Path`
            Native files that jobs have pinned (`Attachment.path`).
        grace : `float`
            Seconds for which a generation stays after it was replaced.

        Returns
        -------
        deleted : `list` of `~pathlib.Path`
            What was deleted. Nothing while something is being published.
        """
        with (self.state / "publish.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return []
            return self._collect(held, time.time() - grace)

    def _collect(self, held: Set[Path], before: float) -> list[Path]:
        connection = connect(self.state / "catalog.sqlite")
        try:
            keep_native: set[Path] = set(held)
            keep_hats: set[Path] = set()
            for _, entries, _ in database.load(connection):
                keep_native |= {self.native_path(entry.alias) for entry in entries}
                keep_hats |= {self.state / entry.hats for entry in entries if entry.hats}
            gone = []
            for old in database.retired(connection):
                if old.at > before or self.native_path(old.alias) in held:
                    keep_native.add(self.native_path(old.alias))
                    keep_hats.add(self.state / old.hats)
                else:
                    gone.append((old.alias,))
            # What remains belongs to nobody: a generation that was replaced, or one
            # whose publisher was killed before it became visible.
            native = [path for path in self.native.glob("*") if path not in keep_native]
            hats = [path for path in self.state.glob("hats/*/*/*") if path not in keep_hats]
            for path in native:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            for path in hats:
                shutil.rmtree(path, ignore_errors=True)
            with transaction(connection):
                connection.executemany("DELETE FROM retired WHERE alias = ?", gone)
        finally:
            connection.close()
        return [*native, *hats]
