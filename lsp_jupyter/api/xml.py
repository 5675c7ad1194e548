"""What every XML document of the API needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from pydantic_xml import BaseXmlModel

__all__ = ["FORBIDDEN", "TYPE", "add", "to_document", "tree_document"]

#: MIME type of documents that have none of their own.
TYPE = "application/xml"

#: Characters that no XML document can hold (XML 1.0 section 2.2).
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_document(model: BaseXmlModel, *, skip_empty: bool = True) -> bytes:
    """A model as a document in UTF-8.

    Parameters
    ----------
    model : `pydantic_xml.BaseXmlModel`
        Of `vo_models`.
    skip_empty : `bool`
        Whether to leave out what has no value, instead of saying that it has none.
    """
    text = model.to_xml(encoding="UTF-8", xml_declaration=True, skip_empty=skip_empty)
    return text if isinstance(text, bytes) else text.encode()


def add(parent: Element, tag: str, text: str) -> Element:
    """Add an element with text; an empty text adds nothing to the document.

    Parameters
    ----------
    parent : `xml.etree.ElementTree.Element`
        Where to.
    tag, text : `str`
        Its name and content; characters that XML cannot hold are replaced.
    """
    element = SubElement(parent, tag) if text else Element(tag)
    element.text = FORBIDDEN.sub("\ufffd", text)
    return element


def tree_document(root: Element) -> bytes:
    """A tree as a document in UTF-8."""
    # To text: what writes bytes encodes each piece by itself, which takes twice as long.
    text: str = tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{text}".encode()
