"""A name service elsewhere, for instances that have one: its answers are like Sesame's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from lsp_jupyter.errors import RemoteError

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig

__all__ = ["resolve"]

#: Bytes of an answer at most.
_LIMIT = 256 << 10
#: ``%J 10.684708 +41.268750 = 00:42:44.33 +41:16:07.5``: the position of an object.
_POSITION = re.compile(r"^%J\s+([+-]?\d+(?:\.\d*)?)\s+([+-]?\d+(?:\.\d*)?)", re.MULTILINE)


async def resolve(config: LspConfig, name: str) -> list[tuple[str, float, float, str]]:
    """Ask the service that ``LspConfig.name_resolver`` names.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Its URL has ``{name}`` where the name goes; `tap_near` and `tap_timeout` hold here too.
    name : `str`
        What an object is called.

    Returns
    -------
    matches : `list` of `tuple`
        Name, right ascension and declination (degrees, ICRS) and the service's host; empty if
        it knows none.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if it does not answer.
    """
    from lsp_jupyter.engines.remote_addresses import OutsideResolver
    from lsp_jupyter.net import Client

    url = config.name_resolver.replace("{name}", quote(name, safe=""))
    host = urlsplit(url).hostname or "the name service"
    client = Client(
        hint="Write the position of the object.",
        connect_timeout=config.tap_timeout,
        head_timeout=config.tap_timeout,
        idle_timeout=config.tap_timeout,
        resolver=OutsideResolver(allowed=tuple(config.tap_near)),
    )
    async with client.request(url) as answer:
        if answer.status != 200:
            raise RemoteError(
                f"{host} answered {answer.status}.", hint="Write the position of the object."
            )
        text = (await answer.read(_LIMIT)).decode("utf-8", "replace")
    found = _POSITION.search(text)
    if found is None:
        return []
    ra, dec = float(found[1]), float(found[2])
    return [(name, ra, dec, host)] if 0 <= ra <= 360 and abs(dec) <= 90 else []
