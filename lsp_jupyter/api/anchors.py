"""Columns whose values lead on: from an object to its light curve, from a visit to its images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Column
    from lsp_jupyter.catalogs.release import TableSpec
    from lsp_jupyter.web import BaseHandler

__all__ = ["Anchor", "Anchors", "Follower", "anchors_for", "time_of"]

#: Names of columns of the times of measurements, where no UCD says so.
_TIMES = re.compile(r".*midp\w*mjd.*", re.IGNORECASE)

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Follower:
    """A table whose rows refer to those of another one.

    Attributes
    ----------
    table : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.
    column : `str`
        Its column that refers.
    """

    table: TableSpec
    column: str


@dataclass(slots=True)
class Anchor:
    """A column that tells the rows of a table apart, and that others refer to.

    Attributes
    ----------
    table : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.
    column : `~lsp_jupyter.adql.schema.Column`
        The column.
    followers : `list` of `Follower`
        What refers to it.
    """

    table: TableSpec
    column: Column
    followers: list[Follower] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where the links of its rows are, below the platform's address."""
        return f"datalink/{self.table.full_name}/{self.column.name}"

    @property
    def is_of_exposures(self) -> bool:
        """Whether it tells visits apart, or exposures."""
        return "obs" in self.column.ucd.split(";")[-1].partition(".")[0]


class Anchors:
    """The anchors among tables.

    Parameters
    ----------
    tables : iterable of `~lsp_jupyter.catalogs.release.TableSpec`
        Those that somebody may read.
    """

    def __init__(self, tables: Iterable[TableSpec]) -> None:
        self._tables = {table.full_name.lower(): table for table in tables}
        self._anchors: dict[_Key, Anchor] = {}
        self._refers: dict[_Key, _Key] = {}
        for table in self._tables.values():
            for column in table.columns if table.position else ():
                if _identifies(column):
                    self._anchor(table.full_name, column.name)
        for table in self._tables.values():
            for key in table.keys:
                if len(key.columns) == 1:
                    ((mine, theirs),) = key.columns
                    found = self._anchor(key.target, theirs)
                    if found is not None:
                        found.followers.append(Follower(table, mine))
                        place = (table.full_name.lower(), mine.lower())
                        self._refers.setdefault(place, (key.target.lower(), theirs.lower()))

    def find(self, table: str, column: str) -> Anchor | None:
        """The anchor that is that column, in any case."""
        return self._anchors.get((table.lower(), column.lower()))

    def led_to(self, table: str, column: str) -> Anchor | None:
        """The anchor that is that column, or that it refers to."""
        place = (table.lower(), column.lower())
        return self._anchors.get(place) or self._anchors.get(self._refers.get(place, ("", "")))

    def _anchor(self, table: str, column: str) -> Anchor | None:
        place = (table.lower(), column.lower())
        if place not in self._anchors:
            spec = self._tables.get(place[0])
            named = {one.name.lower(): one for one in spec.columns} if spec else {}
            if spec is None or place[1] not in named:
                return None
            self._anchors[place] = Anchor(spec, named[place[1]])
        return self._anchors[place]


def anchors_for(handler: BaseHandler) -> Anchors:
    """The anchors that the caller may follow."""
    catalog = handler.platform.catalog
    snapshot = catalog.snapshot(handler.caller)
    known: WeakKeyDictionary[Any, Anchors] = handler.settings.setdefault(
        "lsp_anchors", WeakKeyDictionary()
    )
    if snapshot not in known:
        names = {name for name in snapshot.names() if not name.lower().startswith("tap_schema.")}
        known[snapshot] = Anchors(
            entry.spec
            for _, entries, _ in catalog.entries()
            for entry in entries
            if entry.spec.full_name in names
        )
    return known[snapshot]


def time_of(
    follower: Follower, tables: Mapping[str, TableSpec]
) -> tuple[str, TableSpec | None, tuple[str, str]]:
    """Where the times of rows are.

    Parameters
    ----------
    follower : `Follower`
        Whose rows.
    tables : mapping
        Tables that may be joined, by full name.

    Returns
    -------
    column : `str`
        The column of times; empty if nobody knows.
    other : `~lsp_jupyter.catalogs.release.TableSpec` or `None`
        The table that it is in, if not the follower's own.
    on : (`str`, `str`)
        By what they are joined: the column of the follower, and of the other.
    """
    if any(map(_identifies, follower.table.columns)):
        return "", None, ("", "")  # Its rows are things themselves, and no measurements.
    own = _epoch(follower.table)
    if own:
        return own, None, ("", "")
    for key in follower.table.keys:
        other = tables.get(key.target)
        if other is not None and len(key.columns) == 1 and key.columns[0][0] != follower.column:
            found = _epoch(other)
            if found:
                return found, other, key.columns[0]
    return "", None, ("", "")


def _identifies(column: Column) -> bool:
    """Whether it is the main identifier of the rows of its table."""
    return column.ucd.startswith("meta.id") and column.ucd.endswith("meta.main")


def _epoch(table: TableSpec) -> str:
    """The column of the times of measurements: numbers rather than text."""
    numbers = [column for column in table.columns if column.datatype == "double"]
    told = [column for column in numbers if column.ucd.lower().split(";")[0] == "time.epoch"]
    named = [column for column in numbers if _TIMES.fullmatch(column.name)]
    return next((column.name for column in (*told, *named)), "")
