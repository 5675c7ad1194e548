"""The Notebook Aspect: query, see and share data from code.

Nothing is imported before it is used: notebooks start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp_jupyter.notebook.image_search import find_images
    from lsp_jupyter.notebook.many_cutouts import cutouts
    from lsp_jupyter.notebook.own import drop, upload
    from lsp_jupyter.notebook.pixels import cutout
    from lsp_jupyter.notebook.previews import preview
    from lsp_jupyter.notebook.repositories import butler, datasets
    from lsp_jupyter.notebook.results import CutOffWarning, Result
    from lsp_jupyter.notebook.running import query, submit
    from lsp_jupyter.notebook.selection import Selection
    from lsp_jupyter.notebook.session import (
        columns,
        connect,
        history,
        last,
        result,
        show,
        tables,
    )

__all__ = [
    "CutOffWarning",
    "Result",
    "Selection",
    "butler",
    "columns",
    "connect",
    "cutout",
    "cutouts",
    "datasets",
    "drop",
    "find_images",
    "history",
    "last",
    "preview",
    "query",
    "result",
    "show",
    "submit",
    "tables",
    "upload",
]

_MODULES = {
    "CutOffWarning": "results",
    "Result": "results",
    "Selection": "selection",
    "butler": "repositories",
    "cutout": "pixels",
    "cutouts": "many_cutouts",
    "datasets": "repositories",
    "drop": "own",
    "find_images": "image_search",
    "preview": "previews",
    "query": "running",
    "submit": "running",
    "upload": "own",
}


def __getattr__(name: str) -> Any:
    """Find what is asked for when it is first used."""
    if name in __all__:
        module = import_module(f"lsp_jupyter.notebook.{_MODULES.get(name, 'session')}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What completion offers."""
    return sorted({*globals(), *__all__})
