"""The LSST Science Platform as a JupyterLab extension suite.

In a notebook::

    import lsp_jupyter as lsp

    stars = lsp.query("SELECT TOP 100 * FROM gaia.source")
    stars.to_pandas()

Nothing heavy is imported here: Jupyter imports this package at every start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_jupyter._version import __version__ as __version__

if TYPE_CHECKING:
    from lsp_jupyter.notebook import (
        butler,
        columns,
        connect,
        cutout,
        cutouts,
        datasets,
        drop,
        find_images,
        history,
        last,
        preview,
        query,
        result,
        show,
        submit,
        tables,
        upload,
    )

__all__ = [
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


def __getattr__(name: str) -> Any:
    """Find the notebook functions when they are first used."""
    if name in __all__:
        from lsp_jupyter import notebook

        # Never kept here: `last` is another one after each query.
        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What completion offers."""
    return sorted({*globals(), *__all__})


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Where Jupyter Server finds the server extension."""
    from lsp_jupyter.app import LspJupyterApp

    return [{"module": "lsp_jupyter.app", "app": LspJupyterApp}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the built lab extension."""
    return [{"src": "../labextension", "dest": "lsp-jupyter"}]


def load_ipython_extension(ipython: Any) -> None:
    """Add the magics to IPython: ``%load_ext lsp_jupyter``."""
    from lsp_jupyter.notebook.magics import load_ipython_extension as load

    load(ipython)
