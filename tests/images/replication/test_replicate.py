"""Copies of files between real stores."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.cli import build_parser
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LspError, NotFoundError, RemoteError, UsageError
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.replication.command import replicate_release
from lsp_jupyter.images.replication.replicate import (
    Report,
    compare,
    relative_paths,
    replicate,
)
from lsp_jupyter.images.replication.targets import FolderTarget, Target, open_target
from lsp_jupyter.images.repositories import Repository, put_repository
from lsp_jupyter.images.stores.chain import StoreChain
from tests.stores import WebStore

# The files are small and of this test alone.
# ruff: noqa: ASYNC240

NAMES = ("raw/a.fits", "raw/b.fits", "coadd/r/c.fits")


def image(root: Path | str, name: str, body: bytes, *, checksum: bool = True) -> ImageFile:
    return ImageFile(
        did=f"ivo://example.org/r1?{name}",
        release="r1",
        dataset_type=name.partition("/")[0],
        data_id={"name": name},
        uri=f"{root}/{name}",
        size=len(body),
        checksum=f"sha256:{hashlib.sha256(body).hexdigest()}" if checksum else "",
    )


@pytest.fixture
def files(tmp_path: Path) -> dict[str, ImageFile]:
    """Three files of a local store."""
    found = {}
    for number, name in enumerate(NAMES):
        path = tmp_path / "here" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body := os.urandom(200_000 + number))
        found[name] = image(tmp_path / "here", name, body, checksum=number != 1)
    return found


async def local(file: ImageFile) -> Path:
    if not os.path.exists(file.uri):
        raise NotFoundError("The file is gone.")
    return Path(file.uri)


@pytest.fixture(params=["folder", "s3"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    """A folder, and a real S3 server."""
    if request.param == "folder":
        return open_target(str(tmp_path / "there"))
    request.getfixturevalue("s3")
    return open_target("s3://images/copy/dp1/")


async def test_a_copy_is_complete_and_is_not_made_twice(
    files: dict[str, ImageFile], target: Target
) -> None:
    told: list[tuple[int, int]] = []
    first = await replicate(files, local, target, progress=lambda *args: told.append(args))
    size = sum(file.size for file in files.values())
    assert first == Report(copied=3, size=size)
    assert told[-1] == (3, 3)
    assert set(target.listing()) == set(NAMES)
    for name in NAMES:
        body = Path(files[name].uri).read_bytes()
        assert target.size(name) == len(body)
        assert target.digest(name) == hashlib.sha256(body).hexdigest()
    assert await replicate(files, local, target) == Report(present=3)
    assert await compare(files, local, target, deep=True) == Report(present=3)


async def test_differences_are_told_and_mended(
    files: dict[str, ImageFile], target: Target, tmp_path: Path
) -> None:
    await replicate(files, local, target)
    body = Path(files["raw/b.fits"].uri).read_bytes()
    for name, content in (
        ("raw/a.fits", b"short"),
        ("raw/b.fits", body[::-1]),
        ("more/d.fits", b"new"),
    ):
        (tmp_path / "x").write_bytes(content)
        target.put(name, tmp_path / "x")
    fewer = dict(files) | {"e.fits": image(tmp_path, "e.fits", b"none")}
    quick = await compare(fewer, local, target)
    assert (quick.missing, quick.different, quick.extra) == (
        ["e.fits"],
        ["raw/a.fits"],
        ["more/d.fits"],
    )
    assert not quick.same
    deep = await compare(files, local, target, deep=True)
    assert deep.different == ["raw/a.fits", "raw/b.fits"]
    assert (await replicate(files, local, target)).copied == 1
    assert target.digest("raw/a.fits") == files["raw/a.fits"].checksum.removeprefix("sha256:")


async def test_what_fails_does_not_keep_others(files: dict[str, ImageFile], target: Target) -> None:
    Path(files["raw/a.fits"].uri).unlink()
    changed = Path(files["coadd/r/c.fits"].uri)
    changed.write_bytes(changed.read_bytes()[::-1])
    report = await replicate(files, local, target)
    assert report.copied == 1
    assert set(report.failed) == {"raw/a.fits", "coadd/r/c.fits"}
    assert "not the file that was published" in report.failed["coadd/r/c.fits"]
    assert set(target.listing()) == {"raw/b.fits"}


async def test_an_interrupted_copy_goes_on(files: dict[str, ImageFile], tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / "raw").mkdir(parents=True)
    (there / "raw" / ".a.fits.part").write_bytes(b"the beginning")
    target = FolderTarget(there)
    assert list(target.listing()) == []
    assert (await replicate(files, local, target)).copied == 3
    assert set(target.listing()) == set(NAMES)


async def test_from_a_web_store_to_s3(
    files: dict[str, ImageFile], web: WebStore, s3: Any, tmp_path: Path
) -> None:
    remote = {}
    for name, file in files.items():
        web.files[f"dp1/{name}"] = body = Path(file.uri).read_bytes()
        remote[name] = image(f"{web.url}dp1", name, body)
    stores = StoreChain(LspConfig(image_store_timeout=1), tmp_path / "cache")

    async def fetched(file: ImageFile) -> Path:
        return await stores.fetch(file.uri, size=file.size, checksum=file.checksum)

    paths = relative_paths(remote.values(), "elsewhere")
    web.fault = "once"
    report = await replicate(paths, fetched, open_target("s3://images/dp1"))
    assert report.same
    assert report.copied == 3
    # The other site reads it through its chain, where this store is not known any more.
    web.fault = "deny"
    chain = StoreChain(
        LspConfig(image_stores={f"{web.url}dp1/": ["s3://images/dp1/"]}), tmp_path / "other"
    )
    one = remote["raw/a.fits"]
    path = await chain.fetch(one.uri, size=one.size, checksum=one.checksum)
    assert path.read_bytes() == web.files["dp1/raw/a.fits"]


def test_paths_below_the_root(tmp_path: Path) -> None:
    files = [image("s3://b/repo", name, b"") for name in NAMES]
    assert set(relative_paths(files, "s3://b/repo")) == set(NAMES)
    assert set(relative_paths(files, "/else")) == set(NAMES)
    assert set(relative_paths(files[:2], "s3://b")) == {"repo/raw/a.fits", "repo/raw/b.fits"}
    assert set(relative_paths(files[:1], "/else")) == {"a.fits"}
    with pytest.raises(UsageError, match="leads out"):
        relative_paths([image("/repo", "../x", b"")], "/repo")
    assert relative_paths([], "/repo") == {}


@pytest.mark.parametrize(
    ("place", "kind"), [("http://host/x", UsageError), ("s3:///x", UsageError)]
)
def test_places_that_are_none(place: str, kind: type[LspError]) -> None:
    with pytest.raises(kind):
        open_target(place)


def test_a_bucket_that_is_not_there(s3: Any) -> None:
    with pytest.raises(RemoteError, match="NoSuchBucket"):
        list(open_target("s3://nothing/x").listing())


@pytest.fixture
def run(files: dict[str, ImageFile], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs ``lsp replicate`` over a state folder that knows the files."""
    state = tmp_path / "state"
    config = LspConfig(state_dir=str(state))
    index = ImageIndex(config.state())
    index.replace("r1", files.values(), dimensions={"raw": ["name"], "coadd": ["name"]})
    index.close()
    put_repository(state, Repository("r1", str(tmp_path / "here"), ("all",)))

    def run(*words: str) -> tuple[int, str]:
        options = build_parser().parse_args(["replicate", *words, "--state", str(state)])
        out = io.StringIO()
        return replicate_release(config, options, out, io.StringIO()), out.getvalue()

    return run


def test_the_command(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    there = str(tmp_path / "there")
    code, said = run("r1", there, "--check")
    assert code == 1
    assert "r1: 0 files there" in said
    assert "3 missing:\n  coadd/r/c.fits\n" in said
    code, said = run("R1", there, "--type", "raw")
    assert (code, "2 files copied (0.4 MB), 0 were there" in said) == (0, True)
    code, said = run("r1", there)
    assert (code, "1 files copied (0.2 MB), 2 were there" in said) == (0, True)
    code, said = run("r1", there, "--check", "--deep")
    assert (code, "3 files there" in said) == (0, True)
    (tmp_path / "here" / "raw" / "a.fits").unlink()
    (tmp_path / "there" / "raw" / "a.fits").unlink()
    code, said = run("r1", there)
    assert code == 1
    assert "1 failed:\n  raw/a.fits: The file of the image" in said


def test_the_command_says_what_is_wrong(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    for words, message in (
        (("r1", "x", "--deep"), "for --check"),
        (("r1", "x", "--at-once", "0"), "1 or more"),
        (("r1", "x", "--type", "flat"), "no images of the type flat"),
        (("r9", "x"), "no images of a release"),
    ):
        with pytest.raises(LspError, match=message):
            run(*words)
