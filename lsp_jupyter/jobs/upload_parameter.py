"""The value of UPLOAD: names of tables, and where they are (TAP 1.1 section 2.7.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.errors import LimitError, ParameterError

__all__ = ["Upload", "parse_uploads"]

#: Tables that one request may upload.
MOST = 32

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")

_HOW = "Write UPLOAD=name,param:part, where part is the name of the file in the form."


@dataclass(frozen=True, slots=True)
class Upload:
    """One table of an UPLOAD parameter.

    Attributes
    ----------
    name : `str`
        What queries call it, without the schema.
    uri : `str`
        Where it is.
    """

    name: str
    uri: str

    @property
    def part(self) -> str | None:
        """The part of the form that it is; `None` if it is elsewhere."""
        return self.uri[6:] if self.uri.lower().startswith("param:") else None

    def __str__(self) -> str:
        return f"{self.name},{self.uri}"


def parse_uploads(values: Iterable[str], *, quoted: bool = False) -> list[Upload]:
    """The tables that the values of UPLOAD name.

    Parameters
    ----------
    values : iterable of `str`
        Each ``name,uri``, or several of them with ``;`` between.
    quoted : `bool`
        Whether the query has the names in double quotes, so that they may be words of ADQL.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if one is not of that form, a name is none, or is there twice.
    lsp_jupyter.errors.LimitError
        Raised if there are too many.
    """
    found: list[Upload] = []
    for text in (each.strip() for value in values for each in value.split(";")):
        if not text:
            continue
        name, comma, uri = (each.strip() for each in text.partition(","))
        if not comma or not uri:
            raise _wrong(f"“{text[:80]}” is not a name and an address with a comma between.", _HOW)
        if not _NAME.fullmatch(name):
            raise _wrong(
                f"“{name[:60]}” cannot be the name of an uploaded table.",
                "Use letters, digits and underscores, and begin with a letter. "
                "Queries put TAP_UPLOAD. before it.",
            )
        if name.upper() in RESERVED and not quoted:
            raise _wrong(f"{name} is a word of ADQL.", "Give the uploaded table another name.")
        if any(name.lower() == other.name.lower() for other in found):
            raise _wrong(
                f"Two uploaded tables are called {name}.",
                "Give them different names; capitals make no difference.",
            )
        found.append(Upload(name, uri))
    if len(found) > MOST:
        raise LimitError(f"There are {len(found)} uploads; {MOST} are possible in a request.")
    return found


def _wrong(message: str, hint: str) -> ParameterError:
    return ParameterError(message, parameter="UPLOAD", hint=hint)
