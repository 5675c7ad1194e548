"""A table as a VOSI document describes it (VOSI 1.1 section 2.4, VODataService 1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import pyarrow as pa

from lsp_jupyter.errors import UsageError
from lsp_jupyter.formats.fields import arrow_type

__all__ = ["Definition", "is_definition", "read_definition"]

#: Bytes of a document, its depth, and columns at most.
LONGEST, DEEPEST, COLUMNS = 8 << 20, 16, 1600

#: VOTable datatypes by the words of TAP 1.0 (VODataService 1.2 section 3.3) and of SQL.
_WORDS = {
    "smallint": "short",
    "integer": "int",
    "bigint": "long",
    "real": "float",
    "varchar": "char",
    "clob": "char",
    "string": "char",
    "timestamp": "char",
    "adql:smallint": "short",
    "adql:integer": "int",
    "adql:bigint": "long",
    "adql:real": "float",
    "adql:double": "double",
    "adql:char": "char",
    "adql:varchar": "char",
    "adql:timestamp": "char",
    "adql:clob": "char",
}
_ROOT = re.compile(rb"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")


@dataclass(slots=True)
class Definition:
    """What a document says of a table.

    Attributes
    ----------
    title, description : `str`
        Of the table.
    columns : `list` of `dict`
        Name, datatype, arraysize, xtype, unit, ucd, utype and description of each.
    """

    title: str = ""
    description: str = ""
    columns: list[dict[str, str]] = field(default_factory=list)

    def rows(self) -> pa.Table:
        """The table without rows; the metadata of its fields describe the columns.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if there are no columns, or one has no name or no known type.
        """
        if not self.columns:
            raise UsageError("The document describes no columns.")
        fields = []
        for words in self.columns:
            name = words.pop("name", "")
            if not name:
                raise UsageError("A column of the document has no name.")
            datatype = words.get("datatype", "")
            try:
                kind = arrow_type(datatype, words.get("arraysize", ""), words.get("xtype", ""))
            except KeyError:
                raise UsageError(
                    f"Column {name[:60]} has the type “{datatype[:40]}”, which is not known.",
                    hint="Use a VOTable datatype: boolean, unsignedByte, short, int, long, "
                    "float, double, char or unicodeChar.",
                ) from None
            fields.append(pa.field(name, kind, metadata={k: v for k, v in words.items() if v}))
        return pa.schema(fields).empty_table()


def is_definition(path: Path) -> bool:
    """Whether a file begins as a VOSI table and not as a VOTable."""
    with path.open("rb") as file:
        found = _ROOT.search(file.read(64 << 10))
    return found is not None and found[1] in (b"table", b"tableset", b"schema")


def read_definition(path: Path) -> Definition:
    """Read a document.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is not well-formed, too long, or declares a document type.
    """
    data = path.read_bytes() if path.stat().st_size <= LONGEST else b""
    if not data:
        raise UsageError(f"The description of a table can have {LONGEST >> 20} MiB.")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UsageError(
            f"The document is not well-formed XML: line {error.lineno}, column {error.offset}."
        ) from None
    return reader.definition


class _Reader:
    """Collects the words of a document."""

    def __init__(self) -> None:
        self.definition = Definition()
        self._path: list[str] = []
        self._text: list[str] = []
        self._column: dict[str, str] | None = None

    def doctype(self, *_: object) -> None:
        raise UsageError("A document type declaration is refused.", hint="Leave out <!DOCTYPE …>.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._path.append(local)
        self._text.clear()
        if len(self._path) > DEEPEST:
            raise UsageError("The document is nested too deeply.")
        if local == "column":
            if len(self.definition.columns) >= COLUMNS:
                raise UsageError(f"A table can have {COLUMNS:,} columns.")
            self._column = {}
            self.definition.columns.append(self._column)
        elif local == "dataType" and self._column is not None:
            for key, value in attributes.items():
                word = key.rpartition(" ")[2]
                if word in ("arraysize", "size"):
                    self._column["arraysize"] = value.strip()
                elif word in ("extendedType", "xtype"):
                    self._column["xtype"] = value.strip()

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        word = " ".join("".join(self._text).split())
        self._text.clear()
        self._path.pop()
        if local == "column":
            self._column = None
        elif self._column is None:
            if self._path[-1:] == ["table"] and local in ("title", "description"):
                setattr(self.definition, local, word)
        elif self._path[-1:] != ["column"]:
            return
        elif local == "dataType":
            self._typed(self._column, word)
        elif local == "name":
            # A name that is no regular identifier is written as ADQL has it (TAP 1.1 4.3).
            quoted = len(word) > 1 and word[0] == word[-1] == '"'
            self._column[local] = word[1:-1].replace('""', '"') if quoted else word
        elif local in ("unit", "ucd", "utype", "description"):
            self._column[local] = word

    @staticmethod
    def _typed(column: dict[str, str], word: str) -> None:
        datatype = _WORDS.get(word.lower(), word)
        column["datatype"] = datatype
        if word.lower().removeprefix("adql:") == "timestamp":
            column["xtype"] = "timestamp"
        if datatype in ("char", "unicodeChar"):
            column["arraysize"] = "*"
