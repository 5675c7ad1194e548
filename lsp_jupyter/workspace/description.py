"""TAP_SCHEMA as one user sees it: what is published, and the user's own tables."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lsp_jupyter._version import __version__
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.catalogs.tap_schema import SCHEMA, contents
from lsp_jupyter.engines.protocol import Attachment
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job
from lsp_jupyter.jobs.readable import Finder, Opened

from .folder import SCHEMA as OWN
from .tables import UserTables

__all__ = ["OwnDescription"]

#: Descriptions that are remembered, and seconds for which files of others stay.
_REMEMBERED, _KEPT = 64, 3600.0

#: As others see a user's tables in lists of their own.
_RELEASE = Release(OWN, "Your tables", "Nobody else sees them.", public=True)


@dataclass(frozen=True, slots=True)
class _File:
    """One table of TAP_SCHEMA."""

    spec: TableSpec
    path: Path
    rows: int


class OwnDescription:
    """TAP_SCHEMA for those who have tables of their own; for all others it is the published one.

    Parameters
    ----------
    tables : `~lsp_jupyter.workspace.tables.UserTables`
        Has the tables.
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        What is published.

    Attributes
    ----------
    schema : `str`
        What it describes is in; see `~lsp_jupyter.jobs.readable.TableProvider`.
    """

    schema = SCHEMA

    def __init__(self, tables: UserTables, catalog: Catalog) -> None:
        self._tables = tables
        self._catalog = catalog
        self._known: OrderedDict[str, dict[str, _File]] = OrderedDict()

    def finder(self, caller: Caller, job: Job | None) -> Finder:  # noqa: ARG002
        """TAP_SCHEMA of one caller; see `~lsp_jupyter.jobs.readable.TableProvider`."""
        return _Described(self, caller)

    def find(self, caller: Caller, name: str) -> Opened | None:
        """A table of TAP_SCHEMA; `None` if it has nothing of the caller's own."""
        own = self._tables.of(caller)
        if not own:
            return None
        version = own[0].version
        found = self._files(caller, version).get(name.lower())
        if found is None:
            return None
        table = Table(
            schema=found.spec.schema,
            name=found.spec.name,
            columns=found.spec.columns,
            source=(f"{SCHEMA}_{found.spec.name}",),
            description=found.spec.description,
            utype=found.spec.utype,
            title=found.spec.title,
            rows=found.rows,
        )
        item = Attachment(table.source[0], found.path, found.path.stat().st_size)
        return Opened(table, results=(item,), releases=frozenset({version}))

    def _files(self, caller: Caller, version: str) -> dict[str, _File]:
        published = [
            (release, [entry.spec for entry in entries])
            for release, entries, internal in self._catalog.entries()
            if not internal
        ]
        said = [__version__, caller.subject, version, *(one.identity for one, _ in published)]
        key = hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]
        known = self._known.get(key)
        if known is None or not all(file.path.is_file() for file in known.values()):
            known = self._write(caller, key, published)
            self._known[key] = known
            while len(self._known) > _REMEMBERED:
                with contextlib.suppress(KeyError):
                    self._known.popitem(last=False)
        return known

    def _write(
        self, caller: Caller, key: str, published: list[tuple[Release, list[TableSpec]]]
    ) -> dict[str, _File]:
        specs = self._tables.specs(caller)
        made = contents([*published, (_RELEASE, specs)])
        root = self._tables.folder(caller).tables / "described"
        folder, draft = root / key, root / f"new-{secrets.token_hex(8)}"
        draft.mkdir(mode=0o700, parents=True)
        for spec, rows in made:
            with (
                pa.OSFile(str(draft / f"{spec.name}.arrow"), "wb") as sink,
                pa.ipc.new_stream(sink, rows.schema) as stream,
            ):
                stream.write_table(rows)
        try:
            draft.rename(folder)
        except OSError:
            # Somebody else was quicker.
            shutil.rmtree(draft, ignore_errors=True)
        self._tidy(root, folder)
        return {
            spec.name.lower(): _File(spec, folder / f"{spec.name}.arrow", rows.num_rows)
            for spec, rows in made
        }

    @staticmethod
    def _tidy(root: Path, kept: Path) -> None:
        """Remove what described the tables of some time ago."""
        for other in root.iterdir():
            with contextlib.suppress(OSError):
                if other != kept and other.stat().st_mtime < time.time() - _KEPT:
                    shutil.rmtree(other, ignore_errors=True)


class _Described:
    """TAP_SCHEMA of one caller."""

    def __init__(self, description: OwnDescription, caller: Caller) -> None:
        self._description = description
        self._caller = caller

    def find(self, name: str) -> Opened | None:
        """A table of it; `None` if that is the published one."""
        return self._description.find(self._caller, name)

    def tables(self) -> Iterable[Table]:
        """None: they are listed as published."""
        return ()
