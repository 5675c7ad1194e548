"""Tables of one's own over HTTP, with pyvo and against the documents of the standards."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table as AstropyTable
from pyvo.utils.prototype import activate_features

from tests.servers import Server

DEFINITION = b"""<?xml version="1.0" encoding="UTF-8"?>
<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"
  xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="output">
  <name>mydb.targets</name>
  <description>Stars to look at</description>
  <column><name>id</name><description>Number</description><ucd>meta.id;meta.main</ucd>
    <dataType xsi:type="vs:VOTableType">long</dataType></column>
  <column><name>ra</name><unit>deg</unit><ucd>pos.eq.ra</ucd>
    <dataType xsi:type="vs:VOTableType">double</dataType></column>
  <column><name>dec</name><unit>deg</unit><ucd>pos.eq.dec</ucd>
    <dataType xsi:type="vs:VOTableType">double</dataType></column>
  <column><name>"Select"</name>
    <dataType xsi:type="vs:VOTableType" arraysize="*">char</dataType></column>
</vosi:table>
"""


@pytest.fixture(autouse=True)
def _features() -> None:
    activate_features("cadc-tb-upload")


@pytest.fixture
def session(lab_server: Server) -> requests.Session:
    return lab_server.session()


@pytest.fixture
def tap(lab_server: Server, session: requests.Session) -> Iterator[pyvo.dal.TAPService]:
    yield pyvo.dal.TAPService(f"{lab_server.base}tap", session=session)
    for name in ("targets", "whole"):
        session.delete(f"{lab_server.base}tap/tables/{name}")


def test_pyvo_makes_fills_indexes_and_removes_a_table(tap: pyvo.dal.TAPService) -> None:
    tap.create_table("mydb.targets", io.BytesIO(DEFINITION))
    tap.load_table(
        "mydb.targets", io.BytesIO(b"id\tra\tdec\tSelect\n9007199254740993\t10\t20\tyes\n")
    )
    tap.load_table("mydb.targets", io.BytesIO(b"dec,ra,id\n-5,200.5,7\n"), format="csv")
    fits = io.BytesIO()
    AstropyTable({"id": np.array([8]), "ra": [201.0], "dec": [-5.0]}).write(fits, format="fits")
    tap.load_table("mydb.targets", io.BytesIO(fits.getvalue()), format="FITSTable")
    tap.create_index("mydb.targets", "Select")
    tap.create_index("mydb.targets", "id", unique=True)

    rows = tap.run_sync('SELECT id, ra, "Select" FROM mydb.targets ORDER BY id').to_table()
    assert rows["id"].tolist() == [7, 8, 9007199254740993]
    assert rows["Select"].tolist()[2] == "yes"
    near = tap.run_sync(
        "SELECT id FROM mydb.targets WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(200.5, -5, 0.1))"
    )
    assert near["id"].tolist() == [7]

    described = tap.tables["mydb.targets"]
    assert described.description == "Stars to look at"
    columns = {column.name: column for column in described.columns}
    assert columns["ra"].unit == "deg"
    assert columns["id"].ucd == "meta.id;meta.main"
    assert columns["id"].description == "Number"
    assert "indexed" in columns['"Select"'].flags

    tap.remove_table("mydb.targets")
    with pytest.raises(pyvo.DALQueryError, match="no table"):
        tap.run_sync("SELECT id FROM mydb.targets")


def test_a_votable_makes_a_table_with_its_rows(
    tap: pyvo.dal.TAPService, session: requests.Session
) -> None:
    found = tap.run_sync("SELECT TOP 5 hip, ra, dec FROM hipparcos.main")
    document = io.BytesIO()
    found.to_table().write(document, format="votable")
    answer = session.put(f"{tap.baseurl}/tables/whole", data=document.getvalue())
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{tap.baseurl}/tables/mydb.whole"
    joined = tap.run_sync(
        "SELECT w.hip FROM mydb.whole AS w JOIN hipparcos.main AS h ON h.hip = w.hip"
    )
    assert sorted(joined["hip"]) == sorted(found["hip"])
    assert session.get(answer.headers["Location"]).status_code == 200


def test_rows_are_loaded_all_or_none(tap: pyvo.dal.TAPService, session: requests.Session) -> None:
    tap.create_table("targets", io.BytesIO(DEFINITION))
    load = f"{tap.baseurl}/load/targets"
    refused = session.post(load, data=b"id,ra\n1,2\nx,3\n")
    assert refused.status_code == 400
    assert b"id" in refused.content
    assert session.post(load, data=b"id,colour\n1,2\n").status_code == 400
    assert session.post(load, data=b"").status_code == 400
    assert session.post(f"{tap.baseurl}/load/nothing", data=b"id\n1\n").status_code == 404
    assert tap.run_sync("SELECT count(*) AS n FROM mydb.targets")["n"][0] == 0


@pytest.mark.parametrize(
    ("name", "body", "status", "words"),
    [
        ("tap_schema.tables", DEFINITION, 400, "cannot be the name"),
        ("select", DEFINITION, 400, "reserved word"),
        ("..", DEFINITION, 404, ""),
        ("a b", DEFINITION, 400, "cannot be the name"),
        ("targets", b"<!DOCTYPE x [<!ENTITY a 'b'>]><table><column/></table>", 400, "DOCTYPE"),
        ("targets", b"<table></table>", 400, "no columns"),
        ("targets", b"<table><column></table>", 400, "not well-formed"),
        ("targets", DEFINITION.replace(b">long<", b">quad<"), 400, "quad"),
        ("targets", b"", 400, "no body"),
    ],
)
def test_what_cannot_be_made_is_explained(
    tap: pyvo.dal.TAPService,
    session: requests.Session,
    name: str,
    body: bytes,
    status: int,
    words: str,
) -> None:
    answer = session.put(f"{tap.baseurl}/tables/{name}", data=body)
    assert answer.status_code == status
    assert words in answer.text


def test_a_table_is_made_once(tap: pyvo.dal.TAPService, session: requests.Session) -> None:
    tap.create_table("targets", io.BytesIO(DEFINITION))
    again = session.put(f"{tap.baseurl}/tables/TARGETS", data=DEFINITION)
    assert again.status_code == 409
    assert session.delete(f"{tap.baseurl}/tables/targets").status_code == 204
    assert session.delete(f"{tap.baseurl}/tables/targets").status_code == 404


def test_an_index_that_cannot_be_made_is_the_error_of_its_job(
    tap: pyvo.dal.TAPService, session: requests.Session
) -> None:
    tap.create_table("targets", io.BytesIO(DEFINITION))
    tap.load_table("targets", io.BytesIO(b"id,ra,dec\n1,2,3\n1,2,3\n"), format="csv")
    with pytest.raises(pyvo.DALQueryError, match="nothing"):
        tap.create_index("targets", "nothing")
    with pytest.raises(pyvo.DALQueryError):
        tap.create_index("targets", "id", unique=True)
    missing = session.post(f"{tap.baseurl}/table-update", data={"table": "targets"})
    assert missing.status_code == 400
    assert session.get(f"{tap.baseurl}/table-update").status_code == 200
    assert tap.run_sync("SELECT count(*) AS n FROM mydb.targets")["n"][0] == 2
