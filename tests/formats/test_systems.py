"""Coordinate systems, time systems and groups in a VOTable."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable.tree import Group, TableElement

from lsp_jupyter.formats.fields import vo_field
from lsp_jupyter.formats.header import GROUPS, groups_of
from lsp_jupyter.formats.systems import system_of
from tests.formats.conftest import described, document, element, write


@pytest.mark.parametrize(
    ("name", "metadata", "found"),
    [
        ("ra", {"ucd": "pos.eq.ra;meta.main"}, "ICRS"),
        ("e_ra", {"ucd": "stat.error;pos.eq.ra"}, "ICRS"),
        ("pmra", {"ucd": "pos.pm;pos.eq.ra"}, "ICRS"),
        ("ra", {"ucd": "POS_EQ_RA_MAIN"}, "ICRS"),
        ("l", {"ucd": "pos.galactic.lon"}, "galactic"),
        ("region", {"xtype": "polygon"}, "ICRS"),
        ("plx", {"ucd": "pos.parallax"}, None),
        ("midpointMjdTai", {"ucd": "time.epoch", "unit": "d"}, "time_TAI_MJD"),
        ("t_mjd", {"ucd": "time.epoch", "unit": "d"}, "time_UNKNOWN_MJD"),
        ("t", {"ucd": "time.start", "unit": "d", "description": "Start, MJD, TAI"}, "time_TAI_MJD"),
        ("t", {"xtype": "mjd", "description": "UTC"}, "time_UTC_MJD"),
        ("t_jd", {"ucd": "time.epoch", "unit": "d"}, "time_UNKNOWN_JD"),
        ("obsStartTai", {"xtype": "timestamp"}, "time_TAI"),
        ("obsStart", {"xtype": "timestamp"}, None),
        ("t", {"ucd": "time.epoch", "unit": "d"}, None),
        ("ref_epoch", {"ucd": "meta.ref;time.epoch", "unit": "yr"}, None),
        ("mjd_span", {"ucd": "time.duration", "unit": "d"}, None),
        ("butter", {"description": "MJD TAI"}, None),
    ],
)
def test_what_a_column_is_in(name: str, metadata: dict[str, str], found: str | None) -> None:
    system = system_of(vo_field(pa.field(name, pa.float64(), metadata=metadata)))
    assert (system.id if system else None) == found


def grouped() -> pa.Table:
    told = [
        {
            "name": "psf <flux>",
            "description": "Flux & error",
            "ucd": "phot.flux",
            "utype": "",
            "members": [["flux", "value"], ["flux err", "error"], ["gone", "flag"]],
        },
        {"name": "place", "members": [["ICRS", ""], ["time", ""]]},
        {"name": "flux", "members": [["flux", "value"], ["time", ""]]},
        {"name": "alone", "members": [["flux", "value"]]},
    ]
    schema = pa.schema(
        [
            described("flux", pa.float64(), unit="nJy", ucd="phot.flux"),
            described("flux err", pa.float64(), unit="nJy", ucd="stat.error;phot.flux"),
            described("ICRS", pa.float64(), unit="deg", ucd="pos.eq.ra"),
            described("time", pa.float64(), unit="d", ucd="time.epoch", description="MJD (TAI)"),
        ],
        metadata={GROUPS: json.dumps(told).encode()},
    )
    return pa.table([np.arange(3.0)] * 4, schema=schema)


@pytest.mark.req("API-REQ-0011")
@pytest.mark.parametrize("name", ["votable", "votable/td", "votable/b"])
def test_groups_link_a_value_and_its_error(name: str, stilts: Callable[..., str]) -> None:
    data = write(grouped(), name)
    assert stilts("votlint", data, "version=1.4", "votable={}") == ""
    table = element(data)
    assert [field.name for field in table.fields] == ["flux", "flux err", "ICRS", "time"]
    first, second, third = (each for each in table.groups if isinstance(each, Group))
    # A name of its own, or none.
    assert third.name is None
    assert (first.name, first.ucd, first.description) == ("psf <flux>", "phot.flux", "Flux & error")
    assert members(table, first) == [("flux", None), ("flux err", "stat.error")]
    assert members(table, second) == [("ICRS", None), ("time", None)]
    resource = document(data).resources[0]
    assert [each.ID for each in resource.coordinate_systems] == ["ICRS"]
    (system,) = resource.time_systems
    assert (system.timescale, system.timeorigin) == ("TAI", "MJD-origin")
    assert [table.get_field_by_id_or_name(each).ref for each in ("flux", "time")] == [
        None,
        system.ID,
    ]
    # Names stay what they are for those who read columns.
    assert table.to_table(use_names_over_ids=True).colnames == ["flux", "flux err", "ICRS", "time"]


def members(table: TableElement, group: Group) -> list[tuple[str, str | None]]:
    found = {field.ID: field.name for field in table.fields}
    return [(found[each.ref], each.ucd) for each in group.entries]


def test_groups_go_into_every_format_that_has_room() -> None:
    table = grouped()
    assert b'"column": "flux err", "role": "error"' in write(table, "json")
    assert b"GROUP psf <flux>" in write(table, "ecsv")
    arrow = pa.ipc.open_stream(write(table, "arrow")).schema
    assert [group.name for group in groups_of(arrow)] == ["psf <flux>", "place", "flux"]
    for name in ("parquet", "fits"):
        assert b'<FIELDref ref="flux"/>' in write(table, name)


@pytest.mark.parametrize(
    "text", [b"", b"[", b"{}", b"[1]", b'[{"name": "x"}]', b'[{"members": [1]}]']
)
def test_groups_of_somebody_else_are_left_alone(text: bytes) -> None:
    assert groups_of(pa.schema([("a", pa.int32())], metadata={GROUPS: text})) == ()
