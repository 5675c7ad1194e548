"""TAP's synchronous and asynchronous queries over a real server."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import requests
from astropy.io.votable import parse
from astropy.table import Table

from tests.api.schemas import etree
from tests.servers import Server

QUERY = (
    "SELECT TOP 50 source_id, ra, dec, phot_g_mean_mag FROM gaia.source "
    "WHERE DISTANCE(POINT(56.75, 24.12), POINT(ra, dec)) < 1 ORDER BY phot_g_mean_mag"
)
#: Minutes of work: every pair of stars.
ENDLESS = "SELECT COUNT(*) FROM gaia.source AS a JOIN gaia.source AS b ON a.ra < b.ra"


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def tap(lab_server: Server) -> str:
    return f"{lab_server.base}tap"


def read_votable(data: bytes) -> pa.Table:
    table = parse(BytesIO(data), verify="exception").get_first_table()
    columns = {field.name: np.asarray(table.array[field.ID]) for field in table.fields}
    return pa.table(columns)


def of_astropy(table: Table) -> pa.Table:
    # FITS is big-endian.
    return pa.table({name: np.asarray(table[name].tolist()) for name in table.colnames})


def read_json(data: bytes) -> pa.Table:
    read = json.loads(data)
    names = [column["name"] for column in read["columns"]]
    columns = zip(names, zip(*read["data"], strict=True), strict=True)
    return pa.table({name: list(column) for name, column in columns})


def read_sqlite(data: bytes) -> pa.Table:
    with sqlite3.connect(":memory:") as database:
        database.deserialize(data)
        rows = database.execute("SELECT * FROM result")
        names = [each[0] for each in rows.description]
        columns = zip(names, zip(*rows.fetchall(), strict=True), strict=True)
        return pa.table({name: list(column) for name, column in columns})


READERS = {
    "votable": ("application/x-votable+xml", read_votable),
    "votable/b2": ("application/x-votable+xml;serialization=binary2", read_votable),
    "votable/td": ("application/x-votable+xml;serialization=tabledata", read_votable),
    "csv": ("text/csv;header=present", lambda data: pa.csv.read_csv(BytesIO(data))),
    "tsv": (
        "text/tab-separated-values",
        lambda data: pa.csv.read_csv(
            BytesIO(data), parse_options=pa.csv.ParseOptions(delimiter="\t")
        ),
    ),
    "parquet": (
        "application/vnd.apache.parquet",
        lambda data: pa.parquet.read_table(BytesIO(data)),
    ),
    "arrow": (
        "application/vnd.apache.arrow.stream",
        lambda data: pa.ipc.open_stream(data).read_all(),
    ),
    "votable/b": ("application/x-votable+xml;serialization=binary", read_votable),
    "fits": ("application/fits", lambda data: of_astropy(Table.read(BytesIO(data), hdu=1))),
    "ecsv": (
        "text/x-ecsv",
        lambda data: of_astropy(Table.read(data.decode(), format="ascii.ecsv")),
    ),
    "json": ("application/json", read_json),
    "sqlite": ("application/vnd.sqlite3", read_sqlite),
}


@pytest.fixture(scope="module")
def expected(session: requests.Session, tap: str) -> pa.Table:
    answer = session.get(f"{tap}/sync", params={"QUERY": QUERY, "RESPONSEFORMAT": "arrow"})
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.num_rows == 50
    assert table.schema.field("source_id").type == pa.int64()
    return table


@pytest.mark.req(
    "API-REQ-0006", "API-REQ-0007", "API-REQ-0010", "API-REQ-0011", "API-REQ-0012", "API-REQ-0014"
)
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("parameter", ["RESPONSEFORMAT", "FORMAT", "responseFormat"])
def test_every_format_holds_the_same_rows(
    session: requests.Session, tap: str, expected: pa.Table, name: str, parameter: str
) -> None:
    answer = session.post(f"{tap}/sync", {"QUERY": QUERY, "LANG": "ADQL", parameter: name})
    mime, read = READERS[name]
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, mime)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert (answer.headers["X-LSP-Rows"], answer.headers["X-LSP-Overflow"]) == ("50", "false")
    table = read(answer.content)
    assert table.column_names == expected.column_names
    # Text formats do not tell a float from a double.
    assert (
        table.select(expected.column_names)
        .cast(expected.schema.remove_metadata())
        .equals(expected.replace_schema_metadata(), check_metadata=False)
    )


def test_get_and_post_and_every_spelling_give_the_same(session: requests.Session, tap: str) -> None:
    wanted = {"QUERY": QUERY, "RESPONSEFORMAT": "csv"}
    first = session.get(f"{tap}/sync", params=wanted).content
    assert first.count(b"\n") == 51
    fuller = wanted | {"LANG": "adql-2.1", "REQUEST": "doQuery", "MAXREC": "50", "unknown": "x"}
    multipart = {name: (None, value) for name, value in wanted.items()}
    assert session.post(f"{tap}/sync", fuller).content == first
    assert session.post(f"{tap}/sync", files=multipart).content == first
    assert session.post(f"{tap}/sync", params=wanted).content == first
    mixed = session.post(f"{tap}/sync", {"query": QUERY}, params={"ResponseFormat": "text/csv"})
    assert mixed.content == first
    assert session.get(f"{tap}/sync", params=wanted | {"LANG": ""}).content == first


def test_nobody_gets_a_preview_unasked(session: requests.Session, tap: str) -> None:
    """PREVIEW is a parameter of the platform's own, not of TAP."""
    query = {"LANG": "ADQL", "QUERY": "SELECT COUNT(*) AS n FROM gaia.source", "FORMAT": "csv"}
    texts = {
        session.post(f"{tap}/sync", data=query | more, timeout=30).text
        for more in ({}, {"PREVIEW": "1"}, {"PREVIEW": "x"})
    }
    assert [text.split()[0] for text in texts] == ["n"]


@pytest.mark.parametrize(
    ("maxrec", "rows", "overflow"),
    [("0", 0, True), ("49", 49, True), ("50", 50, False), ("51", 50, False), ("9" * 20, 50, False)],
)
def test_maxrec_cuts_and_says_so(
    session: requests.Session, tap: str, maxrec: str, rows: int, overflow: bool
) -> None:
    answer = session.get(f"{tap}/sync", params={"QUERY": QUERY, "MAXREC": maxrec})
    assert answer.headers["X-LSP-Overflow"] == str(overflow).lower()
    document = parse(BytesIO(answer.content), verify="exception")
    assert len(document.get_first_table().array) == rows
    statuses = [info.value for info in document.resources[0].infos if info.name == "QUERY_STATUS"]
    assert statuses == (["OK", "OVERFLOW"] if overflow else ["OK"])


@pytest.mark.req("LSP-REQ-0008")
def test_a_votable_says_where_it_comes_from(session: requests.Session, tap: str) -> None:
    answer = session.get(f"{tap}/sync", params={"QUERY": QUERY})
    document = parse(BytesIO(answer.content), verify="exception")
    infos = {info.name: info.value for info in document.resources[0].infos}
    assert infos["QUERY"] == QUERY
    assert infos["JOB"] == answer.headers["X-LSP-Job"]
    assert {"INSTANCE", "SERVICE", "TIME"} <= set(infos)
    assert re.fullmatch(r"gaia@[1-9][0-9]*", infos["RELEASE"])
    fields = {field.name: field for field in document.get_first_table().fields}
    assert (str(fields["ra"].unit), fields["source_id"].datatype) == ("deg", "long")
    assert fields["ra"].ucd.startswith("pos.eq.ra")
    assert fields["phot_g_mean_mag"].description


def wait_until(session: requests.Session, url: str, *phases: str) -> str:
    """The phase of a job once it is one of these."""
    for _ in range(30):
        phase = session.get(f"{url}/phase").text
        if phase in phases:
            return phase
        session.get(url, params={"WAIT": 2, "PHASE": phase})
    raise AssertionError(f"{url} is still {phase}")


@pytest.mark.req("API-REQ-0008", "API-REQ-0039", "API-REQ-0040")
def test_an_asynchronous_query_gives_what_a_synchronous_one_gives(
    session: requests.Session, tap: str
) -> None:
    wanted = {"QUERY": QUERY, "RESPONSEFORMAT": "csv", "RUNID": "mine"}
    made = session.post(f"{tap}/async", wanted, allow_redirects=False)
    assert made.status_code == 303
    job = made.headers["Location"]
    assert job.startswith(f"{tap}/async/")
    assert session.get(f"{job}/phase").text == "PENDING"
    assert session.get(f"{job}/results/result").status_code == 404
    started = session.post(f"{job}/phase", {"PHASE": "RUN"}, allow_redirects=False)
    assert (started.status_code, started.headers["Location"]) == (303, job)
    assert wait_until(session, job, "COMPLETED", "ERROR") == "COMPLETED"
    answer = session.get(f"{job}/results/result")
    assert answer.headers["Content-Type"] == "text/csv;header=present"
    assert answer.content == session.get(f"{tap}/sync", params=wanted).content
    deleted = session.delete(job, allow_redirects=False)
    assert (deleted.status_code, deleted.headers["Location"]) == (303, f"{tap}/async")
    assert session.get(job).status_code == 404
    assert session.get(f"{job}/results/result").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"QUERY": "SELECT x FROM gaia.source"}, "Line 1, column 8"),
        ({"QUERY": QUERY, "LANG": "PQL"}, "PQL"),
        ({"LANG": "ADQL"}, "no query"),
    ],
)
def test_a_wrong_query_ends_its_job_in_error(
    session: requests.Session, tap: str, wrong: dict[str, str], message: str
) -> None:
    job = session.post(f"{tap}/async", wrong | {"PHASE": "RUN"}).url
    assert wait_until(session, job, "COMPLETED", "ERROR") == "ERROR"
    answer = session.get(f"{job}/error")
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    document = parse(BytesIO(answer.content), verify="exception")
    (info,) = document.resources[0].infos
    assert info.value == "ERROR"
    assert message in info.content
    summary = etree.fromstring(session.get(job).content).findtext("{*}errorSummary/{*}message")
    assert summary == info.content
    assert session.get(f"{job}/results/result").status_code == 404


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    jp_server_config["LspConfig"] |= {"sync_timeout": 1.0}
    return jp_server_config


async def test_a_synchronous_query_that_takes_too_long_is_stopped(
    jp_fetch: Any, jp_serverapp: Any
) -> None:
    answer = await jp_fetch(
        "lsp_jupyter/tap/sync", params={"QUERY": ENDLESS}, raise_error=False, request_timeout=30
    )
    assert answer.code == 504
    assert b"tap/async" in answer.body
    jobs = (await jp_fetch("lsp_jupyter/portal/jobs")).body
    assert b'"EXECUTING"' not in jobs


def test_a_client_that_leaves_stops_its_query(
    lab_server: Server, session: requests.Session, tap: str
) -> None:
    parts = urlsplit(tap)
    head = [
        f"GET {parts.path}/sync?{urlencode({'QUERY': ENDLESS, 'RUNID': 'leaving'})} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Authorization: Bearer {lab_server.token}",
    ]

    def phase() -> str:
        jobs = session.get(f"{lab_server.base}portal/jobs?last=5").json()["jobs"]
        return next((job["phase"] for job in jobs if job["run_id"] == "leaving"), "")

    with socket.create_connection((parts.hostname or "", parts.port or 0)) as client:
        client.sendall("\r\n".join([*head, "", ""]).encode())
        deadline = time.monotonic() + 10
        while phase() != "EXECUTING":
            assert time.monotonic() < deadline
            time.sleep(0.02)  # Another process: there is no event to wait for.
    deadline = time.monotonic() + 3
    while phase() != "ABORTED":
        assert time.monotonic() < deadline, phase()
        time.sleep(0.02)
