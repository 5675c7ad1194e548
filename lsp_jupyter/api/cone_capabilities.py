"""What a cone search can do (VOSI 1.1 section 2.1, the registry extension of SCS 1.03)."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from lsp_jupyter.api.capabilities import SECURITY
from lsp_jupyter.api.xml import add, tree_document

__all__ = ["add_cone_capability", "cone_capabilities"]

_NAMESPACES = {
    "xmlns:vosi": "http://www.ivoa.net/xml/VOSICapabilities/v1.0",
    "xmlns:cs": "http://www.ivoa.net/xml/ConeSearch/v1.0",
    "xmlns:vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_VOSI = "ivo://ivoa.net/std/VOSI#"


def cone_capabilities(root: str, maxrec: int, guarded: bool) -> bytes:
    """The capabilities document of the cone searches of one table.

    Parameters
    ----------
    root : `str`
        Absolute URL of the search, without a question mark.
    maxrec : `int`
        Rows of an answer at most.
    guarded : `bool`
        Whether credentials are needed.
    """
    document = Element("vosi:capabilities", _NAMESPACES)
    add_cone_capability(document, root, maxrec, guarded)
    for name in ("capabilities", "availability"):
        capability = SubElement(document, "capability", {"standardID": f"{_VOSI}{name}"})
        _interface(capability, f"{root}/{name}", "full", guarded and name == "capabilities")
    return tree_document(document)


def add_cone_capability(parent: Element, root: str, maxrec: int, guarded: bool) -> None:
    """Add the capability of the search itself; parameters are those of `cone_capabilities`.

    The namespaces ``cs``, ``vs`` and ``xsi`` must be known there.
    """
    cone = {"standardID": "ivo://ivoa.net/std/ConeSearch", "xsi:type": "cs:ConeSearch"}
    capability = SubElement(parent, "capability", cone)
    interface = _interface(capability, f"{root}?", "base", guarded)
    interface.set("role", "std")
    interface.set("version", "1.03")
    for name, unit, text in (
        ("RA", "deg", "Right ascension of the centre, ICRS"),
        ("DEC", "deg", "Declination of the centre, ICRS"),
        ("SR", "deg", "Radius; 0 for the columns alone"),
    ):
        param = SubElement(interface, "param", {"use": "required", "std": "true"})
        add(param, "name", name)
        add(param, "description", text)
        add(param, "unit", unit)
        add(param, "dataType", "real")
    add(capability, "maxSR", "180")
    add(capability, "maxRecords", str(maxrec))
    add(capability, "verbosity", "true")
    query = SubElement(capability, "testQuery")
    for name, value in {"ra": "56.75", "dec": "24.12", "sr": "0.1"}.items():
        add(query, name, value)


def _interface(parent: Element, url: str, use: str, guarded: bool) -> Element:
    interface = SubElement(parent, "interface", {"xsi:type": "vs:ParamHTTP"})
    add(interface, "accessURL", url).set("use", use)
    if guarded:
        for method in SECURITY:
            SubElement(interface, "securityMethod", {"standardID": str(method)})
    return interface
