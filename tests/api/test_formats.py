"""What a result tells of itself in every format, and how it is sent."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from astropy.io import fits
from astropy.io.votable import parse
from astropy.io.votable.dataorigin import extract_data_origin
from astropy.table import Table

from lsp_jupyter.formats.registry import FORMATS
from tests.servers import Server

QUERY = "SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp FROM gaia.source"


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def ask(lab_server: Server, session: requests.Session) -> Callable[..., requests.Response]:
    def ask(form: str, maxrec: int = 5, query: str = QUERY, **headers: str) -> requests.Response:
        answer = session.get(
            f"{lab_server.base}tap/sync",
            params={"QUERY": query, "RESPONSEFORMAT": form, "MAXREC": str(maxrec)},
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        assert answer.status_code == 200, answer.text
        return answer

    return ask


def of_sqlite(data: bytes) -> dict[str, str]:
    with sqlite3.connect(":memory:") as database:
        database.deserialize(data)
        return dict(database.execute("SELECT name, value FROM info"))


def of_votable(data: bytes) -> dict[str, str]:
    return {info.name: info.value for info in parse(BytesIO(data)).resources[0].infos} | {
        "QUERY_STATUS": re.findall(rb'name="QUERY_STATUS" value="(\w+)"', data)[-1].decode()
    }


def of_json(data: bytes) -> dict[str, str]:
    read = json.loads(data)
    return read["info"] | {"QUERY_STATUS": "OVERFLOW" if read["overflow"] else "OK"}


def of_fits(data: bytes) -> dict[str, str]:
    with fits.open(BytesIO(data)) as opened:
        head = dict(opened[1].header)
        return head | {"QUERY_STATUS": head["QSTATUS"]}


def of_parquet(data: bytes) -> dict[str, str]:
    return of_votable(pq.read_metadata(BytesIO(data)).metadata[b"IVOA.VOTable-Parquet.content"])


#: What is told inside of the file; CSV and TSV have no room for it.
TOLD: dict[str, Callable[[bytes], dict[str, str]]] = {
    "votable/b2": of_votable,
    "votable/td": of_votable,
    "votable/b": of_votable,
    "parquet": of_parquet,
    "fits": of_fits,
    "json": of_json,
    "ecsv": lambda data: dict(Table.read(data.decode(), format="ascii.ecsv").meta),
    "sqlite": of_sqlite,
}


@pytest.mark.req("API-REQ-0010", "LSP-REQ-0017")
@pytest.mark.parametrize("form", [form.name for form in FORMATS])
def test_a_cut_is_visible_in_every_format(ask: Callable[..., requests.Response], form: str) -> None:
    answer = ask(form)
    assert (answer.headers["X-LSP-Rows"], answer.headers["X-LSP-Overflow"]) == ("5", "true")
    if form == "html":
        assert "OVERFLOW" in answer.text
    else:
        assert "-overflow." in answer.headers["Content-Disposition"]
    if form in TOLD:
        told = TOLD[form](answer.content)
        assert told["QUERY_STATUS"] == "OVERFLOW"
        assert told["QUERY"] == QUERY
        assert "gaia" in told["RELEASE"]
        assert "Gaia" in told["CITATION"]
        assert told["JOB"] == answer.headers["X-LSP-Job"]


def test_readers_of_data_origin_find_what_to_cite(ask: Callable[..., requests.Response]) -> None:
    origin = extract_data_origin(parse(BytesIO(ask("votable").content)))
    assert origin.query.query == QUERY
    assert origin.query.service_ivoid.startswith("ivo://")
    assert origin.query.server_software.startswith("lsp_jupyter/")
    assert origin.query.request_date.endswith("Z")
    assert "Gaia" in str(origin.origin[0].citation)
    assert origin.origin[0].rights


def test_values_are_linked_with_their_errors(ask: Callable[..., requests.Response]) -> None:
    query = "SELECT hip, plx, e_plx AS err, ra FROM hipparcos.main"
    table = parse(BytesIO(ask("votable", query=query).content)).get_first_table()
    names = {field.ID: field.name for field in table.fields}
    pairs = [[names[each.ref] for each in group.entries] for group in table.groups]
    assert pairs == [["plx", "err"]]
    schema = pa.ipc.open_stream(ask("arrow", query=query).content).schema
    assert b'[["plx", "value"], ["err", "error"]]' in schema.metadata[b"lsp:groups"]


def test_a_browser_shows_the_page(ask: Callable[..., requests.Response]) -> None:
    answer = ask("html")
    assert answer.headers["Content-Type"] == "text/html;charset=utf-8"
    assert "Content-Disposition" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = [word.strip() for word in answer.headers["Content-Security-Policy"].split(";")]
    assert {"default-src 'none'", "sandbox"} <= set(policy)
    assert [word for word in policy if word.startswith("style-src 'sha256-")]


@pytest.mark.parametrize("form", ["fits", "sqlite"])
def test_what_a_format_has_no_room_for_is_told(
    lab_server: Server, session: requests.Session, form: str
) -> None:
    columns = ", ".join(f"ra AS c{number}" for number in range(2001))
    send = {"QUERY": f"SELECT TOP 1 {columns} FROM gaia.source", "RESPONSEFORMAT": form}
    answer = session.post(f"{lab_server.base}tap/sync", data=send)
    assert 400 <= answer.status_code < 500
    assert of_votable(answer.content)["QUERY_STATUS"] == "ERROR"
    assert "columns at most, not 2,001" in answer.text
    assert "Parquet" in answer.text
    assert "Content-Disposition" not in answer.headers


REMOTE = {"Accept_Encoding": "gzip", "X_Forwarded_For": "203.0.113.7"}


@pytest.mark.parametrize("form", ["votable/b2", "csv", "json", "fits"])
def test_remote_clients_get_it_compressed(ask: Callable[..., requests.Response], form: str) -> None:
    plain = ask(form, 20_000, Accept_Encoding="identity")
    packed = ask(form, 20_000, **REMOTE)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    length = int(packed.headers["Content-Length"])
    assert length < 0.95 * len(plain.content)
    # requests has decompressed it; job and time differ.
    assert abs(len(packed.content) - len(plain.content)) < 3000


def test_what_is_compressed_already_stays(ask: Callable[..., requests.Response]) -> None:
    assert "Content-Encoding" not in ask("parquet", 20_000, **REMOTE).headers
    # Too small to be worth it.
    assert "Content-Encoding" not in ask("csv", **REMOTE).headers


def test_the_stream_is_a_gzip_file(lab_server: Server, session: requests.Session) -> None:
    send = {"QUERY": QUERY, "RESPONSEFORMAT": "csv", "MAXREC": "20000"}
    headers = {"Accept-Encoding": "gzip", "Via": "1.1 proxy"}
    url = f"{lab_server.base}tap/sync"
    with session.get(url, params=send, headers=headers, stream=True) as answer:
        text = gzip.decompress(answer.raw.read(decode_content=False)).decode()
    assert text.count("\r\n") == 20_001
