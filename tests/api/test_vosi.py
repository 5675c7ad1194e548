"""VOSI documents of a real server, against the schemas of the standards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lsp_jupyter.api.capabilities import capabilities
from lsp_jupyter.api.vosi import TablesHandler
from lsp_jupyter.config import LspConfig
from lsp_jupyter.formats.registry import FORMATS
from tests.api.schemas import etree, validated
from tests.servers import Server

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


def find(tree: etree._Element, standard: str) -> etree._Element:
    (found,) = tree.xpath(f"capability[@standardID='{standard}']")
    return found


@pytest.mark.parametrize("guarded", [True, False])
def test_capabilities_tell_limits_formats_and_languages(guarded: bool) -> None:
    config = LspConfig(maxrec=777, destruction=3600.0, execution_duration=60.0)
    tree = validated(capabilities(config, "https://h:1/u/a%40b/lsp_jupyter/tap", guarded))
    tap = find(tree, "ivo://ivoa.net/std/TAP")
    assert tap.get(TYPE) == "tr:TableAccess"
    assert tap.findtext("interface/accessURL") == "https://h:1/u/a%40b/lsp_jupyter/tap"
    methods = [each.get("standardID") for each in tap.findall("interface/securityMethod")]
    assert methods == (
        ["ivo://ivoa.net/sso#BasicAA", "ivo://ivoa.net/sso#OAuth"] if guarded else []
    )
    assert [each.text for each in tap.findall("language/version")] == ["2.1", "2.0"]
    assert [each.text for each in tap.findall("outputFormat/mime")] == [f.mime for f in FORMATS]
    assert tap.findtext("outputLimit/hard") == "777"
    assert tap.findtext("retentionPeriod/default") == "3600"
    assert tap.findtext("executionDuration/hard") == "60"
    assert tap.find("uploadMethod").get("ivo-id").endswith("#upload-inline")
    limit = tap.find("uploadLimit/hard")
    assert (limit.get("unit"), limit.text) == ("byte", str(config.upload_max_bytes))
    kinds = {
        each.get("type").rpartition("-")[2]: {form.text for form in each.findall("feature/form")}
        for each in tap.findall("language/languageFeatures")
    }
    assert kinds["adqlgeo"] >= {"POINT", "CIRCLE", "CONTAINS", "DISTANCE"}
    for name in ("VOSI#capabilities", "VOSI#availability", "VOSI#tables-1.1", "DALI#examples"):
        resource = find(tree, f"ivo://ivoa.net/std/{name}")
        open_to_all = name in ("VOSI#capabilities", "VOSI#availability")
        assert (resource.find("interface/securityMethod") is None) is (open_to_all or not guarded)


def test_data_models_of_public_tables_are_told() -> None:
    tree = validated(capabilities(LspConfig(), "http://h/tap", True, ["ivoa.ObsCore", "a.b"]))
    (model,) = find(tree, "ivo://ivoa.net/std/TAP").findall("dataModel")
    assert model.get("ivo-id") == "ivo://ivoa.net/std/ObsCore#core-1.1"


def test_capabilities_and_availability_are_open(lab_server: Server) -> None:
    tree = validated(requests.get(f"{lab_server.base}tap/capabilities", timeout=10).content)
    for interface in tree.findall("capability/interface"):
        assert interface.findtext("accessURL").startswith(f"{lab_server.base}tap")
    tree = validated(requests.get(f"{lab_server.base}tap/availability", timeout=10).content)
    name = "{http://www.ivoa.net/xml/VOSIAvailability/v1.0}"
    assert tree.findtext(f"{name}available") == "true"
    assert tree.findtext(f"{name}upSince").endswith("Z")


@pytest.mark.req("API-REQ-0030", "API-REQ-0023")
def test_tables_agree_with_tap_schema(lab_server: Server, session: requests.Session) -> None:
    tree = validated(session.get(f"{lab_server.base}tap/tables").content)
    query = (
        "SELECT table_name, column_name, datatype, unit, ucd FROM tap_schema.columns "
        "ORDER BY table_name, column_index"
    )
    answer = session.get(
        f"{lab_server.base}tap/sync", params={"QUERY": query, "RESPONSEFORMAT": "votable/td"}
    )
    rows = [
        tuple(cell.text or "" for cell in row)
        for row in etree.fromstring(answer.content).iter("{*}TR")
    ]
    told = [
        (
            table.findtext("name"),
            column.findtext("name"),
            column.findtext("dataType"),
            column.findtext("unit") or "",
            column.findtext("ucd") or "",
        )
        for table in tree.iter("table")
        for column in table.findall("column")
    ]
    assert len(rows) > 40
    assert sorted(told) == sorted(rows)
    assert {"gaia", "hipparcos", "tap_schema"} <= {each.findtext("name") for each in tree}


def test_tables_can_be_had_one_by_one(lab_server: Server, session: requests.Session) -> None:
    url = f"{lab_server.base}tap/tables"
    whole = session.get(url)
    assert session.get(url, params={"detail": "min"}).content == whole.content
    names = [each.findtext("name") for each in validated(whole.content).iter("table")]
    assert "gaia.source" in names
    for name in names:
        table = validated(session.get(f"{url}/{name}").content)
        assert table.findtext("name") == name
        assert table.find("column") is not None


async def test_columns_of_many_are_left_out_if_asked(
    jp_fetch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TablesHandler, "many", 10)
    url = "lsp_jupyter/tap/tables"
    short = validated((await jp_fetch(url, params={"detail": "min"})).body)
    assert short.find(".//table") is not None
    assert short.find(".//column") is None
    assert validated((await jp_fetch(url)).body).find(".//column") is not None


def test_examples_run(lab_server: Server, session: requests.Session) -> None:
    page = session.get(f"{lab_server.base}tap/examples")
    assert page.headers["Content-Type"] == "application/xhtml+xml"
    queries = etree.fromstring(page.content).xpath("//*[@property='query']/text()")
    assert len(queries) >= 3
    for query in queries:
        answer = session.get(f"{lab_server.base}tap/sync", params={"QUERY": query, "MAXREC": 3})
        assert answer.status_code == 200, query
