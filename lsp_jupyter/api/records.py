"""The records of an instance for the VO Registry (VOResource 1.1).

One for its naming authority, its registry and its TAP service, one for each
release and one for each table that a cone search looks into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, fromstring

from lsp_jupyter.api.capabilities import SECURITY, capabilities
from lsp_jupyter.api.cone_capabilities import add_cone_capability
from lsp_jupyter.api.image_capabilities import (
    CUTOUTS,
    JOBS,
    LINKS,
    SEARCH,
    SURVEYS,
    add_capabilities,
)
from lsp_jupyter.api.table_documents import tableset
from lsp_jupyter.api.xml import add

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Table
    from lsp_jupyter.api.table_documents import Keys
    from lsp_jupyter.catalogs.release import Release
    from lsp_jupyter.config import LspConfig

__all__ = ["NAMESPACES", "Published", "Record", "records", "text_instant"]

_XSI = "http://www.w3.org/2001/XMLSchema-instance"

#: Prefixes that the types of records need.
NAMESPACES = {
    "xmlns:ri": "http://www.ivoa.net/xml/RegistryInterface/v1.0",
    "xmlns:vr": "http://www.ivoa.net/xml/VOResource/v1.0",
    "xmlns:vg": "http://www.ivoa.net/xml/VORegistry/v1.0",
    "xmlns:vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xmlns:tr": "http://www.ivoa.net/xml/TAPRegExt/v1.0",
    "xmlns:cs": "http://www.ivoa.net/xml/ConeSearch/v1.0",
    "xmlns:xsi": _XSI,
}
#: Longest title, since nobody reads more of it in a list.
TITLE = 200


@dataclass(frozen=True, slots=True)
class Published:
    """A release with what the registry wants to know beside it.

    Attributes
    ----------
    release : `~lsp_jupyter.catalogs.release.Release`
        Its tables and texts.
    created, updated : `~datetime.datetime`
        When it was published first and last; UTC.
    keys : mapping
        Foreign keys of its tables, by full name.
    images : `bool`
        Whether images belong to it.
    """

    release: Release
    created: datetime
    updated: datetime
    keys: Keys
    images: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One resource.

    Attributes
    ----------
    identifier : `str`
        IVOA identifier.
    title, description : `str`
        For people.
    updated : `~datetime.datetime`
        When it changed last; UTC.
    element : callable
        Makes its ``ri:Resource``.
    """

    identifier: str
    title: str
    description: str
    updated: datetime
    element: Callable[[], Element]


def records(
    config: LspConfig, root: str, guarded: bool, published: Sequence[Published], since: datetime
) -> list[Record]:
    """Everything that the instance tells registries.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names and limits of the instance.
    root : `str`
        Absolute URL of the services, with a final slash.
    guarded : `bool`
        Whether credentials are needed.
    published : sequence of `Published`
        The releases to tell of.
    since : `~datetime.datetime`
        When the instance began, if nothing is published yet; UTC.

    Returns
    -------
    records : `list` of `Record`
        The authority first.
    """
    made = _Records(config, root, guarded, published, since)
    return [
        made.authority(),
        made.registry(),
        made.tap(),
        *map(made.release, published),
        *(
            made.cone(each, table)
            for each in published
            for table in each.release.tables
            if table.position is not None
        ),
        *(made.images(each) for each in published if each.images),
        *([made.access(), made.surveys()] if any(each.images for each in published) else []),
    ]


class _Records:
    def __init__(
        self,
        config: LspConfig,
        root: str,
        guarded: bool,
        published: Sequence[Published],
        since: datetime,
    ) -> None:
        self._config = config
        self._root = root
        self._guarded = guarded
        self._published = published
        self._created = min((each.created for each in published), default=since)
        self._updated = max((each.updated for each in published), default=since)
        self._publisher = (
            config.publisher or f"LSST Science Platform for Jupyter, {config.instance}"
        )
        self._email = config.contact_email or f"postmaster@{config.authority}"

    def authority(self) -> Record:
        """Who may make identifiers that begin with the authority's name."""

        def element(root: Element) -> None:
            add(root, "managingOrg", self._publisher)

        title = f"Naming authority {self._config.authority}"
        return self._record("vg:Authority", "", title, title, element, changes=False)

    def registry(self) -> Record:
        """Where these records are harvested (Registry Interfaces 1.1 section 2)."""

        def element(root: Element) -> None:
            found = _capability(root, "ivo://ivoa.net/std/Registry", "vg:Harvest")
            self._interface(found, "registry/oai", "vg:OAIHTTP", "1.0", guarded=False)
            add(found, "maxRecords", "0")
            add(root, "full", "false")
            add(root, "managedAuthority", self._config.authority)

        title = f"Publishing registry of {self._publisher}"
        return self._record("vg:Registry", "/registry", title, title, element, changes=False)

    def tap(self) -> Record:
        """The TAP service with every table."""

        def element(root: Element) -> None:
            keys = {name: found for each in self._published for name, found in each.keys.items()}
            texts = {
                table.schema: each.release.title
                for each in self._published
                for table in each.release.tables
            }
            tables = [table for each in self._published for table in each.release.tables]
            names = [table.full_name for table in tables]
            document = capabilities(self._config, f"{self._root}tap", self._guarded, names)
            root.extend(map(_prefixed, fromstring(document)))  # noqa: S314 (our own document)
            _tables(root, tables, texts, keys)

        title = f"TAP service of {self._publisher}"
        text = "Queries in ADQL over every catalogue published here."
        return self._record("vs:CatalogService", "/tap", title, text, element)

    def release(self, one: Published) -> Record:
        """A release: data that are queried through the TAP service."""

        def element(root: Element) -> None:
            self._auxiliary(root)
            texts = {table.schema: one.release.title for table in one.release.tables}
            _tables(root, one.release.tables, texts, one.keys)

        return self._record(
            "vs:CatalogResource",
            f"/{_path(one.release.name)}",
            one.release.title or one.release.name,
            one.release.description,
            element,
            of=one,
            relations=[("IsServedBy", "/tap", "TAP service")],
        )

    def cone(self, one: Published, table: Table) -> Record:
        """The cone search in one table (Simple Cone Search 1.1)."""

        def element(root: Element) -> None:
            url = f"{self._root}scs/{quote(table.full_name)}"
            add_cone_capability(root, url, max(self._config.maxrec, 1), self._guarded)
            self._auxiliary(root)
            _tables(root, [table], {table.schema: one.release.title}, {})

        return self._record(
            "vs:CatalogService",
            f"/{_path(one.release.name)}/{_path(table.full_name)}",
            f"Cone search in {table.full_name}",
            ": ".join(filter(None, (table.title, table.description))),
            element,
            of=one,
            relations=[("IsPartOf", f"/{_path(one.release.name)}", one.release.title)],
        )

    def images(self, one: Published) -> Record:
        """The search for images of a release (SIA 2.0)."""

        def element(root: Element) -> None:
            url = f"{self._root}sia/{quote(one.release.name)}"
            add_capabilities(root, SEARCH, url, self._guarded)

        return self._record(
            "vs:CatalogService",
            f"/{_path(one.release.name)}/sia",
            f"Images of {one.release.title or one.release.name}",
            f"Search for images of {one.release.title or one.release.name} by position, band, "
            "time and kind.",
            element,
            of=one,
            relations=[("IsPartOf", f"/{_path(one.release.name)}", one.release.title)],
        )

    def access(self) -> Record:
        """The services that lead from an image to its file, and to parts of it."""

        def element(root: Element) -> None:
            add_capabilities(root, LINKS, f"{self._root}datalink", self._guarded)
            add_capabilities(root, CUTOUTS, f"{self._root}soda", self._guarded)
            add_capabilities(root, JOBS, self._root.rstrip("/"), self._guarded)

        title = f"Access to the images of {self._publisher}"
        text = "Files, pictures and cutouts of images, and what they were made of."
        return self._record("vs:CatalogService", "/datalink", title, text, element)

    def surveys(self) -> Record:
        """The list of surveys in pictures (HiPS 1.0 section 5.2)."""

        def element(root: Element) -> None:
            add_capabilities(root, SURVEYS, f"{self._root}hips", self._guarded)

        title = f"Surveys in pictures of {self._publisher}"
        text = "Hierarchical progressive surveys (HiPS) of the images published here."
        return self._record("vs:CatalogService", "/hips", title, text, element)

    def _auxiliary(self, root: Element) -> None:
        """That the tables are in the TAP service too (Discovering Data Collections 1.1)."""
        found = _capability(root, "ivo://ivoa.net/std/TAP#aux")
        self._interface(found, "tap", "vs:ParamHTTP", "1.1", guarded=self._guarded)

    def _interface(
        self, capability: Element, path: str, kind: str, version: str, *, guarded: bool
    ) -> None:
        told = {"xsi:type": kind, "role": "std", "version": version}
        found = SubElement(capability, "interface", told)
        add(found, "accessURL", f"{self._root}{path}").set("use", "base")
        for method in SECURITY if guarded else ():
            SubElement(found, "securityMethod", {"standardID": str(method)})

    def _record(
        self,
        kind: str,
        path: str,
        title: str,
        description: str,
        fill: Callable[[Element], None],
        *,
        of: Published | None = None,
        relations: Iterable[tuple[str, str, str]] = (),
        changes: bool = True,
    ) -> Record:
        authority = f"ivo://{self._config.authority}"
        created = self._created if of is None else of.created
        updated = self._updated if of is None else of.updated
        updated = updated if changes else created
        text = description or title

        def element() -> Element:
            root = Element(
                "ri:Resource",
                NAMESPACES
                | {
                    "xsi:type": kind,
                    "created": text_instant(created),
                    "updated": text_instant(updated),
                    "status": "active",
                    "version": "1.1",
                },
            )
            add(root, "title", title[:TITLE])
            add(root, "identifier", f"{authority}{path}")
            self._curate(SubElement(root, "curation"), updated, of)
            content = SubElement(root, "content")
            add(
                content, "subject", "virtual-observatories" if of is None else "astronomy-databases"
            )
            add(content, "description", text)
            if of is not None:
                add(content, "source", of.release.citation)
            add(content, "referenceURL", f"{self._root}tap/examples")
            add(content, "type", "Registry" if kind.startswith("vg:") else "Catalog")
            add(content, "contentLevel", "Research")
            for name, target, label in relations:
                relation = SubElement(content, "relationship")
                add(relation, "relationshipType", name)
                add(relation, "relatedResource", label or target).set(
                    "ivo-id", f"{authority}{target}"
                )
            if of is not None:
                add(root, "rights", of.release.license)
            fill(root)
            return root

        return Record(f"{authority}{path}", title, text, updated, element)

    def _curate(self, curation: Element, updated: datetime, of: Published | None) -> None:
        add(curation, "publisher", self._publisher)
        add(curation, "date", f"{updated:%Y-%m-%d}").set("role", "Updated")
        if of is not None:
            add(curation, "version", of.release.version)
        contact = SubElement(curation, "contact")
        add(contact, "name", self._publisher)
        add(contact, "email", self._email)


def _capability(root: Element, standard: str, kind: str = "") -> Element:
    found = SubElement(root, "capability", {"standardID": standard})
    if kind:
        found.set("xsi:type", kind)
    return found


def _tables(root: Element, tables: Sequence[Table], texts: dict[str, str], keys: Keys) -> None:
    if tables:
        tableset(SubElement(root, "tableset"), tables, texts, keys)


def _prefixed(element: Element) -> Element:
    """The element with the prefix of its types as a text, since their names refer to it."""
    for each in element.iter():
        kind = each.attrib.pop(f"{{{_XSI}}}type", None)
        if kind is not None:
            each.set("xsi:type", kind)
    return element


def _path(name: str) -> str:
    """A name as a part of an IVOA identifier (IVOA Identifiers 2.0 section 2.3.3)."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)


def text_instant(time: datetime) -> str:
    """A time as text, to the second (OAI-PMH 2.0 section 3.3)."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
