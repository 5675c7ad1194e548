"""Local copies: whole or not at all, fetched once, private, and swept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lsp_jupyter.errors import OverloadError, RemoteError
from lsp_jupyter.portal.copies import Copies


class Source:
    """A result that arrives piece by piece when it is told to."""

    def __init__(self, pieces: list[bytes], *, size: int = 0, broken: bool = False) -> None:
        self.pieces, self.size, self.broken = pieces, size, broken
        self.opened = 0
        self.go = asyncio.Event()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        self.opened += 1

        async def chunks() -> AsyncIterator[bytes]:
            for piece in self.pieces:
                yield piece
                await self.go.wait()
            if self.broken:
                raise RemoteError("The connection broke.")

        yield self.size, chunks()


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    made = Copies(tmp_path / "results" / "attached", keep=3600, floor=0)
    made.sweep()
    return made


def names(copies: Copies) -> list[str]:
    return sorted(path.name for path in copies.folder.iterdir())


def test_fetched_once_for_all_and_whole(copies: Copies) -> None:
    async def main() -> None:
        source = Source([b"abc", b"def"])
        first = asyncio.create_task(copies.fetch("j1", source))
        second = asyncio.create_task(copies.fetch("j1", source))
        await asyncio.sleep(0.05)
        assert not copies.has("j1")
        first.cancel()  # Who goes away does not end it for the others.
        source.go.set()
        path = await second
        assert path.read_bytes() == b"abcdef"
        assert source.opened == 1
        assert await copies.fetch("j1", source) == path
        assert source.opened == 1
        assert names(copies) == ["j1.arrow"]
        assert path.stat().st_mode & 0o777 == 0o600
        assert copies.folder.stat().st_mode & 0o777 == 0o700
        copies.drop("j1")
        copies.drop("j1")
        assert names(copies) == []

    asyncio.run(main())


def test_a_broken_transfer_leaves_nothing_and_can_be_tried_again(copies: Copies) -> None:
    async def main() -> None:
        broken = Source([b"abc"], broken=True)
        broken.go.set()
        with pytest.raises(RemoteError):
            await copies.fetch("j1", broken)
        assert names(copies) == []
        whole = Source([b"abc"])
        whole.go.set()
        assert (await copies.fetch("j1", whole)).read_bytes() == b"abc"

    asyncio.run(main())


def test_close_ends_what_is_coming(copies: Copies) -> None:
    async def main() -> None:
        fetching = asyncio.create_task(copies.fetch("j1", Source([b"abc"])))
        await asyncio.sleep(0.05)
        await copies.close()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert names(copies) == []

    asyncio.run(main())


def test_a_full_disk_is_an_error_with_a_hint(tmp_path: Path) -> None:
    async def main() -> None:
        copies = Copies(tmp_path / "a", keep=3600, floor=0)
        with pytest.raises(OverloadError) as error:
            await copies.fetch("j1", Source([b"abc"], size=1 << 60))
        assert error.value.hint
        assert names(copies) == []

    asyncio.run(main())


def test_sweep_takes_the_old_ones(copies: Copies) -> None:
    for name, age in [("new.arrow", 0), ("old.arrow", 7200), ("x.1.part", 10), ("y.2.part", 7200)]:
        path = copies.folder / name
        path.write_bytes(b"x")
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))
    copies.sweep()
    assert names(copies) == ["new.arrow", "x.1.part"]
