"""The notebook that the demo opens with does what it says."""

from __future__ import annotations

from importlib import resources

import nbformat

from tests.notebook.conftest import Kernel


def test_every_cell_of_the_first_notebook_runs(kernel: Kernel) -> None:
    source = resources.files("lsp_jupyter.demo") / "data" / "first-light.ipynb"
    notebook = nbformat.reads(source.read_text(), as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 7
    for cell in cells:
        assert not cell.outputs
        shown = kernel.run(cell.source)
        assert not shown.error, f"{cell.source}\n{shown.traceback}"
    assert kernel.value("len(pleiades)") > 100
    assert kernel.value("near.to_pandas().distance_pc.max()") < 10
