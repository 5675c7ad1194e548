"""What could be written at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lsp_jupyter.adql.editor.candidates import NAMES, Candidate
from lsp_jupyter.adql.editor.offers import offers
from lsp_jupyter.adql.editor.outline import outline
from lsp_jupyter.adql.editor.source import read
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.schema import Schema
from lsp_jupyter.adql.words import STRUCTURAL

__all__ = ["Candidate", "Completion", "complete"]

_REST_OF_WORD = re.compile(r"[A-Za-z0-9_]*")
_REST_OF_NAME = re.compile(r'[^"\n,.()]*"')
_PART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+|\.")


@dataclass(frozen=True, slots=True)
class Completion:
    """Candidates, and the stretch of the text each of them would replace.

    Attributes
    ----------
    start, end : `int`
        The stretch: offsets in characters.
    candidates : `tuple` of `Candidate`
        The best one first.
    more : `bool`
        Whether there were more than were asked for.
    """

    start: int
    end: int
    candidates: tuple[Candidate, ...] = ()
    more: bool = False


def complete(text: str, offset: int, schema: Schema, *, limit: int = 100) -> Completion:
    """Find what could be written at the cursor.

    Parameters
    ----------
    text : `str`
        The query, finished or not.
    offset : `int`
        Characters before the cursor; clipped to the text.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables the caller may read.
    limit : `int`
        Candidates at most.

    Returns
    -------
    completion : `Completion`
        Without candidates inside of texts, numbers and comments, and where a new name is to be
        thought of.
    """
    offset = max(0, min(offset, len(text)))
    before = read(text[:offset])
    if _in_comment(text[:offset], before):
        return Completion(offset, offset)
    prefix, start, end = "", offset, offset
    last = before[-2] if len(before) > 1 else None
    if last is not None and last.offset + len(last.text) == offset:
        if last.kind == "word":
            prefix, start = last.text, last.offset
            end = _matched(_REST_OF_WORD, text, offset)
        elif last.kind == "bad" and last.text.startswith('"'):
            prefix, start = last.text[1:].replace('""', '"'), last.offset
            end = _matched(_REST_OF_NAME, text, offset)
        elif last.kind not in ("op", "name"):
            return Completion(offset, offset)
    elif last is not None and last.kind == "bad" and last.text[0] in "'\"":
        return Completion(offset, offset)
    behind = before[:-2] if start < offset else before[:-1]
    after = [token._replace(offset=token.offset + end) for token in read(text[end:])]
    here = outline([*behind, *after], len(behind))
    found = offers(here, behind, schema)
    ranked = sorted(_ranked(found, prefix), key=lambda pair: pair[0])
    # A result column may have the name of a table's.
    chosen = list({one.insert: one for _, one in reversed(ranked)}.values())[::-1]
    if start < offset and text[start] == '"':
        chosen = [one.quoted() for one in chosen if one.kind in NAMES]
    elif _writes_small([*behind, *after]):
        chosen = [one.in_lower_case() for one in chosen]
    return Completion(start, end, tuple(chosen[:limit]), len(chosen) > limit)


def _in_comment(text: str, tokens: list[Token]) -> bool:
    end = tokens[-2].offset + len(tokens[-2].text) if len(tokens) > 1 else 0
    # Outside of tokens there is space and comments only.
    return "--" in text[max(end, text.rfind("\n") + 1) :]


def _matched(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return match.end() if match else offset


def _ranked(
    candidates: Iterable[Candidate], prefix: str
) -> Iterator[tuple[tuple[int, int, int], Candidate]]:
    """Candidates that fit what is written already, with how well they do."""
    wanted = prefix.lower()
    for number, candidate in enumerate(candidates):
        name = candidate.name
        lower = name.lower()
        if lower.startswith(wanted) or candidate.match.lower().startswith(wanted):
            fit = 0
        elif candidate.kind == "keyword":
            continue
        elif any(part.lower().startswith(wanted) for part in _PART.split(name)):
            fit = 1
        elif len(wanted) > 1 and wanted in lower:
            fit = 2
        else:
            continue
        yield (fit, candidate.order, number), candidate


def _writes_small(tokens: Iterable[Token]) -> bool:
    """Whether keywords are in lower case in this text."""
    words = [token.text for token in tokens if token.kind == "word" and token.value in STRUCTURAL]
    return bool(words) and all(word.islower() for word in words)
