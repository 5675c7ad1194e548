"""Examples out of pages of every kind."""

from __future__ import annotations

from lsp_jupyter.engines.remote_examples import examples_of

PAGE = b"""<?xml version="1.0"?><html><head><meta charset="utf-8"></head>
<body vocab="http://www.ivoa.net/rdf/examples#">
<div id="a" typeof="example"><h2 property="name">Bright <em>stars</em></h2><hr>
<p>Some words</p><pre property="query">SELECT * FROM t WHERE a &lt; 5
 AND b = 'x'</pre> and more</div>
<div typeof="example"><h2 property="name">No query</h2></div>
<div typeof="example other"><span property="query" content="SELECT 1"/></div>"""


def test_a_page_that_ends_too_early() -> None:
    assert examples_of(PAGE) == [
        {"title": "Bright stars", "adql": "SELECT * FROM t WHERE a < 5\n AND b = 'x'"},
        {"title": "", "adql": "SELECT 1"},
    ]


def test_nothing_of_the_kind() -> None:
    for page in (b"", b"\xff\xfe", b"<html", b"<p property='query'>SELECT 1</p>", b"</div>" * 9):
        assert examples_of(page) == []
