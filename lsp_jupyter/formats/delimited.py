"""CSV (RFC 4180) and TSV, written as a stream.

The first line holds the names. A missing value is nothing between two
separators, an empty text is ``""``. Neither format can say that rows were cut
off: the HTTP reply says it in a header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats.cells import chunks
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.text import DELIMITED, column_text, has_bytes, join_columns, wrapped

__all__ = ["Delimiter", "write_csv", "write_tsv"]

_Writer = Callable[[TableHeader, Iterable[pa.RecordBatch]], Iterator[bytes]]


class Delimiter:
    """Quotes what would be taken for something else between its separators.

    Parameters
    ----------
    separator : `str`
        Between two cells.
    others : `str`
        ASCII signs that need quotes as well.
    """

    def __init__(self, separator: str, others: str = "") -> None:
        self.separator = separator
        signs = f'{separator}"\r\n{others}'
        self._pattern = re.compile(f"[{signs}]")
        self._special = np.zeros(256, np.bool_)
        self._special[list(signs.encode())] = True

    def names(self, fields: Iterable[VOField]) -> str:
        """The line of the columns' names, without its end."""
        return self.separator.join(map(self._name, (vo.name for vo in fields)))

    def _name(self, name: str) -> str:
        quoted = '"' + name.replace('"', '""') + '"'
        return quoted if self._pattern.search(name) else name

    def quoted(self, text: pa.Array) -> pa.Array:
        """Texts, quoted where they must be, or are empty: a missing one is nothing at all."""
        needed = pc.equal(pc.binary_length(text), 0)
        if has_bytes(text, self._special):
            needed = pc.or_(needed, pc.match_substring_regex(text, self._pattern.pattern))
        if not pc.any(needed).as_py():
            return text
        return pc.if_else(needed, wrapped(pc.replace_substring(text, '"', '""'), '"', '"'), text)


def _writer(separator: str) -> _Writer:
    delimiter = Delimiter(separator)

    def cells(array: pa.Array, vo: VOField) -> pa.Array:
        text = column_text(array, vo, DELIMITED)
        return delimiter.quoted(text) if vo.kind is Kind.TEXT else text

    def write(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
        fields = vo_fields(header.schema)
        yield f"{delimiter.names(fields)}\r\n".encode()
        for batch in batches:
            for piece in chunks(batch):
                texts = [cells(array, vo) for array, vo in zip(piece.columns, fields, strict=True)]
                yield bytes(join_columns(texts, "", separator, "\r\n"))

    return write


write_csv = _writer(",")
write_tsv = _writer("\t")
