"""What the columns of a result are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Column", "columns_of", "provenance_of"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column and what its catalogue says of it (VOTable 1.5 section 4.1).

    Attributes
    ----------
    name : `str`
        Its name.
    unit : `str`
        Its unit as VOUnits writes it; empty if it has none.
    ucd, utype, xtype, datatype, arraysize, description : `str`
        As in the catalogue; empty where it says nothing.
    arrow : `str`
        The Arrow type of its values; empty for a column of a catalogue.
    """

    name: str
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    xtype: str = ""
    datatype: str = ""
    arraysize: str = ""
    description: str = ""
    arrow: str = ""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Column:
        """Make one of what the server sent."""
        return cls(**{name: str(told.get(name) or "") for name in cls.__dataclass_fields__})


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """The columns of an Arrow schema, with the metadata of its fields."""
    found = []
    for field in schema:
        metadata = {
            key.decode(errors="replace"): value.decode(errors="replace")
            for key, value in (field.metadata or {}).items()
        }
        found.append(Column.read(metadata | {"name": field.name, "arrow": str(field.type)}))
    return tuple(found)


def provenance_of(schema: pa.Schema) -> dict[str, str]:
    """Where a result comes from: ``query, instance, release, service, time, job``."""
    from lsp_jupyter.formats.header import GROUPS, ORIGINS

    return {
        key.decode(errors="replace").removeprefix("lsp:"): value.decode(errors="replace")
        for key, value in (schema.metadata or {}).items()
        if key.startswith(b"lsp:") and key not in (GROUPS, ORIGINS)
    }
