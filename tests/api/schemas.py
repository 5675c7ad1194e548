"""The XML schemas of the IVOA standards, as STILTS brings them along."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

etree = pytest.importorskip("lxml.etree")

JAR = Path("/usr/share/java/starlink-ttools.jar")
FOLDER = "uk/ac/starlink/ttools/taplint/"

#: Namespace or address → file in the archive.
FILES = {
    "http://www.ivoa.net/xml/UWS/v1.0": "UWS-v1.1.xsd",
    "http://www.ivoa.net/xml/VOSICapabilities/v1.0": "VOSICapabilities-v1.0.xsd",
    "http://www.ivoa.net/xml/VOSIAvailability/v1.0": "VOSIAvailability-v1.0.xsd",
    "http://www.ivoa.net/xml/VOSITables/v1.0": "VOSITables-v1.1.xsd",
    "http://www.ivoa.net/xml/TAPRegExt/v1.0": "TAPRegExt-v1.0-Erratum1.xsd",
    "http://www.ivoa.net/xml/VODataService/v1.1": "VODataService-v1.2.xsd",
    "http://www.ivoa.net/xml/VOResource/v1.0": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/VOResource/VOResource-v1.0.xsd": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/STC/stc-v1.30.xsd": "stc-v1.30.xsd",
    "http://www.ivoa.net/xml/Xlink/xlink.xsd": "xlink.xsd",
    "http://www.w3.org/2001/xml.xsd": "xmlnamespace.xsd",
}
ROOTS = list(FILES)[:6]


#: Where DaCHS, the Debian package python3-gavo, has the schemas of registries.
FOLDER_OF_REGISTRY = Path("/usr/lib/python3/dist-packages/gavo/resources/schemata")
FILES_OF_REGISTRY = {
    "http://www.ivoa.net/xml/RegistryInterface/v1.0": "RegistryInterface.xsd",
    "http://www.ivoa.net/xml/VORegistry/v1.0": "VORegistry.xsd",
    "http://www.ivoa.net/xml/ConeSearch/v1.0": "ConeSearch.xsd",
    "http://www.openarchives.org/OAI/2.0/": "OAI-PMH.xsd",
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai_dc.xsd",
}


class _Archive(etree.Resolver):  # type: ignore[misc]
    def resolve(self, url: str, _: object, context: object) -> object:
        if url in FILES_OF_REGISTRY:
            text = (FOLDER_OF_REGISTRY / FILES_OF_REGISTRY[url]).read_bytes()
        elif url in FILES:
            with zipfile.ZipFile(JAR) as archive:
                text = archive.read(FOLDER + FILES[url])
        else:
            # The registry's schemas refer to mirrors of those that are here already.
            name = url.rpartition("/")[2]
            mirror = {"VOResource.xsd": ROOTS[5], "VODataService.xsd": ROOTS[4]}.get(name)
            if mirror is not None:
                return self.resolve(mirror, _, context)
            text = (FOLDER_OF_REGISTRY / name).read_bytes()
        return self.resolve_string(text, context, base_url=url)


@cache
def _schema(*more: str) -> object:
    if not JAR.exists():
        pytest.skip("the package stilts, which brings the schemas, is not installed")
    parser = etree.XMLParser()
    parser.resolvers.add(_Archive())
    imports = "".join(
        f'<xs:import namespace="{name}" schemaLocation="{name}"/>' for name in (*ROOTS, *more)
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser))


def validated(document: bytes) -> etree._Element:
    """The document's tree; fails if it is not valid."""
    return _valid(document, _schema())


def registry_validated(document: bytes) -> etree._Element:
    """The tree of a document of a registry; fails if it is not valid.

    Not validated where the schemas of registries are not installed.
    """
    if not FOLDER_OF_REGISTRY.exists():
        return etree.fromstring(document)
    return _valid(document, _schema(*FILES_OF_REGISTRY))


def _valid(document: bytes, schema: Any) -> etree._Element:
    tree = etree.fromstring(document)
    assert schema.validate(tree), f"{schema.error_log}\n{document.decode()}"
    return tree
