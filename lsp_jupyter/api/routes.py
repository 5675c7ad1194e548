"""Where the VO services are."""

from __future__ import annotations

from typing import Any

from lsp_jupyter.api import (
    cutouts,
    focal_planes,
    hips,
    mosaics,
    pictures,
    registry,
    soda,
    user_tables,
    uws,
)
from lsp_jupyter.api.butler import ButlerHandler
from lsp_jupyter.api.datalink import LinkCapabilitiesHandler, LinksHandler
from lsp_jupyter.api.discovery import DiscoveryHandler, RouteHandler
from lsp_jupyter.api.esa_tap import RemoveJobsHandler
from lsp_jupyter.api.image_files import ImageFileHandler
from lsp_jupyter.api.row_links import RowLinksHandler
from lsp_jupyter.api.scs import ConeCapabilitiesHandler, ConeHandler
from lsp_jupyter.api.sia import ImageCapabilitiesHandler, ImageSearchHandler
from lsp_jupyter.api.tap import SyncHandler, TapJobs
from lsp_jupyter.api.vosi import (
    AvailabilityHandler,
    CapabilitiesHandler,
    ExamplesHandler,
    TablesHandler,
)
from lsp_jupyter.web import PREFIX, BaseHandler, MissingHandler

__all__ = ["routes"]


class MissingResourceHandler(MissingHandler):
    """What a VO service does not have."""

    vo = True


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """The routes of every VO service.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL; whatever else is below the
        platform's prefix is answered with 404, so these come last.
    """
    tap, scs, sia, datalink, images = (
        f"/{PREFIX}/{name}" for name in ("tap", "scs", "sia", "datalink", "images")
    )
    return [
        (f"{tap}/sync/?", SyncHandler, {}),
        *uws.routes(TapJobs()),
        (f"{tap}/deletejobs", RemoveJobsHandler, {}),
        (f"{tap}/capabilities", CapabilitiesHandler, {}),
        (f"{tap}/availability", AvailabilityHandler, {}),
        (f"{tap}/tables/?", TablesHandler, {}),
        *user_tables.routes(),
        (f"{tap}/examples", ExamplesHandler, {}),
        *registry.routes(),
        (f"{tap}(?:/.*)?", MissingResourceHandler, {}),
        (f"/{PREFIX}/discovery/discovery", DiscoveryHandler, {}),
        (f"/{PREFIX}/api/tap", RouteHandler, {}),
        (f"/{PREFIX}/api/tap/(.*)", RouteHandler, {}),
        (f"{scs}/([^/]+)", ConeHandler, {}),
        (f"{scs}/([^/]+)/capabilities", ConeCapabilitiesHandler, {}),
        (f"{scs}/.+/availability", AvailabilityHandler, {}),
        (f"{scs}(?:/.*)?", MissingResourceHandler, {}),
        (f"{sia}/([^/]+)", ImageSearchHandler, {}),
        (f"{sia}/([^/]+)/query", ImageSearchHandler, {}),
        (f"{sia}/([^/]+)/capabilities", ImageCapabilitiesHandler, {}),
        (f"{sia}/.+/availability", AvailabilityHandler, {}),
        (f"{sia}(?:/.*)?", MissingResourceHandler, {}),
        *pictures.routes(),
        *focal_planes.routes(),
        *mosaics.routes(),
        *soda.routes(),
        *hips.routes(),
        (f"/{PREFIX}/hips(?:/.*)?", MissingResourceHandler, {}),
        (f"/{PREFIX}/moc(?:/.*)?", MissingResourceHandler, {}),
        *cutouts.routes(),
        (f"/{PREFIX}/soda/availability", AvailabilityHandler, {}),
        (f"/{PREFIX}/soda(?:/.*)?", MissingResourceHandler, {}),
        (f"{datalink}/links", LinksHandler, {}),
        (f"{datalink}/capabilities", LinkCapabilitiesHandler, {}),
        (f"{datalink}/availability", AvailabilityHandler, {}),
        (f"{datalink}/([^/]+)/([^/]+)", RowLinksHandler, {}),
        (f"{datalink}(?:/.*)?", MissingResourceHandler, {}),
        (f"/{PREFIX}/butler/([^/]+)/v1/(.+)", ButlerHandler, {}),
        (f"/{PREFIX}/butler(?:/.*)?", MissingResourceHandler, {}),
        (f"{images}/([^/]+)/([^/]+)", ImageFileHandler, {}),
        (f"{images}(?:/.*)?", MissingResourceHandler, {}),
        (f"/{PREFIX}(?:/.*)?", MissingHandler, {}),
    ]
