"""Files from real stores: fetched once, whole, as published, and kept within bounds."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LimitError, LspError, NotFoundError, OverloadError, RemoteError
from lsp_jupyter.images.stores.cache import FileCache
from lsp_jupyter.images.stores.chain import StoreChain
from tests.stores import WebStore

# The files are small and of this test alone.

BODY = os.urandom(1_500_000)
SUM = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


def chain(folder: Path, **settings: Any) -> StoreChain:
    return StoreChain(LspConfig(image_store_timeout=0.5, **settings), folder / "cache")


def kept(folder: Path) -> list[Path]:
    return [path for path in (folder / "cache").glob("*") if not path.name.endswith(".partial")]


async def test_a_file_is_fetched_once_and_then_there(web: WebStore, tmp_path: Path) -> None:
    web.files["a/b.fits"] = BODY
    stores = chain(tmp_path)
    told: list[tuple[int, int]] = []
    path = await stores.fetch(
        f"{web.url}a/b.fits", size=len(BODY), progress=lambda *args: told.append(args)
    )
    assert path.read_bytes() == BODY
    assert path.suffix == ".fits"
    assert told[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert await stores.fetch(f"{web.url}a/b.fits", size=len(BODY)) == path
    assert len(web.requests) == 1
    assert kept(tmp_path) == [path]


async def test_s3(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket="images", Key="dp1/x y+z.fits", Body=BODY)
    stores = chain(tmp_path)
    path = await stores.fetch("s3://images/dp1/x%20y%2Bz.fits", size=len(BODY), checksum=SUM)
    assert path.read_bytes() == BODY
    with pytest.raises(NotFoundError):
        await stores.fetch("s3://images/dp1/none.fits")
    s3.put_object(Bucket="images", Key="dp1/x y+z.fits", Body=BODY[:-1])
    with pytest.raises(RemoteError, match="1,499,999 bytes instead of"):
        await stores.fetch("s3://images/dp1/x%20y%2Bz.fits", size=1_500_000)


async def test_many_wait_for_one_download(web: WebStore, tmp_path: Path) -> None:
    web.files["a"] = BODY
    web.slow = 0.2
    stores = chain(tmp_path)
    paths = await asyncio.gather(*(stores.fetch(f"{web.url}a") for _ in range(30)))
    assert len(set(paths)) == 1
    assert len(web.requests) == 1


async def test_it_ends_when_nobody_waits_any_more(web: WebStore, tmp_path: Path) -> None:
    web.files["a"] = BODY
    web.fault = "stall"
    stores = StoreChain(LspConfig(image_store_timeout=30), tmp_path / "cache")
    waiting = [asyncio.create_task(stores.fetch(f"{web.url}a", checksum=SUM)) for _ in range(3)]
    await asyncio.sleep(0.3)
    waiting[0].cancel()
    await asyncio.sleep(0)
    assert not waiting[1].done()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert len(asyncio.all_tasks()) == 1
    # What came is the beginning of the next one who asks.
    web.fault = ""
    path = await stores.fetch(f"{web.url}a", checksum=SUM)
    assert path.read_bytes() == BODY
    assert web.requests[-1].startswith("bytes=")


@pytest.mark.parametrize("checksum", [SUM, ""], ids=["checksum", "none"])
async def test_a_download_that_breaks_off_goes_on(
    web: WebStore, tmp_path: Path, checksum: str
) -> None:
    web.files["a"] = BODY
    web.fault = "once"
    path = await chain(tmp_path).fetch(f"{web.url}a", size=len(BODY), checksum=checksum)
    assert path.read_bytes() == BODY
    assert web.requests == ["", "bytes=750000-"]


@pytest.mark.parametrize(
    ("fault", "size", "kind", "message"),
    [
        ("short", 0, RemoteError, "closed the connection"),
        ("longer", 0, RemoteError, "closed the connection"),
        ("longer", len(BODY), RemoteError, "bytes instead of"),
        ("shorter", len(BODY), RemoteError, "bytes instead of"),
        ("shorter", 0, RemoteError, "another file than the one that was published"),
        ("silent", 0, RemoteError, "did not answer in time"),
        ("stall", 0, RemoteError, "sent nothing for 0.5 s"),
        ("other", len(BODY), RemoteError, "another file than the one that was published"),
        ("deny", 0, RemoteError, "status 403"),
        ("zip", 0, RemoteError, "changed the file on its way"),
    ],
)
async def test_nothing_wrong_is_served(
    web: WebStore, tmp_path: Path, fault: str, size: int, kind: type[LspError], message: str
) -> None:
    web.files["a"] = BODY
    web.fault = fault
    started = time.monotonic()
    with pytest.raises(kind, match=message) as caught:
        await chain(tmp_path).fetch(f"{web.url}a", size=size, checksum=SUM)
    assert time.monotonic() - started < 3
    assert kept(tmp_path) == []
    assert str(tmp_path) not in str(caught.value)
    web.fault = ""
    path = await chain(tmp_path).fetch(f"{web.url}a", size=size, checksum=SUM)
    assert path.read_bytes() == BODY


async def test_limits(web: WebStore, tmp_path: Path) -> None:
    web.files["a"] = BODY
    with pytest.raises(LimitError, match="1,500,000 bytes; this instance fetches 1,048,576"):
        await chain(tmp_path, image_file_max=1 << 20).fetch(f"{web.url}a")
    with pytest.raises(OverloadError, match="no room"):
        await chain(tmp_path, disk_floor=1 << 60).fetch(f"{web.url}a")
    with pytest.raises(RemoteError, match="cannot read gopher addresses"):
        await chain(tmp_path).fetch("gopher://host/a")
    with pytest.raises(RemoteError):
        await chain(tmp_path).fetch("http://127.0.0.1:9/a")
    assert kept(tmp_path) == []


async def test_the_nearest_store_is_asked_first(web: WebStore, s3: Any, tmp_path: Path) -> None:
    disk = tmp_path / "near"
    disk.mkdir()
    settings = {"s3://images/dp1/": [f"{disk}/", f"{web.url}dp1/"]}
    stores = chain(tmp_path, image_stores=settings)
    s3.put_object(Bucket="images", Key="dp1/a", Body=BODY)
    assert (await stores.fetch("s3://images/dp1/a", size=len(BODY))).read_bytes() == BODY
    assert len(web.requests) == 1
    # One that has another file is passed over.
    web.files["dp1/b"] = BODY[:10]
    s3.put_object(Bucket="images", Key="dp1/b", Body=BODY)
    assert (await stores.fetch("s3://images/dp1/b", size=len(BODY))).read_bytes() == BODY
    (disk / "c").write_bytes(BODY)
    assert await stores.fetch("s3://images/dp1/c", size=len(BODY)) == disk / "c"
    assert len(web.requests) == 2
    with pytest.raises(NotFoundError, match="does not have"):
        await stores.fetch("s3://images/dp1/d")


async def test_the_cache_is_bounded_and_keeps_what_is_used(web: WebStore, tmp_path: Path) -> None:
    stores = chain(tmp_path, image_cache=5_000_000)
    paths = []
    for name in "abcd":
        web.files[name] = BODY
        paths.append(await stores.fetch(f"{web.url}{name}"))
        # As if it was long ago.
        os.utime(paths[-1], (time.time() - 1000 + len(paths), 0))
        if name == "c":
            await stores.fetch(f"{web.url}a")
    assert [path.exists() for path in paths] == [True, False, True, True]
    stale = tmp_path / "cache" / "x.partial"
    stale.touch()
    os.utime(stale, (0, 0))
    assert FileCache(tmp_path / "cache", 0).trim() >= 0
    assert not stale.exists()


async def test_two_servers_over_one_folder_do_not_disturb_each_other(
    web: WebStore, tmp_path: Path
) -> None:
    web.files["a"] = BODY
    web.slow = 0.3
    one, other = chain(tmp_path), chain(tmp_path)
    paths = await asyncio.gather(one.fetch(f"{web.url}a"), other.fetch(f"{web.url}a"))
    assert paths[0] == paths[1]
    assert paths[0].read_bytes() == BODY
    assert len(web.requests) == 1
