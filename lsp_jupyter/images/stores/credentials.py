"""What this instance shows to HTTP stores that do not serve everybody.

The settings are those of ``lsst.resources``, which reads headers of the same files when they are
published: environment variables of the server and of ``lsp``.
"""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path

from lsp_jupyter.errors import RemoteError

__all__ = ["authorization", "tls"]

_TOKEN = "LSST_HTTP_AUTH_BEARER_TOKEN"  # noqa: S105 - the name of a variable
_CERTIFICATE, _KEY = "LSST_HTTP_AUTH_CLIENT_CERT", "LSST_HTTP_AUTH_CLIENT_KEY"
_AUTHORITIES = "LSST_HTTP_CACERT_BUNDLE"


def authorization(url: str) -> dict[str, str]:
    """The headers that show who asks; none for ``http``, where others could read them.

    ``LSST_HTTP_AUTH_BEARER_TOKEN`` is a token, or the path of a file that has it. The file is
    read each time, since tokens are renewed.

    Parameters
    ----------
    url : `str`
        What is asked for.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if the file cannot be read, or can be read by others too.
    """
    told = os.environ.get(_TOKEN, "")
    if not told or not url.lower().startswith("https://"):
        return {}
    path = Path(told)
    if len(told) < 4096 and path.is_file():
        _require_private(path, _TOKEN)
        try:
            told = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise _refused(_TOKEN, "cannot be read") from None
    told = told.strip()
    if not (told.isascii() and told.isprintable()):
        raise _refused(_TOKEN, "is no token")
    return {"Authorization": f"Bearer {told}"}


def tls() -> ssl.SSLContext:
    """How connections to stores are made safe.

    ``LSST_HTTP_CACERT_BUNDLE`` names a file or a folder with certificates of authorities to trust
    beside those of the system. ``LSST_HTTP_AUTH_CLIENT_CERT`` and ``LSST_HTTP_AUTH_CLIENT_KEY``
    name files with a certificate of this instance, shown where there is no token.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if one of the files cannot be used.
    """
    context = ssl.create_default_context()
    if bundle := os.environ.get(_AUTHORITIES):
        folder = Path(bundle).is_dir()
        try:
            context.load_verify_locations(**{"capath" if folder else "cafile": bundle})
        except (OSError, ssl.SSLError):
            raise _refused(_AUTHORITIES, "cannot be read") from None
    certificate, key = os.environ.get(_CERTIFICATE), os.environ.get(_KEY)
    if certificate and key and not os.environ.get(_TOKEN):
        _require_private(Path(key), _KEY)
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError):
            raise _refused(_CERTIFICATE, "cannot be used") from None
    return context


def _require_private(path: Path, name: str) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        raise _refused(name, "cannot be read") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _refused(name, "can be read by others than its owner")


def _refused(name: str, why: str) -> RemoteError:
    return RemoteError(
        f"The credentials of this instance for HTTP stores cannot be used: {name} {why}.",
        hint="Whoever runs this instance can put that right.",
    )
