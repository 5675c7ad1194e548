"""What a writer must know of a table besides its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from lsp_jupyter.formats.services import Service

__all__ = [
    "GROUPS",
    "IMAGES",
    "ORIGINS",
    "PROVENANCE",
    "Group",
    "Rows",
    "TableHeader",
    "groups_of",
    "provenance",
]

#: Key in the Arrow schema's metadata of the groups of columns: JSON of a list of objects
#: with ``name description ucd utype members``; a member is a column and its role.
GROUPS = b"lsp:groups"
#: Key in the Arrow schema's metadata of where columns come from: JSON of an object with the
#: name of a table and of a column there, by the name of the column.
ORIGINS = b"lsp:origins"
#: Key in the Arrow schema's metadata of columns that lead to images: JSON of an object with
#: the names of columns by their utype. Looking at each of a thousand columns would take longer
#: than the rest of a short answer.
IMAGES = b"lsp:images"

#: Provenance of a result: key in the Arrow schema's metadata → (INFO name, meaning).
PROVENANCE: Mapping[str, tuple[str, str]] = {
    "lsp:query": ("QUERY", "The ADQL text as it was sent"),
    "lsp:instance": ("INSTANCE", "The platform instance that ran it"),
    "lsp:release": ("RELEASE", "The versions of releases that were read"),
    "lsp:service": ("SERVICE", "Identifier of the service that ran it"),
    "lsp:time": ("TIME", "When it ran, UTC"),
    "lsp:job": ("JOB", "Identifier of the job and its result"),
    "lsp:reused": ("REUSED", "The earlier job whose stored result these rows are"),
    "lsp:publisher": ("PUBLISHER", "Who runs that instance"),
    "lsp:contact": ("CONTACT", "Where questions go"),
    "lsp:software": ("SERVER_SOFTWARE", "What ran it"),
    "lsp:citation": ("CITATION", "What to cite"),
    "lsp:rights": ("RIGHTS", "The licences of what was read"),
    "lsp:preview": ("PREVIEW", "The share of the rows of its largest table that it was made from"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that belong together, such as a value and its uncertainty.

    Attributes
    ----------
    name, description, ucd, utype : `str`
        Metadata.
    members : `tuple` of (`str`, `str`)
        Each column and its role: ``value``, ``error``, ``error_low``,
        ``error_high``, ``covariance``, ``flag``, or empty.
    """

    name: str
    members: tuple[tuple[str, str], ...]
    description: str = ""
    ucd: str = ""
    utype: str = ""


class Rows:
    """Batches that can be read more than once, as some formats have to.

    Parameters
    ----------
    read : callable
        Begins once more: gives all batches, in the same order.
    """

    def __init__(self, read: Callable[[], Iterable[pa.RecordBatch]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return iter(self._read())


@dataclass(frozen=True, slots=True)
class TableHeader:
    """What a writer must know of a table besides its rows.

    Attributes
    ----------
    schema : `pyarrow.Schema`
        The columns; field metadata ``datatype arraysize xtype unit ucd utype
        description`` travels into formats that can hold it.
    overflow : `bool` or callable
        Whether the rows were cut off. A callable is asked after the last row.
    infos : mapping
        Names and texts that describe the table, such as its provenance.
    rows : `int`, optional
        The number of rows where it is known before the first one is read.
    scratch : `~pathlib.Path`, optional
        A folder for what must be complete before it goes out; the system's own by default.
    services : `tuple` of `~lsp_jupyter.formats.services.Service`
        What can be called with values of the table.
    """

    schema: pa.Schema
    overflow: bool | Callable[[], bool] = False
    infos: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    scratch: Path | None = None
    services: tuple[Service, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """Its groups of columns."""
        return groups_of(self.schema)

    def cut_off(self) -> bool:
        """Whether the rows were cut off; ask after the last row."""
        return self.overflow() if callable(self.overflow) else self.overflow


def provenance(schema: pa.Schema) -> dict[str, str]:
    """The provenance that an Arrow schema's metadata holds.

    Parameters
    ----------
    schema : `pyarrow.Schema`
        Of a result.

    Returns
    -------
    infos : `dict`
        INFO names and texts, in the order of `PROVENANCE`; missing ones left out.
    """
    known = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    return {name: known[key] for key, (name, _) in PROVENANCE.items() if known.get(key)}


def groups_of(schema: pa.Schema) -> tuple[Group, ...]:
    """The groups of columns that an Arrow schema's metadata holds.

    Parameters
    ----------
    schema : `pyarrow.Schema`
        Of a result.

    Returns
    -------
    groups : `tuple` of `Group`
        Those with at least two columns of the schema.
    """
    try:
        told = json.loads((schema.metadata or {}).get(GROUPS, b"[]"))
        found = [
            Group(
                str(each["name"]),
                tuple((str(c), str(r)) for c, r in each["members"] if c in schema.names),
                *(str(each.get(key, "")) for key in ("description", "ucd", "utype")),
            )
            for each in told
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        # A file of somebody else; what it means is not known.
        return ()
    return tuple(group for group in found if len(group.members) > 1)
