"""Makes ADQL from a number: queries of the whole grammar, and what is nearly one."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from lsp_jupyter.adql import FUNCTIONS
from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.words import FOREIGN, FOREIGN_FUNCTIONS, RESERVED

__all__ = ["ATTACKS", "VALID", "WORDS", "Grammar", "nearly"]

VALID = [
    "\n".join(block.strip().splitlines()[1:-1])
    for block in (Path(__file__).parent / "fixtures" / "valid.adql").read_text().split("\n\n")[1:]
]
"""The queries of the corpus of right ones."""

ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT getenv('HOME'), version(), current_setting('x') FROM sky.stars",
    'SELECT * FROM "/etc/passwd"',
    "SELECT 1 FROM sky.stars; DROP TABLE sky.stars; --",
    "SELECT id FROM sky.stars WHERE band = '\\' OR 1=1 --'",
    "SELECT id AS \"x\"\" FROM duckdb_settings() --\" FROM sky.stars",
    "SELECT id FROM sky.stars UNION ALL SELECT * FROM duckdb_secrets()",
    "WITH a AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM a",
    "WITH stars AS (SELECT * FROM pragma_table_info('x')) SELECT * FROM sky.stars",
    'WITH "cat.main.obs" AS (SELECT id FROM sky.stars) SELECT * FROM "cat.main.obs"',
    "SELECT 'a' || CHR(0) FROM sky.stars",
    "COPY sky.stars TO '/tmp/x'",
    "SELECT hpx29, cx, rowid, rnd FROM sky.stars",
    "SELECT * EXCLUDE (id) FROM sky.stars",
    "SELECT COLUMNS('.*') FROM sky.stars",
    "SELECT id FROM information_schema.tables",
    "SELECT id FROM cat.main.secrets",
    "SELECT repeat('x', 1000000000) FROM sky.stars",
    "SELECT list_transform(flux, x -> x) FROM sky.stars",
    "SELECT (SELECT 1) FROM sky.stars",
    "FROM sky.stars SELECT id",
    "SELECT id FROM sky.stars WHERE band IN (SELECT unnest(['a']) FROM sky.stars)",
    "SELECT id FROM sky.stars t POSITIONAL JOIN sky.obs",
    "SELECT id FROM sky.stars AS t(a, b)",
    "SELECT CAST(id AS VARCHAR) COLLATE nocase FROM sky.stars",
    "SELECT 'x'::BLOB FROM sky.stars",
    "SELECT E'\\x00' FROM sky.stars",
    "SELECT $$x$$ FROM sky.stars",
]  # fmt: skip

WORDS = sorted(
    {*RESERVED, *FOREIGN, *FOREIGN_FUNCTIONS, *FUNCTIONS, "sky", "lab", "cat", "main", "stars"}
    | {"obs", "one", "id", "ra", "dec", "mag", "band", "flag", "seen", "flux", "hpx29", "s", "o"}
    | {"1", "2.5", "1e5", "0x1F", "'g'", '"Size"', "read_csv", "getenv", "duckdb_settings"}
    | set("()+-*/=<>.,;%|&^~'\"[]{}:?@$#\\!") | {"<=", "<>", "||", "--", "''", '""', "::", "->"}
    | {" ", "\n", "\t", "é", "\u2212", "\u00a0", "\x00", "\ud800", "😀"}
)  # fmt: skip
"""What tokens are exchanged for."""

QUERIES_IN_CASE = True
"""Whether conditions of CASE hold subqueries; see ``test_subqueries_in_a_case``."""

_NUMBERS = ("1", "0", "-7", "2.5", "1e-3", ".5", "3000000000", "0xFF", "1.", "12E2")
_TEXTS = ("'g'", "''", "'it''s %_'", "'2020-01-01'", "'Δ'")
_TIMES = ("'2020-01-01T00:00:00'", "'2021-06-30'")
_CASTS = ("SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE PRECISION")

_PLAIN = [one for one in FUNCTIONS.values() if one.group != "geometry" and not one.aggregate]
_AGGREGATES = [one for one in FUNCTIONS.values() if one.aggregate]

_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "sky.stars": {
        "number": ("id", "ra", "dec", "mag", "n", "byte", '"Size"'),
        "whole": ("id", "n", "byte"),
        "text": ("band",),
        "time": ("seen",),
        "flag": ("flag",),
    },
    "sky.obs": {"number": ("obs_id", "id", "mag", "night"), "whole": ("obs_id", "id", "night")},
    "lab.one": {
        "number": ("i", "b", "f", "d", "z", "nothing", "u", '"odd ""name"""', '"select"'),
        "whole": ("i", "b", "z", "u"),
        "text": ("s",),
        "time": ("t",),
        "flag": ("yes",),
    },
}


class Grammar:
    """Makes queries that are mostly right, always the same from a seed.

    Attributes
    ----------
    made : `collections.Counter`
        What the query has: names of productions and functions.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made: Counter[str] = Counter()
        self.labels = 0
        self.common: dict[str, Sequence[str]] = {}

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, **choices: Callable[[], str]) -> str:
        """One of several productions, noted by its name."""
        name = self.random.choice(list(choices))
        self.made[name] += 1
        return choices[name]()

    # -- values ----------------------------------------------------------------

    def column(self, kind: str, scope: Scope) -> str | None:
        found = scope.get(kind, ())
        return self.random.choice(found) if found else None

    def number(self, depth: int, scope: Scope) -> str:
        if depth <= 0 or self.chance(0.3):
            column = self.column("number", scope)
            return self.one(*_NUMBERS) if column is None or self.chance(0.4) else column

        def part(less: int = 1) -> str:
            return self.number(depth - less, scope)

        return self.pick(
            add=lambda: f"{part()} {self.one('+', '-')} {part()}",
            multiply=lambda: f"({part()} {self.one('*', '/')} {part()})",
            chain=lambda: f"({part()} + {part()} - {part()})",
            minus=lambda: f"(-({part()}))",
            cast=lambda: f"CAST({part()} AS {self.one(*_CASTS)})",
            cast_text=lambda: f"CAST({self.text(depth - 1, scope)} AS {self.one(*_CASTS)})",
            coalesce=lambda: f"COALESCE({part()}, NULL, {part()})",
            case=lambda: (
                f"CASE WHEN {self.inner(depth - 1, scope)} THEN {part()} ELSE {part()} END"
            ),
            case_of=lambda: f"CASE {part()} WHEN {part()} THEN {part()} WHEN 2 THEN 3 END",
            bits=lambda: f"({self.whole(scope)} {self.one('&', '|', '^')} {self.whole(scope)})",
            complement=lambda: f"~{self.whole(scope)}",
            flag=lambda: f"CAST({self.column('flag', scope) or 1} AS INTEGER)",
            function=lambda: self.function(depth, scope),
            geometry=lambda: self.geometry(depth, scope),
        )

    def whole(self, scope: Scope) -> str:
        column = self.column("whole", scope)
        return column if column is not None and self.chance(0.7) else self.one("1", "0x3", "7")

    def text(self, depth: int, scope: Scope) -> str:
        if depth <= 0:
            column = self.column("text", scope)
            return self.one(*_TEXTS) if column is None or self.chance(0.4) else column
        return self.pick(
            join=lambda: f"({self.text(depth - 1, scope)} || {self.text(depth - 1, scope)})",
            lower=lambda: f"LOWER({self.text(depth - 1, scope)})",
            upper=lambda: f"UPPER({self.text(depth - 1, scope)})",
            coalesce_text=lambda: f"COALESCE({self.text(0, scope)}, {self.text(0, scope)})",
            cast_to_text=lambda: (
                f"CAST({self.number(depth - 1, scope)} AS "
                f"{self.one('CHAR(3)', 'VARCHAR', 'VARCHAR(5)', 'CHAR')})"
            ),
            case_text=lambda: f"CASE WHEN {self.inner(0, scope)} THEN {self.text(0, scope)} END",
        )

    def argument(self, wanted: str, depth: int, scope: Scope) -> str:
        """What a declared function takes."""
        match wanted:
            case "text":
                return self.text(depth - 1, scope)
            case "time":
                return self.column("time", scope) or self.one(*_TIMES)
            case "whole number":
                return self.whole(scope)
            case "geometry":
                return self.shape(depth - 1, scope)
            case _:
                return self.number(depth - 1, scope)

    def function(self, depth: int, scope: Scope) -> str:
        """A call of any declared function."""
        return self.call(self.random.choice(_PLAIN), depth, scope)

    def call(self, function: Function, depth: int, scope: Scope) -> str:
        self.made[function.name] += 1
        most = len(function.arguments)
        count = self.random.randint(function.required, most)
        arguments = [self.argument(one, depth, scope) for one in function.arguments[:count]]
        return f"{function.form.partition('(')[0]}({', '.join(arguments)})"

    # -- geometry --------------------------------------------------------------

    def geometry(self, depth: int, scope: Scope) -> str:
        """A number made of shapes."""
        return self.pick(
            contains=lambda: f"CONTAINS({self.point(depth, scope)}, {self.region(depth, scope)})",
            intersects=lambda: (
                f"INTERSECTS({self.region(depth, scope)}, {self.region(depth, scope)})"
            ),
            distance=lambda: f"DISTANCE({self.point(depth, scope)}, {self.point(depth, scope)})",
            distance_of_4=lambda: (
                f"DISTANCE({self.number(0, scope)}, 20, {self.number(0, scope)}, -30)"
            ),
            coord=lambda: f"{self.one('COORD1', 'COORD2')}({self.point(depth, scope)})",
            area=lambda: f"AREA({self.region(depth, scope)})",
        )

    def point(self, depth: int, scope: Scope) -> str:
        position = self.column("position", scope)
        if position is not None and self.chance(0.6):
            return f"POINT({position})"
        frame = self.one("", "", "'ICRS', ")
        x, y = self.number(depth - 2, scope), self.column("number", scope) or "-89.5"
        return self.one("POINT(10, 20)", f"POINT({frame}{x}, {y})", "POINT('ICRS', 359.9, -89)")

    def region(self, depth: int, scope: Scope) -> str:
        radius = self.one("0.1", "0", "1/60.", "180", self.number(depth - 2, scope))
        return self.pick(
            circle=lambda: f"CIRCLE(10, 20, {radius})",
            circle_at=lambda: f"CIRCLE({self.point(depth, scope)}, {radius})",
            box=lambda: f"BOX({self.one('', chr(39) + 'ICRS' + chr(39) + ', ')}10, 20, 3, 4)",
            polygon=lambda: "POLYGON(1, 1, 5, 1, 5, 6)",
            polygon_at_pole=lambda: "POLYGON(POINT(0, 85), POINT(120, 85), POINT(240, 85))",
        )

    def shape(self, depth: int, scope: Scope) -> str:
        return self.point(depth, scope) if self.chance(0.5) else self.region(depth, scope)

    # -- conditions ------------------------------------------------------------

    def inner(self, depth: int, scope: Scope) -> str:
        """A condition within a value."""
        return self.condition(depth, scope, queries=QUERIES_IN_CASE)

    def condition(self, depth: int, scope: Scope, *, queries: bool = True) -> str:
        compare = self.one("=", "<>", "<", ">", "<=", ">=", "!=")
        negation = self.one("", "", "NOT ")
        if depth > 0 and self.chance(0.4):
            a, b = (self.condition(depth - 1, scope, queries=queries) for _ in range(2))
            return self.one(f"{a} AND {b}", f"({a} OR {b})", f"NOT ({a})", f"({a} AND {b} AND {a})")

        def number() -> str:
            return self.number(depth, scope)

        def text() -> str:
            return self.text(depth, scope)

        flag = self.column("flag", scope)
        time = self.column("time", scope)
        subqueries: dict[str, Callable[[], str]] = {
            "in_query": lambda: f"{number()} {negation}IN ({self.select(('number',), depth - 1)})",
            "exists": lambda: f"{negation}EXISTS ({self.correlated(scope)})",
        }
        return self.pick(
            compared=lambda: f"{number()} {compare} {number()}",
            compared_text=lambda: f"{text()} {compare} {text()}",
            compared_time=lambda: f"{time or self.one(*_TIMES)} {compare} {self.one(*_TIMES)}",
            compared_flag=lambda: f"{flag or 1} = {self.one('0', '1')}",
            between=lambda: f"{number()} {negation}BETWEEN {number()} AND {number()}",
            in_literals=lambda: f"{number()} {negation}IN (1, -2, 3.5)",
            in_values=lambda: f"{number()} {negation}IN ({number()}, {number()})",
            in_texts=lambda: f"{text()} {negation}IN ('g', 'r')",
            like=lambda: f"{text()} {negation}{self.one('LIKE', 'ILIKE')} {text()}",
            is_null=lambda: f"{self.one(number(), text())} IS {negation}NULL",
            cone=lambda: (
                f"CONTAINS({self.point(1, scope)}, {self.region(1, scope)}) "
                f"{self.one('=', '<>')} {self.one('0', '1')}"
            ),
            near=lambda: (
                f"DISTANCE({self.point(1, scope)}, {self.point(1, scope)}) {compare} "
                f"{self.one('0.1', number())}"
            ),
            **(subqueries if queries else {}),
        )

    def correlated(self, scope: Scope) -> str:
        outer = self.column("number", scope) or "1"
        return (
            f"SELECT * FROM sky.obs AS x WHERE x.id = {outer} AND x.mag > {self.number(1, scope)}"
        )

    # -- queries ---------------------------------------------------------------

    def label(self) -> str:
        self.labels += 1
        return f"t{self.labels}"

    def table(self, depth: int) -> tuple[str, Scope]:
        """A member of FROM, and what it brings."""
        label = self.label()
        if depth > 0 and self.chance(0.15):
            self.made["derived"] += 1
            kinds = tuple(self.one("number", "text") for _ in range(self.random.randint(1, 3)))
            text = self.body(kinds, depth - 1, names=True)
            return f"({text}) {self.one('AS ', '')}{label}", _named(kinds, label)
        if self.common and self.chance(0.6):
            self.made["common"] += 1
            name = self.random.choice(list(self.common))
            return f"{name} AS {label}", _named(self.common[name], label)
        name = self.one(*_COLUMNS)
        scope = {
            kind: tuple(f"{label}.{column}" for column in columns)
            for kind, columns in _COLUMNS[name].items()
        }
        if name == "sky.stars":
            scope["position"] = (f"{label}.ra, {label}.dec",)
        return f"{name} AS {label}", scope

    def source(self, depth: int) -> tuple[str, Scope]:
        """A whole FROM."""
        text, scope = self.table(depth)
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            text, scope = self.join(text, scope, depth)
        if self.chance(0.1):
            # Last, since JOIN binds tighter than the comma.
            self.made["join_comma"] += 1
            other, brought = self.table(depth)
            text, scope = f"{text}, {other}", _together(scope, brought)
        return text, scope

    def join(self, left: str, scope: Scope, depth: int) -> tuple[str, Scope]:
        """A table and one more."""
        right, brought = self.table(depth)
        both = _together(scope, brought)
        kind = self.one("", "INNER ", "LEFT ", "RIGHT OUTER ", "FULL ")
        first, second = self.column("number", scope), self.column("number", brought)
        equal = f"{first or 1} = {second or 1}"
        text = self.pick(
            join_on=lambda: f"{left} {kind}JOIN {right} ON {equal}",
            join_where=lambda: (
                f"{left} {kind}JOIN {right} ON {equal} AND {self.condition(0, both)}"
            ),
            join_cross=lambda: f"{left} CROSS JOIN {right}",
            join_near=lambda: (
                f"{left} {kind}JOIN {right} ON DISTANCE({self.point(0, scope)}, "
                f"{self.point(0, brought)}) < {self.one('0.1', '1/3600.', '2')}"
            ),
            join_inside=lambda: (
                f"{left} JOIN {right} ON CONTAINS({self.point(0, scope)}, "
                f"CIRCLE({self.point(0, brought)}, 0.5)) = 1"
            ),
        )
        return text, both

    def item(self, kind: str, depth: int, scope: Scope) -> str:
        return self.text(depth, scope) if kind == "text" else self.number(depth, scope)

    def select(self, kinds: Sequence[str], depth: int, *, names: bool = False) -> str:
        """SELECT … HAVING with columns of these kinds."""
        head = self.one("", "", "", "DISTINCT ", "ALL ") + self.one("", "", "", "TOP 3 ")
        source, scope = self.source(depth)
        if self.chance(0.25):
            return self.grouped(kinds, depth, head, source, scope, names=names)
        items = [self.item(kind, depth, scope) for kind in kinds]
        if names:
            items = [f"{item} AS c{number}" for number, item in enumerate(items)]
        where = f" WHERE {self.condition(depth, scope)}" if self.chance(0.6) else ""
        return f"SELECT {head}{', '.join(items)} FROM {source}{where}"

    def grouped(
        self, kinds: Sequence[str], depth: int, head: str, source: str, scope: Scope, *, names: bool
    ) -> str:
        self.made["grouped"] += 1
        keys = [self.item(self.one("number", "text"), min(depth, 1), scope) for _ in range(2)]
        keys = [key for key in keys if re.search(r"\bt\d", key)] or [
            self.column("number", scope) or "1"
        ]
        items: list[str] = []
        for kind in kinds:
            number, text = self.number(1, scope), self.text(1, scope)
            aggregate = f"{self.one('MIN', 'MAX')}({text})" if kind == "text" else self.one(
                "COUNT(*)", f"MAX({number})", f"SUM({number})", f"AVG({number})",
                f"COUNT(DISTINCT {text})", f"SUM(DISTINCT {number})",
                f"SUM(CASE WHEN {self.inner(0, scope)} THEN 1 ELSE 0 END)",
                self.call(self.random.choice(_AGGREGATES), 1, scope),
            )  # fmt: skip
            items.append(aggregate)
        having = self.one("", f" HAVING COUNT(*) > 1 AND {items[0]} IS NOT NULL")
        if names:
            items = [f"{item} AS c{number}" for number, item in enumerate(items)]
        where = f" WHERE {self.condition(1, scope)}" if self.chance(0.4) else ""
        return (
            f"SELECT {head}{', '.join(items)} FROM {source}{where} "
            f"GROUP BY {', '.join(keys)}{having}"
        )

    def body(self, kinds: Sequence[str], depth: int, *, names: bool = False) -> str:
        """One query, or several combined."""
        text = self.select(kinds, depth, names=names)
        while self.chance(0.15):
            word = self.one("UNION", "EXCEPT", "INTERSECT") + self.one("", " ALL")
            self.made[word] += 1
            other = self.select(kinds, depth, names=names)
            text += f" {word} " + self.one(other, f"({other})", f"({other} ORDER BY 1 OFFSET 1)")
        return text

    def query(self) -> str:
        """A whole query."""
        depth = self.random.choice((0, 0, 0, 1, 1, 1, 2, 2))
        kinds = [self.one("number", "text") for _ in range(self.random.randint(1, 4))]
        start = ""
        if self.chance(0.2):
            parts = []
            for _ in range(self.random.randint(1, 2)):
                self.made["with"] += 1
                inner = [self.one("number", "text") for _ in range(2)]
                query = self.body(inner, depth - 1, names=True)
                name = f"w{len(parts)}"
                parts.append(f"{name} AS ({query})")
                self.common = {**self.common, name: inner}
            start = f"WITH {', '.join(parts)} "
        if self.chance(0.1):
            self.made["star"] += 1
            source, scope = self.source(depth)
            text = f"SELECT * FROM {source} WHERE {self.condition(depth, scope)}"
        else:
            text = self.body(kinds, depth)
        tail = self.one("", "", " ORDER BY 1", " ORDER BY 1 DESC OFFSET 2", " OFFSET 1")
        return start + text + tail


Scope = dict[str, tuple[str, ...]]
"""Columns that can be named, by what they hold."""


def _named(kinds: Sequence[str], label: str) -> Scope:
    scope: Scope = {}
    for number, kind in enumerate(kinds):
        scope[kind] = (*scope.get(kind, ()), f"{label}.c{number}")
    return scope


def _together(one: Scope, other: Scope) -> Scope:
    return {kind: (*one.get(kind, ()), *other.get(kind, ())) for kind in {*one, *other}}


_PIECE = re.compile(r"\w+|\s+|'[^']*'|\"[^\"]*\"|[^\w\s]")


def nearly(seed: int) -> str:
    """A text that is a query, was one, or is nothing of the kind.

    Half of the texts are as the grammar makes them. The others are queries of the grammar, of the
    corpus, or attacks, with up to four pieces exchanged, moved, doubled or broken; a query with a
    piece of an attack inside; or words in any order.
    """
    chooser = random.Random(seed)
    kind = chooser.random()
    if kind < 0.5:
        return Grammar(seed).query()
    if kind < 0.58:
        space = chooser.choice((" ", ""))
        return space.join(chooser.choices(WORDS, k=chooser.randint(0, 40)))
    source = chooser.random()
    text = Grammar(seed).query() if source < 0.5 else chooser.choice(VALID + ATTACKS)
    if kind < 0.66:
        attack = _PIECE.findall(chooser.choice(ATTACKS))
        start = chooser.randrange(len(attack))
        piece = "".join(attack[start : start + chooser.randint(1, 12)])
        pieces = _PIECE.findall(text)
        pieces.insert(chooser.randint(0, len(pieces)), f" {piece} ")
        return "".join(pieces)
    pieces = _PIECE.findall(text)
    for _ in range(chooser.randint(1, 4)):
        where = chooser.randrange(len(pieces))
        other = chooser.choice(chooser.choice((pieces, WORDS)))
        match chooser.randrange(6):
            case 0:
                pieces[where] = other
            case 1:
                pieces.insert(where, other)
            case 2:
                pieces.append(pieces.pop(where))
            case 3:
                pieces[where] *= 2
            case 4:
                pieces[where] = ""
            case _:
                pieces[where] = pieces[where][::-1]
    return "".join(pieces)
