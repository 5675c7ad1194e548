"""Tables of one's own, and tables sent with queries, from code, against a real server."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, QTable, Table
from astropy.time import Time

import lsp_jupyter as lsp
from lsp_jupyter.errors import (
    AdqlError,
    ConflictError,
    LimitError,
    LspError,
    NotFoundError,
    ParameterError,
    PublishError,
    UsageError,
)
from lsp_jupyter.notebook import sending
from lsp_jupyter.notebook.bodies import Body, FilePiece, TablePiece
from lsp_jupyter.notebook.frames import is_table, to_rows
from tests.servers import Server

IDS = [2**62 + 1, 2**62 + 2, 2**62 + 3]
FRAME = pd.DataFrame({"a": [1]})
NEAR = "SELECT TOP 20 hip, ra, dec, plx FROM hipparcos.main ORDER BY plx DESC"


@pytest.fixture(autouse=True)
def tidy(as_kernel: Server) -> Iterator[None]:
    """No test finds tables of another one."""
    yield
    for table in lsp.tables(mine=True):
        lsp.drop(table.name)


def frames() -> dict[str, Any]:
    """The same three rows in every library."""
    columns = {"id": np.array(IDS), "x": np.array([1.5, np.nan, 3.5]), "name": ["a", "b'", "ü"]}
    arrow = pa.table(columns)
    records = np.rec.fromarrays([IDS, columns["x"], columns["name"]], names="id,x,name")
    found: dict[str, Any] = {
        "pandas": pd.DataFrame(columns),
        "indexed": pd.DataFrame(columns).set_index("id"),
        "astropy": Table(columns),
        "big endian": Table({**columns, "id": np.array(IDS, ">i8")}),
        "arrow": arrow,
        "batch": arrow.to_batches()[0],
        "categories": arrow.set_column(2, "name", arrow["name"].dictionary_encode()),
        "numpy": records,
    }
    try:
        import polars

        found["polars"] = polars.DataFrame(columns)
        found["lazy"] = polars.DataFrame(columns).lazy()
    except ImportError:
        pass
    return found


@pytest.mark.req("NB-REQ-0017")
@pytest.mark.parametrize("kind", sorted(frames()))
def test_a_frame_of_any_library_is_read_by_a_query(kind: str) -> None:
    found = lsp.query("SELECT id, x, name FROM {mine} ORDER BY id", mine=frames()[kind])
    assert found.to_arrow().to_pydict() == {
        "id": IDS,
        "x": [1.5, None, 3.5],
        "name": ["a", "b'", "ü"],
    }
    assert 'FROM TAP_UPLOAD."mine"' in found.query


@pytest.mark.req("NB-REQ-0017")
def test_several_tables_join_with_published_ones_and_values() -> None:
    near = lsp.query(NEAR)
    mine = pd.DataFrame({"hip": near.to_pandas()["hip"][:5], "place": range(5)})
    found = lsp.query(
        "SELECT {ranks}.place, n.plx, m.ra FROM {ranks} JOIN {near} AS n ON n.hip = {ranks}.hip "
        "JOIN hipparcos.main AS m ON m.hip = n.hip WHERE {ranks}.place < {limit} ORDER BY 1",
        ranks=mine,
        near=near,
        limit=3,
    )
    assert found.to_pandas()["place"].tolist() == [0, 1, 2]
    assert found.to_pandas()["plx"].tolist() == near.to_pandas()["plx"][:3].tolist()
    # The rows of a result that the server has do not travel.
    assert f"near,job:{near.id}" in _parameter(found, "UPLOAD")
    # Without braces the schema is written out.
    assert len(lsp.query("SELECT * FROM TAP_UPLOAD.ranks", ranks=mine)) == 5
    assert len(lsp.submit("SELECT * FROM {near}", near=near)) == 20
    assert len(lsp.query("SELECT * FROM {table}", table=mine)) == 5


def _parameter(found: lsp.notebook.Result, name: str) -> str:
    client = found.client
    reply = client.page(f"tap/async/{found.id}/parameters/{name}", {})
    return reply[0].decode()


def test_a_large_table_travels_as_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = 200_000
    frame = pd.DataFrame(
        {"id": np.arange(rows) + 2**60, "x": np.random.default_rng(1).random(rows)}
    )
    body = Body(TablePiece(to_rows(frame)))
    assert len(body) == len(b"".join(body)) == body.sent
    found = lsp.query("SELECT COUNT(*) AS n, MIN(id) AS a, MAX(id) AS b FROM {mine}", mine=frame)
    assert found.to_arrow().to_pylist() == [{"n": rows, "a": 2**60, "b": 2**60 + rows - 1}]
    # What the server will not take is not even sent.
    monkeypatch.setattr(sending, "LARGE", 0)
    monkeypatch.setattr(Body, "__len__", lambda _: 1 << 50)
    for send in (lambda: lsp.query("SELECT * FROM {f}", f=frame), lambda: lsp.upload(frame, "f")):
        with pytest.raises(LimitError, match="1,125,899,906,842,624"):
            send()


def test_files_are_sent_as_they_are(tmp_path: Path) -> None:
    table = Table({"id": IDS, "x": [1.0, 2.0, 3.0]})
    for name in ("a.vot", "a.fits", "a.ecsv", "a.csv", "a.csv.gz"):
        path = tmp_path / name
        if name.endswith("gz"):
            import gzip

            path.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
        else:
            table.write(path, format={"a.vot": "votable"}.get(name))
        before = path.read_bytes()
        found = lsp.query("SELECT id FROM {path} ORDER BY id", path=path)
        assert found.to_arrow()["id"].to_pylist() == IDS, name
        assert path.read_bytes() == before


@pytest.mark.req("NB-REQ-0017")
def test_a_result_is_saved_listed_joined_and_dropped() -> None:
    near = lsp.query(NEAR)
    stored = near.save("near", title="Near stars")
    assert repr(stored) == "mydb.near: 20 rows x 4 columns"
    assert stored.columns[1].unit == near.columns[1].unit == "deg"
    assert NEAR in stored.description
    assert [each.name for each in lsp.tables(mine=True)] == ["mydb.near"]
    assert "mydb.near" in repr(lsp.tables("near"))
    assert [each.name for each in lsp.columns("mydb.near")] == ["hip", "ra", "dec", "plx"]
    assert len(lsp.query("SELECT * FROM {stored} AS s WHERE s.plx > 0", stored=stored)) == 20
    with pytest.raises(ConflictError, match=r"mydb\.near already"):
        near.save("mydb.near")
    assert near.save("near", mode="append").rows == 40
    assert lsp.upload(near, "near", mode="replace").rows == 20
    lsp.drop("near")
    assert not lsp.tables(mine=True)
    assert "lsp.upload" in repr(lsp.tables(mine=True))
    with pytest.raises(NotFoundError, match="no table"):
        lsp.drop("near")


def test_tap_schema_lists_tables_of_ones_own() -> None:
    listed = "SELECT table_name FROM tap_schema.tables ORDER BY table_index"
    before = lsp.query(listed).to_arrow()["table_name"].to_pylist()
    assert "mydb.near" not in before
    lsp.query(NEAR).save("near")
    names = lsp.query(listed).to_arrow()["table_name"].to_pylist()
    assert sorted(names) == sorted([*before, "mydb.near"])
    columns = lsp.query(
        "SELECT c.column_name, c.unit, t.description FROM tap_schema.columns AS c "
        "JOIN tap_schema.tables AS t ON t.table_name = c.table_name "
        "JOIN tap_schema.schemas AS s ON s.schema_name = t.schema_name "
        "WHERE s.schema_name = 'mydb' ORDER BY c.column_index"
    ).to_arrow()
    assert columns["column_name"].to_pylist() == ["hip", "ra", "dec", "plx"]
    assert columns["unit"].to_pylist() == [None, "deg", "deg", "mas"]
    lsp.upload(FRAME, "near", mode="replace")
    again = "SELECT column_name FROM tap_schema.columns WHERE table_name = 'mydb.near'"
    assert lsp.query(again).to_arrow()["column_name"].to_pylist() == ["a"]
    lsp.drop("near")
    assert lsp.query(listed).to_arrow()["table_name"].to_pylist() == before


def test_a_result_that_was_cut_off_says_so_as_a_table() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = lsp.query("SELECT hip FROM hipparcos.main", maxrec=7)
    assert found.save("few").description.startswith("The first 7 rows of more.")


@pytest.mark.parametrize("kind", ["arrow", "astropy", "pandas"])
def test_a_frame_of_any_library_becomes_a_table(kind: str) -> None:
    stored = lsp.upload(frames()[kind], "three", description="Three rows.")
    assert (stored.rows, stored.description) == (3, "Three rows.")
    found = lsp.query("SELECT id, x, name FROM mydb.three ORDER BY id").to_arrow().to_pydict()
    assert found == {"id": IDS, "x": [1.5, None, 3.5], "name": ["a", "b'", "ü"]}


def test_what_astropy_knows_of_columns_stays() -> None:
    table = QTable(
        {
            "place": SkyCoord([1.0, 2.0] * u.deg, [3.0, 4.0] * u.deg, frame="fk5"),
            "when": Time(["2026-01-01T00:00:00", "2026-01-02T12:00:00"], scale="utc"),
            "flux": [1.0, 2.0] * u.nJy,
            "cube": np.arange(6.0).reshape(2, 3),
            "mark": MaskedColumn([1, 2], mask=[False, True], description="A mark.", dtype="i2"),
            "name": np.array([b"x", b"yy"]),
        }
    )
    table["mark"].info.meta = {"ucd": "meta.code"}
    stored = lsp.upload(table, "rich")
    columns = {each.name: each for each in stored.columns}
    assert list(columns) == ["place_ra", "place_dec", "when", "flux", "cube", "mark", "name"]
    assert (columns["flux"].unit, columns["mark"].ucd) == ("nJy", "meta.code")
    assert columns["mark"].description == "A mark."
    assert columns["when"].xtype == "timestamp"
    # A position was found, so the table is indexed by it.
    cone = "1 = CONTAINS(POINT(place_ra, place_dec), CIRCLE(1, 3, 1))"
    assert lsp.query(f"SELECT mark FROM mydb.rich WHERE {cone}").to_arrow()["mark"].to_pylist() == [
        1
    ]
    back = lsp.query("SELECT * FROM mydb.rich ORDER BY flux").to_table()
    assert str(back["flux"].unit) == "nJy"
    assert back["mark"].mask.tolist() == [False, True]
    assert np.array(list(back["cube"])).tolist() == table["cube"].tolist()
    assert back["name"].tolist() == ["x", "yy"]
    assert [str(each)[:10] for each in back["when"]] == ["2026-01-01", "2026-01-02"]


def test_a_frame_of_a_result_keeps_its_units() -> None:
    frame = lsp.query(NEAR).to_pandas()
    stored = lsp.upload(frame[frame["plx"] > 300], "closest", position=("ra", "dec"))
    assert 0 < stored.rows < 20
    assert [each.unit for each in stored.columns][1:] == ["deg", "deg", "mas"]
    assert stored.columns[3].ucd.startswith("pos.parallax")


def test_of_a_file_one_table_is_chosen(tmp_path: Path) -> None:
    from astropy.io import fits

    path = tmp_path / "two.fits"
    hdus = [fits.table_to_hdu(Table({"a": [number]})) for number in (1, 2)]
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    lsp.upload(path, "other", table="2")
    assert lsp.query("SELECT a FROM mydb.other").to_arrow()["a"].to_pylist() == [2]
    with pytest.raises(UsageError, match="Only a file"):
        lsp.upload(pd.DataFrame({"a": [1]}), "more", table="2")


WRONG: dict[str, tuple[Any, str, type[LspError], str]] = {
    "no table": (7, "x", UsageError, "int is no table"),
    "no file": ("nowhere.csv", "x", UsageError, "no file"),
    "a folder": (Path("/"), "x", UsageError, "a folder"),
    "an empty file": (Path("/dev/null"), "x", UsageError, "no file"),
    "no columns": (pd.DataFrame(), "x", UsageError, "without columns"),
    "mixed values": (pd.DataFrame({"good": [1, 2], "bad": [1, "x"]}), "x", UsageError, "bad"),
    "levels": (
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
        "x",
        UsageError,
        "several levels",
    ),
    "cubes": (Table({"c": np.ones((2, 2, 2))}), "x", UsageError, "Column c"),
    "complex": (Table({"c": np.ones(2, complex)}), "x", UsageError, "complex"),
    "bad bytes": (Table({"c": np.array([b"\xff"])}), "x", UsageError, "Column c"),
    "no name": (pd.DataFrame({"a": [1]}), " ", UsageError, "needs a name"),
    "a wrong name": (pd.DataFrame({"a": [1]}), "a-b/c d?", UsageError, "cannot be the name"),
    "another schema": (pd.DataFrame({"a": [1]}), "gaia.source", UsageError, "cannot be the name"),
    "a reserved name": (pd.DataFrame({"a": [1]}), "select", PublishError, "select"),
    "two columns of a name": (pd.DataFrame({"a": [1], "A": [2]}), "x", PublishError, "A"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_is_no_table_is_refused(case: str) -> None:
    data, name, kind, says = WRONG[case]
    with pytest.raises(kind, match=says) as caught:
        lsp.upload(data, name)
    assert caught.value.hint or "columns" in case
    assert not lsp.tables(mine=True)


def test_a_file_that_is_no_table_is_refused_by_the_server(tmp_path: Path) -> None:
    path = tmp_path / "x.dat"
    path.write_bytes(b"\0nonsense" * 100)
    with pytest.raises(UsageError, match="no kind that can be read") as caught:
        lsp.upload(path, "x")
    assert "body" not in str(caught.value)
    with pytest.raises(ParameterError, match="path"):
        lsp.query("SELECT * FROM {path}", path=path)


@pytest.mark.parametrize(
    ("query", "values", "kind", "says"),
    [
        ("SELECT * FROM {f}, {F}", dict.fromkeys("fF", FRAME), ParameterError, "Two"),
        ("SELECT b FROM {f}", {"f": FRAME}, AdqlError, "b"),
        ("SELECT * FROM {f}", {"f": pd.DataFrame({"a": [1, "x"]})}, UsageError, "^f: "),
        ("SELECT * FROM TAP_UPLOAD.g", {"f": FRAME}, AdqlError, "g"),
    ],
)
def test_a_wrong_query_over_a_frame(
    query: str, values: dict[str, Any], kind: type[LspError], says: str, as_kernel: Server
) -> None:
    before = set((as_kernel.state / "uploads").iterdir())
    with pytest.raises(kind, match=says) as caught:
        lsp.query(query, **values)
    if isinstance(caught.value, AdqlError):
        assert caught.value.line == 1
    # The request's own files go after its answer.
    end = time.monotonic() + 10
    while set((as_kernel.state / "uploads").iterdir()) != before:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_is_a_table() -> None:
    yes = [*frames().values(), Path("x"), lsp.query("SELECT TOP 1 hip FROM hipparcos.main")]
    no = [1, "x", [1], {"a": [1]}, np.ones(3), pd.Series([1]), pd.DataFrame, u.deg, None]
    assert all(map(is_table, yes))
    assert not any(map(is_table, no))


def test_a_file_that_shrinks_while_it_is_sent_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    body = Body(FilePiece(path))
    path.write_text("a")
    with pytest.raises(UsageError, match="shorter"):
        b"".join(body)
    stopped = Body(b"x")
    stopped.stop()
    with pytest.raises(UsageError, match="interrupted"):
        b"".join(stopped)
