"""What the columns of a result can be used for, as clients read it in the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from lsp_jupyter.api.anchors import anchors_for
from lsp_jupyter.api.image_services import cutout_services, link_service
from lsp_jupyter.formats.header import ORIGINS
from lsp_jupyter.formats.services import Parameter, Service
from lsp_jupyter.images.access import IDENTIFIER, image_columns

if TYPE_CHECKING:
    from lsp_jupyter.web import BaseHandler

__all__ = ["services_for"]


def services_for(handler: BaseHandler, schema: pa.Schema) -> tuple[Service, ...]:
    """The services that take values of a result's columns (DataLink 1.1 section 4).

    Those of images come first, since some clients take the first one there is.

    Parameters
    ----------
    handler : `~lsp_jupyter.web.BaseHandler`
        Of the request.
    schema : `pyarrow.Schema`
        Of the result.
    """
    services: list[Service] = []
    for name in image_columns(schema, IDENTIFIER)[:1]:
        services.append(link_service(handler.link("datalink/links"), name))
        services += cutout_services(handler.link, column=name)
    told = (schema.metadata or {}).get(ORIGINS)
    if told:
        services += _rows(handler, schema, json.loads(told))
    return tuple(services)


def _rows(
    handler: BaseHandler, schema: pa.Schema, origins: dict[str, tuple[str, str]]
) -> list[Service]:
    anchors = anchors_for(handler)
    found: dict[str, Service] = {}
    for name in schema.names:
        anchor = anchors.led_to(*origins[name]) if name in origins else None
        if anchor is not None and anchor.path not in found:
            about = f"{anchor.table.full_name} by {anchor.column.name}"
            identifier = Parameter(
                "ID", ucd="meta.id;meta.main", description=f"Value of {anchor.column.name}"
            )
            found[anchor.path] = link_service(
                handler.link(anchor.path), name, identifier=identifier, name=about
            )
    return list(found.values())
