"""Stamps of places of a table, for a wall of them."""

from __future__ import annotations

import asyncio
import math
import struct
from dataclasses import replace
from typing import Any

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.bulk.request import Request
from lsp_jupyter.images.bulk.wall import place_of
from lsp_jupyter.portal.handler import PortalHandler, dump

__all__ = ["StampsHandler"]

_KINDS = {
    "release": str,
    "dataset": str,
    "bands": list,
    "radius": float,
    "look": dict,
    "places": list,
}


class StampsHandler(PortalHandler):
    """``portal/stamps``: pictures of the sky at places."""

    async def get(self) -> None:
        """Answer ``{images: [{release, dataset, bands}]}``: what they can be of."""
        self.send_json({"images": await asyncio.to_thread(self._images)})

    def _images(self) -> list[dict[str, Any]]:
        return self.platform.wall.images(self.caller)

    async def post(self) -> None:
        """Answer the stamps of some places in one piece.

        The body has ``release``, ``dataset``, ``bands`` (one, or three for red, green and blue),
        ``radius`` in degrees, ``look`` (parameters of pictures) and ``places``, pairs of degrees.
        The answer is four bytes, the length of what follows as a little-endian number; JSON with
        ``stamps``, of each ``start``, ``size``, ``image``, ``columns``, ``rows`` and ``error``;
        and the PNG files, where ``start`` counts from the first.
        """
        body = self.fields(_KINDS)
        request = self._request(body)
        found = await self.unless_gone(self.platform.wall.stamps(self.caller, request))
        told, start = [], 0
        for stamp in found:
            told.append(stamp.to_json(start))
            start += len(stamp.png)
        head = dump({"stamps": told})
        data = b"".join([struct.pack("<I", len(head)), head, *(stamp.png for stamp in found)])
        self.send_bytes(data, "application/octet-stream")

    def _request(self, body: dict[str, Any]) -> Request:
        for name in ("release", "dataset", "bands", "radius", "places"):
            if name not in body:
                raise ParameterError(f"'{name}' is missing.", parameter=name)
        radius = float(body["radius"])
        if not math.isfinite(radius):
            raise ParameterError("'radius' must be a number of degrees.", parameter="radius")
        look = body.get("look", {})
        if not all(isinstance(one, str) for one in [*look.values(), *body["bands"]]):
            raise ParameterError("'look' and 'bands' have texts only.", parameter="look")
        given = {name.upper(): [text] for name, text in look.items()}
        request = Request.of(
            given
            | {
                "RELEASE": [body["release"]],
                "DATASET": [body["dataset"]],
                "RADIUS": [repr(radius)],
                "RESPONSEFORMAT": ["html"],
            }
        )
        places = [place_of(one, radius) for one in body["places"]]
        # The order of bands is that of the colours, and one may come twice.
        return replace(request, places=places, bands=tuple(body["bands"]))
