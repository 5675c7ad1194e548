"""The registry of a real server: its records and how they are harvested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from lsp_jupyter.api.records import records
from lsp_jupyter.api.registry import published_of
from lsp_jupyter.api.xml import tree_document
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.demo.gaia import RELEASE
from tests.api.schemas import etree, registry_validated
from tests.servers import Server

OAI = "{http://www.openarchives.org/OAI/2.0/}"
RI = "{http://www.ivoa.net/xml/RegistryInterface/v1.0}Resource"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ROOT = f"ivo://{LspConfig().authority}"


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def ask(lab_server: Server, session: requests.Session) -> Any:
    def ask(method: str = "get", **arguments: Any) -> etree._Element:
        url = f"{lab_server.base}registry/oai"
        key = "params" if method == "get" else "data"
        answer = session.request(method, url, **{key: arguments})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        tree = registry_validated(answer.content)
        assert tree.findtext(f"{OAI}request") == url
        return tree

    return ask


def resources(tree: etree._Element) -> dict[str, etree._Element]:
    return {each.findtext("identifier"): each for each in tree.iter(RI)}


@pytest.mark.parametrize("method", ["get", "post"])
def test_all_records_are_harvested(ask: Any, method: str, lab_server: Server) -> None:
    tree = ask(method, verb="ListRecords", metadataPrefix="ivo_vor", set="ivo_managed")
    found = resources(tree)
    assert {name: each.get(TYPE) for name, each in found.items()} == {
        ROOT: "vg:Authority",
        f"{ROOT}/registry": "vg:Registry",
        f"{ROOT}/tap": "vs:CatalogService",
        f"{ROOT}/gaia": "vs:CatalogResource",
        f"{ROOT}/gaia/gaia.source": "vs:CatalogService",
        f"{ROOT}/hipparcos": "vs:CatalogResource",
        f"{ROOT}/hipparcos/hipparcos.main": "vs:CatalogService",
    }
    gaia = found[f"{ROOT}/gaia"]
    assert "CC BY-SA" in gaia.findtext("rights")
    assert "A&A 674" in gaia.findtext("content/source")
    (aux,) = gaia.findall("capability")
    assert aux.get("standardID") == "ivo://ivoa.net/std/TAP#aux"
    assert aux.findtext("interface/accessURL") == f"{lab_server.base}tap"
    assert [each.text for each in gaia.findall("tableset/schema/table/name")] == ["gaia.source"]
    tap = found[f"{ROOT}/tap"]
    assert tap.find("capability").get(TYPE) == "tr:TableAccess"
    assert len(tap.findall("tableset/schema/table")) == 2
    cone = found[f"{ROOT}/gaia/gaia.source"]
    assert cone.find("capability").get(TYPE) == "cs:ConeSearch"
    assert cone.findtext("capability/interface/accessURL") == f"{lab_server.base}scs/gaia.source?"
    part = cone.find("content/relationship/relatedResource")
    assert part.get("ivo-id") == f"{ROOT}/gaia"


def test_the_registry_identifies_itself(ask: Any) -> None:
    tree = ask(verb="Identify")
    (found,) = resources(tree).values()
    assert found.findtext("managedAuthority") == LspConfig().authority
    assert found.find("capability").get(TYPE) == "vg:Harvest"
    assert tree.findtext(f".//{OAI}granularity") == "YYYY-MM-DDThh:mm:ssZ"
    prefixes = ask(verb="ListMetadataFormats").iter(f"{OAI}metadataPrefix")
    assert {each.text for each in prefixes} == {"ivo_vor", "oai_dc"}
    sets = ask(verb="ListSets").iter(f"{OAI}setSpec")
    assert [each.text for each in sets] == ["ivo_managed"]


def test_one_record_is_the_same_everywhere(
    ask: Any, lab_server: Server, session: requests.Session
) -> None:
    for path in ("", "/tap", "/gaia", "/hipparcos/hipparcos.main"):
        answer = session.get(
            f"{lab_server.base}registry/record", params={"identifier": ROOT + path}
        )
        assert answer.headers["Content-Type"] == "application/xml"
        alone = registry_validated(answer.content)
        tree = ask(verb="GetRecord", identifier=ROOT + path, metadataPrefix="ivo_vor")
        (harvested,) = resources(tree).values()
        assert alone.findtext("identifier") == harvested.findtext("identifier") == ROOT + path
        assert "".join(alone.itertext()) == "".join(harvested.itertext())
    missing = session.get(f"{lab_server.base}registry/record?IDENTIFIER=ivo://a/b")
    assert missing.status_code == 404
    core = ask(verb="GetRecord", identifier=f"{ROOT}/GAIA", metadataPrefix="oai_dc")
    assert core.findtext(".//{http://purl.org/dc/elements/1.1/}title") == "Gaia DR3 bright stars"


def test_records_are_selected_by_time(ask: Any) -> None:
    def stamps(**arguments: str) -> list[str]:
        tree = ask(verb="ListIdentifiers", metadataPrefix="ivo_vor", **arguments)
        return [each.text for each in tree.iter(f"{OAI}datestamp")]

    everything = stamps()
    first, last = min(everything), max(everything)
    assert stamps(until=last) == everything
    assert stamps(**{"from": first, "until": first}) == [first] * everything.count(first)
    assert stamps(**{"from": first[:10], "until": last[:10]}) == everything


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Nothing"}, "badVerb"),
        ({"verb": ["Identify", "Identify"]}, "badArgument"),
        ({"verb": "Identify", "more": "1"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "ivo_vor"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "x"}, "cannotDisseminateFormat"),
        (
            {"verb": "GetRecord", "metadataPrefix": "ivo_vor", "identifier": "ivo://a/b"},
            "idDoesNotExist",
        ),
        ({"verb": "ListMetadataFormats", "identifier": "ivo://a/b"}, "idDoesNotExist"),
        ({"verb": "ListRecords", "resumptionToken": "1"}, "badResumptionToken"),
        ({"verb": "ListSets", "resumptionToken": "1"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "x"}, "noRecordsMatch"),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2999-01-01"},
            "noRecordsMatch",
        ),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "soon"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-99-01"}, "badArgument"),
        (
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from": "2026-01-01",
                "until": "2026-01-02T00:00:00Z",
            },
            "badArgument",
        ),
        (
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from": "2026-01-02",
                "until": "2026-01-01",
            },
            "badArgument",
        ),
    ],
)
def test_what_cannot_be_answered_is_an_error_of_the_protocol(
    ask: Any, arguments: dict[str, Any], code: str
) -> None:
    (error,) = ask(**arguments).findall(f"{OAI}error")
    assert error.get("code") == code
    assert error.text


def test_services_of_images_are_told(survey_server: Server) -> None:
    answer = requests.get(
        f"{survey_server.base}registry/oai",
        params={"verb": "ListRecords", "metadataPrefix": "ivo_vor"},
        timeout=30,
    )
    found = resources(registry_validated(answer.content))
    base = survey_server.base
    told = {
        name: [
            (each.get("standardID"), each.findtext("interface/accessURL"))
            for each in found[f"{ROOT}/{name}"].findall("capability")
        ]
        for name in ("dp1/sia", "datalink", "hips")
    }
    std = "ivo://ivoa.net/std/"
    assert told == {
        "dp1/sia": [(f"{std}SIA#query-2.0", f"{base}sia/dp1/query")],
        "datalink": [
            (f"{std}DataLink#links-1.1", f"{base}datalink/links"),
            (f"{std}SODA#sync-1.0", f"{base}soda/sync"),
            (f"{std}SODA#async-1.0", f"{base}soda/async"),
            (None, f"{base}cutouts"),
            (None, f"{base}mosaics"),
        ],
        "hips": [(f"{std}hips#hipslist-1.0", f"{base}hips/list")],
    }
    # Each of them is there.
    with survey_server.session() as session:
        for (_, url), *_ in (told["hips"], told["datalink"][3:], told["datalink"][4:]):
            assert session.get(url, timeout=10).status_code == 200, url


def test_harvesters_need_no_credentials(lab_server: Server) -> None:
    for path in ("registry/oai?verb=Identify", "registry/record"):
        answer = requests.get(f"{lab_server.base}{path}", timeout=10)
        assert answer.status_code == 200
        registry_validated(answer.content)


@pytest.mark.parametrize("guarded", [True, False])
def test_only_what_is_public_is_told(guarded: bool) -> None:
    now = datetime.now(UTC)
    found = records(LspConfig(publisher="P & Q"), "http://h/", guarded, [], now)
    assert [each.identifier for each in found] == [ROOT, f"{ROOT}/registry", f"{ROOT}/tap"]
    for each in found:
        tree = registry_validated(tree_document(each.element()))
        assert tree.findtext("curation/publisher") == "P & Q"
        methods = tree.findall("capability/interface/securityMethod")
        assert bool(methods) is (guarded and each is found[2])


def test_a_private_release_is_kept_from_registries(demo_copy: Path) -> None:
    catalog = Catalog(demo_copy)
    with catalog.publishing():
        catalog.flip([(replace(RELEASE, public=False), (), False)])
    assert [each.release.name for each in published_of(catalog)] == ["hipparcos"]
    catalog.close()
