"""The pool of image workers: real processes, cancelled, killed and crowded."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import (
    EngineError,
    LimitError,
    ParameterError,
    QueryTimeoutError,
    WorkerDiedError,
)
from lsp_jupyter.images.pool import ImagePool
from tests.images.slow_tasks import TASKS


@asynccontextmanager
async def pool_of(tmp_path: Path, **limits: Any) -> AsyncIterator[ImagePool]:
    config = LspConfig(state_dir=str(tmp_path), **limits)
    pool = ImagePool(config, tmp_path / "pixels", TASKS)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()
    assert not await asyncio.to_thread(lambda: list((tmp_path / "pixels").iterdir()))


async def until(path: Path) -> int:
    """The process that has written its id there."""
    for _ in range(1_000):
        if text := await asyncio.to_thread(_text, path):
            return int(text)
        await asyncio.sleep(0.01)
    raise AssertionError("the task did not begin")


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_is_kept(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        told: list[Any] = []
        first = await pool.run("echo", {"a": [1, "é"]}, seconds=30, report=told.append)
        second = await pool.run("echo", {}, seconds=30)
        assert first["got"] == {"a": [1, "é"]}
        assert first["pid"] == second["pid"]
        assert told[0]["done"] == 1
        with pytest.raises(EngineError, match="no image task"):
            await pool.run("os.system", {}, seconds=1)


async def test_errors_survive_the_way_and_the_worker_them(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        before = await pool.run("echo", {}, seconds=30)
        with pytest.raises(ParameterError, match="radius is negative") as caught:
            await pool.run("fail", {}, seconds=30)
        assert (caught.value.parameter, caught.value.hint) == ("CIRCLE", "Use another.")
        with pytest.raises(EngineError) as failed:
            await pool.run("crash", {}, seconds=30)
        assert "secret" not in str(failed.value)
        after = await pool.run("echo", {}, seconds=30)
        assert after["pid"] == before["pid"]


async def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        before = await pool.run("echo", {}, seconds=30)
        with pytest.raises(WorkerDiedError, match="ran the image task ended"):
            await pool.run("vanish", {}, seconds=30)
        after = await pool.run("echo", {}, seconds=30)
        assert after["pid"] != before["pid"]


async def test_memory_has_a_limit(tmp_path: Path) -> None:
    async with pool_of(tmp_path, image_memory=1 << 30) as pool:
        with pytest.raises(LimitError, match="memory"):
            await pool.run("greedy", {"size": 2 << 30}, seconds=30)
        assert (await pool.run("greedy", {"size": 1 << 20}, seconds=30))["size"] == 1 << 20


async def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        await pool.run("echo", {}, seconds=30)
        mark = tmp_path / "mark"
        with pytest.raises(QueryTimeoutError, match=r"longer than 0\.3 s"):
            await pool.run("wait", {"seconds": 60, "mark": str(mark)}, seconds=0.3)
        assert not is_alive(await until(mark))


async def test_cancelling_ends_what_runs(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        mark = tmp_path / "mark"
        running = asyncio.create_task(
            pool.run("wait", {"seconds": 60, "mark": str(mark)}, seconds=99)
        )
        pid = await until(mark)
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()
        assert not is_alive(pid)


async def test_who_is_waited_for_goes_first(tmp_path: Path) -> None:
    async with pool_of(tmp_path, image_workers=1) as pool:
        order: list[str] = []

        async def one(name: str, *, background: bool) -> None:
            await pool.run("echo", {}, seconds=30, background=background)
            order.append(name)

        mark = tmp_path / "mark"
        first = asyncio.create_task(
            pool.run("wait", {"seconds": 0.3, "mark": str(mark)}, seconds=30)
        )
        await until(mark)
        jobs = [asyncio.create_task(one(f"job {n}", background=True)) for n in range(2)]
        await asyncio.sleep(0)
        given_up = asyncio.create_task(one("given up", background=False))
        await asyncio.sleep(0)
        people = asyncio.create_task(one("somebody", background=False))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(first, *jobs, people)
        assert order == ["somebody", "job 0", "job 1"]
