"""Saving results, files and rows, and querying what was saved."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import AdqlError, LspError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.platform import Platform
from tests.engines.sky import Loop

BOB = Caller("bob")
SIZE = 300_000


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    rng = np.random.default_rng(1)
    return pa.table(
        {
            "id": np.arange(SIZE),
            "ra": rng.uniform(0, 360, SIZE),
            "dec": rng.uniform(-90, 90, SIZE),
            "order": rng.normal(size=SIZE),
        }
    )


@pytest.fixture(scope="module")
def run() -> Loop:
    return Loop()


@pytest.fixture(scope="module")
def platform(run: Loop, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    state = tmp_path_factory.mktemp("platform")
    config = LspConfig(state_dir=str(state), disk_floor=0, interactive_workers=1, scan_workers=0)
    platform = Platform(config)
    run(platform.start())
    yield platform
    run(platform.close())
    run.close()


async def query(platform: Platform, text: str, caller: Caller | None = None) -> Job:
    who = caller or platform.caller
    job = await platform.jobs.submit(who, {"QUERY": text}, origin=Origin.TAP_ASYNC)
    job = await platform.jobs.finished(who, job.id, 30)
    assert job.phase is Phase.COMPLETED, job.error
    return job


async def answer(platform: Platform, text: str, caller: Caller | None = None) -> list[object]:
    job = await query(platform, text, caller)
    return platform.jobs.result(caller or platform.caller, job.id).read().column(0).to_pylist()


def test_many_rows_are_stored_by_a_process_and_tell_how_far_they_are(
    platform: Platform, run: Loop, rows: pa.Table
) -> None:
    seen: list[int] = []
    stored = run(platform.saving.save(platform.caller, "big", rows=rows, tell=seen.append))
    assert (stored.table.rows, stored.table.position) == (SIZE, ("ra", "dec"))
    assert seen
    near = run(
        answer(
            platform,
            "SELECT id FROM mydb.big WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(180, 0, 5))",
        )
    )
    ra, dec = (np.radians(rows[name].to_numpy()) for name in ("ra", "dec"))
    within = -np.cos(dec) * np.cos(ra) >= np.cos(np.radians(5))
    assert sorted(near) == np.flatnonzero(within).tolist()


def test_a_result_becomes_a_table_that_outlives_its_job(
    platform: Platform, run: Loop, rows: pa.Table
) -> None:
    caller = platform.caller
    run(platform.saving.save(caller, "first_rows", rows=rows.slice(0, 50)))
    text = 'SELECT id AS "number", "order" FROM mydb.first_rows WHERE id < 20'
    job = run(query(platform, text))
    saved = run(platform.saving.save(caller, "saved", job_id=job.id))
    assert [column.name for column in saved.table.columns] == ["number", "order"]
    assert text in saved.table.description
    run(platform.jobs.delete(caller, job.id))
    assert run(answer(platform, 'SELECT count("number") AS n FROM mydb.saved')) == [20]
    joined = run(
        answer(
            platform,
            "SELECT count(*) AS n FROM mydb.saved AS s JOIN mydb.first_rows AS f ON f.id = "
            's."number"',
        )
    )
    assert joined == [20]
    with pytest.raises(LspError):
        run(platform.saving.save(caller, "again", job_id=job.id))


def test_another_user_never_meets_the_file(platform: Platform, run: Loop, rows: pa.Table) -> None:
    """The one worker that has read a user's file is gone before it serves somebody else."""

    def holders() -> list[int]:
        file = str(platform.tables.attachment(platform.caller, mine.table).path)
        return [
            child.pid
            for child in psutil.Process().children(recursive=True)
            if any(one.path == file for one in child.open_files())
        ]

    mine = run(platform.saving.save(platform.caller, "secret", rows=rows.slice(0, 5)))
    run(platform.saving.save(BOB, "open_one", rows=rows.slice(0, 7)))
    job = run(query(platform, "SELECT count(*) AS n FROM mydb.open_one", BOB))
    for text in (f'SELECT n FROM job."{job.id}"', "SELECT count(*) AS n FROM mydb.open_one"):
        assert run(answer(platform, "SELECT count(*) AS n FROM mydb.secret")) == [5]
        assert len(holders()) == 1
        assert run(answer(platform, text, BOB)) == [7]
        assert holders() == []
    with pytest.raises(AdqlError, match="no table"):
        run(answer(platform, "SELECT * FROM mydb.secret", BOB))
    listed = {table.full_name for table in platform.jobs.schema(BOB).tables()}
    assert "mydb.open_one" in listed
    assert "mydb.secret" not in listed


def test_all_that_is_asked_for_at_once_is_done_in_turn(
    platform: Platform, run: Loop, rows: pa.Table
) -> None:
    async def many() -> None:
        saving = platform.saving
        await saving.save(BOB, "grown", rows=rows.slice(0, 1))
        await asyncio.gather(
            *(saving.save(BOB, "grown", rows=rows.slice(n, 1), mode="append") for n in range(8)),
            saving.save(BOB, "beside", rows=rows.slice(0, 3)),
        )
        await saving.rename(BOB, "grown", "taller")
        await saving.delete(BOB, "beside")

    run(many())
    names = {one.name: one.table.rows for one in platform.tables.of(BOB)}
    assert names["taller"] == 9
    assert not {"grown", "beside"} & set(names)


def test_files_of_all_kinds_are_saved(
    platform: Platform, run: Loop, rows: pa.Table, tmp_path: Path
) -> None:
    few = rows.slice(0, 10)
    pq.write_table(few, tmp_path / "a.parquet")
    text = "id,ra,dec,order\n" + "".join(f"{n},{n},{n},0.5\n" for n in range(10))
    (tmp_path / "b.csv").write_text(text)
    (tmp_path / "c.csv").write_bytes(gzip.compress(text.encode()))
    for name in ("a.parquet", "b.csv", "c.csv"):
        saved = run(platform.saving.save(platform.caller, name[0] + "_file", path=tmp_path / name))
        assert (saved.table.rows, saved.table.position) == (10, ("ra", "dec"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04zip", "zip"),
        (b"PAR1 but not really", "the file"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><VOTABLE/>", "DOCTYPE"),
        (b"a,b\n1\n", "the file"),
        (gzip.compress(b"a\n" + b"1\n" * 5_000_000, mtime=0), "decompressed, has more"),
    ],
)
def test_a_bad_file_is_told_of_by_no_name_of_ours(
    run: Loop, tmp_path: Path, data: bytes, words: str
) -> None:
    (tmp_path / "secret-name").write_bytes(data)
    platform = Platform(
        LspConfig(state_dir=str(tmp_path / "state"), disk_floor=0, upload_max_bytes=4 << 20)
    )
    with pytest.raises(LspError, match=f"(?i){words}") as caught:
        run(platform.saving.save(BOB, "t", path=tmp_path / "secret-name"))
    assert "secret-name" not in str(caught.value)
    assert platform.tables.of(BOB) == []
    platform.tables.close()


def test_whoever_gives_up_leaves_nothing(platform: Platform, run: Loop, rows: pa.Table) -> None:
    async def give_up() -> None:
        saving = asyncio.create_task(platform.saving.save(BOB, "given_up", rows=rows))
        await asyncio.sleep(0.5)
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)

    run(give_up())
    assert all(one.name != "given_up" for one in platform.tables.of(BOB))
    assert platform.tables.folder(BOB).arrivals() == []
    assert not any(map(is_builder, psutil.Process().children(recursive=True)))


def is_builder(process: psutil.Process) -> bool:
    """Whether a process runs that makes a table; one that has ended does not."""
    try:
        return "lsp_jupyter.workspace.builder" in process.cmdline()
    except psutil.Error:
        return False
