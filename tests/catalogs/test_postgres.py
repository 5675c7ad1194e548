"""Publishing a table of a real PostgreSQL server, started here."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from lsp_jupyter.catalogs.draft import Wishes, draft
from lsp_jupyter.catalogs.intake import open_sources
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.release import Release
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.source import Options
from tests.catalogs.conftest import rows_of

BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI")
    and (
        BINARIES is None
        or shutil.which("runuser") is None
        or os.getuid() != 0
        or find_spec("adbc_driver_postgresql") is None
    ),
    reason="no PostgreSQL that a test can start",
)

SQL = """
CREATE SCHEMA sky;
CREATE TABLE sky.stars (
    id bigint PRIMARY KEY, ra double precision, dec double precision, mag real,
    dist numeric(10, 3), name text, seen timestamp, good boolean, code char(3), n smallint
);
COMMENT ON TABLE sky.stars IS 'Stars of a survey';
COMMENT ON COLUMN sky.stars.mag IS 'Magnitude';
INSERT INTO sky.stars
SELECT 9000000000000000000 + i, i % 360, i % 90, CASE WHEN i % 7 <> 0 THEN i / 100.0 END, i / 8.0,
       'star ' || i, timestamp '2026-01-01' + i * interval '1 s', i % 2 = 0, 'abc', i % 100
FROM generate_series(1, 5000) AS i;
CREATE TABLE public.other (x int);
CREATE TABLE public.shapes (id int, outline point);
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    assert BINARIES is not None
    # pytest's own folders cannot be entered by another user.
    folder = Path(tempfile.mkdtemp(prefix="lsp-postgres-"))
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)

    def run(*args: str, given: str = "") -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", *args],
            input=given,
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            timeout=60,
        )

    data = str(folder / "data")
    run(str(BINARIES / "initdb"), "-D", data, "-A", "trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run(str(BINARIES / "pg_ctl"), "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start")
    try:
        run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(folder), "postgres", given=SQL)
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(str(BINARIES / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def test_a_table_of_postgresql_is_published(catalog: Catalog, url: str) -> None:
    source = open_sources([url], Options(table="sky.stars"))
    assert (source.form, source.rows, source.description) == (
        "PostgreSQL",
        5000,
        "Stars of a survey",
    )
    made = draft(source, Wishes("sky", "stars"))
    assert made.spec.position == ("ra", "dec")
    kinds = {column.name: (column.datatype, column.xtype) for column in made.spec.columns}
    assert kinds["dist"] == ("double", "")
    assert kinds["seen"] == ("char", "timestamp")
    assert kinds["n"] == ("short", "")
    assert made.spec.columns[3].description == "Magnitude"
    table = publish_table(catalog, Release("sky", "Sky"), made.spec, made.rows())
    assert table.rows == 5000
    (row,) = rows_of(
        catalog,
        table,
        "SELECT ra, dist, name, good, code, n, epoch(seen) FROM {} WHERE id = 9000000000000000042",
    )
    assert row == (42.0, 5.25, "star 42", True, "abc", 42, 1767225600.0 + 42)
    assert rows_of(catalog, table, "SELECT count(*) FROM {} WHERE mag IS NULL") == [(5000 // 7,)]


def test_what_postgresql_cannot_give_is_told(url: str) -> None:
    with pytest.raises(PublishError, match=r"more than one table.*public\.other.*sky\.stars"):
        open_sources([url], Options())
    with pytest.raises(PublishError, match=r"no table nothing"):
        open_sources([url], Options(table="nothing"))
    secret = "postgresql://somebody:secret@127.0.0.1:1/db"
    with pytest.raises(PublishError, match=r"Database db cannot be read") as caught:
        open_sources([secret], Options())
    assert "secret" not in str(caught.value)
