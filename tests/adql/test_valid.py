"""Queries of fixtures/valid.adql run on a real DuckDB and give the rows written there."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.adql import parse
from lsp_jupyter.adql.write import write

FIXTURE = Path(__file__).parent / "fixtures" / "valid.adql"


def blocks() -> list[Any]:
    found = []
    for block in FIXTURE.read_text().split("\n\n")[1:]:
        title, *lines = block.strip().splitlines()
        query = "\n".join(lines[:-1])
        assert title.startswith("-- ")
        assert lines[-1].startswith("--> "), title
        found.append(pytest.param(query, lines[-1][4:], id=title[3:]))
    return found


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.datetime) else value


@pytest.mark.req("API-REQ-0009")
@pytest.mark.parametrize(("query", "expected"), blocks())
def test_rows(run: Any, query: str, expected: str) -> None:
    rows = [[plain(value) for value in row] for row in run.rows(query)]
    if expected.endswith(" rows"):
        assert len(rows) == int(expected.split()[0])
    else:
        assert rows == json.loads(expected)


@pytest.mark.parametrize(("query", "expected"), blocks())
def test_canonical_text_means_the_same(run: Any, query: str, expected: str) -> None:
    """Writing the tree and parsing it again changes nothing, not even the SQL."""
    text = write(parse(query))
    assert write(parse(text)) == text
    assert run.compile(text).sql == run.compile(query).sql
    assert run.compile(query).normalised == text
