"""Simple Cone Search: columns, UCDs, limits and errors (SCS 1.03)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
import requests
from astropy.io.votable import parse
from astropy.io.votable.exceptions import W06
from astropy.io.votable.tree import VOTableFile
from pyvo.dal import DALQueryError, DALServiceError, SCSService

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.api.cone_capabilities import cone_capabilities
from lsp_jupyter.api.scs import columns_of, cone_query, identifier_of
from tests.api.schemas import etree
from tests.servers import Server

CONE = {"RA": "56.75", "DEC": "24.12", "SR": "1"}

pytestmark = pytest.mark.req("LSP-REQ-0006")


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


def read(document: bytes) -> VOTableFile:
    """A document without faults, but for the UCDs of 2005 that the standard asks for."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", W06)
        return parse(BytesIO(document), verify="warn")


def search(session: requests.Session, server: Server, **given: str) -> VOTableFile:
    answer = session.get(f"{server.base}scs/gaia.source", params=CONE | given)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    return read(answer.content)


def table() -> Table:
    columns = (
        Column("n", "int"),
        Column("RA", "double", ucd="pos.eq.ra;meta.main"),
        Column("DEC", "double", ucd="pos.eq.dec;meta.main"),
        Column("id", "long", ucd="meta.id"),
        Column("mag", "float", principal=True),
    )
    return Table("s", "select", columns, ("a", "b", "c"), position=("RA", "DEC"))


@pytest.mark.parametrize("verbosity", ["1", "2", "3"])
def test_identifier_and_position_are_marked(
    session: requests.Session, lab_server: Server, verbosity: str
) -> None:
    found = search(session, lab_server, VERB=verbosity).get_first_table()
    by_ucd = {field.ucd: field for field in found.fields}
    assert (by_ucd["ID_MAIN"].datatype, by_ucd["ID_MAIN"].arraysize) == ("char", "*")
    assert by_ucd["POS_EQ_RA_MAIN"].datatype == "double"
    assert by_ucd["POS_EQ_DEC_MAIN"].datatype == "double"
    assert sum(field.ucd == "ID_MAIN" for field in found.fields) == 1
    assert len(found.fields) == {"1": 3, "2": 7, "3": 7}[verbosity]


def test_the_rows_are_those_of_the_query(session: requests.Session, lab_server: Server) -> None:
    rows = search(session, lab_server, VERB="3").get_first_table().to_table()
    adql = (
        "SELECT source_id FROM gaia.source WHERE "
        "DISTANCE(POINT('ICRS', ra, dec), POINT('ICRS', 56.75, 24.12)) <= 1 ORDER BY source_id"
    )
    wanted = {"QUERY": adql, "RESPONSEFORMAT": "csv"}
    answer = session.get(f"{lab_server.base}tap/sync", params=wanted)
    assert sorted(map(str, rows["source_id"]), key=int) == answer.text.split()[1:]
    assert len(rows) > 100


def test_a_radius_of_zero_tells_the_columns(session: requests.Session, lab_server: Server) -> None:
    found = search(session, lab_server, SR="0", VERB="1").get_first_table()
    assert (len(found.fields), len(found.array)) == (3, 0)


def test_limit_and_format(session: requests.Session, lab_server: Server) -> None:
    document = search(session, lab_server, MAXREC="2")
    (results,) = document.resources
    assert len(document.get_first_table().array) == 2
    assert [info.value for info in results.infos if info.name == "QUERY_STATUS"][-1] == "OVERFLOW"
    given = CONE | {"responseformat": "csv", "verb": "1"}
    answer = session.post(f"{lab_server.base}scs/GAIA.Source", data=given)
    assert answer.text.splitlines()[0] == "source_id,ra,dec"


def test_numbers_stay_numbers_where_there_are_types(
    session: requests.Session, lab_server: Server
) -> None:
    import pyarrow as pa

    given = CONE | {"RESPONSEFORMAT": "arrow"}
    answer = session.get(f"{lab_server.base}scs/gaia.source", params=given)
    with pa.ipc.open_stream(answer.content) as reader:
        assert reader.schema.field("source_id").type == pa.int64()


def test_errors_are_told_in_both_ways(session: requests.Session, lab_server: Server) -> None:
    answer = session.get(f"{lab_server.base}scs/gaia.source", params=CONE | {"RA": '5"<&'})
    assert answer.status_code == 400
    document = parse(BytesIO(answer.content), verify="exception")
    (error,) = [info for info in document.infos if info.name == "Error"]
    assert '“5"<&”' in error.value
    (status,) = [info for info in document.resources[0].infos if info.name == "QUERY_STATUS"]
    assert (status.value, status.content) == ("ERROR", error.value)


def test_pyvo_searches(session: requests.Session, lab_server: Server) -> None:
    service = SCSService(f"{lab_server.base}scs/hipparcos.main", session=session)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = service.search((56.75, 24.12), 1.0)
    assert len(found) > 5
    assert found[0].id.isdecimal()
    assert abs(found[0].pos.dec.deg - 24.12) < 1.01
    assert len(service.columns) > 2
    wrong = SCSService(f"{lab_server.base}scs/hipparcos.mian", session=session)
    with pytest.raises((DALQueryError, DALServiceError)):
        wrong.search((56.75, 24.12), 1.0)


def test_capabilities_say_where_and_how_to_log_in(
    session: requests.Session, lab_server: Server
) -> None:
    answer = session.get(f"{lab_server.base}scs/gaia.source/capabilities")
    tree = etree.fromstring(answer.content)
    (cone,) = tree.xpath("capability[@standardID='ivo://ivoa.net/std/ConeSearch']")
    assert cone.findtext("interface/accessURL") == f"{lab_server.base}scs/gaia.source?"
    assert len(cone.findall("interface/securityMethod")) == 2
    assert (cone.findtext("maxSR"), cone.findtext("verbosity")) == ("180", "true")
    open_one = etree.fromstring(cone_capabilities("https://h/scs/a.b", 5, guarded=False))
    assert open_one.findall("capability/interface/securityMethod") == []
    assert open_one.findtext("capability/maxRecords") == "5"
    assert requests.get(f"{lab_server.base}scs/gaia.source/availability", timeout=9).ok


def test_every_table_with_positions_can_be_searched(
    session: requests.Session, lab_server: Server
) -> None:
    for name in ("gaia.source", "hipparcos.main"):
        given = CONE | {"SR": "0.5", "VERB": "3"}
        assert session.get(f"{lab_server.base}scs/{name}", params=given).ok, name


def test_names_are_quoted_and_numbers_exact() -> None:
    query = cone_query(table(), table().columns[:2], 1e-7, -0.5, 0.1)
    assert 'FROM s."select"' in query
    assert "CIRCLE('ICRS', 1e-07, -0.5, 0.1)" in query


def test_the_columns_of_each_verbosity() -> None:
    def names(verbosity: int) -> list[str]:
        return [column.name for column in columns_of(table(), verbosity)]

    assert names(1) == ["RA", "DEC", "id"]
    assert names(2) == ["RA", "DEC", "id", "mag"]
    assert names(3) == ["n", "RA", "DEC", "id", "mag"]
    plain = replace(table(), columns=table().columns[:4])
    assert [column.name for column in columns_of(plain, 2)] == ["n", "RA", "DEC", "id"]


def test_a_table_without_identifier_gets_the_likeliest() -> None:
    assert identifier_of(table()) == "id"
    assert identifier_of(replace(table(), columns=table().columns[:3])) == "n"
    assert identifier_of(replace(table(), columns=table().columns[1:3])) == "RA"
