"""Request parameters as DALI has them (DALI 1.1 section 3.1).

Names are compared without regard to case, values keep theirs. A parameter may
come in the URL or in a form; which of two contradicting values was meant is
never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tornado.escape import parse_qs_bytes
from tornado.httputil import HTTPFile, HTTPInputError, parse_body_arguments

from lsp_jupyter.api.xml import FORBIDDEN
from lsp_jupyter.errors import ParameterError, UsageError

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

    from lsp_jupyter.web.multipart import MultipartForm

__all__ = ["Parameters"]

#: Parameters of one request at most.
MOST = 200

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Parameters:
    """The parameters of one request.

    Parameters
    ----------
    pairs : iterable of `tuple` [`str`, `str`]
        Names and values in the order they came.
    files : mapping
        The files that came along, by the names of their parts.

    Attributes
    ----------
    files : mapping
        As given.
    """

    def __init__(
        self, pairs: Iterable[tuple[str, str]], files: Mapping[str, Path] | None = None
    ) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.upper(), []).append(value)
        self.files: Mapping[str, Path] = files or {}

    @classmethod
    def of(
        cls, request: HTTPServerRequest, form: MultipartForm | None = None, *, most: int = MOST
    ) -> Parameters:
        """Read the parameters of a request whose body is complete.

        Parameters
        ----------
        request : `tornado.httputil.HTTPServerRequest`
            The request.
        form : `~lsp_jupyter.web.multipart.MultipartForm`, optional
            Its body, on routes that take files. Others refuse them.
        most : `int`
            How many there may be.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if the body is not a form, or its text is not UTF-8.
        """
        arguments: dict[str, list[bytes]] = {}
        files: dict[str, list[HTTPFile]] = {}
        body = request.body
        kind, semicolon, rest = request.headers.get("Content-Type", "").partition(";")
        kind = kind.strip().lower()
        signs = body.count(b"&") if kind == _FORMS[0] else 0
        if request.query.count("&") + signs >= most:
            raise UsageError(f"There are more than {most:,} parameters.")
        for name, values in parse_qs_bytes(request.query, keep_blank_values=True).items():
            arguments.setdefault(name, []).extend(values)
        if form is not None:
            for name, value in form.fields:
                arguments.setdefault(name, []).append(value)
            if "tapclient" in arguments and "FORMAT" in arguments:
                # astroquery's second one tells what it uploads, which we see from the content.
                arguments.pop("format", None)
            return cls(_decoded(arguments), _files_of(form))
        if body:
            if kind not in _FORMS:
                raise UsageError(
                    f"A body of type “{kind[:100]}” is not understood.",
                    hint=f"Send parameters as {_FORMS[0]}.",
                )
            try:
                if kind == _FORMS[0]:
                    # Tornado's own reader takes a thousand fields at most.
                    for name, values in parse_qs_bytes(body, keep_blank_values=True).items():
                        arguments.setdefault(name, []).extend(values)
                else:
                    parse_body_arguments(f"{kind}{semicolon}{rest}", body, arguments, files)
            except (HTTPInputError, ValueError) as error:
                raise UsageError(f"The form cannot be read: {error}") from None
        if files:
            raise UsageError(
                "Files cannot be sent to this address.",
                hint="Upload tables with a query, to tap/sync or tap/async.",
            )
        return cls(_decoded(arguments))

    def all(self, name: str) -> list[str]:
        """Every value of a parameter that may be repeated, without surrounding blanks."""
        return [value.strip() for value in self._values.get(name, ()) if value.strip()]

    def get(self, name: str, *, strip: bool = True) -> str | None:
        """The value of a parameter; `None` if it is missing or empty.

        Parameters
        ----------
        name : `str`
            In capitals.
        strip : `bool`
            Whether blanks around the value mean nothing.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it came more than once.
        """
        values = self._values.get(name, [])
        if len(values) > 1:
            raise ParameterError(
                f"{name} was sent {len(values)} times.", parameter=name, hint="Send it once."
            )
        if not values or not values[0].strip():
            return None
        return values[0].strip() if strip else values[0]

    def either(self, *names: str) -> str | None:
        """The value of a parameter that has several names.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if two of them have different values.
        """
        values = {value for name in names if (value := self.get(name)) is not None}
        if len(values) > 1:
            raise ParameterError(
                f"{' and '.join(names)} contradict each other.",
                parameter=names[0],
                hint="Send one of them.",
            )
        return values.pop() if values else None

    def names(self) -> list[str]:
        """The names of all parameters, in capitals."""
        return list(self._values)

    def __contains__(self, name: str) -> bool:
        return name in self._values


def _files_of(form: MultipartForm) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for part in form.files:
        if part.name in files:
            raise ParameterError(
                f"Two files of the form are called “{part.name[:60]}”.",
                parameter="UPLOAD",
                hint="Give them different names.",
            )
        files[part.name] = part.path
    return files


def _decoded(arguments: dict[str, list[bytes]]) -> Iterator[tuple[str, str]]:
    for name, values in arguments.items():
        for value in values:
            try:
                text = value.decode()
            except UnicodeDecodeError:
                raise ParameterError(
                    f"The value of {name[:40]!r} is not UTF-8 text.", parameter=name[:40].upper()
                ) from None
            found = FORBIDDEN.search(text)
            if found:
                raise ParameterError(
                    f"The value of {name[:40]!r} holds the character U+{ord(found[0]):04X}, "
                    "which no XML document can hold.",
                    parameter=name[:40].upper(),
                )
            yield name, text
