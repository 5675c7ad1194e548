"""Where objects are that have a name."""

from __future__ import annotations

from typing import Any

from lsp_jupyter.catalogs import messier
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.portal.handler import PortalHandler

__all__ = ["NamesHandler"]

#: Characters of a name at most.
LONGEST = 200


class NamesHandler(PortalHandler):
    """``portal/names?name=…``: positions of the objects of a name, the best first."""

    async def get(self) -> None:
        """Answer with none, one or several."""
        name = " ".join(self.get_query_argument("name", "").split())
        if not name:
            raise ParameterError(
                "No name was given.", parameter="name", hint="Add name=M31, for example."
            )
        if len(name) > LONGEST:
            raise ParameterError("This name is too long.", parameter="name")
        await self.send({"matches": await self.matches(name)})

    async def matches(self, name: str) -> list[dict[str, Any]]:
        """What is known of a name."""
        known = messier.find(name)
        if known is None:
            return []
        return [{"name": known.name, "ra": known.ra, "dec": known.dec, "source": "Messier"}]
