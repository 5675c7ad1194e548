"""Nothing but an AdqlError is ever raised, and DuckDB itself judges every accepted translation."""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsp_jupyter.adql import FUNCTIONS, AdqlError, Compiled, parse
from lsp_jupyter.adql.words import FOREIGN, RESERVED
from lsp_jupyter.adql.write import write

VALID = [
    "\n".join(block.strip().splitlines()[1:-1])
    for block in (Path(__file__).parent / "fixtures" / "valid.adql").read_text().split("\n\n")[1:]
]
ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT getenv('HOME'), version(), current_setting('x') FROM sky.stars",
    'SELECT * FROM "/etc/passwd"',
    "SELECT 1 FROM sky.stars; DROP TABLE sky.stars; --",
    "SELECT id FROM sky.stars WHERE band = '\\' OR 1=1 --'",
    "SELECT id AS \"x\"\" FROM duckdb_settings() --\" FROM sky.stars",
    "SELECT id FROM sky.stars UNION ALL SELECT * FROM duckdb_secrets()",
    "SELECT 'a' || CHR(0) FROM sky.stars",
    "COPY sky.stars TO '/tmp/x'",
    "SELECT hpx29, cx, rowid FROM sky.stars",
    "SELECT * EXCLUDE (id) FROM sky.stars",
    "SELECT COLUMNS('.*') FROM sky.stars",
    "SELECT id FROM information_schema.tables",
    "SELECT repeat('x', 1000000000) FROM sky.stars",
    "FROM sky.stars SELECT id",
]  # fmt: skip
_FUNCTIONS = """
abs acos asin atan atan2 avg ceil cos cot count count_star degrees exp floor hash isnan left ln
log10 lower max min pi pow radians random replace round sin sqrt sum tan trunc upper
"""
OPERATORS = {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*"}
ALLOWED = OPERATORS | set(_FUNCTIONS.split())

quick = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def dictionaries(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def judge(db: duckdb.DuckDBPyConnection, compiled: Compiled) -> None:
    """One SELECT, of the schema's tables, with functions of the list."""
    text = db.execute("SELECT json_serialize_sql(?)", [compiled.sql]).fetchone()[0]
    serialized = json.loads(text)
    assert serialized["error"] is False, text
    assert len(serialized["statements"]) == 1
    sources = {table.source for table in compiled.tables}
    seen = set()
    for node in dictionaries(serialized):
        if "ref_type" in node or "table_name" in node or node.get("type", "").endswith("_NODE"):
            assert node["type"] in ("SELECT_NODE", "JOIN", "BASE_TABLE", "SUBQUERY"), node
        assert node.get("type") not in ("TABLE_FUNCTION", "PIVOT", "SHOW_REF", "FILE"), node
        assert node.get("class") not in ("STAR", "LAMBDA", "WINDOW", "PARAMETER"), node
        if "table_name" in node:
            seen.add((node["catalog_name"], node["schema_name"], node["table_name"]))
        if node.get("class") == "FUNCTION":
            assert node["function_name"] in ALLOWED, node["function_name"]
            assert not node["schema"]
            assert not node["catalog"]
    assert seen == sources


def attempt(run: Any, text: str) -> Compiled | None:
    """Compile a text; what is accepted is judged, planned, and canonical."""
    compiled, error = None, None
    try:
        compiled = run.compile(text)
    except AdqlError as caught:
        error = caught
    if error is not None:
        assert error.message
        assert 0 <= error.line <= text.count("\n") + 1
        assert error.column <= max(map(len, text.split("\n"))) + 1
        assert error.length >= 1
        return None
    judge(run.db, compiled)
    # A constant that cannot be converted, or overflows, is found out while planning.
    with contextlib.suppress(
        duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException
    ):
        run.db.execute("EXPLAIN " + compiled.sql)
    again = run.compile(compiled.normalised)
    assert again.normalised == compiled.normalised
    assert [column.datatype for column in again.columns] == [
        column.datatype for column in compiled.columns
    ]
    return compiled


WORDS = sorted(
    {*RESERVED, *FOREIGN, *FUNCTIONS, "sky", "lab", "stars", "obs", "one", "id", "ra", "dec", "s"}
    | {"mag", "band", "flag", "seen", "flux", "hpx29", "1", "2.5", "1e5", "0x1F", "'g'", '"Size"'}
    | set("()+-*/=<>.,;%|&'\"[]{}") | {"<=", "<>", "||", "--", "''", '""', " ", "\n", "é", "\x00"}
)  # fmt: skip


@quick
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from([" ", ""]))
def test_token_soup(run: Any, tokens: list[str], space: str) -> None:
    attempt(run, space.join(tokens))


@quick
@given(st.text(max_size=60))
def test_any_text(run: Any, text: str) -> None:
    attempt(run, text)
    attempt(run, f"SELECT {text} FROM sky.stars")


@settings(quick, max_examples=600)
@given(st.data())
def test_mutations(run: Any, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(VALID + ATTACKS))
    pieces = re.findall(r"\w+|\s+|'[^']*'|[^\w\s]", text)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(pieces) - 1))
        other = data.draw(st.sampled_from(pieces) | st.sampled_from(WORDS))
        match data.draw(st.integers(0, 3)):
            case 0:
                pieces[where] = other
            case 1:
                pieces.insert(where, other)
            case 2:
                pieces.append(pieces.pop(where))
            case _:
                pieces[where] = pieces[where][::-1]
    attempt(run, "".join(pieces))


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("change", ["{}", "{} -- x", "SELECT * FROM ({}) AS t", "\ufeff{}"])
def test_attacks_reach_nothing(run: Any, text: str, change: str) -> None:
    compiled = attempt(run, change.format(text))
    # Only a text that holds its attack within one literal or name is a query at all.
    assert compiled is None or {table.full_name for table in compiled.tables} == {"sky.stars"}


class Grammar:
    """Makes queries that are mostly right, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def number(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.3:
            return self.one("s.id", "s.ra", "s.dec", "s.mag", "s.n", "s.byte", "o.night", "o.mag",
                            "1", "0", "-7", "2.5", "1e-3", "3000000000", "NULL")  # fmt: skip
        a, b = self.number(depth - 1), self.number(depth - 1)
        name = self.one("ABS", "CEILING", "FLOOR", "LOG", "LOG10", "SQRT", "EXP", "SIN", "COS",
                        "TAN", "COT", "ASIN", "ACOS", "ATAN", "DEGREES", "RADIANS", "ROUND",
                        "TRUNCATE")  # fmt: skip
        return self.one(
            f"{a} + {b}", f"({a} - {b})", f"{a} * {b}", f"{a} / {b}", f"(-({a}))", f"{name}({a})",
            f"MOD({a}, {b})", f"POWER({a}, {b})", f"ATAN2({a}, {b})", f"COALESCE({a}, {b})",
            f"ROUND({a}, {self.one('0', '2', '-1', 's.n')})", f"TRUNCATE({a}, 1)", "RAND()",
            f"CAST({a} AS {self.one('INTEGER', 'BIGINT', 'REAL', 'DOUBLE PRECISION')})",
            "RAND(5)", f"DISTANCE({self.point(depth)}, {self.point(depth)})",
            f"CONTAINS({self.point(depth)}, {self.circle(depth)})", "CAST(s.flag AS INTEGER)",
        )  # fmt: skip

    def point(self, depth: int) -> str:
        x, y = self.number(depth - 2), self.number(depth - 2)
        return self.one("POINT(s.ra, s.dec)", "POINT('ICRS', 10, 20)", f"POINT({x}, {y})",
                        "POINT(s.ra + 1, s.dec)")  # fmt: skip

    def circle(self, depth: int) -> str:
        radius = self.one("0.1", "0", "1/60.", "200", self.number(depth - 2))
        return self.one(f"CIRCLE(10, 20, {radius})", f"CIRCLE({self.point(depth)}, {radius})")

    def text(self, depth: int) -> str:
        if depth <= 0:
            return self.one("s.band", "'g'", "''", "'it''s %_'", "CAST(s.id AS VARCHAR(3))")
        a, b = self.text(depth - 1), self.text(depth - 1)
        return self.one(f"{a} || {b}", f"LOWER({a})", f"UPPER({a})", f"COALESCE({a}, {b})", a,
                        "CAST(s.seen AS CHAR(10))")  # fmt: skip

    def condition(self, depth: int) -> str:
        compare = self.one("=", "<>", "<", ">", "<=", ">=", "!=")
        negation = self.one("", "NOT ")
        if depth > 0 and self.random.random() < 0.5:
            a, b = self.condition(depth - 1), self.condition(depth - 1)
            return self.one(f"{a} AND {b}", f"({a} OR {b})", f"NOT ({a})", f"({a} AND {b})")
        a, b, c = (self.number(depth) for _ in range(3))
        one, two = self.text(depth), self.text(depth)
        return self.one(
            f"{a} {compare} {b}", f"{a} {negation}BETWEEN {b} AND {c}", f"{one} {compare} {two}",
            f"{a} {negation}IN (1, -2, 3.5)", f"{a} {negation}IN ({b}, {c})", f"{a} IS NULL",
            f"{one} {negation}IN ('g', 'r')", f"{one} {negation}{self.one('LIKE', 'ILIKE')} {two}",
            f"{one} IS {negation}NULL", f"s.seen {compare} '2021-01-01T00:00:00'",
            f"CONTAINS({self.point(2)}, {self.circle(2)}) {self.one('=', '<>', '>')} 1",
            f"{self.one('0', '1')} = CONTAINS({self.point(2)}, {self.circle(2)})",
            f"DISTANCE({self.point(2)}, {self.point(2)}) {compare} {b}",
            f"{b} {compare} DISTANCE(s.ra, s.dec, 10, 20)",
            f"s.id {negation}IN (SELECT id FROM sky.obs WHERE night {compare} 10)",
            f"{negation}EXISTS (SELECT * FROM sky.obs AS x WHERE x.id = s.id AND x.mag > {a})",
        )  # fmt: skip

    def source(self) -> str:
        kind = self.one("", "LEFT ", "RIGHT ", "FULL ", "INNER ")
        right = self.one("sky.obs AS o", "(SELECT TOP 4 * FROM sky.obs ORDER BY night DESC) AS o")
        return self.one(f"sky.stars AS s {kind}JOIN {right} ON s.id = o.id",
                        f"sky.stars s, {right}", f"sky.stars s CROSS JOIN {right}",
                        f"sky.stars s {kind}JOIN {right} USING (id)")  # fmt: skip

    def query(self) -> str:
        depth = self.random.randint(0, 3)
        head = self.one("", "DISTINCT ", "ALL ") + self.one("", "TOP 3 ")
        if self.random.random() < 0.3:
            key = self.one(self.number(2), self.text(1), "s.band")
            number, text = self.number(2), self.text(1)
            total = self.one("COUNT(*)", f"MAX({number})", f"SUM({number})", f"AVG({number})",
                             f"COUNT(DISTINCT {text})", f"MIN({text})")  # fmt: skip
            return (
                f"SELECT {head}{key} AS k, {total} FROM {self.source()} "
                f"WHERE {self.condition(1)} GROUP BY {key} "
                + self.one("", f"HAVING {total} > 1 ")
                + self.one("", "ORDER BY k", "ORDER BY 2 DESC")
            )
        items = ", ".join(
            self.one(self.number(depth), self.text(depth), "s.*", f"{self.number(1)} AS x")
            for _ in range(self.random.randint(1, 4))
        )
        tail = self.one("", f"WHERE {self.condition(depth)} ")
        tail += self.one("", "ORDER BY 1 ", "ORDER BY 1 DESC OFFSET 2 ", "OFFSET 1 ")
        return f"SELECT {head}{items} FROM {self.source()} {tail}"


@quick
@given(st.integers(0, 2**32))
def test_queries_of_a_grammar(run: Any, seed: int) -> None:
    attempt(run, Grammar(seed).query())


def test_the_grammar_makes_right_queries(run: Any) -> None:
    """Or else the test above would prove nothing."""
    accepted = 0
    for seed in range(150):
        compiled = attempt(run, Grammar(seed).query())
        if compiled is None:
            continue
        accepted += 1
        try:
            cursor = run.db.execute(compiled.sql)
        except (duckdb.ConversionException, duckdb.OutOfRangeException):
            continue  # Numbers of single rows: overflow, or a cast that does not fit.
        names = [column[0] for column in cursor.description]
        assert names == [column.name for column in compiled.columns]
        cursor.fetchall()
    assert accepted >= 100


def test_the_judge_can_tell(run: Any) -> None:
    """What it must refuse, it refuses."""
    good = run.compile("SELECT id FROM sky.stars")
    judge(run.db, good)
    for sql in (
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('x')",
        "SELECT getenv('HOME') FROM cat.main.stars",
        "SELECT id FROM cat.main.obs",
        "SELECT id FROM cat.main.stars, range(5)",
        "DROP TABLE cat.main.stars",
    ):
        bad = Compiled(good.text, sql, good.columns, good.tables, good.normalised)
        with pytest.raises(AssertionError):
            judge(run.db, bad)


@quick
@given(st.integers(0, 2**32))
def test_canonical_text_is_stable(seed: int) -> None:
    text = write(parse(Grammar(seed).query()))
    assert write(parse(text)) == text
