"""Queries of fixtures/invalid.tsv are refused at the right place, with what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.adql import AdqlError

FIXTURE = Path(__file__).parent / "fixtures" / "invalid.tsv"


def cases() -> list[Any]:
    found = []
    for line in FIXTURE.read_text().splitlines()[1:]:
        *place, message, hint, query = line.split("\t")
        text = query.replace("\\n", "\n").replace("\\r", "\r")
        found.append(pytest.param(*map(int, place), message, hint, text, id=query[:80] or "empty"))
    return found


@pytest.mark.req("API-REQ-0009")
@pytest.mark.parametrize(("line", "column", "length", "message", "hint", "query"), cases())
def test_refused(
    run: Any, line: int, column: int, length: int, message: str, hint: str, query: str
) -> None:
    with pytest.raises(AdqlError) as caught:
        run.compile(query)
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert (error.line, error.column, error.length) == (line, column, length)
    assert error.to_dict()["line"] == line
    assert str(error).startswith(f"Line {line}, column {column}: ")


def test_corpus_is_large_and_has_no_repetitions() -> None:
    queries = [case.values[5] for case in cases()]
    assert len(queries) == len(set(queries)) >= 250


def test_messages_read_as_sentences() -> None:
    for case in cases():
        message, hint = case.values[3], case.values[4]
        assert message.endswith("."), message
        assert not hint or hint.endswith((".", "?")), hint
