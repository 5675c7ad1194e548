"""Compression on the way to clients that ask for it (RFC 9110 section 8.4)."""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Iterator

from tornado.httputil import HTTPServerRequest

__all__ = ["Policy", "gzipped", "wants_gzip"]

#: When to compress; see the setting ``compress``.
Policy = str

#: What proxies add to a request that they pass on.
_PASSED_ON = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


def wants_gzip(request: HTTPServerRequest, policy: Policy = "remote") -> bool:
    """Whether an answer should be sent with ``Content-Encoding: gzip``.

    Parameters
    ----------
    request : `tornado.httputil.HTTPServerRequest`
        What is answered.
    policy : `str`
        ``always``, ``never``, or ``remote``: not to programs on this machine,
        which name gzip by habit and would wait for it, unless they refuse anything else
        (``gzip, identity;q=0``).
    """
    weights = _weights(request.headers.get("Accept-Encoding", ""))
    others = weights.get("*", 0.0)
    if policy == "never" or not weights.get("gzip", weights.get("x-gzip", others)) > 0:
        return False
    return policy == "always" or weights.get("identity") == 0 or not _is_near(request)


def _weights(header: str) -> dict[str, float]:
    """The encodings that a client names, and how much it likes each."""
    weights = {}
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            weights[name.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
    return weights


def _is_near(request: HTTPServerRequest) -> bool:
    if any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.remote_ip or "").is_loopback
    except ValueError:
        # A Unix socket.
        return True


def gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The gzip file of a document, piece by piece; closes what it reads."""
    # Runs and Huffman codes alone: twice as fast as the rest, and nearly as small.
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS, 8, zlib.Z_RLE)
    try:
        for chunk in chunks:
            yield packer.compress(chunk)
        yield packer.flush()
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
