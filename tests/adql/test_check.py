"""The last check refuses what the resolver never makes; constants fold as in the engine."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lsp_jupyter.adql import FUNCTIONS, AdqlError, Column, Table, parse, warm_up
from lsp_jupyter.adql.bound import Aggregate, Call, ColumnRef, Comparison, Constant, InQuery
from lsp_jupyter.adql.check import check
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.plan import Output, Query, TableSource
from lsp_jupyter.adql.resolve import resolve
from lsp_jupyter.adql.types import BIGINT, DOUBLE, INTEGER
from tests.adql.conftest import Tables

SECRET = Table("sky", "secrets", (Column("id", "long"),), ("other", "main", "secrets"))


def plan(run: Any, text: str) -> Query:
    return resolve(parse(text), run.schema)


def output(value: Any) -> tuple[Output, ...]:
    return (Output(value, Column("x", "int")),)


def test_admits_what_the_resolver_makes(run: Any) -> None:
    query = plan(run, "SELECT SQRT(id), COUNT(*) FROM sky.stars GROUP BY id")
    assert [table.full_name for table in check(query, run.schema, 100)] == ["sky.stars"]


def test_refuses_tables_that_are_not_of_the_schema(run: Any) -> None:
    query = plan(run, "SELECT id FROM sky.stars WHERE id IN (SELECT id FROM sky.obs)")
    for broken in (
        dataclasses.replace(query, sources=(TableSource("t1", SECRET),)),
        # One of the schema's names, but another file.
        dataclasses.replace(
            query,
            sources=(
                TableSource("t1", dataclasses.replace(run.schema.tables[0], source=SECRET.source)),
            ),
        ),
        dataclasses.replace(
            query,
            where=InQuery(
                Constant(INTEGER, 1),
                Query(output(Constant(INTEGER, 1)), (TableSource("t9", SECRET),)),
                negated=False,
            ),
        ),
    ):
        with pytest.raises(AdqlError, match="no table"):
            check(broken, run.schema, 100)


def test_admits_a_sample_of_a_table_of_the_schema_alone(run: Any) -> None:
    known = dataclasses.replace(run.schema.tables[0], sample=("cat", "main", "some"), share=0.5)
    schema = Tables((known, *run.schema.tables[1:]))
    query = resolve(parse("SELECT id FROM sky.stars"), schema)
    (source,) = query.sources
    sampled = dataclasses.replace(
        query, sources=(dataclasses.replace(source, table=known.sampled),)
    )
    (table,) = check(sampled, schema, 100)
    assert table.source == ("cat", "main", "some")
    with pytest.raises(AdqlError, match="no table"):
        check(sampled, run.schema, 100)


def test_refuses_columns_that_are_not_described(run: Any) -> None:
    query = plan(run, "SELECT id FROM sky.stars")
    for source, name in (("t1", "hpx29"), ("t1", "rowid"), ("t2", "id")):
        hidden = ColumnRef(BIGINT, source, name, Column(name, "long"))
        broken = dataclasses.replace(query, outputs=output(hidden))
        with pytest.raises(AdqlError, match="no column"):
            check(broken, run.schema, 100)


def test_refuses_functions_and_nodes_that_are_not_declared(run: Any) -> None:
    query = plan(run, "SELECT id FROM sky.stars")
    shell = Function("SHELL", "SHELL(x)", (), 0, lambda _: DOUBLE, "", "math")
    impostor = dataclasses.replace(FUNCTIONS["SQRT"], group="general")

    class Unknown(Constant):
        pass

    for value, message in (
        (Call(DOUBLE, shell, ()), "no function SHELL"),
        (Call(DOUBLE, impostor, ()), "no function SQRT"),
        (Aggregate(DOUBLE, "STRING_AGG", None, distinct=False), "no function STRING_AGG"),
        (Unknown(INTEGER, 1), "Unknown is not admitted"),
    ):
        where = Comparison("=", value, Constant(INTEGER, 1))
        for broken in (
            dataclasses.replace(query, outputs=output(value)),
            dataclasses.replace(query, where=where),
            dataclasses.replace(query, group=(value,)),
        ):
            with pytest.raises(AdqlError, match=message):
                check(broken, run.schema, 100)


def test_refuses_what_is_too_large(run: Any) -> None:
    query = plan(run, "SELECT id + 1 + 2 + 3 FROM sky.stars")
    with pytest.raises(AdqlError, match="too large"):
        check(query, run.schema, 3)


def test_columns_do_not_count(run: Any) -> None:
    assert check(plan(run, "SELECT * FROM sky.stars"), run.schema, 0)


@pytest.mark.parametrize(
    "text",
    ["1 / 60.0", "-7 / 2", "7 / -2", "2 - 3 * 4", "-(1.5)", "RADIANS(180)", "DEGREES(PI())",
     "1 + 2 - 3.5", "10 / 4 * 2", "3600.0 / 60 / 60"],
)  # fmt: skip
def test_constants_have_the_value_of_the_engine(run: Any, text: str) -> None:
    query = f"SELECT {text} AS x FROM lab.one"
    assert constant(plan(run, query).outputs[0].value) == pytest.approx(
        run.column(query)[0], rel=1e-15
    )


@pytest.mark.parametrize(
    "text", ["1 / 0", "1.0 / 0", "i", "i + 1", "'a'", "1e308 * 1e308", "RADIANS(i)", "SQRT(4)"]
)
def test_what_is_no_constant(run: Any, text: str) -> None:
    assert constant(plan(run, f"SELECT {text} AS x FROM lab.one").outputs[0].value) is None


def test_warm_up() -> None:
    warm_up()
