"""The notebook of the demo survey draws what an astronomer would check first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import nbformat
import pytest

from tests.notebook.conftest import Kernel
from tests.servers import copy_state, start_server

#: The cells that draw, by the figure's name.
FIGURES = {
    "density",
    "separation",
    "cmd",
    "fold",
    "lightcurve",
    "stamps",
    "orbit",
    "counts",
    "conditions",
}


@pytest.fixture
def kernel(survey_state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    """A kernel of a server on the tiny survey."""
    state = copy_state(survey_state, tmp_path / "state")
    # As `lsp demo` says it to its kernels.
    repositories = {"dp1": str(state / "butler" / "dp1")}
    monkeypatch.setenv("DAF_BUTLER_REPOSITORIES", json.dumps(repositories))
    server = start_server(tmp_path / "server", state)
    kernel = Kernel(server)
    yield kernel
    kernel.stop()
    server.stop()


@pytest.mark.req("NB-REQ-0009")
def test_every_figure_is_drawn(kernel: Kernel) -> None:
    source = resources.files("lsp_jupyter.demo") / "data" / "demo-survey.ipynb"
    notebook = nbformat.reads(source.read_text(), as_version=4)
    nbformat.validate(notebook)
    drawn = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        assert not cell.outputs
        shown = kernel.run(cell.source)
        assert not shown.error, f"{cell.source}\n{shown.traceback}"
        if any("image/png" in data for data in shown.data):
            drawn.add(cell.id)
    assert drawn == FIGURES
    # The period that the data tell is the true one, within what two months can tell.
    assert kernel.value("float(abs(period / brightest['period'] - 1))") < 0.01
    # The supernova is on its difference images.
    assert kernel.value("len(shown)") >= 3
    assert kernel.value("float((forced.psfDiffFlux / forced.psfDiffFluxErr).max())") > 20
    # Rows of the table of images lead to the images themselves.
    kernel.run(
        "import lsp_jupyter as lsp\n"
        'found = lsp.query("SELECT TOP 3 obs_publisher_did, s_ra, s_dec FROM ivoa.ObsCore '
        "WHERE dataproduct_subtype = 'lsst.visit_image' ORDER BY obs_id\")\n"
        "refs = lsp.datasets(found)\n"
        "image = lsp.butler().get(refs[0])\n"
        "x, y = image.getWcs().skyToPixel(found.to_pandas().s_ra[0], found.to_pandas().s_dec[0])"
    )
    assert kernel.value("[ref.datasetType.name for ref in refs]") == ["visit_image"] * 3
    assert abs(kernel.value("float(x)") - kernel.value("image.getBBox().width / 2")) < 2
    # Asteroids are where their orbits say.
    off = (
        "max(float(np.min(np.hypot(orbit(one)[0] - one.x, orbit(one)[1] - one.y)))"
        " for one in rows_of_orbit.itertuples())"
    )
    kernel.run("rows_of_orbit = asteroid.to_pandas().query('q < 4')")
    assert kernel.value(off) < 0.05
