"""Nothing but an AdqlError is ever raised, and DuckDB itself judges every accepted translation."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import replace
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsp_jupyter.adql import FUNCTIONS, AdqlError, Compiled, parse
from lsp_jupyter.adql.write import write
from tests.adql.grammar import ATTACKS, Grammar, nearly
from tests.adql.judge import judge

#: Of so many strings that are accepted, one is planned and compiled again.
PLANNED = 25

#: Calls of functions that take certain literals only.
LITERAL = {
    "IVO_GEOM_TRANSFORM": "ivo_geom_transform('ICRS', 'GALACTIC', POINT(ra, dec))",
    "IVO_HISTOGRAM": "ivo_histogram(mag, 0, 30, 10)",
    "IVO_STRING_AGG": "ivo_string_agg(band, ', ')",
    "PERCENTILE": "PERCENTILE(mag, 50)",
    "REGION": "REGION('CIRCLE ICRS 10 20 0.5')",
    "SCISQL_PERCENTILE": "scisql_percentile(mag, 50)",
}

#: What single values may do to a query while it is planned or run.
VALUE_ERRORS = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
)

quick = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check_error(error: AdqlError, text: str) -> None:
    """An error that tells a sentence, and a place that is in the text."""
    lines = text.split("\n")
    for one in (error, *error.others):
        assert one.message.endswith("."), one
        assert 1 <= one.line <= len(lines), one
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1, one
        assert one.length >= 1
        assert not one.hint or one.hint.endswith((".", "?", "…", ")")), one.hint
    places = [(one.line, one.column) for one in (error, *error.others)]
    assert places == sorted(places)


def attempt(run: Any, text: str, *, thorough: bool = True) -> Compiled | None:
    """Compile a text; what is accepted is judged and, if ``thorough``, planned and canonical."""
    try:
        compiled: Compiled = run.compile(text)
    except AdqlError as error:
        check_error(error, text)
        return None
    judge(run.db, compiled)
    if thorough:
        with contextlib.suppress(*VALUE_ERRORS):
            run.db.execute("EXPLAIN " + compiled.sql).fetchall()
        again = run.compile(compiled.normalised)
        assert again.normalised == compiled.normalised
        assert [column.datatype for column in again.columns] == [
            column.datatype for column in compiled.columns
        ]
    return compiled


def strings(run: Any, start: int, count: int) -> None:
    """Try so many strings; a failure names the seed of its own."""
    for seed in range(start, start + count):
        try:
            attempt(run, nearly(seed), thorough=seed % PLANNED == 0)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {nearly(seed)!r}") from error


@pytest.mark.req("API-REQ-0009")
@pytest.mark.parametrize("part", range(10))
def test_five_thousand_strings(run: Any, part: int) -> None:
    strings(run, 500 * part, 500)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(40))
def test_a_million_strings(run: Any, part: int) -> None:
    strings(run, 25_000 * (part + 1), 25_000)


@quick
@given(st.text(max_size=60))
def test_any_text(run: Any, text: str) -> None:
    attempt(run, text)
    attempt(run, f"SELECT {text} FROM sky.stars")


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("change", ["{}", "{} -- x", "SELECT * FROM ({}) AS t", "\ufeff{}"])
def test_attacks_reach_nothing(run: Any, text: str, change: str) -> None:
    compiled = attempt(run, change.format(text))
    # Only a text that holds its attack within one literal or name is a query at all.
    assert compiled is None or {table.full_name for table in compiled.tables} == {"sky.stars"}


def test_the_grammar_makes_right_queries(run: Any) -> None:
    """Or else the strings above would prove little: each of its productions is accepted."""
    made: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    right = 0
    for seed in range(400):
        grammar = Grammar(seed)
        compiled = attempt(run, grammar.query(), thorough=False)
        made += grammar.made
        if compiled is not None:
            accepted += grammar.made
            right += 1
    assert right >= 340
    missing = {name for name in made if name not in FUNCTIONS and not accepted[name]}
    assert not missing


SCOPE = {
    "number": ("mag", "n", '"Size"'),
    "whole": ("n",),
    "text": ("band",),
    "time": ("seen",),
    "position": ("ra, dec",),
}


@pytest.mark.parametrize("name", [name for name, one in FUNCTIONS.items() if not one.spatial])
def test_every_function_is_judged(run: Any, name: str) -> None:
    """At least one of some calls with arguments of the declared kinds is accepted, and runs."""
    calls = [Grammar(seed).call(FUNCTIONS[name], 1, SCOPE) for seed in range(5)]
    if name in LITERAL:
        calls = [LITERAL[name]]
    accepted = [
        attempt(run, f"SELECT {call} AS x FROM sky.stars", thorough=False) for call in calls
    ]
    assert any(accepted), calls
    for compiled in filter(None, accepted):
        with contextlib.suppress(*VALUE_ERRORS):
            assert len(run.db.execute(compiled.sql).fetchall()) in (1, 8)


def test_what_is_accepted_runs(run: Any) -> None:
    ran = 0
    for seed in range(100):
        compiled = attempt(run, Grammar(seed).query())
        if compiled is None:
            continue
        with contextlib.suppress(*VALUE_ERRORS):
            cursor = run.db.execute(compiled.sql)
            names = [column[0] for column in cursor.description]
            assert names == [column.name for column in compiled.columns]
            cursor.fetchall()
            ran += 1
    assert ran >= 70


@pytest.mark.parametrize(
    "text",
    [
        "SELECT CASE WHEN id IN (SELECT id FROM sky.obs) THEN 1 END FROM sky.stars",
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM sky.obs) THEN 1 END FROM sky.stars",
        "SELECT id FROM sky.stars ORDER BY CASE WHEN EXISTS (SELECT 1 FROM sky.obs) THEN id END",
        "SELECT 1 FROM sky.stars GROUP BY CASE WHEN id IN (SELECT id FROM sky.obs) THEN 1 END",
    ],
)
def test_subqueries_in_a_case(run: Any, text: str) -> None:
    """The allowlist has to see the tables of these, too."""
    compiled = attempt(run, text)
    assert compiled is not None
    assert {table.full_name for table in compiled.tables} == {"sky.stars", "sky.obs"}


def test_the_judge_can_tell(run: Any) -> None:
    """What it must refuse, it refuses."""
    good = run.compile("SELECT id FROM sky.stars")
    judge(run.db, good)
    for sql in (
        "SELECT 1 AS id; SELECT 2 AS id",
        "SELECT id AS id FROM read_csv('x')",
        "SELECT getenv('HOME') AS id FROM cat.main.stars",
        "SELECT id AS id FROM cat.main.obs",
        "SELECT id AS id FROM cat.main.stars, range(5)",
        "SELECT secret AS id FROM cat.main.stars",
        "SELECT id AS id, n AS n FROM cat.main.stars",
        "SELECT CAST(id AS BLOB) AS id FROM cat.main.stars",
        "SELECT row_number() OVER () AS id FROM cat.main.stars",
        "SELECT list_transform([1], x -> x) AS id FROM cat.main.stars",
        "SELECT id AS id FROM (PIVOT cat.main.stars ON id USING count(*))",
        "SELECT (SELECT id FROM cat.main.obs LIMIT 1) AS id FROM cat.main.stars",
        "WITH x AS (SELECT id FROM cat.main.obs) SELECT id AS id FROM x, cat.main.stars",
        "DROP TABLE cat.main.stars",
    ):
        with pytest.raises((AssertionError, KeyError)):
            judge(run.db, replace(good, sql=sql))


@quick
@given(st.integers(0, 2**32))
def test_canonical_text_is_stable(seed: int) -> None:
    text = write(parse(Grammar(seed).query()))
    assert write(parse(text)) == text
