"""The base of every private handler: JSON in, JSON out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.portal.events import EventHub
from lsp_jupyter.portal.selections import SelectionStore
from lsp_jupyter.web import BaseHandler

__all__ = ["PortalHandler", "dump"]

#: What a JSON value is called in an error.
_KINDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class PortalHandler(BaseHandler):
    """What the handlers of panel, viewers and kernels share."""

    @property
    def events(self) -> EventHub:
        """The event hub of this server."""
        hub: EventHub = self.settings["lsp_events"]
        return hub

    @property
    def selections(self) -> SelectionStore:
        """The selections of this server."""
        store: SelectionStore = self.settings["lsp_selections"]
        return store

    def fields(self, kinds: Mapping[str, type], data: bytes | None = None) -> dict[str, Any]:
        """The request body as a JSON object of known fields.

        Parameters
        ----------
        kinds : mapping
            The type each field may have (`object`: any); ``null`` is taken for a field left
            out.
        data : `bytes`, optional
            A part of the body, where not all of it is JSON.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is no JSON object, or a field is unknown or of another type.
        """
        hint = f"Send a JSON object with {', '.join(kinds)}."
        try:
            body = json.loads((self.request.body if data is None else data).decode())
        except UnicodeDecodeError:
            raise ParameterError("The body is not UTF-8 text.", hint=hint) from None
        except RecursionError:
            raise ParameterError("The body is nested too deeply.", hint=hint) from None
        except json.JSONDecodeError as error:
            raise ParameterError(
                f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
                hint=hint,
            ) from None
        except ValueError:
            raise ParameterError("The body holds a number that is too long.", hint=hint) from None
        if not isinstance(body, dict):
            raise ParameterError("The body is JSON, but no object.", hint=hint)
        for name, value in body.items():
            if name not in kinds:
                raise ParameterError(
                    f"Unknown field {name[:80]!r}.", parameter=name[:80], hint=hint
                )

            kind = kinds[name]
            # A Boolean is an int in Python, and no number here.
            fits = kind is object or type(value) is kind or (kind is float and type(value) is int)
            if value is not None and not fits:
                raise ParameterError(f"{name!r} must be {_KINDS[kind]}.", parameter=name, hint=hint)
            if isinstance(value, str):
                _check_unicode(name, value)
        return {name: value for name, value in body.items() if value is not None}

    def number(self, name: str, default: int, *, low: int = 0, high: int = 1 << 53) -> int:
        """A whole number of the query string.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is none, or below ``low``; what is above ``high`` is clipped.
        """
        text = self.get_query_argument(name, "")
        if not text:
            return default
        digits = text.removeprefix("-")
        if len(text) > 20 or not (digits.isascii() and digits.isdigit()):
            raise ParameterError(f"{name!r} must be a whole number.", parameter=name)
        value = int(text)
        if value < low:
            raise ParameterError(f"{name!r} must not be below {low}.", parameter=name)
        return min(value, high)

    async def send(self, value: object, status: int = 200) -> None:
        """Answer with JSON that may be long: it is written in a thread."""
        data = await asyncio.to_thread(dump, value)
        self.send_bytes(data, "application/json", status)


def dump(value: object) -> bytes:
    """Compact JSON; a number that JSON cannot hold is an error, not invalid JSON."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def _check_unicode(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ParameterError(f"{name!r} is not valid Unicode.", parameter=name) from None
