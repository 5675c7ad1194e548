"""Whether answers are compressed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from lsp_jupyter.web.compression import gzipped, wants_gzip


def request(ip: str = "203.0.113.7", **headers: str) -> HTTPServerRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    made = HTTPServerRequest(headers=HTTPHeaders({"Host": "here", **named}), start_line=line)
    made.remote_ip = ip
    return made


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5, br", True),
        ("GZIP", True),
        ("*", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("deflate, br, zstd", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("gzip;q=much", False),
    ],
)
def test_clients_must_ask(header: str, wanted: bool) -> None:
    assert wants_gzip(request(Accept_Encoding=header)) is wanted
    assert wants_gzip(request(Accept_Encoding=header), "never") is False


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "127.3.2.1", ""])
def test_programs_on_this_machine_are_spared(ip: str) -> None:
    assert not wants_gzip(request(ip, Accept_Encoding="gzip"))
    assert wants_gzip(request(ip, Accept_Encoding="gzip"), "always")
    # Whoever takes nothing else has asked for it.
    assert wants_gzip(request(ip, Accept_Encoding="gzip, identity;q=0"))
    assert not wants_gzip(request(ip, Accept_Encoding="gzip, identity;q=0"), "never")
    # A proxy on this machine speaks for somebody elsewhere.
    assert wants_gzip(request(ip, Accept_Encoding="gzip", X_Forwarded_For="203.0.113.7"))
    assert wants_gzip(request(ip, Accept_Encoding="gzip", Via="1.1 proxy"))


def test_what_comes_out_is_a_gzip_file() -> None:
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            for number in range(1000):
                yield b"%d," % number
        finally:
            closed.append(True)

    packed = b"".join(gzipped(pieces()))
    assert gzip.decompress(packed) == b"".join(b"%d," % number for number in range(1000))
    begun = gzipped(pieces())
    next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert closed == [True, True]
