"""The XML schemas of the IVOA standards, as STILTS brings them along."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

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


class _Archive(etree.Resolver):  # type: ignore[misc]
    def resolve(self, url: str, _: object, context: object) -> object:
        with zipfile.ZipFile(JAR) as archive:
            text = archive.read(FOLDER + FILES[url])
        return self.resolve_string(text, context, base_url=url)


@cache
def _schema() -> object:
    if not JAR.exists():
        pytest.skip("the package stilts, which brings the schemas, is not installed")
    parser = etree.XMLParser()
    parser.resolvers.add(_Archive())
    imports = "".join(f'<xs:import namespace="{name}" schemaLocation="{name}"/>' for name in ROOTS)
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser))


def validated(document: bytes) -> etree._Element:
    """The document's tree; fails if it is not valid."""
    tree = etree.fromstring(document)
    schema = _schema()
    assert schema.validate(tree), f"{schema.error_log}\n{document.decode()}"
    return tree
