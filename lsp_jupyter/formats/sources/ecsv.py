"""The header of ECSV (Astropy Proposal for Enhancement 6, version 1.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.source import described_field
from lsp_jupyter.formats.yaml import load_yaml

__all__ = ["EcsvHeader", "header_words", "parse_arrays", "parse_header"]

_TYPES = {
    "bool": pa.bool_(),
    "string": pa.string(),
    "int8": pa.int16(),
    "uint8": pa.uint8(),
    "int16": pa.int16(),
    "uint16": pa.int32(),
    "int32": pa.int32(),
    "uint32": pa.int64(),
    "int64": pa.int64(),
    "uint64": pa.uint64(),
    "float16": pa.float32(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "float128": pa.float64(),
}


@dataclass(frozen=True, slots=True)
class EcsvHeader:
    """What an ECSV header says: columns with units, and the delimiter."""

    fields: tuple[pa.Field, ...]
    delimiter: str
    title: str = ""


def header_words(text: str, name: str) -> dict[str, dict[str, str]]:
    """Unit and description of each column of a header; see `parse_header`."""
    return {
        str(item["name"]): {
            key: str(item[key]).strip() for key in ("unit", "description") if item.get(key)
        }
        for item in _columns(load_yaml(text, f"The header of {name}"), name)
    }


def _columns(header: Any, name: str) -> list[Mapping[str, Any]]:
    found = header.get("datatype") if isinstance(header, Mapping) else None
    if not isinstance(found, list) or not all(
        isinstance(each, Mapping) and "name" in each for each in found
    ):
        raise PublishError(f"The header of {name} does not list its columns.")
    return found


def parse_header(text: str, name: str) -> EcsvHeader:
    """Read an ECSV header.

    Parameters
    ----------
    text : `str`
        Its YAML, without the signs of comments.
    name : `str`
        The file, for errors.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it is no such header, or a type is unknown.
    """
    header = load_yaml(text, f"The header of {name}")
    fields = []
    for item in _columns(header, name):
        words = {key: str(item.get(key) or "").strip() for key in ("unit", "description")}
        fields.append(described_field(str(item["name"]), _type(item, name), words))
    meta = header.get("meta")
    title = meta.get("name", "") if isinstance(meta, Mapping) else ""
    return EcsvHeader(tuple(fields), str(header.get("delimiter") or " "), str(title))


def _type(item: Mapping[str, Any], name: str) -> pa.DataType:
    kind = _TYPES.get(str(item.get("datatype", "")))
    subtype = str(item.get("subtype") or "")
    if kind == pa.string() and "[" in subtype:
        element = _TYPES.get(subtype.partition("[")[0])
        shape = [each.strip() for each in subtype.partition("[")[2].rstrip("]").split(",")]
        if element is not None and element not in (pa.string(), pa.bool_()):
            sizes = [int(each) for each in shape if each.isdigit()]
            if len(sizes) == len(shape):
                return pa.list_(element, int(np.prod(sizes)))
            return pa.list_(element)
    if kind is None:
        raise PublishError(
            f"Column {item['name']} of {name} is of the type {item.get('datatype')}, "
            "which cannot be published.",
            hint="Leave the column out (--leave-out), or write it as numbers or text.",
        )
    return kind


def parse_arrays(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """Arrays of numbers, written as JSON.

    Raises
    ------
    ValueError
        Raised if a text is no such array.
    """
    values: list[list[Any] | None] = []
    for text in texts.to_pylist():
        if text is None or not text.strip():
            values.append(None)
            continue
        found = np.array(json.loads(text), object).ravel().tolist()
        values.append(found)
    return pa.array(values, kind)
