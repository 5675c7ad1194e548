"""Where clients find what belongs to an image.

The catalogue holds addresses below the platform's own, since an instance can be reached in many
ways; what is sent to a client begins with the one that it uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats.header import IMAGES

__all__ = [
    "ACCESS",
    "DATALINK",
    "IDENTIFIER",
    "addressed",
    "file_path",
    "image_columns",
    "links_path",
    "with_access",
]

#: Media type of a document of links (DataLink 1.1 section 3.1).
DATALINK = "application/x-votable+xml;content=datalink"

_LINKS = "datalink/links?ID="
#: Utypes of columns of addresses and of identifiers.
ACCESS, IDENTIFIER = "obscore:Access.reference", "obscore:Curation.publisherDID"


def links_path(did: str) -> str:
    """Where the links of an image are, below the platform's address."""
    return f"{_LINKS}{quote(did, safe='')}"


def file_path(release: str, uuid: str, part: str = "") -> str:
    """Where the file of an image is, or what is made of it, below the platform's address."""
    return "/".join(["images", *(quote(word, safe="") for word in (release, uuid, part) if word)])


def with_access(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of ``ivoa.ObsCore`` that say where their links are.

    Parameters
    ----------
    batches : iterable of `pyarrow.RecordBatch`
        With all columns of the table.
    """
    for batch in batches:
        dids = batch.column("obs_publisher_did").to_pylist()
        for name, values in (
            ("access_url", [links_path(did) for did in dids]),
            ("access_format", [DATALINK] * len(dids)),
        ):
            place = batch.schema.get_field_index(name)
            field = batch.schema.field(place)
            batch = batch.set_column(place, field, pa.array(values, field.type))
        yield batch


def addressed(
    root: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> Iterable[pa.RecordBatch]:
    """The rows of a result with whole addresses of images.

    Parameters
    ----------
    root : `str`
        The platform's address, with a final slash.
    schema : `pyarrow.Schema`
        Of the result; its metadata tell which columns are such addresses.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.
    """
    names = image_columns(schema, ACCESS)
    return _whole(root, names, batches) if names else batches


def image_columns(schema: pa.Schema, utype: str) -> list[str]:
    """The names of the columns of a result that lead to images in one way.

    Parameters
    ----------
    schema : `pyarrow.Schema`
        Of the result.
    utype : `str`
        `ACCESS` or `IDENTIFIER`.
    """
    told = (schema.metadata or {}).get(IMAGES)
    return json.loads(told).get(utype, []) if told else []


def _whole(
    root: str, names: list[str], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for place in map(batch.schema.get_field_index, names):
            if place < 0:
                continue
            column, field = batch.column(place), batch.schema.field(place)
            if pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()
            before, between = (pa.scalar(text, column.type) for text in (root, ""))
            begun = pc.binary_join_element_wise(before, column, between)
            full = pc.if_else(pc.starts_with(column, _LINKS), begun, column)
            batch = batch.set_column(place, field, full.cast(field.type))
        yield batch
