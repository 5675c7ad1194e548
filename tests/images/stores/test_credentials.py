"""Stores that want to know who asks: a real one, over TLS, that refuses all others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import RemoteError
from lsp_jupyter.images.stores.chain import StoreChain
from lsp_jupyter.images.stores.credentials import authorization
from tests.images.stars import make
from tests.stores import WebStore, certificate, serving

TOKEN = "LSST_HTTP_AUTH_BEARER_TOKEN"
BUNDLE = "LSST_HTTP_CACERT_BUNDLE"
CERTIFICATE, KEY = "LSST_HTTP_AUTH_CLIENT_CERT", "LSST_HTTP_AUTH_CLIENT_KEY"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (TOKEN, BUNDLE, CERTIFICATE, KEY):
        monkeypatch.delenv(name, raising=False)


def chain(folder: Path) -> StoreChain:
    return StoreChain(LspConfig(image_store_timeout=5), folder / "cache")


@pytest.mark.parametrize("way", ["variable", "file"])
async def test_a_store_that_wants_a_token(
    guarded: WebStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    guarded.files["a"] = os.urandom(300_000)
    monkeypatch.setenv(BUNDLE, str(guarded.certificate))
    uri = f"{guarded.url}a"
    with pytest.raises(RemoteError, match="status 401") as refusal:
        await chain(tmp_path).fetch(uri)
    assert "credentials" in refusal.value.hint
    path = tmp_path / "token"
    path.write_text("an old one\n")
    path.chmod(0o600)
    monkeypatch.setenv(TOKEN, guarded.token if way == "variable" else str(path))
    if way == "file":
        with pytest.raises(RemoteError, match="status 401"):
            await chain(tmp_path).fetch(uri)
        # It was renewed since.
        path.write_text(f"{guarded.token}\n")
    found = await chain(tmp_path).fetch(uri)
    assert found.read_bytes() == guarded.files["a"]


async def test_a_store_that_wants_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = certificate(tmp_path / "ours.pem")
    other = certificate(tmp_path / "other.pem")
    store = WebStore(certificate=certificate(tmp_path / "store.pem"), clients=ours)
    store.files["a"] = os.urandom(300_000)
    monkeypatch.setenv(BUNDLE, str(store.certificate))
    with serving(store):
        for shown in (None, other):
            if shown is not None:
                monkeypatch.setenv(CERTIFICATE, str(shown))
                monkeypatch.setenv(KEY, str(shown))
            with pytest.raises(RemoteError):
                await chain(tmp_path).fetch(f"{store.url}a")
        monkeypatch.setenv(CERTIFICATE, str(ours))
        monkeypatch.setenv(KEY, str(ours))
        found = await chain(tmp_path).fetch(f"{store.url}a")
        assert found.read_bytes() == store.files["a"]
        ours.chmod(0o640)
        with pytest.raises(RemoteError, match="can be read by others") as refusal:
            await chain(tmp_path / "again").fetch(f"{store.url}a")
        assert str(ours) not in str(refusal.value)


async def test_what_must_not_happen(
    guarded: WebStore, web: WebStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded.files["a"] = web.files["a"] = b"some bytes"
    monkeypatch.setenv(TOKEN, guarded.token)
    # Nothing is shown to one that cannot prove who it is, or where others can listen.
    with pytest.raises(RemoteError, match="is not trusted"):
        await chain(tmp_path).fetch(f"{guarded.url}a")
    await chain(tmp_path).fetch(f"{web.url}a")
    assert web.shown == [""]
    assert guarded.shown == []
    path = tmp_path / "token"
    path.write_text(guarded.token)
    path.chmod(0o644)
    monkeypatch.setenv(TOKEN, str(path))
    with pytest.raises(RemoteError, match="can be read by others") as refusal:
        authorization(guarded.url)
    assert guarded.token not in str(refusal.value)
    assert str(path) not in str(refusal.value)


def test_headers_are_read_from_it_when_it_is_published(guarded: WebStore, tmp_path: Path) -> None:
    guarded.files["image.fits"] = make(tmp_path / "image.fits").read_bytes()
    # What is read of the environment is kept by a process.
    # Those of this machine would go before ours.
    others = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    env = {key: value for key, value in os.environ.items() if key not in others}
    env |= {TOKEN: guarded.token, BUNDLE: str(guarded.certificate)}
    code = (
        "import sys; from lsp_jupyter.images.headers import read_facts as r; print(r(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"{guarded.url}image.fits"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "width=200, height=200" in done.stdout
    assert "problem=''" in done.stdout
