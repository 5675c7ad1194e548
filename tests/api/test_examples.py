"""Examples as people and clients read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from lsp_jupyter.adql import parse
from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.api.examples import examples_of, examples_page, tables_of
from lsp_jupyter.catalogs.release import Example, Release
from tests.api.schemas import etree

HTML = "{http://www.w3.org/1999/xhtml}"
COLUMNS = (Column("size", "int"), Column("b", "int", principal=True))
TABLES = [
    Table("a", "one", COLUMNS, ("x",), title="Ones"),
    Table("a", "Select", COLUMNS[:1], ("y",)),
]


class Catalog:
    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        return [
            each
            for each in TABLES
            if each.name.lower() == name.lower() and schema in (None, each.schema)
        ]

    def names(self) -> Iterable[str]:
        return [each.full_name for each in TABLES]


def test_clients_find_names_tables_queries_and_parameters() -> None:
    examples = [
        Example("One <1>", "SELECT b FROM a.one WHERE 1 < 2", "What & why"),
        Example("Two", "SELECT nothing FROM nowhere"),
    ]
    page = etree.fromstring(examples_page(examples, Catalog()))
    (vocabulary,) = page.findall(f".//{HTML}div[@vocab]")
    assert vocabulary.get("vocab") == "http://www.ivoa.net/rdf/examples#"
    one, two = vocabulary.findall(f"{HTML}div[@typeof='example']")
    assert [(each.get("id"), each.get("resource")) for each in (one, two)] == [
        ("example-1", "#example-1"),
        ("example-2", "#example-2"),
    ]
    assert one.findtext(f"{HTML}h2[@property='name']") == "One <1>"
    assert one.findtext(f"{HTML}pre[@property='query']") == examples[0].adql
    assert one.findtext(f".//{HTML}code[@property='table']") == "a.one"
    assert two.find(f".//{HTML}code[@property='table']") is None
    (pair,) = one.findall(f"{HTML}p[@property='generic-parameter'][@typeof='keyval']")
    assert [each.get("property") for each in pair] == ["key", "value"]
    assert [each.text for each in pair] == ["LANG", "ADQL"]
    assert "What & why" in "".join(one.itertext())


@pytest.mark.parametrize(
    ("adql", "tables"),
    [
        ("SELECT * FROM one", ["a.one"]),
        (
            'SELECT * FROM a.ONE AS x JOIN a."Select" AS y ON x.b = 1',
            ["a.one", 'a."Select"'],
        ),
        ("SELECT * FROM (SELECT b FROM a.one) AS s WHERE b IN (SELECT b FROM a.one)", ["a.one"]),
        ("WITH w AS (SELECT b FROM a.one) SELECT * FROM w", ["a.one"]),
        ("SELECT 1 FROM other.one", []),
        ("no query", []),
    ],
)
def test_the_tables_of_a_query_are_found_wherever_they_stand(adql: str, tables: list[str]) -> None:
    assert tables_of(adql, Catalog()) == tables


def test_a_release_without_examples_gets_some() -> None:
    given = Release("r", "R", tables=tuple(TABLES), examples=(Example("E", "SELECT 1"),))
    bare = Release("s", "S", tables=tuple(TABLES))
    found = examples_of([given, bare])
    assert [each.title for each in found] == ["E", "First rows of Ones", "First rows of a.Select"]
    assert [each.adql for each in found[1:]] == [
        "SELECT TOP 10 b\nFROM a.one",
        'SELECT TOP 10 "size"\nFROM a."Select"',
    ]
    for each in found[1:]:
        parse(each.adql)
