"""What the services of images can do (VOSI 1.1 section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from lsp_jupyter.api.capabilities import SECURITY
from lsp_jupyter.api.xml import add, tree_document

__all__ = [
    "CUTOUTS",
    "JOBS",
    "LINKS",
    "SEARCH",
    "SURVEYS",
    "Resource",
    "add_capabilities",
    "image_capabilities",
]

_NAMESPACES = {
    "xmlns:vosi": "http://www.ivoa.net/xml/VOSICapabilities/v1.0",
    "xmlns:vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_VOSI = "ivo://ivoa.net/std/VOSI#"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a service.

    Attributes
    ----------
    standard : `str`
        Identifier of what it keeps to; empty for what no standard is made for.
    path : `str`
        Below the service's address.
    version : `str`
        Of the standard; empty for what every service has.
    answer : `str`
        Media type of an answer; empty if there are many.
    text : `str`
        What it is for, where no standard says it.
    """

    standard: str
    path: str
    version: str = ""
    answer: str = ""
    text: str = ""


#: Simple Image Access 2.0 section 2.2.
SEARCH = (
    Resource("ivo://ivoa.net/std/SIA#query-2.0", "query", "2.0", "application/x-votable+xml"),
)
#: DataLink 1.1 section 2.1.
LINKS = (
    Resource(
        "ivo://ivoa.net/std/DataLink#links-1.1",
        "links",
        "1.1",
        "application/x-votable+xml;content=datalink",
    ),
)
#: Server-side Operations for Data Access 1.0 section 2.
CUTOUTS = (
    Resource("ivo://ivoa.net/std/SODA#sync-1.0", "sync", "1.0"),
    Resource("ivo://ivoa.net/std/SODA#async-1.0", "async", "1.0"),
)
#: Services of our own, jobs of UWS 1.1 all of them.
JOBS = (
    Resource("", "cutouts", text="Many cutouts at once: a table of positions in, one file out."),
    Resource("", "mosaics", text="Mosaics of images, with the recipe to make them again."),
)
#: Hierarchical Progressive Surveys 1.0 section 5.2.
SURVEYS = (Resource("ivo://ivoa.net/std/hips#hipslist-1.0", "list", answer="text/plain"),)
_EVERY = (Resource(f"{_VOSI}capabilities", "capabilities"),)
_OPEN = (Resource(f"{_VOSI}availability", "availability"),)


def image_capabilities(service: tuple[Resource, ...], root: str, guarded: bool) -> bytes:
    """The capabilities document of a service.

    Parameters
    ----------
    service : `tuple` of `Resource`
        `SEARCH`, `LINKS` or `CUTOUTS`.
    root : `str`
        Absolute URL of the service.
    guarded : `bool`
        Whether credentials are needed.
    """
    document = Element("vosi:capabilities", _NAMESPACES)
    add_capabilities(document, (*service, *_EVERY), root, guarded)
    add_capabilities(document, _OPEN, root, guarded=False)
    return tree_document(document)


def add_capabilities(
    parent: Element, resources: tuple[Resource, ...], root: str, guarded: bool
) -> None:
    """Add a capability for each of the resources of a service.

    The namespaces ``vs`` and ``xsi`` must be known there.

    Parameters
    ----------
    parent : `xml.etree.ElementTree.Element`
        Where to.
    resources : `tuple` of `Resource`
        Of which.
    root : `str`
        Absolute URL of the service.
    guarded : `bool`
        Whether credentials are needed.
    """
    for resource in resources:
        capability = SubElement(parent, "capability")
        if resource.standard:
            capability.set("standardID", resource.standard)
        add(capability, "description", resource.text)
        interface = SubElement(capability, "interface", {"xsi:type": "vs:ParamHTTP"})
        if resource.version:
            interface.set("role", "std")
            interface.set("version", resource.version)
        url = add(interface, "accessURL", f"{root}/{resource.path}")
        url.set("use", "base" if resource.version else "full")
        if guarded:
            for method in SECURITY:
                SubElement(interface, "securityMethod", {"standardID": str(method)})
        add(interface, "resultType", resource.answer)
