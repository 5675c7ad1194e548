"""The tables one caller may query, as one unchanging snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs.release import Release

__all__ = ["CatalogSchema"]


class CatalogSchema:
    """Implements `lsp_jupyter.adql.schema.Schema` over releases.

    Parameters
    ----------
    releases : iterable of `~lsp_jupyter.catalogs.release.Release`
        What the caller may read.
    """

    def __init__(self, releases: Iterable[Release]) -> None:
        self.releases: tuple[Release, ...] = tuple(releases)
        self._tables: dict[str, list[Table]] = {}
        self._release: dict[str, Release] = {}
        for release in self.releases:
            for table in release.tables:
                self._tables.setdefault(table.name.lower(), []).append(table)
                self._release[table.full_name.lower()] = release

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """Tables of that name, compared without regard to case; see the protocol."""
        found = self._tables.get(name.lower(), [])
        if schema is None:
            return tuple(found)
        return tuple(table for table in found if table.schema.lower() == schema.lower())

    def names(self) -> Iterable[str]:
        """Every ``schema.name``."""
        return [table.full_name for table in self.tables()]

    def tables(self) -> Iterator[Table]:
        """Every table, release by release."""
        for release in self.releases:
            yield from release.tables

    def release_of(self, table: Table) -> Release:
        """The release a table of this snapshot belongs to.

        Raises
        ------
        KeyError
            Raised if the table is not in this snapshot.
        """
        return self._release[table.full_name.lower()]

    def version_of(self, table: Table) -> str:
        """The version of the release that a table of this snapshot is of, such as ``dp1@3``."""
        return self.release_of(table).identity

    def credits(self, versions: Iterable[str]) -> tuple[list[str], list[str]]:
        """What to cite for these versions of releases, and their licences; each once.

        Parameters
        ----------
        versions : iterable of `str`
            Such as ``dp1@3``; of another version of the same release the credits are the same.
        """
        names = {version.partition("@")[0] for version in versions}
        found = sorted(
            (release for release in self.releases if release.name in names),
            key=lambda one: one.name,
        )
        citations = dict.fromkeys(one.citation for one in found if one.citation)
        rights = dict.fromkeys(one.license for one in found if one.license)
        return list(citations), list(rights)
