"""Queries of fixtures/invalid.tsv are refused at the right place, with what to write instead."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.adql import AdqlError, compile_query
from lsp_jupyter.adql.report import MAX_ERRORS
from lsp_jupyter.errors import error_from_dict

FIXTURES = Path(__file__).parent / "fixtures"


def cases(name: str = "invalid.tsv") -> list[Any]:
    found = []
    for line in (FIXTURES / name).read_text().splitlines()[1:]:
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


@pytest.mark.parametrize(
    ("line", "column", "length", "message", "hint", "query"), cases("strict.tsv")
)
def test_strict_mode_refuses_extensions(
    run: Any, line: int, column: int, length: int, message: str, hint: str, query: str
) -> None:
    run.compile(query)
    with pytest.raises(AdqlError) as caught:
        compile_query(query, run.schema, maxrec=10, strict=True)
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert (error.line, error.column, error.length) == (line, column, length)


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        # Of the grammar: one a clause, and what is no token at all.
        (
            "SELECT ra, dec, ~FROM sky.stars WHERE ra ~== 1 GROUP ~ra ORDER BY 1 ~2",
            "after the comma|== is not|Expected BY|end of the query",
        ),
        ("SELECT a b ~c, d ~== 3, e f ~g FROM t", "found c|== is not|found g"),
        ("SELECT id ~FORM sky.stars WHERE id = 1 ORDER ~id", "FROM|Expected BY"),
        ("SELECT TOP~(5) id FROM sky.stars ~LIMIT 5", "after TOP|found LIMIT"),
        (
            "SELECT x FROM (SELECT a b ~c FROM t WHERE d = ~) AS q, r s ~t WHERE y =~",
            "found c|a value|found t|a value",
        ),
        ("SELECT a FROM t WHERE x ~% 2 ~&& y ~== 3", "% is|&& is|== is"),
        # Of names and types: every one, but nothing that follows from another.
        (
            (
                "SELECT ~idd, ~magg + ~raa, SQRT(~band) FROM sky.stars "
                "WHERE ~decc > 'x' OR (~n = 'y' AND ~nn = 1)"
            ),
            "idd|magg|raa|takes a number|decc|with a text|nn",
        ),
        ("SELECT a.x FROM ~sky.strs a JOIN ~sky.obz b ON a.y = b.y", "sky.strs|sky.obz"),
        (
            "SELECT i FROM lab.one a JOIN lab.one b ON a.~q = b.~r, ~lab.two",
            "column q|column r|lab.two",
        ),
        (
            (
                "SELECT ~x FROM sky.stars WHERE id IN (SELECT ~y FROM sky.obs WHERE ~z = 1) "
                "ORDER BY ~w"
            ),
            "column x|column y|column z|column w",
        ),
        (
            (
                "WITH a AS (SELECT ~x FROM sky.stars), b AS (SELECT x FROM a), "
                "c AS (SELECT ~y FROM sky.obs) SELECT * FROM a JOIN c ON a.z = c.z"
            ),
            "column x|column y",
        ),
        (
            "SELECT ~x FROM sky.stars UNION SELECT ~y FROM sky.obs UNION SELECT id FROM ~sky.ob",
            "column x|column y|sky.ob",
        ),
        (
            "SELECT ~id, ~ra FROM sky.stars GROUP BY band HAVING ~dec > 1 ORDER BY ~mag",
            "column id|column ra|column dec|column mag",
        ),
        ("SELECT id AS x, ~nn AS y FROM sky.stars ORDER BY y, ~3", "column nn|number 3"),
    ],
)
def test_several_errors_are_told_together(run: Any, query: str, messages: str) -> None:
    """Each at the place that is marked by a tilde."""
    *marked, _ = query.split("~")
    columns = [sum(map(len, marked[: count + 1])) + 1 for count in range(len(marked))]
    with pytest.raises(AdqlError) as caught:
        run.compile(query.replace("~", ""))
    found = [caught.value, *caught.value.others]
    assert [error.column for error in found] == columns
    for error, part in zip(found, messages.split("|"), strict=True):
        assert part in error.message
        assert not error.others or error is found[0]
    again = error_from_dict(caught.value.to_dict())
    assert isinstance(again, AdqlError)
    assert [(one.column, str(one)) for one in again.others] == [
        (one.column, str(one)) for one in found[1:]
    ]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (1 FROM sky.stars WHERE id",
        "SELECT 'a FROM sky.stars WHERE id ==",
        "SELECT id /* x == y */ FROM sky.stars WHERE",
        "SELECT id FROM sky.stars; DROP TABLE x",
        "SELECT id FROM sky.stars) WHERE id",
        "DELETE FROM sky.stars WHERE",
    ],
)
def test_nothing_is_told_of_what_follows_from_an_error(run: Any, query: str) -> None:
    with pytest.raises(AdqlError) as caught:
        run.compile(query)
    assert caught.value.others == ()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + ", ".join(["a b c"] * 5000) + " FROM t",
        "SELECT id FROM sky.stars WHERE " + " OR ".join(["zzz = 1"] * 5000),
        "SELECT " + ", ".join(f"column_{one}" for one in range(5000)) + " FROM sky.stars",
        "SELECT a FROM t WHERE a " + "== b " * 5000,
        "(" * 60 + "SELECT a b c" + ")" * 60,
    ],
)
def test_errors_are_limited_and_found_at_once(run: Any, query: str) -> None:
    start = time.process_time()
    with pytest.raises(AdqlError) as caught:
        run.compile(query)
    assert time.process_time() - start < 3
    assert len(caught.value.others) < MAX_ERRORS


def test_corpus_is_large_and_has_no_repetitions() -> None:
    queries = [case.values[5] for case in cases()]
    assert len(queries) == len(set(queries)) >= 250


def test_messages_read_as_sentences() -> None:
    for case in cases():
        message, hint = case.values[3], case.values[4]
        assert message.endswith("."), message
        assert not hint or hint.endswith((".", "?")), hint
