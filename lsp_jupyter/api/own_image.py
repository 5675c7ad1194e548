"""Addresses of images in files of the user's own."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Self

from lsp_jupyter.errors import NotFoundError

__all__ = ["OWN", "OwnImage"]

#: What stands where the release of a published image stands.
OWN = "~"


@dataclass(frozen=True, slots=True)
class OwnImage:
    """An image in a file.

    Attributes
    ----------
    path : `str`
        Of the file, as JupyterLab has it.
    hdu : `int` or `None`
        The number of its extension; none for the first with an image.
    layer : `int`
        Which image of a cube.
    """

    path: str
    hdu: int | None = None
    layer: int = 0

    @classmethod
    def of(cls, token: str) -> Self:
        """The one that a part of an address names.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if it names none.
        """
        padded = token + "=" * (-len(token) % 4)
        try:
            told = json.loads(base64.b64decode(padded, b"-_", validate=True))
            path, hdu, layer = told["path"], told.get("hdu"), told.get("layer", 0)
        except (binascii.Error, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            path, hdu, layer = "", None, 0
        whole = all(type(one) is int and 0 <= one < 1 << 31 for one in (hdu or 0, layer))
        if not isinstance(path, str) or not path or not whole:
            raise NotFoundError(
                "There is no such image.", hint="Open the file from JupyterLab's file browser."
            )
        return cls(path, hdu, layer)

    @property
    def token(self) -> str:
        """Its part of an address."""
        told = {"path": self.path, "hdu": self.hdu, "layer": self.layer or None}
        words = json.dumps({name: one for name, one in told.items() if one is not None})
        return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")
