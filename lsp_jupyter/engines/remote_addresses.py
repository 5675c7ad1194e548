"""Which machines an outside service may be on: none that only this one can reach.

A name is resolved once, all its addresses are looked at, and the connection goes to
exactly those. So neither a name that changes its address nor a redirection leads inside.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from tornado.netutil import DefaultLoopResolver

from lsp_jupyter.errors import ForbiddenError

__all__ = ["OutsideResolver", "is_outside"]

#: IPv6 addresses that stand for those of IPv4 (RFC 6052 section 2.1).
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


def is_outside(text: str) -> bool:
    """Whether an IP address is one of the public internet.

    Parameters
    ----------
    text : `str`
        The address, with or without a zone.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        elif address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return address.is_global and not address.is_multicast


class OutsideResolver(DefaultLoopResolver):
    """Finds the addresses of names, and refuses those of this machine and its networks."""

    allowed: frozenset[str] = frozenset()

    def initialize(self, allowed: Sequence[str] = ()) -> None:
        """Take the names of hosts that may have any address."""
        super().initialize()
        self.allowed = frozenset(host.lower() for host in allowed)

    async def resolve(self, host: str, port: int, family: Any = 0) -> list[tuple[int, Any]]:
        """The addresses of a host.

        Raises
        ------
        lsp_jupyter.errors.ForbiddenError
            Raised if one of them is not of the public internet.
        """
        found = await super().resolve(host, port, family)
        if host.lower().strip("[]") not in self.allowed:
            for _, address in found:
                if not is_outside(str(address[0])):
                    raise ForbiddenError(
                        f"{host[:200]} is a machine of this network, which may not be asked.",
                        hint="Whoever runs this instance may allow it: LspConfig.tap_near.",
                    )
        return found
