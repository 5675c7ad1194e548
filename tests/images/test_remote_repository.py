"""Repositories whose registry is PostgreSQL and whose files are in S3 and HTTP stores, all real."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lsst.daf.butler import Butler, CollectionType, Config

from lsp_jupyter.catalogs.generation import stored_rows
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import NotFoundError, RemoteError
from lsp_jupyter.identity import Caller
from lsp_jupyter.images.archive import ImageArchive
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.publishing import publish_images
from lsp_jupyter.images.repositories import Repository
from lsp_jupyter.images.stores.chain import StoreChain
from tests.stores import WebStore, guarded, s3, s3_server

__all__ = ["guarded", "s3", "s3_server"]

# The files are small and of this test alone.
# ruff: noqa: ASYNC240

AUTHORITY = "example.org"
CHAIN = "LSSTComCam/DP1"
BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
CAN_START = BINARIES is not None and shutil.which("runuser") is not None and os.getuid() == 0


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A database server of this test's own."""
    assert BINARIES is not None
    folder = Path(tempfile.mkdtemp(prefix="lsp-registry-"))
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)

    def run(name: str, *words: str) -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", str(BINARIES / name), "-D", f"{folder}/d", *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            timeout=60,
        )

    run("initdb", "-A", "trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("pg_ctl", "-o", options, "-l", f"{folder}/log", "-w", "start")
    try:
        url = f"postgresql://postgres@/postgres?host={folder}"
        subprocess.run(
            ["psql", "-q", url, "-c", "CREATE EXTENSION IF NOT EXISTS btree_gist"], check=True
        )
        yield url
    finally:
        run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def repository(
    request: pytest.FixtureRequest, survey_state: Path, tmp_path: Path, s3: Any
) -> Iterator[Repository]:
    """Visit images of the demo survey, copied to such a repository."""
    from lsp_jupyter.images.butler.storage import storage_config

    with contextlib.ExitStack() as stack:
        settings = storage_config()
        settings["datastore"]["root"] = "s3://images/repo"
        if request.param == "postgres":
            if not CAN_START:
                pytest.skip("no PostgreSQL that a test can start")
            settings["registry"] = {"db": stack.enter_context(postgres()), "namespace": "images"}
        root = tmp_path / "repo"
        config = Butler.makeRepo(str(root), Config(settings), forceConfigRoot=False)
        source = Butler.from_config(str(survey_state / "butler" / "dp1"), collections=CHAIN)
        target = Butler.from_config(config, writeable=True, run=CHAIN)
        refs = [
            ref
            for kind in ("visit_image", "deep_coadd")
            for ref in source.query_datasets(kind, with_dimension_records=True)[:9]
        ]
        target.transfer_from(
            source, refs, transfer="copy", register_dataset_types=True, transfer_dimensions=True
        )
        target.collections.register("all", target.collections.query_info("*")[0].type.CHAINED)
        runs = {ref.run for ref in refs}
        target.collections.redefine_chain("all", sorted(runs))
        target.close()
        source.close()
        yield Repository("far", str(root), ("all",))


PUBLISH = """
import sys
from pathlib import Path
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.images.publishing import publish_images
from lsp_jupyter.images.repositories import Repository

state, root = sys.argv[1:]
catalog = Catalog(Path(state))
done = publish_images(catalog, Repository("far", root, ("all",)), authority="example.org")
catalog.close()
print(done.added, len(done.problems))
"""


async def test_files_are_in_an_http_store_that_wants_a_token(
    survey_state: Path, guarded: WebStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lsp_jupyter.images.butler.storage import storage_config

    settings, files, root = storage_config(), tmp_path / "files", tmp_path / "repo"
    settings["datastore"]["root"] = str(files)
    config = Butler.makeRepo(str(root), Config(settings), forceConfigRoot=False)
    source = Butler.from_config(str(survey_state / "butler" / "dp1"), collections=CHAIN)
    target = Butler.from_config(config, writeable=True)
    refs = source.query_datasets("visit_image", with_dimension_records=True)[:4]
    target.transfer_from(
        source, refs, transfer="copy", register_dataset_types=True, transfer_dimensions=True
    )
    target.collections.register("all", CollectionType.CHAINED)
    target.collections.redefine_chain("all", sorted({ref.run for ref in refs}))
    target.close()
    source.close()
    paths = [path for path in files.rglob("*") if path.is_file()]
    guarded.files = {f"dp1/{path.relative_to(files)}": path.read_bytes() for path in paths}
    told = root / "butler.yaml"
    told.write_text(told.read_text().replace(str(files), f"{guarded.url}dp1"))
    shutil.rmtree(files)
    assert guarded.certificate is not None
    own = {
        "LSST_HTTP_AUTH_BEARER_TOKEN": guarded.token,
        "LSST_HTTP_CACERT_BUNDLE": str(guarded.certificate),
    }
    # What lsst.resources reads of the environment is kept by a process.
    others = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    env = {key: value for key, value in os.environ.items() if key not in others}
    state = tmp_path / "state"
    state.mkdir()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", PUBLISH, str(state), str(root)],
        env=env | own,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == [str(len(refs)), "0"]
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    catalog, index = Catalog(state), ImageIndex(state)
    stores = StoreChain(LspConfig(image_store_timeout=5), tmp_path / "cache")
    archive = ImageArchive(catalog, index, stores)
    for file in index.release("far"):
        assert file.uri.startswith(f"{guarded.url}dp1/")
        path = await archive.local(file)
        assert path.read_bytes() == guarded.files[file.uri.removeprefix(guarded.url)]
    archive.close()
    catalog.close()


async def test_it_is_published_and_its_files_are_fetched(
    repository: Repository, survey_state: Path, s3: Any, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    catalog = Catalog(state)
    done = publish_images(catalog, repository, authority=AUTHORITY)
    assert done.added > 3
    assert done.problems == ()
    [entry] = [
        entry
        for _, entries, _ in catalog.entries()
        for entry in entries
        if entry.spec.full_name == "ivoa.ObsCore"
    ]
    rows = pa.Table.from_batches(stored_rows(catalog, entry)).to_pylist()
    # Their headers were read from the store.
    assert all(row["s_xel1"] and row["s_pixel_scale"] and row["access_estsize"] for row in rows)
    stores = StoreChain(LspConfig(image_store_timeout=5), tmp_path / "cache")
    archive = ImageArchive(catalog, ImageIndex(state), stores)
    own = ImageIndex(survey_state)
    here = {file.uuid: file for file in own.release("dp1")}
    for row in rows:
        file = archive.one(Caller("ann"), row["obs_publisher_did"])
        assert file.remote
        assert file.uri.startswith("s3://images/repo/")
        path = await archive.local(file)
        assert path.read_bytes() == Path(here[file.uuid].uri).read_bytes()
    coadds = list(archive.index.release("far", "deep_coadd"))
    assert any(archive.inputs(Caller("ann"), coadd) for coadd in coadds)
    # One that vanished, and one that is another now, after the cache was emptied.
    shutil.rmtree(tmp_path / "cache")
    first, second = coadds[:2]
    s3.delete_object(Bucket="images", Key=first.uri.removeprefix("s3://images/"))
    s3.put_object(Bucket="images", Key=second.uri.removeprefix("s3://images/"), Body=b"other")
    with pytest.raises(NotFoundError):
        await archive.local(first)
    with pytest.raises(RemoteError, match="another file than the one that was published"):
        await archive.local(second)
    archive.close()
    own.close()
    catalog.close()
