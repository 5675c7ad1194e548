"""TAP_SCHEMA of those who have tables of their own, and of those who have none."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.formats.sources.source import Source
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.readable import Opened
from lsp_jupyter.workspace.description import OwnDescription
from lsp_jupyter.workspace.tables import UserTables

ANN, BOB = Caller("ann"), Caller("bob")
ROWS = pa.table({"a": [1], "Größe": [2.0]})


@pytest.fixture
def tables(tmp_path: Path) -> UserTables:
    return UserTables(LspConfig(state_dir=str(tmp_path), disk_floor=0), tmp_path)


def store(tables: UserTables, name: str) -> None:
    tables.store(ANN, name, Source("rows", "Arrow", ROWS.schema, ROWS.to_batches, 1))


def listed(found: Opened | None) -> list[str]:
    assert found is not None
    rows = pa.ipc.open_stream(found.results[0].path).read_all()
    return [str(name) for name in rows["table_name"].to_pylist()]


def test_only_the_owner_sees_them_and_a_change_is_seen_at_once(
    tables: UserTables, demo_state: Path
) -> None:
    catalog = Catalog(demo_state)
    description = OwnDescription(tables, catalog)
    assert description.find(ANN, "tables") is None
    store(tables, "mine")
    first = description.find(ANN, "TABLES")
    assert "mydb.mine" in listed(first)
    assert "gaia.source" in listed(first)
    assert "tap_schema.tables" in listed(first)
    assert first is not None
    assert first.releases == {"mydb@1"}
    assert description.find(BOB, "tables") is None
    assert description.find(ANN, "nothing") is None
    # The files are made once for each change, and those of before stay for who reads them.
    again = description.find(ANN, "tables")
    assert again is not None
    assert again.results[0].path == first.results[0].path
    store(tables, "more")
    assert "mydb.more" in listed(description.find(ANN, "tables"))
    assert "mydb.more" not in listed(first)
    columns = description.find(ANN, "columns")
    assert columns is not None
    rows = pa.ipc.open_stream(columns.results[0].path).read_all()
    assert '"Größe"' in rows["column_name"].to_pylist()
    assert {each.name: each.datatype for each in columns.table.columns}["column_name"] == (
        "unicodeChar"
    )
    tables.delete(ANN, "mine")
    tables.delete(ANN, "more")
    assert description.find(ANN, "tables") is None
    # Another server over the same state needs nothing but the files.
    store(tables, "mine")
    assert "mydb.mine" in listed(OwnDescription(tables, catalog).find(ANN, "tables"))
    catalog.close()
