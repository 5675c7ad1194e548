"""Where the VO services are."""

from __future__ import annotations

from typing import Any

from lsp_jupyter.api import uws
from lsp_jupyter.api.tap import SyncHandler, TapJobs
from lsp_jupyter.api.vosi import (
    AvailabilityHandler,
    CapabilitiesHandler,
    ExamplesHandler,
    TableHandler,
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
    tap = f"/{PREFIX}/tap"
    return [
        (f"{tap}/sync/?", SyncHandler, {}),
        *uws.routes(TapJobs()),
        (f"{tap}/capabilities", CapabilitiesHandler, {}),
        (f"{tap}/availability", AvailabilityHandler, {}),
        (f"{tap}/tables/?", TablesHandler, {}),
        (f"{tap}/tables/([^/]+)", TableHandler, {}),
        (f"{tap}/examples", ExamplesHandler, {}),
        (f"{tap}(?:/.*)?", MissingResourceHandler, {}),
        (f"/{PREFIX}(?:/.*)?", MissingHandler, {}),
    ]
