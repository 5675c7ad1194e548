"""Previews: estimates from a sample, how far they can be trusted, and what has none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import AdqlError, Column, Compiled, Table, compile_query
from lsp_jupyter.catalogs.sampling import uniform
from lsp_jupyter.engines.duckdb_native import build_native
from lsp_jupyter.engines.protocol import SAMPLE
from tests.adql.conftest import Tables
from tests.adql.grammar import Grammar
from tests.adql.judge import judge

ROWS, FIELDS = 1_000_000, 250

STARS = Table(
    "sky",
    "stars",
    (
        Column("id", "long", ucd="meta.id;meta.main"),
        Column("field", "int"),
        Column("mag", "float", unit="mag", ucd="phot.mag"),
        Column("flux", "double", unit="nJy", ucd="phot.flux"),
        Column("n", "short"),
    ),
    ("stars", "main", "data"),
    rows=ROWS,
    sample=("stars", "main", "sample"),
    share=SAMPLE,
)
#: The same rows, of which nothing tells them apart.
NAMELESS = replace(
    STARS, name="nameless", columns=tuple(replace(one, ucd="") for one in STARS.columns)
)
#: A field each, which has fewer rows than a sample needs; and how often some stars were seen.
FIELDS_TABLE = Table(
    "sky",
    "fields",
    (Column("field", "int", ucd="meta.id;meta.main"), Column("width", "double", unit="deg2")),
    ("fields", "main", "data"),
    rows=FIELDS,
    sample=("fields", "main", "sample"),
    share=SAMPLE,
)
SEEN = Table("sky", "seen", (Column("id", "long"),), ("seen", "main", "data"), rows=3 * ROWS // 2)
SCHEMA = Tables((STARS, NAMELESS, FIELDS_TABLE, SEEN))


@dataclass(frozen=True)
class Sky:
    """Real native files of these tables."""

    db: duckdb.DuckDBPyConnection

    def compile(self, query: str) -> Compiled:
        return compile_query(query, SCHEMA, maxrec=10_000, preview=True)

    def preview(self, query: str) -> dict[str, list[Any]]:
        """The columns of a preview."""
        compiled = self.compile(query)
        found = self.db.sql(compiled.sql).to_arrow_table()
        assert found.column_names == [column.name for column in compiled.columns]
        return found.to_pydict()

    def exact(self, sql: str) -> dict[str, list[Any]]:
        """The columns of a query in the engine's own words."""
        return self.db.sql(sql).to_arrow_table().to_pydict()


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sky]:
    """A million stars of which those of a field are alike, and what belongs to them."""
    rng = np.random.default_rng(20261123)
    field = rng.integers(0, FIELDS, ROWS).astype(np.int32)
    ids = np.arange(ROWS, dtype=np.int64)
    mag = (20 + field / 100 + rng.normal(0, 1, ROWS)).astype(np.float32)
    tables = {
        "stars": {
            "id": ids,
            "field": field,
            "mag": pa.array(mag, mask=rng.random(ROWS) < 0.3),
            "flux": rng.lognormal(0, 1, ROWS),
            "n": rng.integers(-5, 100, ROWS).astype(np.int16),
        },
        "fields": {"field": np.arange(FIELDS, dtype=np.int32), "width": np.linspace(1, 2, FIELDS)},
        "seen": {"id": np.concatenate([ids, ids[::2]])},
    }
    folder: Path = tmp_path_factory.mktemp("native")
    db = duckdb.connect()
    db.execute("SET threads = 2")
    for name, columns in tables.items():
        table = pa.table(columns)
        table = table.append_column("rnd", pa.array(uniform(len(name), 0, table.num_rows)))
        build_native(table.to_reader(), folder / f"{name}.duckdb")
        db.execute(f"ATTACH '{folder / name}.duckdb' AS {name} (READ_ONLY)")
    yield Sky(db)
    db.close()


# -- estimates -------------------------------------------------------------------


def test_counts_and_sums_are_those_of_the_sample(sky: Sky) -> None:
    found = sky.preview(
        "SELECT field, COUNT(*) AS r, COUNT(mag) AS c, SUM(n) AS s, SUM(flux) AS f, AVG(mag) AS "
        "a, MIN(n) AS lo, MAX(n) - MIN(n) AS wide, MEDIAN(mag) AS m FROM sky.stars "
        "WHERE flux > 0.5 GROUP BY field ORDER BY field"
    )
    wanted = sky.exact(
        "SELECT field, 100 * count(*) AS r, 100 * count(mag) AS c, "
        "(100 * sum(n))::BIGINT AS s, 100 * sum(flux) AS f, avg(mag) AS a, min(n) AS lo, "
        "max(n) - min(n) AS wide, quantile_cont(mag::DOUBLE, 0.5) AS m "
        "FROM stars.main.sample WHERE flux > 0.5 GROUP BY field ORDER BY field"
    )
    for name in ("field", "r", "c", "s", "lo", "wide"):
        assert found[name] == wanted[name], name
    for name in ("f", "a", "m"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-12), name
    assert [name for name in found if name.endswith("_error")] == [
        *("r_error", "c_error", "s_error", "f_error", "a_error"),
    ]


def test_the_standard_errors_are_those_of_poisson_sampling(sky: Sky) -> None:
    found = sky.preview("SELECT COUNT(*) AS a, COUNT(mag) AS b, SUM(n) AS s, AVG(mag) AS m, "
                        "SUM(flux) AS f FROM sky.stars WHERE field = 7")  # fmt: skip
    rows = sky.exact("SELECT n, flux, mag FROM stars.main.sample WHERE field = 7")
    n, flux = (np.array(rows[name], dtype=float) for name in ("n", "flux"))
    mag = np.array([one for one in rows["mag"] if one is not None], dtype=float)
    rest = 1 - SAMPLE
    assert len(n) > len(mag) > 10
    for name, wanted in {
        "a": np.sqrt(len(n) * rest) / SAMPLE,
        "b": np.sqrt(len(mag) * rest) / SAMPLE,
        "s": np.sqrt(np.sum(n**2) * rest) / SAMPLE,
        "f": np.sqrt(np.sum(flux**2) * rest) / SAMPLE,
        "m": np.sqrt(np.var(mag, ddof=1) / len(mag) * rest),
    }.items():
        assert found[f"{name}_error"] == pytest.approx([wanted], rel=1e-9), name


@pytest.mark.parametrize("value", ["COUNT(*)", "COUNT(mag)", "SUM(n)", "SUM(flux)", "AVG(mag)"])
def test_the_truth_is_within_the_errors(sky: Sky, value: str) -> None:
    found = sky.preview(
        f"SELECT field, {value} AS x FROM sky.stars WHERE n > 0 GROUP BY field ORDER BY field"
    )
    truth = sky.exact(
        f"SELECT field, {value} AS x FROM stars.main.data WHERE n > 0 GROUP BY field ORDER BY field"
    )
    assert found["field"] == truth["field"]
    assert len(found["field"]) == FIELDS
    x, true, error = (np.array(one, float) for one in (found["x"], truth["x"], found["x_error"]))
    off = np.abs(x - true) / error
    # Of a normal distribution 68 % and 95 %: errors that are too large are wrong as well.
    assert 0.6 < np.mean(off < 1) < 0.76
    assert np.mean(off < 2) > 0.9


def test_an_error_has_the_unit_of_its_estimate(sky: Sky) -> None:
    columns = sky.compile(
        "SELECT COUNT(*) AS c, AVG(mag) AS m, SUM(flux), 1 AS sum_error FROM sky.stars"
    ).columns
    assert [(one.name, one.datatype, one.unit, one.ucd) for one in columns] == [
        ("c", "long", "", "meta.number"),
        ("c_error", "double", "", "stat.error;meta.number"),
        ("m", "double", "mag", "phot.mag"),
        ("m_error", "double", "mag", "stat.error;phot.mag"),
        ("sum", "double", "nJy", ""),
        ("sum_error_2", "double", "nJy", "stat.error"),
        ("sum_error", "int", "", ""),
    ]
    assert columns[1].description == "Standard error of c"


def test_what_was_not_found_has_no_error(sky: Sky) -> None:
    found = sky.preview(
        "SELECT COUNT(*) AS c, SUM(n) AS s, AVG(n) AS a FROM sky.stars WHERE n > 1000"
    )
    assert found == {
        "c": [0], "c_error": [None], "s": [None], "s_error": [None], "a": [None], "a_error": [None]
    }  # fmt: skip


def test_positions_of_order_by_go_along(sky: Sky) -> None:
    query = "SELECT TOP 5 AVG(mag) AS m, field, COUNT(*) AS c FROM sky.stars GROUP BY field "
    for order in ("ORDER BY 3 DESC, 2", "ORDER BY c DESC, field", "ORDER BY COUNT(*) DESC, field"):
        found = sky.preview(query + order)
        wanted = sky.exact(
            "SELECT field, 100 * count(*) AS c FROM stars.main.sample GROUP BY field "
            "ORDER BY c DESC, field LIMIT 5"
        )
        assert (found["field"], found["c"]) == (wanted["field"], wanted["c"])


# -- tables ----------------------------------------------------------------------


def test_rows_are_those_of_the_sample(sky: Sky) -> None:
    found = sky.preview("SELECT * FROM sky.stars WHERE n = 3 ORDER BY id")
    assert list(found) == [column.name for column in STARS.columns]
    wanted = sky.exact("SELECT id FROM stars.main.sample WHERE n = 3 ORDER BY id")
    assert found["id"] == wanted["id"]
    assert len(found["id"]) > 50


def test_it_tells_its_share_and_its_tables(sky: Sky) -> None:
    compiled = sky.compile(
        "SELECT COUNT(*) FROM sky.fields AS f JOIN sky.stars AS s ON f.field = s.n"
    )
    assert compiled.share == SAMPLE
    assert [(one.name, one.source[2], one.rows) for one in compiled.tables] == [
        ("fields", "data", FIELDS), ("stars", "sample", ROWS // 100)
    ]  # fmt: skip
    itself = compile_query(compiled.text, SCHEMA, maxrec=10)
    assert itself.share is None
    assert all(one.source[2] == "data" for one in itself.tables)


def test_a_small_table_is_read_whole(sky: Sky) -> None:
    query = "SELECT COUNT(*) AS c, SUM(width) AS s, AVG(width) AS a FROM sky.fields"
    assert sky.compile(query).share == 1.0
    assert sky.preview(query) == {
        "c": [FIELDS], "c_error": [0.0], "s": [pytest.approx(1.5 * FIELDS)], "s_error": [0.0],
        "a": [pytest.approx(1.5)], "a_error": [0.0],
    }  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "(SELECT id, n FROM sky.stars WHERE n > 90) AS s",
        "(SELECT x.id, x.n FROM (SELECT * FROM sky.stars) AS x WHERE n > 90) AS s",
        "(SELECT id, n FROM sky.stars) AS s WHERE s.n > 90",
        "s",
        "sky.stars WHERE n > 90 AND field IN (SELECT field FROM sky.fields WHERE width > 0)",
        "sky.stars AS s WHERE n > 90 AND EXISTS (SELECT 1 FROM sky.seen AS o WHERE o.id = s.id)",
        # Each star has one field; the sample's rows tell it.
        "sky.stars AS s JOIN sky.fields AS f ON s.field = f.field WHERE n > 90",
        "sky.fields AS f RIGHT JOIN sky.stars AS s ON s.field = f.field WHERE n > 90",
        "sky.stars AS s LEFT JOIN sky.fields AS f ON s.field = f.field + 7 WHERE n > 90",
        "sky.fields AS f, s WHERE s.field = f.field",
        "(SELECT n, s.id FROM sky.fields JOIN sky.stars AS s USING (field)) AS s WHERE n > 90",
    ],
)
def test_however_the_table_is_named(sky: Sky, source: str) -> None:
    start = "WITH s AS (SELECT n, field FROM sky.stars WHERE n > 90) " if " s" in source else ""
    if source == "s":
        start = "WITH r AS (SELECT n FROM sky.stars), s AS (SELECT n FROM r WHERE n > 90) "
    if "sky.stars" in source:
        start = ""
    found = sky.preview(f"{start}SELECT COUNT(*) AS c, SUM(n) AS s FROM {source}")
    assert found == sky.preview("SELECT COUNT(*) AS c, SUM(n) AS s FROM sky.stars WHERE n > 90")
    assert found["c_error"][0] > 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT COUNT(*) AS c FROM sky.stars JOIN sky.seen USING (id)", False),
        (
            "SELECT COUNT(*) AS c FROM sky.stars JOIN sky.seen USING (id) WHERE MOD(id, 2) = 1",
            True,
        ),
        ("SELECT COUNT(*) AS c FROM sky.nameless AS s JOIN sky.fields AS f USING (field)", False),
        ("SELECT COUNT(*) AS c FROM sky.nameless AS s", True),
    ],
)
def test_rows_of_a_join_have_an_error_if_each_occurs_once(sky: Sky, query: str, told: bool) -> None:
    found = sky.preview(query)
    assert found["c"][0] > 0
    assert (found["c_error"] != [None]) is told


# -- what has no preview ---------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "at", "why"),
    [
        ("SELECT COUNT(DISTINCT n) FROM sky.stars", "COUNT(DISTINCT n)", "different values"),
        ("SELECT SUM(DISTINCT n) FROM sky.stars", "SUM(DISTINCT n)", "different values"),
        ("SELECT 1.0 * COUNT(*) FROM sky.stars", "COUNT(*)", "expression with COUNT"),
        ("SELECT n, SUM(n) / COUNT(*) FROM sky.stars GROUP BY n", "SUM(n)", "expression with"),
        (
            "SELECT n FROM sky.stars GROUP BY n HAVING COUNT(*) > 10",
            "COUNT(*)",
            "HAVING cannot choose groups by COUNT",
        ),
        ("SELECT n FROM sky.stars GROUP BY n ORDER BY MAX(mag)", "MAX(mag)", "ORDER BY MAX"),
        ("SELECT DISTINCT COUNT(*) FROM sky.stars GROUP BY n", "COUNT(*)", "DISTINCT cannot"),
        (
            "SELECT ivo_histogram(n, 0, 10, 5) FROM sky.stars",
            "ivo_histogram(n, 0, 10, 5)",
            "IVO_HISTOGRAM would count",
        ),
        ("SELECT COUNT(*) FROM sky.seen", "sky.seen", "has a sample"),
        ("SELECT a.id FROM sky.stars AS a, sky.stars AS b", "sky.stars", "twice"),
        (
            "WITH s AS (SELECT * FROM sky.stars) SELECT COUNT(*) FROM s, s AS t",
            "sky.stars",
            "twice",
        ),
        ("SELECT id FROM sky.stars UNION SELECT id FROM sky.seen", "sky.stars", "combined"),
        (
            "SELECT COUNT(*) FROM sky.seen WHERE id IN (SELECT id FROM sky.stars)",
            "sky.stars",
            "a condition",
        ),
        (
            "SELECT COUNT(*) FROM (SELECT n, MAX(mag) AS m FROM sky.stars GROUP BY n) AS x",
            "sky.stars",
            "more than choose rows",
        ),
        (
            "WITH x AS (SELECT DISTINCT n FROM sky.stars) SELECT COUNT(*) FROM x",
            "sky.stars",
            "more than choose rows",
        ),
        (
            "SELECT AVG(n) FROM (SELECT TOP 10 n FROM sky.stars) AS x",
            "sky.stars",
            "more than choose rows",
        ),
        ("SELECT f.width FROM sky.fields AS f LEFT JOIN sky.stars AS s ON s.field = f.field",
         "sky.stars", "outer join"),
        ("SELECT f.width FROM sky.stars AS s FULL JOIN sky.fields AS f ON s.field = f.field",
         "sky.stars", "outer join"),
        ("SELECT f.width FROM sky.fields AS f FULL JOIN sky.stars AS s ON s.field = f.field",
         "sky.stars", "outer join"),
        ("SELECT f.width FROM sky.stars AS s RIGHT JOIN sky.fields AS f ON s.field = f.field",
         "sky.stars", "outer join"),
    ],
)  # fmt: skip
def test_what_a_sample_cannot_tell_is_refused(sky: Sky, query: str, at: str, why: str) -> None:
    with pytest.raises(AdqlError, match=why) as caught:
        sky.compile(query)
    error = caught.value
    assert (error.line, error.column, error.length) == (1, query.rindex(at) + 1, len(at))
    assert "run the query itself" in (error.hint or "").lower()
    # The query itself has nothing wrong.
    assert compile_query(query, SCHEMA, maxrec=10).columns


def test_what_is_wrong_is_told_as_ever(sky: Sky) -> None:
    with pytest.raises(AdqlError, match="no column magg") as caught:
        sky.compile("SELECT COUNT(*), AVG(magg) FROM sky.stars")
    assert caught.value.column == 22


def test_every_query_has_a_preview_or_a_reason(run: Any) -> None:
    """Of queries of the grammar: the engine takes what is not refused, with the same columns."""
    schema = Tables(
        tuple(replace(one, rows=10**6, sample=one.source, share=0.5) for one in run.schema.tables)
    )
    previews, refused = 0, []
    for seed in range(600):
        text = Grammar(seed).query()
        try:
            itself = compile_query(text, schema, maxrec=10)
        except AdqlError:
            continue
        try:
            preview = compile_query(text, schema, maxrec=10, preview=True)
        except AdqlError as error:
            refused.append(error)
            continue
        judge(run.db, preview)
        with contextlib.suppress(duckdb.ConversionException, duckdb.InvalidInputException):
            run.db.execute("EXPLAIN " + preview.sql).fetchall()
        added = {column.name for column in preview.columns} - {one.name for one in itself.columns}
        assert [one for one in preview.columns if one.name not in added] == list(itself.columns)
        assert all("_error" in name for name in added), text
        previews += 1
    assert previews > 150
    assert len(refused) > 150
    assert all(error.line and error.length and error.hint for error in refused)
