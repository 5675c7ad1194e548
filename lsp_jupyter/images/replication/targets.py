"""Where copies of files are put: a folder of this machine, or an S3 store."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from lsp_jupyter.errors import RemoteError, UsageError
from lsp_jupyter.images.stores.addresses import s3_client

__all__ = ["FolderTarget", "S3Target", "Target", "digest_of", "open_target"]

_READ = 1 << 20
_PART = ".part"


class Target(Protocol):
    """Keeps files by their relative paths. Its methods belong in a thread."""

    def size(self, path: str) -> int | None:
        """Bytes of a file; none if it is not there."""

    def digest(self, path: str) -> str:
        """SHA-256 of a file that is there."""

    def put(self, path: str, source: Path, expected: str = "") -> None:
        """Copy a file, read the copy again and only then have it appear.

        Parameters
        ----------
        path : `str`
            Where to.
        source : `~pathlib.Path`
            The file.
        expected : `str`
            Its SHA-256, if that is known.

        Raises
        ------
        lsp_jupyter.errors.RemoteError
            Raised if the file is not the one that is expected, or the copy is not the file.
        """

    def listing(self) -> Iterator[str]:
        """The path of every file that is there."""


def open_target(place: str) -> Target:
    """A folder, or an address ``s3://bucket/prefix``.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is neither.
    """
    if place.startswith("s3://"):
        return S3Target(place)
    if "://" in place and not place.startswith("file://"):
        raise UsageError(
            f"Files cannot be copied to {place[:60]}.",
            hint="Name a folder, or an address s3://bucket/prefix.",
        )
    return FolderTarget(Path(place.removeprefix("file://")).expanduser().absolute())


class FolderTarget:
    """Implements `Target` with a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self, path: str) -> int | None:
        """Bytes of a file; none if it is not there."""
        try:
            return (self._folder / path).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def digest(self, path: str) -> str:
        """SHA-256 of a file that is there."""
        return digest_of(self._folder / path)

    def put(self, path: str, source: Path, expected: str = "") -> None:
        """Copy a file, read the copy again, and only then have it appear."""
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}{_PART}")
        sent = hashlib.sha256()
        with source.open("rb") as read, part.open("wb") as write:
            while chunk := read.read(_READ):
                sent.update(chunk)
                write.write(chunk)
            write.flush()
            os.fsync(write.fileno())
        _check(sent.hexdigest(), expected)
        if digest_of(part) != sent.hexdigest():
            raise RemoteError("The copy is not the file: the disk may be broken.")
        part.replace(place)

    def listing(self) -> Iterator[str]:
        """The path of every file that is there."""
        for path in self._folder.rglob("*"):
            if path.is_file() and not (path.name.startswith(".") and path.name.endswith(_PART)):
                yield path.relative_to(self._folder).as_posix()


class S3Target:
    """Implements `Target` with the part of an S3 store below ``s3://bucket/prefix``.

    What is uploaded appears there as a whole, by the store itself.
    """

    def __init__(self, place: str) -> None:
        parts = urlsplit(place)
        if not parts.netloc:
            raise UsageError(f"{place} names no bucket.", hint="Write s3://bucket/prefix.")
        self._bucket = parts.netloc
        prefix = parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = s3_client()

    def size(self, path: str) -> int | None:
        """Bytes of a file; none if it is not there."""
        try:
            told = self._ask("head_object", path)
        except FileNotFoundError:
            return None
        return int(told["ContentLength"])

    def digest(self, path: str) -> str:
        """SHA-256 of a file that is there."""
        with self._failures():
            return _digest(self._ask("get_object", path)["Body"])

    def put(self, path: str, source: Path, expected: str = "") -> None:
        """Copy a file and read the copy again; one that is not the file is removed."""
        sent = digest_of(source)
        _check(sent, expected)
        with self._failures():
            self._client.upload_file(
                str(source),
                self._bucket,
                self._prefix + path,
                ExtraArgs={"Metadata": {"sha256": sent}},
            )
        if self.digest(path) != sent:
            self._ask("delete_object", path)
            raise RemoteError(f"The copy in s3://{self._bucket} is not the file.")

    def listing(self) -> Iterator[str]:
        """The path of every file that is there."""
        pages = self._client.get_paginator("list_objects_v2")
        with self._failures():
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Contents", ()):
                    yield str(each["Key"]).removeprefix(self._prefix)

    def _ask(self, call: str, path: str) -> Any:
        with self._failures():
            return getattr(self._client, call)(Bucket=self._bucket, Key=self._prefix + path)

    def _failures(self) -> _Failures:
        return _Failures(f"The store s3://{self._bucket}")


class _Failures:
    """Tells what the S3 library raises as errors of this platform."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, ClientError):
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            code = error.response.get("Error", {}).get("Code", "")
            if status == 404 and code != "NoSuchBucket":
                raise FileNotFoundError from None
            raise RemoteError(f"{self._where} refused: {code} ({status}).") from None
        if isinstance(error, (Boto3Error, BotoCoreError)):
            raise RemoteError(f"{self._where} failed: {type(error).__name__}.") from None


def _check(found: str, expected: str) -> None:
    if expected and found != expected:
        raise RemoteError("It is not the file that was published.")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return _digest(file)


def _digest(file: BinaryIO) -> str:
    found = hashlib.sha256()
    while chunk := file.read(_READ):
        found.update(chunk)
    return found.hexdigest()
