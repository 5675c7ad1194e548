"""What can be published: releases, their tables, keys and example queries."""

from __future__ import annotations

from dataclasses import dataclass

from lsp_jupyter.adql.schema import Column, ColumnGroup, Table

__all__ = ["Example", "ForeignKey", "Release", "TableSpec"]


@dataclass(frozen=True, slots=True)
class Example:
    """A query to begin with (DALI 1.1 section 2.3).

    Attributes
    ----------
    title : `str`
        A few words for a menu.
    adql : `str`
        The query.
    description : `str`
        What it shows.
    """

    title: str
    adql: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A join that the publisher vouches for (TAP 1.1 section 4.4).

    Attributes
    ----------
    target : `str`
        The other table, ``schema.name``.
    columns : `tuple` of (`str`, `str`)
        Pairs of column names: of this table, of the other one.
    description, utype : `str`
        Metadata.
    """

    target: str
    columns: tuple[tuple[str, str], ...]
    description: str = ""
    utype: str = ""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table as its publisher describes it.

    Attributes
    ----------
    schema, name : `str`
        As users will type them: letters, digits and ``_``, no reserved word.
    columns : `tuple` of `~lsp_jupyter.adql.schema.Column`
        All columns, in the order ``SELECT *`` shows them. The datatype
        ``char`` becomes ``unicodeChar`` where a text is not ASCII.
    position : `tuple` of `str`, optional
        The columns of right ascension and declination: double, degrees, ICRS.
    title, description, utype : `str`
        Metadata.
    keys : `tuple` of `ForeignKey`
        Its foreign keys; those whose other table is not published are not shown.
    groups : `tuple` of `~lsp_jupyter.adql.schema.ColumnGroup`
        Columns that belong together.
    place : `int`, optional
        Recommended place among the tables of the release.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    position: tuple[str, str] | None = None
    title: str = ""
    description: str = ""
    utype: str = ""
    keys: tuple[ForeignKey, ...] = ()
    groups: tuple[ColumnGroup, ...] = ()
    place: int | None = None

    @property
    def full_name(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Release:
    """Tables that belong together and are cited together.

    Attributes
    ----------
    name : `str`
        Identity; also the name of its folder.
    title, description : `str`
        For people.
    license, citation : `str`
        What users must know and name.
    version : `str`
        Of the data; another version is another edition of the same release.
    public : `bool`
        Whether everybody may read it; otherwise only callers who have its
        name among their rights.
    tables : `tuple` of `~lsp_jupyter.adql.schema.Table`
        What was published; leave it empty to describe a release.
    examples : `tuple` of `Example`
        Queries to begin with.
    number : `int`
        Counts the changes of this release: with its name it tells exactly
        which rows are meant. 0 before it is published.
    """

    name: str
    title: str
    description: str = ""
    license: str = ""
    citation: str = ""
    version: str = ""
    public: bool = True
    tables: tuple[Table, ...] = ()
    examples: tuple[Example, ...] = ()
    number: int = 0

    @property
    def identity(self) -> str:
        """The immutable version behind the name, such as ``dp1@3``; the name if it has none."""
        return f"{self.name}@{self.number}" if self.number else self.name
