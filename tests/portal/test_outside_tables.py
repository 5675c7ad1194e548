"""Tables of outside services, as their TAP_SCHEMA describes them."""

from __future__ import annotations

from typing import Any

import pytest

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.portal.outside_tables import column_json, outside_table, vo_type
from tests.portal.conftest import Portal

HIP = {
    "name": 'vizier."I/239/hip_main"',
    "position": ["RAICRS", '"DE(ICRS)"'],
    "columns": [
        {"name": "HIP", "datatype": "int"},
        {"name": "RAICRS", "datatype": "double", "unit": "deg"},
        {"name": '"DE(ICRS)"', "datatype": "double", "unit": "deg"},
        {"name": "var", "datatype": "boolean"},
        {"name": "seen", "datatype": "char", "arraysize": "*", "xtype": "timestamp"},
    ],
}
INSIDE = "1 = CONTAINS(POINT('ICRS', RAICRS, \"DE(ICRS)\"), CIRCLE('ICRS', 10, 20, 0.1))"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("adql:DOUBLE",), ("double", "", "")),
        (("REAL",), ("float", "", "")),
        (("BIGINT",), ("long", "", "")),
        (("unsignedbyte",), ("unsignedByte", "", "")),
        (("VARCHAR(16)",), ("char", "", "*")),
        (("unicodeChar", "", "64*"), ("char", "", "*")),
        (("adql:TIMESTAMP",), ("char", "timestamp", "*")),
        (("char", "timestamp", "19*"), ("char", "timestamp", "*")),
        (("adql:REGION",), ("char", "adql:REGION", "*")),
        (("float", "", "1"), ("float", "", "")),
        (("float", "", "3"), ("float", "", "3")),
        (("mystery",), ("mystery", "", "")),
    ],
)
def test_types_of_all_versions(told: tuple[str, ...], expected: tuple[str, str, str]) -> None:
    assert vo_type(*told) == expected


def test_a_column_of_either_version() -> None:
    told = column_json({"column_name": " ra ", "datatype": "DOUBLE", "principal": 1, "unit": None})
    assert told["name"] == "ra"
    assert (told["datatype"], told["unit"], told["principal"]) == ("double", "", True)
    assert told["indexed"] is False


def ask(portal: Portal, adql: str, table: dict[str, Any] | None = None) -> Any:
    body = {"adql": adql, "table": HIP if table is None else table}
    return portal.ask("POST", "form/read", json=body).json()


def test_a_query_is_read_back(portal: Portal) -> None:
    adql = (
        'SELECT TOP 9 HIP, "DE(ICRS)" FROM vizier."I/239/hip_main" '
        f"WHERE {INSIDE} AND var = 'True' AND seen >= '2020-01-01' ORDER BY HIP"
    )
    form = ask(portal, adql)["form"]
    assert form["table"] == HIP["name"]
    assert form["sky"] == {"shape": "cone", "centre": "10 20", "radius": "0.1"}
    assert [(one["column"], one["op"], one["value"]) for one in form["constraints"]] == [
        ("var", "is", "true"),
        ("seen", "range", "2020-01-01"),
    ]


@pytest.mark.parametrize(
    ("adql", "reason"),
    [
        ("SELECT * FROM gaia.source", "no table"),
        (
            f'SELECT * FROM vizier."I/239/hip_main" WHERE {INSIDE}'.replace(
                "'ICRS', 10", "'GALACTIC', 10"
            ),
            "coordinate",
        ),
        ("SELECT * FROM vizier.\"I/239/hip_main\" WHERE var = 'maybe'", "in a way"),
    ],
)
def test_what_does_not_fit(portal: Portal, adql: str, reason: str) -> None:
    answer = ask(portal, adql)
    assert answer["form"] is None
    assert reason in answer["reason"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": 7},
        {"name": ""},
        {"name": 'a"b'},
        {"columns": "ra"},
        {"columns": ["ra"]},
        {"columns": [{"name": 5}]},
        {"columns": [{"name": "x" * 501}]},
        {"position": ["ra"]},
        {"position": [1, 2]},
    ],
)
def test_what_is_no_table(portal: Portal, change: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        outside_table(HIP | change)
    body = {"adql": "SELECT hip FROM a.b", "table": HIP | change}
    assert portal.error("POST", "form/read", 400, json=body)["code"] == "ParameterError"
