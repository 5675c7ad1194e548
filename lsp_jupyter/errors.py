"""The one error tree of the platform.

Every error that may reach a person derives from `LspError` and carries what
each Aspect needs to tell it: an HTTP status, a short stable code, a sentence
for the user and, where there is one, a hint that says what to do. Handlers
never branch on error classes; they ask the error.

This module must not depend on any other part of the package.
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "AdqlError",
    "AuthenticationError",
    "ConflictError",
    "EngineError",
    "ForbiddenError",
    "JobNotFoundError",
    "LimitError",
    "LspError",
    "NoOverlapError",
    "NotFoundError",
    "OverloadError",
    "ParameterError",
    "PipelinesNeededError",
    "PublishError",
    "QueryAbortedError",
    "QueryError",
    "QueryTimeoutError",
    "RemoteError",
    "ResultNotFoundError",
    "ServerNotFoundError",
    "StateError",
    "UsageError",
    "WorkerDiedError",
    "error_from_dict",
]


class LspError(Exception):
    """Base of every error the platform reports.

    Parameters
    ----------
    message : `str`
        One sentence for the user. It must not hold secrets or server paths.
    hint : `str`, optional
        What the user can do about it.

    Notes
    -----
    ``status`` is the HTTP status, ``code`` the stable name sent on the wire
    (it is the class's own identity across processes), ``transient`` tells
    whether trying again may help (UWS 1.1 section 2.2.2.2, ``errorSummary``).
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "InternalError"
    transient: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip() if self.hint else self.message

    def to_dict(self) -> dict[str, Any]:
        """The error as it travels in JSON."""
        out: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.hint:
            out["hint"] = self.hint
        if self.transient:
            out["transient"] = True
        return out


class UsageError(LspError):
    """The request is wrong; nothing was done."""

    status = 400
    code = "UsageError"


class ParameterError(UsageError):
    """A parameter is missing, repeated or has a value that cannot be used.

    Parameters
    ----------
    parameter : `str`
        The name of the parameter as the standard spells it.
    """

    code = "ParameterError"

    def __init__(self, message: str, *, parameter: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter

    def to_dict(self) -> dict[str, Any]:
        """The error as it travels in JSON."""
        out = super().to_dict()
        if self.parameter:
            out["parameter"] = self.parameter
        return out


class AdqlError(UsageError):
    """A query is not valid ADQL, or asks for what this service does not have.

    Parameters
    ----------
    line, column : `int`
        Where in the text, counted from 1; 0 where there is no place.
    length : `int`
        Characters to underline from there.
    others : `tuple` of `AdqlError`
        What else is wrong with the query, in the order of its text.

    Attributes
    ----------
    parameter : `str`
        The part of the request that the text came in, where there are several.
    """

    code = "AdqlError"
    parameter = ""

    def __init__(
        self,
        message: str,
        *,
        line: int = 0,
        column: int = 0,
        length: int = 1,
        hint: str = "",
        others: tuple[AdqlError, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column
        self.length = length
        self.others = others

    def __str__(self) -> str:
        place = f"Line {self.line}, column {self.column}: " if self.line else ""
        return place + super().__str__()

    def to_dict(self) -> dict[str, Any]:
        """The error as it travels in JSON."""
        out = super().to_dict()
        if self.line:
            out |= {"line": self.line, "column": self.column, "length": self.length}
        if self.parameter:
            out["parameter"] = self.parameter
        if self.others:
            out["others"] = [other.to_dict() for other in self.others]
        return out


class PipelinesNeededError(UsageError, AttributeError):
    """It can only be done where a package of Rubin's Science Pipelines is installed.

    An `AttributeError`, so that `hasattr` says no.
    """

    status = 501
    code = "PipelinesNeeded"


class QueryError(UsageError):
    """The engine refused the data, such as a division by zero in a cast."""

    code = "QueryError"


class LimitError(UsageError):
    """A documented limit would be exceeded."""

    status = 413
    code = "LimitError"


class PublishError(UsageError):
    """A table cannot be published as it is; nothing was changed."""

    code = "PublishError"


class StateError(UsageError):
    """The job is in a phase that does not allow this (UWS 1.1 section 2.1.3)."""

    code = "StateError"


class AuthenticationError(LspError):
    """No credentials, or wrong ones."""

    status = 401
    code = "AuthenticationError"


class ForbiddenError(LspError):
    """The caller is known but has no right to this."""

    status = 403
    code = "ForbiddenError"


class NotFoundError(LspError):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    code = "NotFoundError"


class NoOverlapError(NotFoundError):
    """No pixel of an image is in the part that is asked for (SODA 1.0 section 3.1)."""

    status = 204
    code = "NoContent"


class JobNotFoundError(NotFoundError):
    """The caller has no job of this id."""

    code = "JobNotFoundError"


class ResultNotFoundError(NotFoundError):
    """The job has no result, or it was collected."""

    code = "ResultNotFoundError"


class ConflictError(LspError):
    """Somebody else changed it first."""

    status = 409
    code = "ConflictError"


class OverloadError(LspError):
    """Too busy now.

    Parameters
    ----------
    retry_after : `int`
        Seconds after which to try again; sent as ``Retry-After``.
    """

    status = 503
    code = "ServiceUnavailable"
    transient = True

    def __init__(self, message: str, *, retry_after: int = 5, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after

    def to_dict(self) -> dict[str, Any]:
        """The error as it travels in JSON."""
        return super().to_dict() | {"retry_after": self.retry_after}


class EngineError(LspError):
    """The engine failed for a reason of its own."""

    code = "EngineError"


class WorkerDiedError(EngineError):
    """The process that ran the query ended before it was done."""

    code = "WorkerDiedError"
    transient = True


class QueryTimeoutError(LspError):
    """The query ran longer than it may."""

    status = 504
    code = "QueryTimeoutError"


class QueryAbortedError(LspError):
    """The query was cancelled."""

    status = 409
    code = "QueryAbortedError"


class RemoteError(LspError):
    """An outside service, or the platform this server is attached to, failed."""

    status = 502
    code = "RemoteError"
    transient = True


class ServerNotFoundError(LspError):
    """The kernel found no platform server to talk to."""

    code = "ServerNotFoundError"


def _tree(base: type[LspError]) -> dict[str, type[LspError]]:
    found = {base.code: base}
    for child in base.__subclasses__():
        # One without a code of its own is, on the wire, what it is a kind of.
        found |= {code: kind for code, kind in _tree(child).items() if code != base.code}
    return found


def error_from_dict(data: dict[str, Any]) -> LspError:
    """Rebuild an error that came over the wire, as the same class.

    Parameters
    ----------
    data : `dict`
        What `LspError.to_dict` gave.

    Returns
    -------
    error : `LspError`
        Of the class whose ``code`` it names; plain `LspError` if unknown.
    """
    kind = _tree(LspError).get(str(data.get("code", "")), LspError)
    message = str(data.get("message", "Unknown error"))
    hint = str(data.get("hint", ""))
    if issubclass(kind, AdqlError):
        return kind(
            message,
            hint=hint,
            line=int(data.get("line", 0)),
            column=int(data.get("column", 0)),
            length=int(data.get("length", 1)),
            others=tuple(
                other
                for one in data.get("others", ())
                if isinstance(other := error_from_dict(one), AdqlError)
            ),
        )
    if issubclass(kind, ParameterError):
        return kind(message, hint=hint, parameter=str(data.get("parameter", "")))
    if issubclass(kind, OverloadError):
        return kind(message, hint=hint, retry_after=int(data.get("retry_after", 5)))
    return kind(message, hint=hint)
