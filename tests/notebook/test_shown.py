"""What people see: previews, errors and progress, whatever the data hold."""

from __future__ import annotations

import io
import sys
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest

from lsp_jupyter.errors import AdqlError, LspError, OverloadError
from lsp_jupyter.notebook.column import Column
from lsp_jupyter.notebook.failure import describe, plainly, show_plainly
from lsp_jupyter.notebook.listing import Listing
from lsp_jupyter.notebook.progress import Progress, progress_text
from lsp_jupyter.notebook.render import clean, html_result, text_grid, text_result, width

NASTY = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "javascript:alert(1)",
    "\x1b[2J\x1b]0;title\x07",
    "a\r\nb\tc",
    "\u202eabc",
    "\x00\x7f\x9b31m",
    "&lt;b&gt;",
]


class Tags(HTMLParser):
    """Every tag and attribute of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.mark.req("NB-REQ-0003")
@pytest.mark.parametrize("text", NASTY)
def test_no_text_of_others_becomes_markup_or_control(text: str) -> None:
    columns = [Column(name=text, unit=text, ucd=text, description=text)]
    table = pa.table({text: [text, None]})
    html = html_result(text, [text], columns, table)
    tags = Tags(html)
    assert tags.found <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    assert tags.attributes <= {"scope", "title"}
    plain = text_result(clean(text), [text], columns, table)
    listing = Listing([text], (text,), lambda each: (each,), text)
    empty = Listing([], (text,), lambda each: (each,), text)
    tags = Tags(listing._repr_html_() + empty._repr_html_())
    assert tags.found <= {"table", "thead", "tbody", "tr", "th", "td", "p"}
    error = "\n".join(describe(AdqlError(text, hint=text, line=1, column=1), text))
    for style in ("\x1b[31m", "\x1b[1m", "\x1b[0m"):
        error = error.replace(style, "")
    for shown in (html, plain, repr(listing), error):
        assert all(char == "\n" or char.isprintable() or char == "\ufffd" for char in shown)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (pa.float32(), 0.1, "0.1"),
        (pa.float64(), 0.1, "0.1"),
        (pa.int64(), 2**63 - 1, "9223372036854775807"),
        (pa.string(), None, ""),
        (pa.string(), "x" * 500, "x" * 59 + "…"),
        (pa.binary(), b"\x00\xff", "00ff"),
        (pa.list_(pa.float32()), [0.1, None], "[0.1, ]"),
        (pa.bool_(), True, "True"),
        (pa.timestamp("ns"), 1, "1970-01-01 00:00:00.000000001"),
        (pa.timestamp("us"), 1, "1970-01-01 00:00:00.000001"),
    ],
)
def test_cells(kind: pa.DataType, value: Any, shown: str) -> None:
    table = pa.table({"x": pa.array([value], kind)})
    assert text_result("T", [], [Column("x")], table).splitlines()[3:] == [shown] * bool(shown)


def test_a_grid_lines_up_whatever_the_script() -> None:
    lines = text_grid(("name", "n"), [("星", "1"), ("abc", "2"), ("e\u0301", "3")]).splitlines()
    assert len({width(line) for line in lines}) == 1


def test_many_columns_are_counted() -> None:
    columns = [Column(f"c{index}") for index in range(30)]
    table = pa.table({column.name: [1] for column in columns})
    assert "10 more columns." in text_result("T", [], columns, table)
    assert "10 more columns." in html_result("T", [], columns, table)


def test_a_long_listing_is_cut() -> None:
    listing = Listing(range(500), ("n",), lambda each: (str(each),), "Nothing.")
    assert repr(listing).endswith("300 more.")
    assert len(listing) == 500
    assert listing[499] == 499
    assert repr(listing[:0]) == "Nothing."
    assert len(listing.to_pandas()) == 500


@pytest.mark.parametrize(
    ("text", "line", "column", "length", "shown", "marked"),
    [
        ("SELECT x", 1, 8, 1, "1 | SELECT x", "x"),
        ("a\n  bad b", 2, 3, 3, "2 |   bad b", "bad"),
        ("a\tbad", 1, 3, 3, "1 | a bad", "bad"),
        ("'星' bad", 1, 5, 3, "1 | '星' bad", "bad"),
        ("abc", 1, 4, 1, "1 | abc", ""),
        ("abc", 1, 2, 99, "1 | abc", "bc"),
        ("x" * 500 + "bad" + "y" * 500, 1, 501, 3, "bad", "bad"),
    ],
)
def test_the_place_of_an_error_is_underlined(
    text: str, line: int, column: int, length: int, shown: str, marked: str
) -> None:
    error = AdqlError("No.", line=line, column=column, length=length)
    lines = [each.replace("\x1b[31m", "").replace("\x1b[0m", "") for each in describe(error, text)]
    assert shown in lines[2]
    assert len(lines[2]) < 120
    start, count = lines[3].index("^"), lines[3].count("^")
    at = 0
    while width(lines[2][:at]) < start:
        at += 1
    assert lines[2][at : at + count] == marked or not marked


@pytest.mark.parametrize("text", ["", "one line"])
def test_a_place_outside_the_text_is_only_told(text: str) -> None:
    lines = describe(AdqlError("No.", line=7, column=3), text)
    assert lines[1:] == ["  line 7, column 3"]


def test_errors_render_themselves_and_stay_what_they_are() -> None:
    @plainly
    def fail() -> None:
        raise OverloadError("Busy.", retry_after=7, hint="Wait.")

    with pytest.raises(OverloadError) as caught:
        fail()
    lines = caught.value._render_traceback_()  # type: ignore[attr-defined]
    assert "OverloadError" in lines[0]
    assert "Wait." in lines[1]
    assert lines[2] == "In: fail()"
    assert caught.value.to_dict()["retry_after"] == 7
    with pytest.raises(ZeroDivisionError), show_plainly():
        _ = 1 / 0


def test_the_innermost_place_counts() -> None:
    with pytest.raises(LspError) as caught, show_plainly("outer"), show_plainly("the query"):
        raise AdqlError("No.", line=1, column=5, length=5)
    assert "the query" in caught.value._render_traceback_()[2]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("state", "elapsed", "text"),
    [
        ({}, 2.0, "Query waiting, 2 s."),
        ({"phase": "EXECUTING", "rows": 0}, 12.4, "Query executing, 12 s."),
        ({"phase": "EXECUTING", "rows": 12345}, 1.2, "Query executing, 1 s, 12,345 rows."),
        (
            {"phase": "EXECUTING", "rows": 5, "fraction": 0.25},
            10.0,
            "Query executing, 10 s, 5 rows, 25%, about 30 s left.",
        ),
        ({"phase": "EXECUTING", "fraction": 0.01}, 10.0, "Query executing, 10 s, 1%."),
        ({"phase": "COMPLETED", "rows": 5, "fraction": 1.0}, 3.0, "Query completed, 3 s, 5 rows."),
    ],
)
def test_progress(state: dict[str, Any], elapsed: float, text: str) -> None:
    assert progress_text(state, elapsed) == text


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_written_over_on_a_terminal_only(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    out.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", out)
    with Progress() as progress:
        progress.update({"phase": "EXECUTING"})
        assert not out.getvalue()  # Nothing in the first second.
        progress._start -= 5
        progress.update({"phase": "EXECUTING", "rows": 1_000_000})
        progress.update({"phase": "QUEUED"})
    written = out.getvalue()
    assert bool(written) is terminal
    if terminal:
        assert written.count("\n") == 0
        assert written.endswith("\r")
        _, first, second, blank, _ = written.split("\r")
        assert first == "Query executing, 5 s, 1,000,000 rows."
        assert second == "Query queued, 5 s.".ljust(len(first))
        assert blank == " " * len("Query queued, 5 s.")
