"""The editor in the browser knows the same words as the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lsp_jupyter.adql.words import RESERVED, STRUCTURAL

TEXT = Path(__file__).parents[2].joinpath("src/state/adql_words.ts").read_text()


@pytest.mark.parametrize(("name", "words"), [("RESERVED", RESERVED), ("STRUCTURAL", STRUCTURAL)])
def test_words_are_the_same(name: str, words: frozenset[str]) -> None:
    found = re.search(rf"export const {name} = words\(`([^`]+)`\)", TEXT)
    assert found is not None
    assert sorted(found[1].split()) == sorted(words)
