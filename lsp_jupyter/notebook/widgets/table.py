"""The table viewer in a cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from lsp_jupyter.errors import LspError, ParameterError, UsageError
from lsp_jupyter.notebook.failure import plainly

if TYPE_CHECKING:
    from lsp_jupyter.notebook.results import Result

__all__ = ["TableWidget"]

_CODE = Path(__file__).parent / "static" / "table_widget.js"

#: Where a positive whole number of the front end ends.
_LARGE = 1 << 53


class TableWidget(anywidget.AnyWidget):
    """The panel's table viewer as a widget; rows come as they are scrolled to.

    Parameters
    ----------
    result : `~lsp_jupyter.notebook.results.Result`
        What it shows. It may still grow.
    height : `int`
        Height in pixels.

    Attributes
    ----------
    result : `dict`
        What the server tells of the result, without its rows.
    selection : `dict`
        ``ranges`` of row numbers in the result, half-open and ascending,
        ``rows`` in them, and ``revision``.
    height : `int`
        Height in pixels.

    Notes
    -----
    No rows are stored in the notebook. The front end asks with custom messages
    ``rows``, ``select`` and ``refresh``; each answer repeats the number of its
    request.
    """

    _esm = _CODE if _CODE.exists() else "export default { render() {} };"

    result = traitlets.Dict().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)
    height = traitlets.Int(360, min=80, max=4000).tag(sync=True)

    @plainly
    def __init__(self, result: Result, *, height: int = 360) -> None:
        if not _CODE.exists():
            raise UsageError(
                "The table widget is not built.", hint="Run `make setup` in the checkout."
            )
        self._shown = result
        self._client = result._client
        self._path = f"portal/results/{result.id}"
        super().__init__(
            result=self._client.get(self._path),
            selection=self._client.get(f"{self._path}/selection"),
            height=height,
        )
        self.on_msg(self._hear)

    @property
    def selected(self) -> Any:
        """The rows that are selected now, see `Result.selected`."""
        return self._shown.selected

    def refresh(self) -> None:
        """Take over what changed on the server: more rows, or a selection made elsewhere."""
        if not self.result["complete"]:
            self.result = self._client.get(self._path)
        self.selection = self._client.get(f"{self._path}/selection")

    def _hear(self, _: object, content: Any, __: object) -> None:
        """Answer one message of the front end; whatever fails is told to it."""
        told = content if isinstance(content, dict) else {}
        number = told.get("request")
        try:
            kind = told.get("kind")
            if kind == "rows":
                self._send_rows(number, told)
            elif kind == "select":
                body = {"ranges": told.get("ranges"), "view": told.get("view")}
                self.selection = self._client.send("PUT", f"{self._path}/selection", body)
                self.send({"kind": "selected", "request": number})
            elif kind == "refresh":
                self.refresh()
                self.send({"kind": "refreshed", "request": number})
        except LspError as error:
            self.send({"kind": "error", "request": number, "error": error.to_dict()})

    def _send_rows(self, number: Any, told: dict[str, Any]) -> None:
        import json

        params: dict[str, str | int] = {
            "start": _whole(told, "start"),
            "count": _whole(told, "count"),
        }
        if told.get("view") is not None:
            params["view"] = json.dumps(told["view"])
        data, headers = self._client.page(f"{self._path}/rows", params)
        complete = headers.get("X-LSP-Complete") == "true"
        rows = int(headers.get("X-LSP-Rows", "0"))
        self.send(
            {"kind": "rows", "request": number, "rows": rows, "complete": complete}, buffers=[data]
        )

    def __repr__(self) -> str:
        return repr(self._shown)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and the first rows for whoever cannot show it."""
        found = super()._repr_mimebundle_(**kwargs)
        if found is None:
            return found
        data, metadata = found if isinstance(found, tuple) else (found, {})
        fallback = {"text/plain": repr(self._shown), "text/html": self._shown._repr_html_()}
        return {**data, **fallback}, metadata


def _whole(told: dict[str, Any], name: str) -> int:
    value = told.get(name)
    if type(value) is not int or not 0 <= value < _LARGE:
        raise ParameterError(f"{name!r} must be a whole number.", parameter=name)
    return value
