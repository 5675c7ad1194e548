"""CSV (RFC 4180) and TSV, written as a stream.

The first line holds the names. A missing value is nothing between two
separators, an empty text is ``""``. Neither format can say that rows were cut
off: the HTTP reply says it in a header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats.cells import chunks
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.text import DELIMITED, column_text, has_bytes, join_columns

__all__ = ["write_csv", "write_tsv"]

_QUOTE = pa.scalar('"', pa.large_string())
_NOTHING = pa.scalar("", pa.large_string())


def _writer(separator: str) -> Callable[[TableHeader, Iterable[pa.RecordBatch]], Iterator[bytes]]:
    special = np.zeros(256, np.bool_)
    special[list(f'{separator}"\r\n'.encode())] = True
    pattern = f'[{separator}"\r\n]'

    def quote(name: str) -> str:
        plain = not any(sign in name for sign in f'{separator}"\r\n')
        return name if plain else '"' + name.replace('"', '""') + '"'

    def cells(array: pa.Array, vo: VOField) -> pa.Array:
        text = column_text(array, vo, DELIMITED)
        if vo.kind is not Kind.TEXT:
            return text
        needed = pc.equal(pc.binary_length(text), 0)
        if has_bytes(text, special):
            needed = pc.or_(needed, pc.match_substring_regex(text, pattern))
        if not pc.any(needed).as_py():
            return text
        doubled = pc.replace_substring(text, '"', '""')
        quoted = pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING)
        return pc.if_else(needed, quoted, text)

    def write(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
        fields = vo_fields(header.schema)
        yield f"{separator.join(quote(vo.name) for vo in fields)}\r\n".encode()
        for batch in batches:
            for piece in chunks(batch):
                texts = [cells(array, vo) for array, vo in zip(piece.columns, fields, strict=True)]
                yield bytes(join_columns(texts, "", separator, "\r\n"))

    return write


write_csv = _writer(",")
write_tsv = _writer("\t")
