"""What a search for images can do (VOSI 1.1 section 2.1, SIA 2.0 section 2.2)."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from lsp_jupyter.api.capabilities import SECURITY
from lsp_jupyter.api.xml import add, tree_document

__all__ = ["image_capabilities"]

_NAMESPACES = {
    "xmlns:vosi": "http://www.ivoa.net/xml/VOSICapabilities/v1.0",
    "xmlns:vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
#: Standard, path and use of the URL of each resource; the first one is the search.
_RESOURCES = (
    ("ivo://ivoa.net/std/SIA#query-2.0", "query", "base"),
    ("ivo://ivoa.net/std/VOSI#capabilities", "capabilities", "full"),
    ("ivo://ivoa.net/std/VOSI#availability", "availability", "full"),
)


def image_capabilities(root: str, guarded: bool) -> bytes:
    """The capabilities document of the image search of one release.

    Parameters
    ----------
    root : `str`
        Absolute URL of the service.
    guarded : `bool`
        Whether credentials are needed.
    """
    document = Element("vosi:capabilities", _NAMESPACES)
    for standard, path, use in _RESOURCES:
        capability = SubElement(document, "capability", {"standardID": standard})
        interface = SubElement(capability, "interface", {"xsi:type": "vs:ParamHTTP"})
        if use == "base":
            interface.set("role", "std")
            interface.set("version", "2.0")
        add(interface, "accessURL", f"{root}/{path}").set("use", use)
        if guarded and path != "availability":
            for method in SECURITY:
                SubElement(interface, "securityMethod", {"standardID": str(method)})
    return tree_document(document)
