"""The corpus of wrong queries: each is refused at its place, in words that say what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from lsp_jupyter.adql import AdqlError, Column, Table, compile_query
from tests.adql.conftest import Tables

FIXTURE = Path(__file__).parent / "fixtures" / "wrong_queries.txt"

_POSITION = (
    Column("coord_ra", "double", unit="deg"),
    Column("coord_dec", "double", unit="deg"),
)
ARCHIVE = Tables(
    (
        Table(
            "dp1",
            "Object",
            (
                Column("objectId", "long"),
                *_POSITION,
                Column("tract", "long"),
                Column("patch", "long"),
                Column("g_psfFlux", "double", unit="nJy"),
                Column("g_psfFluxErr", "double", unit="nJy"),
                Column("refExtendedness", "float"),
                Column("detect_isPrimary", "boolean"),
            ),
            ("dp1", "main", "object"),
            ("coord_ra", "coord_dec"),
        ),
        Table(
            "dp1",
            "Visit",
            (
                Column("visit", "long"),
                Column("ra", "double", unit="deg"),
                Column("dec", "double", unit="deg"),
                Column("band", "char", "*"),
                Column("airmass", "double"),
                Column("expMidpt", "char", "*", "timestamp"),
            ),
            ("dp1", "main", "visit"),
            ("ra", "dec"),
        ),
        Table(
            "dp1",
            "ForcedSource",
            (
                Column("objectId", "long"),
                Column("visit", "long"),
                Column("psfFlux", "float", unit="nJy"),
            ),
            ("dp1", "main", "forcedsource"),
        ),
        Table(
            "lab",
            "odd",
            (
                Column("select", "int"),
                Column("two words", "int"),
                Column("Ab", "int"),
                Column("aB", "int"),
                Column("fluxes", "double", "5"),
                Column("x", "double"),
            ),
            ("lab", "main", "odd"),
        ),
    )
)


@dataclass(frozen=True)
class Wrong:
    """A wrong query and what is to be said of it."""

    text: str
    place: tuple[int, int, int]
    message: str
    hint: str
    others: tuple[tuple[int, int, str], ...]


def read(block: str) -> Wrong:
    """One block of the corpus."""
    lines, message, hint, others = [], "", "", []
    for line in block.split("\n"):
        mark, _, rest = line.partition(" ")
        if mark == "!":
            message = rest
        elif mark == "?":
            hint = rest
        elif mark == "+":
            place, _, words = rest.partition(" ")
            row, _, column = place.partition(":")
            others.append((int(row), int(column), words))
        else:
            lines.append(line)
    marked = "\n".join(lines)
    start, end = marked.index("«"), marked.index("»") - 1
    text = marked.replace("«", "").replace("»", "")
    before = text[:start]
    line_start = before.rfind("\n") + 1
    place = (before.count("\n") + 1, start - line_start + 1, max(1, end - start))
    return Wrong(text, place, message, hint, tuple(others))


def corpus() -> list[Wrong]:
    """Every block."""
    _, _, body = FIXTURE.read_text().partition("\n== ")
    blocks = re.split(r"\n\s*\n", body.rstrip())
    return [read(block) for block in blocks if "«" in block]


def said(pattern: str, text: str) -> bool:
    """Whether these words stand in a text, in order; … stands for anything between them."""
    return re.search(".*".join(map(re.escape, pattern.split(" … "))), text) is not None


@pytest.mark.req("API-REQ-0009")
@pytest.mark.parametrize("wrong", corpus(), ids=lambda wrong: wrong.text[:80] or "empty")
def test_refused(wrong: Wrong) -> None:
    with pytest.raises(AdqlError) as caught:
        compile_query(wrong.text, ARCHIVE, maxrec=10)
    error = caught.value
    assert error.code == "AdqlError"
    assert (error.line, error.column, error.length) == wrong.place, error
    assert said(wrong.message, error.message), error
    assert said(wrong.hint, error.hint), error
    places = [(other.line, other.column) for other in error.others]
    for line, column, words in wrong.others:
        assert (line, column) in places, places
        assert said(words, error.others[places.index((line, column))].message)


def test_the_corpus_is_large_and_says_something_of_each() -> None:
    found = corpus()
    assert len({wrong.text for wrong in found}) == len(found) >= 400
    assert all(wrong.message for wrong in found)


def test_right_neighbours_are_accepted() -> None:
    """Or else the schema, not the query, might be what is wrong."""
    for query in (
        "SELECT objectId FROM dp1.Object WHERE tract = 1 AND patch = 2",
        "SELECT v.visit FROM dp1.Visit AS v JOIN dp1.ForcedSource AS f USING (visit)",
        'SELECT "select", "two words", "Ab", fluxes FROM lab.odd',
        "SELECT visit FROM dp1.Visit WHERE band LIKE 'g%' AND expMidpt > '2026-01-01'",
    ):
        assert compile_query(query, ARCHIVE, maxrec=10).sql
