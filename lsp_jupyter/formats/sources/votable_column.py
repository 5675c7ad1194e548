"""A FIELD of a VOTable, as it is written (VOTable 1.4 section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from lsp_jupyter.errors import PublishError

__all__ = ["ELEMENTS", "Column"]

#: numpy type of one element.
ELEMENTS = {
    "boolean": "S1",
    "unsignedByte": "u1",
    "short": ">i2",
    "int": ">i4",
    "long": ">i8",
    "float": ">f4",
    "double": ">f8",
    "char": "S1",
    "unicodeChar": ">u2",
}
#: What the two parts of a complex number are.
_PARTS = {"floatComplex": "float", "doubleComplex": "double"}
_TEXT = frozenset({"char", "unicodeChar"})


@dataclass
class Column:
    """A FIELD, as it is written.

    Attributes
    ----------
    name, datatype, arraysize, xtype : `str`
        Of the FIELD; a single bit is taken for a boolean.
    words : `dict`
        Its unit, UCD, utype and description.
    null : `str`, optional
        What stands for a missing integer.
    nullable : `bool`
        Whether a boolean can be missing; a bit cannot.
    bits : `bool`
        Whether its bytes are bits, eight of them packed into one where they are binary.
    """

    name: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    words: dict[str, str] = field(default_factory=dict)
    null: str | None = None
    nullable: bool = True
    bits: bool = False

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """The column of a FIELD's attributes."""
        name = given.get("name") or given.get("ID") or ""
        words = {key: given.get(key, "").strip() for key in ("unit", "ucd", "utype")}
        size = given.get("arraysize", "").strip()
        datatype = given.get("datatype", "").strip()
        if datatype == "bit" and size in {"", "1"}:
            # A byte that is zero or not, which is how a boolean is read too.
            return cls(name, "boolean", "", "", words, nullable=False)
        if datatype == "bit":
            return cls(name, "unsignedByte", size, "", words, bits=True)
        if datatype in _PARTS and "*" not in size:
            # The real and the imaginary part.
            return cls(name, _PARTS[datatype], f"2x{size}" if size else "2", "", words)
        return cls(name, datatype, size, given.get("xtype", "").strip(), words)

    def check(self, source: str) -> None:
        """Refuse a type that cannot be read.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if so.
        """
        if self.datatype not in ELEMENTS:
            raise PublishError(
                f"Column {self.name} of {source} is of the type “{self.datatype}”, "
                "which cannot be published.",
                hint="Write the table without it, or as numbers or text.",
            )
        if self.text and "x" in self.arraysize:
            raise PublishError(
                f"Column {self.name} of {source} is an array of texts, which cannot be published.",
                hint="Write the table without it.",
            )

    @property
    def text(self) -> bool:
        """Whether its cells are texts."""
        return self.datatype in _TEXT

    @property
    def length(self) -> int | None:
        """Elements of a cell; nothing if that differs from row to row."""
        if self.arraysize == "":
            return 1
        if "*" in self.arraysize:
            return None
        return int(np.prod([int(each) for each in self.arraysize.split("x")]))

    def stored(self, length: int) -> int:
        """Elements that are written for so many."""
        return (length + 7) // 8 if self.bits else length

    @property
    def size(self) -> str:
        """The arraysize as a table of ours has it: ``*``, one number, or nothing."""
        if self.text:
            return "*" if self.arraysize else ""
        length = self.length
        return "*" if length is None else "" if length == 1 else str(length)

    @property
    def xtype_read(self) -> str:
        """The xtype that decides the type: times stay text until they are checked."""
        return "" if self.text else self.xtype
