"""DALI parameters."""

from __future__ import annotations

from typing import Any

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from lsp_jupyter.api.parameters import MOST, Parameters
from lsp_jupyter.errors import ParameterError, UsageError

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=XyZ"


def request(query: str = "", body: bytes = b"", kind: str = FORM) -> HTTPServerRequest:
    class Connection:
        context: Any = None

    return HTTPServerRequest(
        headers=HTTPHeaders({"Content-Type": kind, "Host": "127.0.0.1"}),
        body=body,
        connection=Connection(),  # type: ignore[arg-type]
        start_line=RequestStartLine("POST", f"/x?{query}", "HTTP/1.1"),
    )


def part(name: str, value: str, more: str = "") -> str:
    head = f'Content-Disposition: form-data; name="{name}"{more}'
    return f"--XyZ\r\n{head}\r\n\r\n{value}\r\n"


@pytest.mark.parametrize(
    ("made", "value"),
    [
        (request("QUERY=a%20b"), "a b"),
        (request("query=a+b"), "a b"),
        (request("", b"Query=a%2Bb"), "a+b"),
        (request("", "query=é".encode()), "é"),
        (request("LANG=ADQL", b"QUERY=x"), "x"),
        (request("", b"QUERY=x", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"), "x"),
        (request("", f"{part('QUERY', 'l1')}--XyZ--\r\n".encode(), MULTIPART), "l1"),
        (request("QUERY="), None),
        (request("QUERY=%20%0A"), None),
        (request(), None),
        (request("QUERY=%F0%9F%8C%8C"), "\U0001f30c"),
    ],
)
def test_a_value_is_found_wherever_it_is(made: HTTPServerRequest, value: str | None) -> None:
    assert Parameters.of(made).get("QUERY") == value


def test_a_query_keeps_its_blanks() -> None:
    given = Parameters.of(request("QUERY=%20x%0A&LANG=%20ADQL%20"))
    assert given.get("QUERY", strip=False) == " x\n"
    assert given.get("LANG") == "ADQL"


def test_files_are_refused_where_nothing_takes_them() -> None:
    body = part("t1", "<VOTABLE/>", '; filename="t.vot"') + part("QUERY", "x") + "--XyZ--\r\n"
    with pytest.raises(UsageError, match="Files cannot be sent to this address"):
        Parameters.of(request("", body.encode(), MULTIPART))


def test_repeatable_parameters_keep_their_order() -> None:
    assert Parameters.of(request("PHASE=A&phase=B&Phase=")).all("PHASE") == ["A", "B"]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (request("LANG=ADQL&lang=ADQL"), "LANG was sent 2 times"),
        (request("LANG=ADQL", b"LANG=ADQL"), "LANG was sent 2 times"),
        (request("LANG=%FF"), "not UTF-8"),
        (request("LANG=%ED%A0%80"), "not UTF-8"),
        (request("LANG=a%00b"), r"U\+0000"),
        (request("LANG=%EF%BF%BF"), r"U\+FFFF"),
        (request("", b"{}", "application/json"), "not understood"),
        (request("", b"LANG=x", ""), "not understood"),
        (request("", b"LANG=x", "multipart/form-data"), "cannot be read"),
        (request("", b"no parts at all", MULTIPART), "cannot be read"),
        (request("&".join(["a=b"] * (MOST + 1))), "more than"),
        (request("", b"&".join([b"a=b"] * (MOST + 1))), "more than"),
    ],
)
def test_what_cannot_be_understood_is_refused(made: HTTPServerRequest, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Parameters.of(made).get("LANG")


def test_the_error_names_the_parameter() -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters.of(request("MaxRec=1&MAXREC=2")).get("MAXREC")
    assert caught.value.parameter == "MAXREC"
