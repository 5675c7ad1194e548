"""Tables that come with a query, over a real server and with real clients."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest
import pyvo
import requests
from astropy.io.votable import parse
from astropy.table import Table

from lsp_jupyter.workspace.folder import user_folder
from tests.servers import Server

MINE = "SELECT * FROM TAP_UPLOAD.mine ORDER BY id"


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def tap(lab_server: Server) -> str:
    return f"{lab_server.base}tap"


def ask(
    session: requests.Session, tap: str, query: str, form: str = "arrow", **files: bytes
) -> requests.Response:
    """A synchronous query with tables."""
    return session.post(
        f"{tap}/sync",
        data={
            "QUERY": query,
            "LANG": "ADQL",
            "RESPONSEFORMAT": form,
            "UPLOAD": ";".join(f"{name},param:{name}" for name in files),
        },
        files={name: (f"{name}.dat", data) for name, data in files.items()},
    )


def rows(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return pa.ipc.open_stream(answer.content).read_all().to_pylist()


def finished(session: requests.Session, job: str) -> str:
    """The phase in which a job ends."""
    for _ in range(20):
        session.get(job, params={"WAIT": 5})
        phase = session.get(f"{job}/phase").text
        if phase not in {"PENDING", "QUEUED", "EXECUTING"}:
            break
    return phase


def mine() -> Table:
    table = Table(
        {
            "id": np.array([2**60 + 1, 2**60 + 2, 3], np.int64),
            "x": np.array([0.1, np.nan, -3e300]),
            "name": ["a", "b c", ""],
        }
    )
    table["x"].unit = "mag"
    table["x"].description = "how bright <it> is"
    return table


def votable(table: Table, how: str) -> bytes:
    out = BytesIO()
    table.write(out, format="votable", tabledata_format=how)
    return out.getvalue()


def as_fits(table: Table) -> bytes:
    out = BytesIO()
    table.write(out, format="fits")
    return out.getvalue()


def votable_of_fits(table: Table) -> bytes:
    fields = '<FIELD name="id" datatype="long"/><FIELD name="x" datatype="double" unit="mag"/>'
    return (
        f'<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        f'{fields}<FIELD name="name" datatype="char" arraysize="*"/><DATA><FITS extnum="1">'
        f'<STREAM encoding="base64">{base64.encodebytes(as_fits(table)).decode()}</STREAM></FITS>'
        f"</DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


def columnar(table: Table, how: str) -> bytes:
    arrow = pa.table({name: np.asarray(table[name]) for name in table.colnames})
    out = BytesIO()
    if how == "parquet":
        pa.parquet.write_table(arrow, out)
    elif how == "feather":
        pa.feather.write_feather(arrow, out)
    elif how == "csv":
        pa.csv.write_csv(arrow, out)
    else:
        with pa.ipc.new_stream(out, arrow.schema) as stream:
            stream.write_table(arrow)
    return out.getvalue()


def ecsv(table: Table) -> bytes:
    out = StringIO()
    table.write(out, format="ascii.ecsv")
    return out.getvalue().encode()


FORMS = {
    "tabledata": lambda: votable(mine(), "tabledata"),
    "binary": lambda: votable(mine(), "binary"),
    "binary2": lambda: votable(mine(), "binary2"),
    "fits in votable": lambda: votable_of_fits(mine()),
    "gzip": lambda: gzip.compress(votable(mine(), "binary2")),
    "utf-16": lambda: (
        votable(mine(), "tabledata").decode().replace("utf-8", "utf-16").encode("utf-16")
    ),
    "fits": lambda: as_fits(mine()),
    "csv": lambda: columnar(mine(), "csv"),
    "parquet": lambda: columnar(mine(), "parquet"),
    "arrow stream": lambda: columnar(mine(), "arrow"),
    "arrow file": lambda: columnar(mine(), "feather"),
    "ecsv": lambda: ecsv(mine()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_format_can_be_queried(session: requests.Session, tap: str, form: str) -> None:
    found = rows(ask(session, tap, MINE, mine=FORMS[form]()))
    assert [row["id"] for row in found] == [3, 2**60 + 1, 2**60 + 2]
    assert [row["x"] for row in found] == [-3e300, 0.1, None]
    assert [row["name"] or "" for row in found] == ["", "a", "b c"]


TYPES = """<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>
<FIELD name="id" datatype="int"><DESCRIPTION>which</DESCRIPTION></FIELD>
<FIELD name="flag" datatype="boolean"/><FIELD name="bit" datatype="bit"/>
<FIELD name="bits" datatype="bit" arraysize="11"/>
<FIELD name="byte" datatype="unsignedByte"><VALUES null="255"/></FIELD>
<FIELD name="bytes" datatype="unsignedByte" arraysize="*"/>
<FIELD name="short" datatype="short"><VALUES null="-9"/></FIELD>
<FIELD name="long" datatype="long" ucd="meta.id" unit="s" utype="a:b.c"/>
<FIELD name="longs" datatype="long" arraysize="2"/><FIELD name="many" datatype="int" arraysize="*"/>
<FIELD name="float" datatype="float" unit="km/s"/><FIELD name="double" datatype="double"/>
<FIELD name="doubles" datatype="double" arraysize="3*"/>
<FIELD name="char" datatype="char" arraysize="*"/>
<FIELD name="fixed" datatype="char" arraysize="4"/>
<FIELD name="unicode" datatype="unicodeChar" arraysize="*"/>
<FIELD name="time" datatype="char" arraysize="*" xtype="timestamp"/>
<FIELD name="point" datatype="double" arraysize="2" xtype="point" unit="deg"/>
<FIELD name="complex" datatype="floatComplex"/>
<FIELD name="complexes" datatype="doubleComplex" arraysize="2"/>
<DATA><TABLEDATA>
<TR><TD>1</TD><TD>T</TD><TD>1</TD><TD>1 0 1 1 0 0 0 0 0 0 1</TD><TD>7</TD>
<TD>0 1 255</TD><TD>-3</TD>
<TD>9007199254740993</TD><TD>9007199254740993 -1</TD><TD>1 2 3</TD><TD>0.1</TD><TD>0.1</TD>
<TD>1e300 2</TD><TD>a &lt;b&gt;</TD><TD>abcd</TD><TD>Ωé😀</TD><TD>2024-02-29T12:00:00.123Z</TD>
<TD>1.5 -2.5</TD><TD>1 2</TD><TD>1 2 3 4</TD></TR>
<TR><TD>2</TD><TD/><TD>0</TD><TD/><TD>255</TD><TD/><TD>-9</TD><TD/><TD/><TD/><TD>NaN</TD><TD/><TD/>
<TD/><TD/><TD/><TD/><TD/><TD/><TD/></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""

#: What a value is when it comes back, where that is not obvious.
FIRST = {
    "id": 1,
    "flag": True,
    "bit": True,
    "bits": [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1],
    "byte": 7,
    "bytes": [0, 1, 255],
    "short": -3,
    "long": 2**53 + 1,
    "longs": [2**53 + 1, -1],
    "many": [1, 2, 3],
    "float": np.float32(0.1),
    "double": 0.1,
    "doubles": [1e300, 2.0],
    "char": "a <b>",
    "fixed": "abcd",
    "unicode": "Ωé😀",
    "time": "2024-02-29T12:00:00.123",
    "point": [1.5, -2.5],
    "complex": [1, 2],
    "complexes": [1, 2, 3, 4],
}
#: A bit and a boolean column of a fixed number of flags cannot be missing.
NEVER_MISSING = {"id", "bit"}


def value_of(cell: Any) -> Any:
    if np.ma.is_masked(cell) and np.ma.getmaskarray(cell).all():
        return None
    if isinstance(cell, np.ndarray):
        return None if cell.size == 0 else cell.tolist()
    if isinstance(cell, float | np.floating) and np.isnan(cell):
        return None
    return None if isinstance(cell, str) and not cell else cell


@pytest.mark.parametrize("how", ["votable/td", "votable/b2"])
def test_every_type_comes_back_as_it_was(session: requests.Session, tap: str, how: str) -> None:
    answer = ask(session, tap, MINE, how, mine=TYPES.encode())
    assert answer.status_code == 200, answer.text
    # And once more, from what came back.
    answer = ask(session, tap, MINE, how, mine=answer.content)
    assert answer.status_code == 200, answer.text
    table = parse(BytesIO(answer.content), verify="exception").get_first_table()
    fields = {field.name: field for field in table.fields}
    assert list(fields) == list(FIRST)
    for name, wanted in FIRST.items():
        found = [value_of(row[fields[name].ID]) for row in table.array]
        assert found[0] == wanted, name
        if name not in NEVER_MISSING:
            assert found[1] is None, name
    assert (fields["long"].ucd, str(fields["long"].unit)) == ("meta.id", "s")
    assert (fields["long"].utype, fields["long"].datatype) == ("a:b.c", "long")
    assert fields["id"].description == "which"
    assert (fields["point"].xtype, fields["point"].arraysize) == ("point", "2")
    assert (fields["time"].xtype, fields["float"].datatype) == ("timestamp", "float")
    assert (fields["unicode"].datatype, fields["char"].datatype) == ("unicodeChar", "char")
    assert (fields["short"].datatype, fields["byte"].datatype) == ("short", "unsignedByte")


def test_uploads_join_with_published_tables_and_each_other(
    session: requests.Session, tap: str
) -> None:
    stars = session.get(
        f"{tap}/sync",
        params={
            "QUERY": "SELECT TOP 500 source_id, ra, dec FROM gaia.source ORDER BY source_id",
            "FORMAT": "votable/b2",
        },
    ).content
    labels = b"source_id,label\n" + rows_of_ids(stars)
    query = (
        "SELECT COUNT(*) AS n, MIN(b.label) AS low "
        "FROM gaia.source AS s JOIN TAP_UPLOAD.Stars AS a "
        "ON s.source_id = a.source_id JOIN tap_upload.labels AS b ON a.source_id = b.source_id"
    )
    assert rows(ask(session, tap, query, stars=stars, labels=labels)) == [{"n": 500, "low": "n0"}]
    match = (
        "SELECT COUNT(*) AS n FROM TAP_UPLOAD.stars AS a JOIN gaia.source AS s "
        "ON DISTANCE(POINT(a.ra, a.dec), POINT(s.ra, s.dec)) < 0.0001"
    )
    assert rows(ask(session, tap, match, stars=stars))[0]["n"] >= 500


def rows_of_ids(document: bytes) -> bytes:
    table = parse(BytesIO(document)).get_first_table().array
    return b"".join(
        b"%d,n%d\n" % (each, i % 7) for i, each in enumerate(table["source_id"].tolist())
    )


def test_a_table_without_rows_is_one(session: requests.Session, tap: str) -> None:
    empty = Table(names=["id", "x"], dtype=[np.int32, np.float64])
    assert rows(ask(session, tap, MINE, mine=votable(empty, "tabledata"))) == []
    assert rows(ask(session, tap, MINE, mine=b"id,x\n")) == []


def test_own_results_are_uploads_too(session: requests.Session, tap: str) -> None:
    made = session.post(
        f"{tap}/async",
        {"QUERY": "SELECT TOP 7 source_id FROM gaia.source", "PHASE": "RUN"},
    )
    job = made.url
    assert finished(session, job) == "COMPLETED"
    path = requests.utils.urlparse(job).path
    query = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"
    for address in (f"{job}/results/result", f"{path}/results/result", f"job:{job[-32:]}"):
        wanted = {"QUERY": query, "FORMAT": "arrow", "UPLOAD": f"mine,{address}"}
        assert rows(session.post(f"{tap}/sync", wanted)) == [{"n": 7}]
    other = {"QUERY": query, "UPLOAD": f"mine,job:{'0' * 32}"}
    assert session.post(f"{tap}/sync", other).status_code == 404


def test_own_files_are_uploads_too(session: requests.Session, tap: str, lab_server: Server) -> None:
    folder = user_folder(lab_server.state, (lab_server.state / "subject").read_text().strip())
    folder.make()
    (folder.files / "old").mkdir()
    (folder.files / "old" / "mine.csv.gz").write_bytes(gzip.compress(b"id\n7\n"))
    (folder.files / "link").symlink_to("/etc/passwd")
    wanted = {"QUERY": MINE, "FORMAT": "arrow", "UPLOAD": "mine,workspace:old/mine.csv.gz"}
    assert rows(session.post(f"{tap}/sync", wanted)) == [{"id": 7}]
    assert gzip.decompress((folder.files / "old" / "mine.csv.gz").read_bytes()) == b"id\n7\n"
    for name, status in {"none": 404, "link": 404, "../tables": 400, "/etc/passwd": 400}.items():
        answer = session.post(f"{tap}/sync", wanted | {"UPLOAD": f"mine,workspace:{name}"})
        assert answer.status_code == status, answer.text


def left(folder: Path, expected: set[Path]) -> None:
    """Nothing else is in the folder, at the latest in five seconds: removing takes a moment."""
    for _ in range(50):
        if set(folder.glob("*")) == expected:
            break
        time.sleep(0.1)
    assert set(folder.glob("*")) == expected


def test_uploads_are_gone_with_their_job(
    session: requests.Session, tap: str, lab_server: Server
) -> None:
    folder = lab_server.state / "uploads"
    before = set(folder.glob("*"))
    ask(session, tap, MINE, mine=FORMS["parquet"]())
    ask(session, tap, MINE, mine=b"nonsense\0")
    ask(session, tap, "SELECT wrong FROM TAP_UPLOAD.mine", mine=FORMS["csv"]())
    left(folder, before)
    made = session.post(
        f"{tap}/async",
        data={"QUERY": MINE, "UPLOAD": "mine,param:mine"},
        files={"mine": FORMS["csv"]()},
    )
    (new,) = set(folder.iterdir()) - before
    assert (new.name, made.url[-32:]) == (made.url[-32:], new.name)
    assert [path.name for path in new.iterdir()] == ["mine.arrow"]
    more = session.post(
        f"{made.url}/parameters",
        data={
            "UPLOAD": "other,param:x",
            "QUERY": "SELECT * FROM TAP_UPLOAD.other, TAP_UPLOAD.mine",
        },
        files={"x": b"a\n1\n2\n"},
    )
    assert "mine,param:mine;other,param:x" in more.text
    session.post(f"{made.url}/phase", {"PHASE": "RUN"})
    assert finished(session, made.url) == "COMPLETED"
    session.delete(made.url)
    left(folder, before)


WRONG = {
    "no comma": ("mine", {}, "comma"),
    "no address": ("mine,", {}, "comma"),
    "a missing part": ("mine,param:other", {"mine": b"a\n1\n"}, "no part “other”"),
    "a wrong name": ("1mine,param:mine", {"mine": b"a\n1\n"}, "cannot be the name"),
    "a schema": ("TAP_UPLOAD.mine,param:mine", {"mine": b"a\n1\n"}, "cannot be the name"),
    "a word of ADQL": ("select,param:mine", {"mine": b"a\n1\n"}, "word of ADQL"),
    "twice": ("a,param:a;A,param:a", {"a": b"a\n1\n"}, "Two uploaded tables"),
    "nobody's file": ("a,param:a", {"a": b"a\n1\n", "b": b"b\n"}, "UPLOAD does not name it"),
    "another server": ("mine,http://127.0.0.1:1/x.vot", {}, "not fetched"),
    "a file here": ("mine,file:///etc/passwd", {}, "not fetched"),
    "a file of nothing": ("mine,param:mine", {"mine": b""}, "empty"),
    "an image": ("mine,param:mine", {"mine": b"\x89PNG\r\n\x1a\n\0\0"}, "no kind"),
    "names twice": ("mine,param:mine", {"mine": b"a,A\n1,2\n"}, "same name"),
    "ragged": ("mine,param:mine", {"mine": b"a,b\n1,2\n3\n"}, "row"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_upload_is_explained(session: requests.Session, tap: str, case: str) -> None:
    text, files, words = WRONG[case]
    answer = session.post(
        f"{tap}/sync",
        data={"QUERY": "SELECT * FROM TAP_UPLOAD.mine", "UPLOAD": text},
        files=files or {"nothing": (None, "")},
    )
    assert answer.status_code == 400, answer.text
    assert words in answer.text
    assert 'name="QUERY_STATUS" value="ERROR"' in answer.text
    assert "publish" not in answer.text


def test_a_table_that_did_not_come_is_explained(session: requests.Session, tap: str) -> None:
    answer = ask(session, tap, "SELECT * FROM TAP_UPLOAD.yours", mine=b"a\n1\n")
    assert answer.status_code == 400
    assert "no upload called yours" in answer.text
    assert "It has: mine" in answer.text


def test_pyvo_uploads(lab_server: Server, session: requests.Session, tap: str) -> None:
    service = pyvo.dal.TAPService(tap, session=session)
    query = "SELECT id, x FROM TAP_UPLOAD.t1 ORDER BY id"
    found = service.run_sync(query, uploads={"t1": mine()}).to_table()
    assert found["id"].tolist() == sorted(mine()["id"].tolist())
    assert found["x"].unit == "mag"
    assert len(service.run_async(query, uploads={"t1": mine()})) == 3
    job = service.submit_job(query)
    job.upload(t1=mine())
    job.run().wait(timeout=20)
    assert len(job.fetch_result()) == 3
    job.delete()


def test_two_queries_share_no_uploads(session: requests.Session, tap: str) -> None:
    count = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"
    assert rows(ask(session, tap, count, mine=b"a\n1\n")) == [{"n": 1}]
    assert rows(ask(session, tap, count, mine=b"a\n1\n2\n")) == [{"n": 2}]
    assert session.get(f"{tap}/sync", params={"QUERY": count}).status_code == 400
