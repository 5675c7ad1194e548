"""Links of images and of rows of catalogues, from a real server, as clients follow them."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.io.votable import parse
from astropy.io.votable.tree import VOTableFile
from astropy.wcs import WCS
from pyvo.dal.adhoc import DatalinkResults, SodaQuery

from tests.servers import Server

STILTS = shutil.which("stilts")
LINKS = "application/x-votable+xml;content=datalink"


@pytest.fixture(scope="module")
def session(survey_server: Server) -> Iterator[requests.Session]:
    with survey_server.session() as session:
        yield session


@pytest.fixture(scope="module")
def tap(survey_server: Server, session: requests.Session) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{survey_server.base}tap", session=session)


@pytest.fixture(scope="module")
def dids(tap: pyvo.dal.TAPService) -> list[str]:
    """Identifiers of the visit images, the one with most links first."""
    found = tap.search(
        "SELECT obs_publisher_did FROM ivoa.ObsCore "
        "WHERE dataproduct_subtype = 'lsst.visit_image' ORDER BY lsst_visit, lsst_detector"
    )
    return [str(row["obs_publisher_did"]) for row in found]


def rows(document: bytes) -> tuple[VOTableFile, list[dict[str, Any]]]:
    votable = parse(BytesIO(document), verify="exception")
    table = votable.get_first_table().to_table(use_names_over_ids=True)
    return votable, [dict(zip(table.colnames, row, strict=True)) for row in table.iterrows()]


def lint(tmp_path: Path, document: bytes) -> list[str]:
    """What STILTS finds wrong with a document of links."""
    path = tmp_path / "links.vot"
    path.write_bytes(document)
    command = [str(STILTS), "datalinklint", str(path)]
    report = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Datalink table rows checked" in report.stdout, report.stderr
    return re.findall(r"^[EWF]-.*$", report.stdout, re.MULTILINE)


def semantics(links: Any) -> list[str]:
    return [str(link.semantics) for link in links]


def test_links_are_nobodys_job(
    survey_server: Server, session: requests.Session, dids: list[str]
) -> None:
    def jobs() -> list[str]:
        page = session.get(f"{survey_server.base}portal/jobs", timeout=60).json()
        return [job["id"] for job in page["jobs"]]

    before = jobs()
    session.get(f"{survey_server.base}datalink/links", params={"ID": dids[0]}, timeout=60)
    assert jobs() == before


@pytest.mark.req("API-REQ-0021")
@pytest.mark.req("API-REQ-0022")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_links_of_many_images_and_what_is_wrong_with_others(
    survey_server: Server, session: requests.Session, dids: list[str], method: str, tmp_path: Path
) -> None:
    unknown = dids[0][:-4] + "0000"
    ids = [dids[1], unknown, dids[0], "nonsense", dids[1].upper()]
    url = f"{survey_server.base}datalink/links"
    body = {"data" if method == "POST" else "params": {"id": ids}}
    answer = session.request(method, url, **body)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == LINKS
    votable, found = rows(answer.content)
    assert list(dict.fromkeys(row["ID"] for row in found)) == ids
    infos = {info.name: info.value for info in votable.resources[0].infos}
    assert infos["standardID"].startswith("ivo://ivoa.net/std/DataLink#links-1.1")
    errors = {row["ID"]: row["error_message"] for row in found if row["error_message"]}
    assert set(errors) == {unknown, "nonsense"}
    assert errors[unknown].startswith("NotFoundFault: ")
    assert errors["nonsense"].startswith("UsageFault: ")
    for row in found:
        given = [row[name] for name in ("access_url", "service_def", "error_message")]
        assert sum(map(bool, given)) == 1, row
    # Every service that is named is described, and for that image alone.
    services = {one.ID: one for one in votable.resources if one.type == "meta"}
    named = {str(row["service_def"]): row["ID"] for row in found if row["service_def"]}
    assert named.keys() == services.keys()
    for name, did in named.items():
        entries = {each.name: each for each in services[name].groups[0].entries}
        assert entries["ID"].value == (did if did == did.lower() else dids[1])
        assert {"CIRCLE", "POLYGON", "POS", "BAND", "TIME", "POL"} < entries.keys()
        assert len(entries["CIRCLE"].values.max) == 3
        assert len(entries["POLYGON"].values.max) == 8
        low, high = (
            float(words.split()[0])
            for words in (str(entries["TIME"].values.min), str(entries["TIME"].values.max))
        )
        assert 60_000 < low < high < 61_000
    if STILTS and method == "GET":
        assert lint(tmp_path, answer.content) == []


def test_every_link_leads_somewhere(
    survey_server: Server, session: requests.Session, dids: list[str]
) -> None:
    answer = session.get(f"{survey_server.base}datalink/links", params={"ID": dids})
    urls = {row["access_url"]: row for row in rows(answer.content)[1] if row["access_url"]}
    assert len(urls) > 2 * len(dids)
    for url, row in urls.items():
        if "/preview" in url or "/header" in url:
            continue
        sent = session.get(url)
        assert sent.status_code == 200, url
        assert sent.headers["Content-Type"] == row["content_type"]
        assert sent.content.startswith(b"SIMPLE  =                    T")
        if row["semantics"] == "#this":
            assert len(sent.content) == row["content_length"]


def test_more_images_share_a_description(
    survey_server: Server, session: requests.Session, tap: pyvo.dal.TAPService
) -> None:
    found = tap.search("SELECT obs_publisher_did FROM ivoa.ObsCore")
    ids = [str(row["obs_publisher_did"]) for row in found] + [f"ivo://x/y?{n}" for n in range(970)]
    answer = session.post(f"{survey_server.base}datalink/links", data={"ID": ids})
    assert answer.status_code == 200, answer.text[:500]
    votable, links = rows(answer.content)
    assert len({row["ID"] for row in links}) == 1_000 < len(ids)
    assert votable.resources[0].infos[-1].value == "OVERFLOW"
    too_many = session.post(f"{survey_server.base}datalink/links", data={"ID": ["x"] * 60_000})
    assert too_many.status_code == 400
    assert "UsageFault: There are more than 50,000 parameters" in too_many.text


def test_links_in_other_formats(
    survey_server: Server, session: requests.Session, dids: list[str]
) -> None:
    def ask(form: str) -> requests.Response:
        wanted = {"ID": dids[0], "RESPONSEFORMAT": form}
        return session.get(f"{survey_server.base}datalink/links", params=wanted)

    for form in ("votable", "application/x-votable+xml", LINKS, "text/xml"):
        assert ask(form).headers["Content-Type"] == LINKS
        assert b"<TABLEDATA>" in ask(form).content
    lines = ask("csv").text.splitlines()
    assert lines[0].startswith("ID,access_url,service_def,error_message,")
    assert b"BINARY2" in ask("votable/b2").content
    assert ask("nonsense").status_code == 400


@pytest.mark.req("API-REQ-0022", "LSP-REQ-0005")
def test_pyvo_goes_from_a_search_to_the_file(
    survey_server: Server, session: requests.Session
) -> None:
    service = pyvo.dal.SIA2Service(f"{survey_server.base}sia/dp1", session=session)
    found = service.search(pos=(53.16, -28.11, 0.01), calib_level=2)
    assert len(found) >= 2
    for row in found:
        assert row.access_format == LINKS
        assert row.access_url.startswith(f"{survey_server.base}datalink/links?ID=ivo%3A%2F%2F")
        # The address that is in the row leads to the same links as the description.
        by_row = DatalinkResults.from_result_url(row.access_url, session=session)
        assert semantics(by_row) == semantics(row.getdatalink())
    links = list(found.iter_datalinks())
    assert len(links) == len(found)
    [this] = links[0].bysemantics("#this", include_narrower=False)
    assert session.get(this.access_url).content.startswith(b"SIMPLE")


@pytest.mark.req("PRTL-REQ-0040", "API-REQ-0022")
def test_pyvo_goes_from_a_search_to_a_cutout(
    survey_server: Server, session: requests.Session
) -> None:
    service = pyvo.dal.SIA2Service(f"{survey_server.base}sia/dp1", session=session)
    found = service.search(pos=(53.16, -28.11, 0.001), calib_level=2)
    row = found[0]
    links = row.getdatalink()
    sync = "ivo://ivoa.net/std/SODA#sync"
    circle = (row["s_ra"], row["s_dec"], 0.001)
    # The service is described in the links, and in the answer of the search itself.
    for start, holder in ((links[0], links), (row, found)):
        resource = holder.get_adhocservice_by_ivoid(sync)
        query = SodaQuery.from_resource(start, resource, session=session, circle=circle)
        with fits.open(BytesIO(query.execute_raw())) as cutout:
            [image] = [hdu for hdu in cutout if hdu.name == "IMAGE"]
            # Two thousandths of a degree are 36 pixels of 0.2 arcsec.
            assert set(image.shape) <= {35, 36, 37, 38}
            x, y = WCS(image.header).world_to_pixel_values(*circle[:2])
            assert abs(x - image.shape[1] / 2) < 1.5
            assert abs(y - image.shape[0] / 2) < 1.5


def test_results_that_are_fetched_later_have_whole_addresses_too(
    survey_server: Server, tap: pyvo.dal.TAPService, session: requests.Session
) -> None:
    query = "SELECT TOP 3 obs_publisher_did AS id, access_url AS u, 'datalink/links?ID=x' AS v"
    job = tap.submit_job(f"{query} FROM ivoa.ObsCore")
    job.run().wait(phases=["COMPLETED", "ERROR"], timeout=20)
    for row in job.fetch_result():
        assert row["u"].startswith(f"{survey_server.base}datalink/links?ID=ivo")
        assert row["v"] == "datalink/links?ID=x"
        assert semantics(row.getdatalink())[0] == "#this"
    url = f"{survey_server.base}portal/results/{job.job_id}/download"
    for form in ("csv", "json", "parquet"):
        text = session.get(url, params={"format": form}).content
        assert f"{survey_server.base}datalink/links?ID=ivo".encode() in text, form
    job.delete()


@pytest.mark.req("LSP-REQ-0005", "LSP-REQ-0008", "PRTL-REQ-0004")
def test_an_object_leads_to_its_light_curve_images_and_stamps(
    survey_server: Server, tap: pyvo.dal.TAPService, session: requests.Session, tmp_path: Path
) -> None:
    [row] = tap.search(
        "SELECT TOP 1 o.objectId AS id, o.coord_ra FROM dp1.Object AS o JOIN ivoa.ObsCore AS i "
        "ON 1 = CONTAINS(POINT(o.coord_ra, o.coord_dec), i.s_region) "
        "WHERE i.dataproduct_subtype = 'lsst.deep_coadd' ORDER BY o.objectId"
    )
    links = {str(link["local_semantics"]): link for link in row.getdatalink()}
    assert links["row"].semantics == "#this"
    [itself] = rows(session.get(links["row"].access_url).content)[1]
    assert itself["objectId"] == row["id"]
    curve = rows(session.get(links["dp1.ForcedSource"].access_url).content)[1]
    assert links["dp1.ForcedSource"]["content_qualifier"] == "#timeseries"
    times = [one["expMidptMJD"] for one in curve]
    assert times == sorted(times)
    assert {one["objectId"] for one in curve} <= {row["id"]}
    images = rows(session.get(links["images"].access_url).content)[1]
    assert "lsst.deep_coadd" in {one["dataproduct_subtype"] for one in images}
    stamps = [link for name, link in links.items() if name.startswith("stamp ")]
    assert stamps
    assert all(link.semantics == "#cutout" for link in stamps)
    assert all("soda/sync?ID=ivo%3A" in link.access_url for link in stamps)
    wanted = {"ID": [str(row["id"]), "-5", "x"]}
    answer = session.get(f"{survey_server.base}datalink/dp1.Object/objectId", params=wanted)
    last = [row["error_message"] for row in rows(answer.content)[1]][-2:]
    assert [text.partition(":")[0] for text in last] == ["NotFoundFault", "UsageFault"]
    if STILTS:
        assert lint(tmp_path, answer.content) == []


@pytest.mark.req("PRTL-REQ-0035")
def test_a_measurement_leads_to_its_visit_and_a_visit_to_its_images(
    survey_server: Server, tap: pyvo.dal.TAPService, session: requests.Session
) -> None:
    [visit] = tap.search("SELECT TOP 1 lsst_visit FROM ivoa.ObsCore WHERE lsst_visit IS NOT NULL")
    url = f"{survey_server.base}datalink/dp1.Visit/visit"
    links = rows(session.get(url, params={"ID": str(visit["lsst_visit"])}).content)[1]
    [images] = [link for link in links if link["local_semantics"] == "images"]
    found = rows(session.get(images["access_url"]).content)[1]
    assert {row["lsst_visit"] for row in found} == {visit["lsst_visit"]}
    # What refers to a row of another table is described as that row.
    result = tap.search("SELECT TOP 1 objectId, visit, band FROM dp1.ForcedSource")
    told = [str(each.params[1].value) for each in result.iter_adhocservices()]
    assert told == [f"{survey_server.base}datalink/dp1.Object/objectId", url]


def test_what_was_computed_is_described_as_nothing(tap: pyvo.dal.TAPService) -> None:
    for query in (
        "SELECT TOP 1 objectId + 1 AS objectId FROM dp1.Object",
        "SELECT COUNT(*) AS objectId FROM dp1.Object",
        "SELECT objectId FROM dp1.Object WHERE 1 = 0 UNION SELECT visit FROM dp1.Visit",
        "SELECT TOP 1 coord_ra FROM dp1.Object",
    ):
        assert list(tap.search(query).iter_adhocservices()) == [], query
    inner = "SELECT TOP 1 q.a FROM (SELECT objectId AS a FROM dp1.Object) AS q"
    assert len(list(tap.search(inner).iter_adhocservices())) == 1


def test_a_file_is_sent_in_parts(
    survey_server: Server, session: requests.Session, dids: list[str]
) -> None:
    url = f"{survey_server.base}images/dp1/{dids[0].partition('?')[2]}"
    whole = session.get(url)
    size, tag = len(whole.content), whole.headers["ETag"]
    assert whole.headers["Content-Length"] == str(size)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="visit_image_')

    def part(**headers: str) -> requests.Response:
        return session.get(url, headers={name.replace("_", "-"): v for name, v in headers.items()})

    for asked, start, end in (
        ("bytes=0-79", 0, 80),
        (f"bytes={size - 10}-", size - 10, size),
        ("bytes=-10", size - 10, size),
        (f"bytes=100-{size + 100}", 100, size),
    ):
        answer = part(Range=asked)
        assert answer.status_code == 206
        assert answer.content == whole.content[start:end]
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
    for asked in ("bytes=9-5", "bytes=a-b", "lines=0-5", "bytes=-", "bytes=0-1,5-6", ""):
        assert part(Range=asked).status_code == 200, asked
    beyond = part(Range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert part(If_None_Match=tag).status_code == 304
    assert part(If_Range=tag, Range="bytes=0-9").status_code == 206
    assert part(If_Range='"other"', Range="bytes=0-9").status_code == 200
    head = session.head(url)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(size), b"")
    assert session.head(url, headers={"Accept-Encoding": "gzip"}).headers["ETag"] == tag
    gone = session.get(url[:-4] + "0000")
    assert gone.status_code == 404
    assert b'value="ERROR"' in gone.content


def test_a_file_that_vanished_is_told_of(
    survey_server: Server, session: requests.Session, dids: list[str]
) -> None:
    did = dids[-1]
    url = f"{survey_server.base}images/dp1/{did.partition('?')[2]}"
    name = session.head(url).headers["Content-Disposition"].partition('"')[2][:-1]
    [path] = (survey_server.state / "butler").rglob(name)
    hidden = path.rename(path.with_suffix(".hidden"))
    try:
        assert session.get(url).status_code == 404
        path.write_bytes(hidden.read_bytes()[:2880])
        answer = session.get(url)
        assert answer.status_code == 502
        assert "not the one that was published" in answer.text
        assert str(survey_server.state) not in answer.text
    finally:
        hidden.rename(path)


def test_links_are_quick(survey_server: Server, session: requests.Session, dids: list[str]) -> None:
    def ask() -> float:
        begun = time.perf_counter()
        session.get(f"{survey_server.base}datalink/links", params={"ID": dids})
        return time.perf_counter() - begun

    assert min(ask() for _ in range(5)) < 0.25


def test_services_say_where_they_are(survey_server: Server) -> None:
    for path, standards in {
        "datalink": ["ivo://ivoa.net/std/DataLink#links-1.1"],
        "sia/dp1": ["ivo://ivoa.net/std/SIA#query-2.0"],
    }.items():
        with survey_server.session() as session:
            document = session.get(f"{survey_server.base}{path}/capabilities").text
            available = session.get(f"{survey_server.base}{path}/availability").text
        found = re.findall(r'standardID="([^"]+)"><interface', document)
        assert found[: len(standards)] == standards
        assert f"{survey_server.base}{path}/availability" in document
        assert "true</" in available


def test_the_registry_tells_of_images(survey_server: Server) -> None:
    for name, standard in {
        "dp1/sia": "ivo://ivoa.net/std/SIA#query-2.0",
        "datalink": "ivo://ivoa.net/std/SODA#async-1.0",
    }.items():
        wanted = {"IDENTIFIER": f"ivo://lsp_jupyter.local/{name}"}
        answer = requests.get(f"{survey_server.base}registry/record", params=wanted, timeout=10)
        assert answer.status_code == 200, answer.text
        assert standard in answer.text
    told = requests.get(f"{survey_server.base}discovery/discovery", timeout=10).json()
    services = told["datasets"]["dp1"]["services"]
    assert services["sia"]["versions"]["sia-2.0"]["url"] == f"{survey_server.base}sia/dp1/query"
    assert "sia" not in told["datasets"]["gaia"]["services"]


def test_documents_keep_to_their_schemas(survey_server: Server, session: requests.Session) -> None:
    from tests.api.schemas import registry_validated, validated

    for path in ("datalink/capabilities", "sia/dp1/capabilities", "soda/capabilities"):
        validated(session.get(f"{survey_server.base}{path}").content)
    for name in ("dp1/sia", "datalink"):
        wanted = {"IDENTIFIER": f"ivo://lsp_jupyter.local/{name}"}
        record = session.get(f"{survey_server.base}registry/record", params=wanted)
        registry_validated(record.content)
