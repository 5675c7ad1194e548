"""Who reads the output of this process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["in_kernel", "shows_widgets"]


def in_kernel() -> bool:
    """Whether this process is a Jupyter kernel."""
    return _shell() is not None


def shows_widgets() -> bool:
    """Whether a person with a browser is likely to see what is displayed now.

    A notebook that a program runs from top to bottom, such as nbconvert, would
    keep the widget's code and none of its rows. Notebook front ends name the
    cell in each request; programs do not, and their kernels are not started by
    a server of ours.
    """
    shell = _shell()
    if shell is None:
        return False
    request = shell.get_parent() if hasattr(shell, "get_parent") else {}
    metadata = request.get("metadata") if isinstance(request, dict) else None
    if isinstance(metadata, dict) and "cellId" in metadata:
        return True
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdecimal():
        return False
    from jupyter_core.paths import jupyter_runtime_dir

    return (Path(jupyter_runtime_dir()) / f"lsp_jupyter-{parent}.json").exists()


def _shell() -> Any:
    """IPython's shell if a kernel runs it; IPython is not imported for this."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell if hasattr(shell, "kernel") else None
