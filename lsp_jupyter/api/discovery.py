"""Which datasets there are and where their services are, as ``lsst-rsp`` reads it.

The document has the form that the Rubin Science Platform gives out: datasets by
name, and for each its services with their URLs and versions. Clients ask for it
without credentials, so it tells of public releases alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.repositories import read_repositories
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.catalogs.release import Release

__all__ = ["DiscoveryHandler", "RouteHandler", "discovery"]

#: Versions of the search for images.
_SIA = {"sia-2.0": "ivo://ivoa.net/std/SIA#query-2.0"}

#: Versions of TAP that the service speaks, and their identifiers.
_TAP = {"tap-1.1": "ivo://ivoa.net/std/TAP"}


class DiscoveryHandler(BaseHandler):
    """``discovery/discovery``: datasets, their services and where they are."""

    public = True

    def get(self) -> None:
        """Answer with the document."""
        entries = self.platform.catalog.entries()
        images = read_repositories(self.platform.state).keys()
        self.set_header("Cache-Control", "no-cache")
        self.send_json(discovery((release for release, _, _ in entries), self.link, images))


class RouteHandler(BaseHandler):
    """``api/tap/…``: where older clients expect the services below ``api``."""

    vo = True

    def get(self, path: str | None = None) -> None:
        """Send the client to the service itself.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the path leaves the service.
        """
        if {".", ".."} & {*(path or "").split("/")}:
            raise NotFoundError("There is nothing at this address.")
        query = f"?{self.request.query}" if self.request.query else ""
        # 307 keeps method and body.
        rest = "" if path is None else f"/{_escaped(path)}"
        self.redirect(self.link(f"tap{rest}{query}"), status=307)

    head = post = put = delete = get


def discovery(
    releases: Iterable[Release], link: Callable[[str], str], images: Collection[str] = ()
) -> dict[str, Any]:
    """The discovery document.

    Parameters
    ----------
    releases : iterable of `~lsp_jupyter.catalogs.release.Release`
        What is published; those that are not public are left out.
    link : callable
        Makes absolute URLs of paths below the platform's prefix.
    images : collection of `str`
        Names of the releases that have images.

    Returns
    -------
    document : `dict`
        To be written as JSON.
    """
    datasets = {
        release.name: {
            "description": ": ".join(filter(None, (release.title, release.description))),
            "docs_url": None,
            "butler_config": None,
            "services": _services(release, link) | _image_services(release, link, images),
        }
        for release in releases
        if release.public and release.name.lower() != "tap_schema"
    }
    return {
        "applications": ["datalink", "sia", "tap"] if images else ["tap"],
        "datasets": datasets,
        "influxdb_databases": {},
        "services": {
            "internal": {
                "discovery": {"url": link("discovery"), "openapi": None, "versions": {}},
            },
            "ui": {},
        },
    }


def _services(release: Release, link: Callable[[str], str]) -> dict[str, Any]:
    tap = link("tap")
    services = {
        "tap": {
            "url": tap,
            "openapi": None,
            "versions": {
                name: {"url": tap, "ivoa_standard_id": standard} for name, standard in _TAP.items()
            },
        }
    }
    if any(table.position for table in release.tables):
        # One search a table, at scs/<schema>.<table>.
        services["scs"] = {"url": link("scs"), "openapi": None, "versions": {}}
    return services


def _image_services(
    release: Release, link: Callable[[str], str], images: Collection[str]
) -> dict[str, Any]:
    if release.name not in images:
        return {}
    sia = link(f"sia/{release.name}")
    versions = {
        name: {"url": f"{sia}/query", "ivoa_standard_id": standard}
        for name, standard in _SIA.items()
    }
    return {
        "sia": {"url": sia, "openapi": None, "versions": versions},
        "datalink": {"url": link("datalink/links"), "openapi": None, "versions": {}},
        "cutout": {"url": link("soda"), "openapi": None, "versions": {}},
    }


def _escaped(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/:@!$&'()*+,;=~")
