"""Queries that the search form writes: they run, and can be read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Portal

#: The same that the front end's tests write.
CASES = json.loads(Path(__file__).with_name("forms.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_what_forms_write_runs(portal: Portal, case: dict[str, Any]) -> None:
    job = portal.run(case["adql"])
    assert job["rows"] == case.get("rows", job["rows"])
