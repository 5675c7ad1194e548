"""What a writer must know of a table besides its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

__all__ = ["PROVENANCE", "TableHeader", "provenance"]

#: Provenance of a result: key in the Arrow schema's metadata → (INFO name, meaning).
PROVENANCE: Mapping[str, tuple[str, str]] = {
    "lsp:query": ("QUERY", "The ADQL text as it was sent"),
    "lsp:instance": ("INSTANCE", "The platform instance that ran it"),
    "lsp:release": ("RELEASE", "The versions of releases that were read"),
    "lsp:service": ("SERVICE", "The software that ran it"),
    "lsp:time": ("TIME", "When it ran, UTC"),
    "lsp:job": ("JOB", "Identifier of the job and its result"),
    "lsp:reused": ("REUSED", "The earlier job whose stored result these rows are"),
    "lsp:preview": ("PREVIEW", "The share of the rows of its largest table that it was made from"),
}


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
    """

    schema: pa.Schema
    overflow: bool | Callable[[], bool] = False
    infos: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None

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
