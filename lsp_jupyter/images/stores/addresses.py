"""From the address of a file to a URL that anybody can read for a while."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from lsp_jupyter.errors import RemoteError

__all__ = ["SCHEMES", "s3_client", "signed"]

#: What remote files can be read by.
SCHEMES = ("http", "https", "s3")


def signed(uri: str, seconds: int = 3600) -> str:
    """A URL of a remote file that needs no credentials.

    Parameters
    ----------
    uri : `str`
        An ``http``, ``https`` or ``s3`` address. Of S3 the credentials and the endpoint are the
        server's own, by the usual environment variables and files (``S3_ENDPOINT_URL``).
    seconds : `int`
        How long it shall be good for.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if there is no way to read it, or no credentials.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return uri
    if parts.scheme != "s3":
        raise RemoteError(
            f"This instance cannot read {parts.scheme[:20]} addresses.",
            hint=f"Files can be read by {', '.join(SCHEMES)}.",
        )
    client = s3_client()
    where = {"Bucket": parts.netloc, "Key": unquote(parts.path.lstrip("/"))}
    try:
        return str(client.generate_presigned_url("get_object", Params=where, ExpiresIn=seconds))
    except Exception as error:
        # The exceptions are made by botocore as it loads: there is nothing to name here.
        raise RemoteError(
            f"Requests to the store s3://{parts.netloc} cannot be signed: {type(error).__name__}.",
            hint="Whoever runs this instance sets its credentials.",
        ) from None


def s3_client() -> Any:
    """A client of the S3 store that the server's environment names.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if the package that speaks to S3 is missing.
    """
    endpoint = os.environ.get("S3_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL")
    return _client(endpoint, os.environ.get("AWS_PROFILE"))


@lru_cache(4)
def _client(endpoint: str | None, profile: str | None) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise RemoteError(
            "This instance cannot read S3 stores.",
            hint='Whoever runs it installs the package: pip install "lsp_jupyter[s3]".',
        ) from None
    session = boto3.Session(profile_name=profile)
    return session.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}),
    )
