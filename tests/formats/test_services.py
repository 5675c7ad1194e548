"""Descriptors of services in VOTables."""

from __future__ import annotations

from io import BytesIO

import pyarrow as pa
import pytest
from astropy.io.votable import parse

from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.registry import writer_for
from lsp_jupyter.formats.services import Parameter, Service

SERVICE = Service(
    "https://here/do?a=1&b=2",
    (
        Parameter("ID", column="the id", ucd="meta.id;meta.main"),
        Parameter("BAND", "double", "2", "interval", "m", low="3e-7", high="5e-7"),
        Parameter("KIND", value="x", options=("x", "y<z")),
    ),
    name="do",
    description='What is "done" & dusted',
    standard="ivo://ivoa.net/std/SODA#sync-1.0",
    content_type="image/fits",
    id="do-1",
)


@pytest.mark.parametrize("form", ["votable/td", "votable/b2", "votable/b"])
def test_a_service_is_described_after_the_table(form: str) -> None:
    batch = pa.record_batch({"the id": ["a", "b"], "n": [1, 2]})
    header = TableHeader(batch.schema, overflow=True, services=(SERVICE,))
    document = b"".join(writer_for(form).write(header, [batch]))
    votable = parse(BytesIO(document), verify="exception")
    results, service = votable.resources
    assert [info.value for info in results.infos] == ["OK", "OVERFLOW"]
    table = votable.get_first_table()
    assert (service.type, service.utype, service.ID) == ("meta", "adhoc:service", "do-1")
    assert service.description == SERVICE.description
    assert {param.name: param.value for param in service.params} == {
        "standardID": SERVICE.standard,
        "accessURL": SERVICE.url,
        "contentType": "image/fits",
    }
    [group] = service.groups
    assert group.name == "inputParams"
    did, band, kind = group.entries
    assert did.ref == table.fields[0].ID == "column-1"
    assert table.fields[1].ID in (None, "n")
    assert (str(band.unit), band.xtype) == ("m", "interval")
    assert b'<VALUES><MIN value="3e-7"/><MAX value="5e-7"/></VALUES>' in document
    assert kind.value == "x"
    assert [value for _, value in kind.values.options] == ["x", "y<z"]


def test_a_table_without_services_is_one_resource() -> None:
    batch = pa.record_batch({"a": [1]})
    document = b"".join(writer_for("votable").write(TableHeader(batch.schema), [batch]))
    assert len(parse(BytesIO(document), verify="exception").resources) == 1
