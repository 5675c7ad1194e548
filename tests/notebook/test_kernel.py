"""Cells in a kernel that a real server started: magics, errors, interrupts, widgets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pyarrow as pa
import pytest

from tests.notebook.conftest import LONG, Kernel, Outputs
from tests.servers import Server

WIDGET = "application/vnd.jupyter.widget-view+json"

BRIGHT = (
    "%%adql {line}\n"
    "SELECT TOP 100 source_id, ra, dec, phot_g_mean_mag\n"
    "FROM gaia.source\n"
    "ORDER BY phot_g_mean_mag"
)


@pytest.mark.req("NB-REQ-0005", "NB-REQ-0017")
def test_a_cell_binds_and_shows_its_result(kernel: Kernel) -> None:
    shown = kernel.run(BRIGHT.format(line="bright"))
    assert not shown.error, shown.traceback
    (data,) = shown.data
    assert WIDGET in data
    assert "100 rows x 4 columns" in data["text/plain"]
    assert "<table>" in data["text/html"]
    assert kernel.value("[len(bright), str(bright.to_table()['ra'].unit)]") == [100, "deg"]
    job = kernel.value("bright.job")
    assert job["origin"] == "notebook"
    assert job["run_id"] == "bright"
    with kernel.server.session() as http:
        listed = http.get(f"{kernel.server.base}portal/jobs?last=5").json()["jobs"]
    assert job["id"] in [each["id"] for each in listed]


@pytest.mark.parametrize(
    ("line", "widget", "says"),
    [
        ("few --maxrec 3", True, "cut off after 3 rows"),
        ("few --maxrec 3 --noshow", False, "3 rows, cut off"),
        ("few --noshow", False, "completed, 100 rows"),
        ("--maxrec=4", True, "4 rows x 4 columns"),
        ("few --show", True, "100 rows"),
    ],
)
def test_options_of_a_cell(kernel: Kernel, line: str, widget: bool, says: str) -> None:
    shown = kernel.run(BRIGHT.format(line=line))
    assert not shown.error, shown.traceback
    assert not shown.text
    (data,) = shown.data
    assert (WIDGET in data) is widget
    assert says in data["text/plain"]


def test_without_waiting(kernel: Kernel) -> None:
    shown = kernel.run(f"%%adql later --async\n{LONG}")
    assert not shown.error, shown.traceback
    assert kernel.value("later.phase") in ("QUEUED", "EXECUTING")
    shown = kernel.run("%adql cancel " + kernel.value("later.id"))
    assert not shown.error, shown.traceback
    assert kernel.value("later.phase") == "ABORTED"


def test_values_of_the_notebook_are_bound(kernel: Kernel) -> None:
    kernel.run('limit, name, ids = 2.5, "O\'Neil", [-32349, -30438]')
    shown = kernel.run(
        "%%adql found --noshow\n"
        "SELECT source_id, {name} AS who FROM gaia.source\n"
        "WHERE phot_g_mean_mag < {limit} AND source_id IN ({ids}) -- {nothing}"
    )
    assert not shown.error, shown.traceback
    frame = "found.to_pandas()"
    assert kernel.value(f"sorted({frame}['source_id'].tolist())") == [-32349, -30438]
    assert kernel.value(f"{frame}['who'].tolist()") == ["O'Neil"] * 2


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (
            "%%adql wrong\nSELECT TOP 10 ra,\n       phot_g_mag\nFROM gaia.source",
            [
                "AdqlError: There is no column phot_g_mag.",
                "line 2, column 8",
                "2 |        phot_g_mag",
                "  |        ^^^^^^^^^^",
                "Hint: Did you mean phot_g_mean_mag",
            ],
        ),
        (
            "%%adql wrong\nSELECT ra FROM gaia.source WHERE ra < {limitt}",
            ["There is no variable 'limitt'", "line 1, column 39", "^^^^^^^^"],
        ),
        (
            "stars = 'gaia.sauce'\nlsp.query(f'SELECT ra FROM {stars}')",
            ["1 | SELECT ra FROM gaia.sauce", "Hint: ", "In: lsp.query(f'SELECT ra FROM {stars}')"],
        ),
        ("lsp.result('nobody')", ["JobNotFoundError", "In: lsp.result('nobody')"]),
        ("%adql columns gaia.sauce", ["NotFoundError", "Did you mean gaia.source"]),
        ("%adql SELECT nothing FROM gaia.source", ["AdqlError", "There is no column nothing"]),
    ],
)
def test_an_error_is_told_without_a_traceback(kernel: Kernel, cell: str, says: list[str]) -> None:
    kernel.run("wrong = 'as it was'; limit = 5")
    shown = kernel.run(cell)
    plain = unstyled(shown.traceback)
    assert all(each in plain for each in says), plain
    assert "Traceback" not in plain
    assert len(plain.splitlines()) <= 6
    assert kernel.value("wrong") == "as it was"


def unstyled(text: str) -> str:
    """Text without the colours of a terminal."""
    for code in ("\x1b[31m", "\x1b[1m", "\x1b[0m"):
        text = text.replace(code, "")
    return text


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%adql 1st\nSELECT 1", "cannot be the name of a variable"),
        ("%%adql class\nSELECT 1", "cannot be the name of a variable"),
        ("%%adql a b\nSELECT 1", "unrecognized arguments: b"),
        ("%%adql a --maxrec many\nSELECT 1", "invalid int value"),
        ("%%adql a --max 5\nSELECT 1", "unrecognized arguments"),
        ("%%adql a --show --noshow\nSELECT 1", "not allowed with"),
        ("%%adql 'a\nSELECT 1", "No closing quotation"),
        ("%adql", "%adql takes"),
        ("%adql columns", "%adql takes"),
        ("%adql remove it", "%adql takes"),
        ("%adql drop", "%adql takes"),
    ],
)
def test_a_wrong_line_is_one_line_of_text(kernel: Kernel, cell: str, says: str) -> None:
    shown = kernel.run(cell)
    assert shown.text.startswith("UsageError: ")
    assert says in shown.text
    assert len(shown.text.strip().splitlines()) == 1
    assert not shown.data


def test_errors_can_be_caught_by_their_class(kernel: Kernel) -> None:
    shown = kernel.run(
        "from lsp_jupyter.errors import AdqlError\n"
        "try:\n    lsp.query('SELECT x FROM gaia.source')\n"
        "except AdqlError as error:\n    print(error.line, error.column, error.length)"
    )
    assert shown.text.split() == ["1", "8", "1"], shown.traceback


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%adql tables gaia*", "gaia.source"),
        ("%adql columns gaia.source", "phot_g_mean_mag"),
        ("%adql jobs", "completed"),
        ("%adql SELECT TOP 2 ra FROM gaia.source", "2 rows x 1 columns"),
    ],
)
def test_the_line_magic_lists(kernel: Kernel, cell: str, says: str) -> None:
    shown = kernel.run(cell)
    assert not shown.error, shown.traceback
    (data,) = shown.data
    assert says in data["text/plain"]
    assert "<table>" in data["text/html"]


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        (f"%%adql endless\n{LONG}", "QueryAbortedError"),
        (f"endless = lsp.query('''{LONG}''')", "KeyboardInterrupt"),
    ],
)
def test_an_interrupt_cancels_the_query_on_the_server(
    kernel: Kernel, cell: str, error: str
) -> None:
    def progress(outputs: Outputs) -> bool:
        return any("Query executing" in each.get("text/plain", "") for each in outputs.data)

    kernel.run("endless = None")
    request = kernel.client.execute(cell)
    kernel.collect(request, seen=progress)
    kernel.interrupt()
    shown = kernel.collect(request)
    assert shown.error["ename"] == error
    assert kernel.value("endless") is None
    assert kernel.value("lsp.history(1)[0].phase") == "ABORTED"


class Widget:
    """A table widget in the kernel, as its front end sees it."""

    def __init__(self, kernel: Kernel, line: str) -> None:
        self.kernel = kernel
        shown = kernel.run(BRIGHT.format(line=line))
        assert not shown.error, shown.traceback
        self.id = shown.data[0][WIDGET]["model_id"]
        opened = [each for each in shown.comms if each["comm_id"] == self.id]
        self.state: dict[str, Any] = opened[0]["data"]["state"]

    def ask(self, **content: Any) -> tuple[dict[str, Any], list[memoryview]]:
        """Send a custom message; take over changed state and give the answer."""
        answer: tuple[dict[str, Any], list[memoryview]] = ({}, [])
        for message in self.kernel.tell(self.id, content):
            if message["comm_id"] != self.id:
                continue
            if message["data"]["method"] == "update":
                self.state.update(message["data"]["state"])
            else:
                answer = message["data"]["content"], message["buffers"]
        return answer


@pytest.fixture(scope="module")
def widget(kernel: Kernel) -> Widget:
    return Widget(kernel, "shown")


def test_a_widget_knows_its_result_and_holds_no_rows(widget: Widget) -> None:
    result = widget.state["result"]
    assert result["rows"] == 100
    assert result["complete"] is True
    assert [column["unit"] for column in result["columns"]] == ["", "deg", "deg", "mag"]
    assert widget.state["selection"] == {"ranges": [], "rows": 0, "revision": 0}
    assert widget.state["height"] == 360
    small = {key: value for key, value in widget.state.items() if key != "_esm"}
    assert len(json.dumps(small)) < 5000


def test_a_widget_gets_the_rows_it_asks_for(widget: Widget) -> None:
    view = {"sort": [["phot_g_mean_mag", "desc"]], "filter": [["phot_g_mean_mag", "<", 2]]}
    answer, buffers = widget.ask(kind="rows", request=7, start=1, count=3, view=view)
    assert answer["kind"] == "rows"
    assert answer["request"] == 7
    assert answer["complete"] is True
    page = pa.ipc.open_stream(buffers[0]).read_all()
    assert page.num_rows == 3
    magnitudes = page["phot_g_mean_mag"].to_pylist()
    assert magnitudes == sorted(magnitudes, reverse=True)
    assert page["__row__"].to_pylist() == [answer["rows"] - 2 - each for each in range(3)]
    answer, buffers = widget.ask(kind="rows", request=8, start=0, count=500, view=None)
    assert answer["rows"] == pa.ipc.open_stream(buffers[0]).read_all().num_rows == 100


@pytest.mark.req("NB-REQ-0034", "NB-REQ-0035")
def test_rows_selected_in_a_widget_come_back(widget: Widget) -> None:
    view = {"sort": [["phot_g_mean_mag", "desc"]], "filter": []}
    answer, _ = widget.ask(kind="select", request=9, ranges=[[0, 2]], view=view)
    assert answer == {"kind": "selected", "request": 9}
    assert widget.state["selection"]["ranges"] == [[98, 100]]
    assert widget.kernel.value("[shown.selected.ranges, len(shown.selected)]") == [[[98, 100]], 2]
    with widget.kernel.server.session() as http:
        url = f"{widget.kernel.server.base}portal/results/{widget.state['result']['id']}/selection"
        assert http.get(url).json()["ranges"] == [[98, 100]]
        http.put(url, json={"ranges": [[5, 6]], "view": None}).raise_for_status()
    answer, _ = widget.ask(kind="refresh", request=10)
    assert answer == {"kind": "refreshed", "request": 10}
    assert widget.state["selection"]["ranges"] == [[5, 6]]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "rows", "start": -1, "count": 5, "view": None},
        {"kind": "rows", "start": 0, "count": "5", "view": None},
        {"kind": "rows", "start": 0, "count": True, "view": None},
        {"kind": "rows", "start": 0},
        {"kind": "rows", "start": 0, "count": 5, "view": {"sort": [["nothing", "asc"]]}},
        {"kind": "rows", "start": 0, "count": 5, "view": "x"},
        {"kind": "select", "ranges": [[5, 1]], "view": None},
        {"kind": "select", "ranges": [[0, 101]], "view": None},
        {"kind": "select"},
    ],
)
def test_what_a_widget_cannot_have_is_told_to_it(widget: Widget, content: dict[str, Any]) -> None:
    answer, _ = widget.ask(request=11, **content)
    assert answer["kind"] == "error"
    assert answer["request"] == 11
    assert answer["error"]["code"] == "ParameterError"
    assert answer["error"]["message"]


@pytest.mark.parametrize("content", [{}, {"kind": "nothing"}, {"kind": None, "request": 1}])
def test_a_message_nobody_knows_is_ignored(widget: Widget, content: dict[str, Any]) -> None:
    assert widget.ask(**content) == ({}, [])


def test_a_widget_is_for_people(kernel: Kernel) -> None:
    """A program that runs a notebook gets rows; a front end that names its cells, the widget."""
    parent = kernel.value("__import__('os').environ.pop('JPY_PARENT_PID')")
    try:
        static = kernel.run(BRIGHT.format(line="shown_to_nobody"))
        live = kernel.run(BRIGHT.format(line="shown_to_somebody"), cellId="1234")
    finally:
        kernel.run(f"import os; os.environ['JPY_PARENT_PID'] = {parent!r}")
    assert WIDGET not in static.data[0]
    assert not static.comms
    assert "<table>" in static.data[0]["text/html"]
    assert WIDGET in live.data[0]


def test_a_widget_can_be_made_of_any_result(kernel: Kernel) -> None:
    shown = kernel.run("w = lsp.query('SELECT TOP 2 ra FROM gaia.source').widget(height=200)\nw")
    assert not shown.error, shown.traceback
    assert WIDGET in shown.data[0]
    assert kernel.value("[w.height, len(w.selected), w.result['rows']]") == [200, 0, 2]


@pytest.mark.req("NB-REQ-0003")
def test_an_executed_notebook_shows_tables_and_no_token(lab_server: Server, tmp_path: Path) -> None:
    """Run by nbconvert, which no server started: it finds the only one there is."""
    cells = [
        "%load_ext lsp_jupyter\nimport lsp_jupyter as lsp",
        BRIGHT.format(line="bright"),
        "%xmode Verbose\nlsp.query('SELECT x FROM gaia.source')",
        "bright.selected",
        "print(lsp.connect(), lsp.connect().connection)",
        "lsp.connect().connection.token",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "in.ipynb")
    convert = [sys.executable, "-m", "jupyter", "nbconvert", "--allow-errors"]
    executed = [
        "--to",
        "notebook",
        "--execute",
        "--output",
        "out.ipynb",
        str(tmp_path / "in.ipynb"),
    ]
    for options in (executed, ["--to", "html", str(tmp_path / "out.ipynb")]):
        done = subprocess.run(
            [*convert, *options], env=lab_server.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    (runtime,) = lab_server.runtime.glob("lsp_jupyter-*.json")
    text = (tmp_path / "out.ipynb").read_text()
    for token in (json.loads(runtime.read_text())["token"], lab_server.token):
        assert token not in text
        assert token not in done.stderr
    assert len(text) < 50_000
    outputs = [cell["outputs"] for cell in json.loads(text)["cells"]]
    for index in (1, 3):
        assert "<table>" in "".join(outputs[index][0]["data"]["text/html"])
    assert outputs[2][-1]["ename"] == "AdqlError"
    assert "Secret" in "".join(outputs[5][0]["data"]["text/plain"])
    page = (tmp_path / "out.html").read_text()
    assert "-32349</td>" in page
    assert "100 rows x 4 columns" in page


def test_plain_ipython_shows_text(lab_server: Server, tmp_path: Path) -> None:
    script = tmp_path / "cells.ipy"
    script.write_text(
        "%load_ext lsp_jupyter\n"
        "get_ipython().run_cell_magic('adql', 'bright', 'SELECT TOP 3 ra FROM gaia.source')\n"
        "print(len(bright))\n"
        "get_ipython().run_cell('%%adql bad\\nSELECT x FROM gaia.source')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", str(script)],
        env=lab_server.env | {"IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    shown = unstyled(done.stdout)
    assert "3 rows x 1 columns" in shown, done.stdout + done.stderr
    assert "\n3\n" in shown
    assert "1 | SELECT x FROM gaia.source" in shown
    assert "Traceback" not in shown + done.stderr


@pytest.mark.req("NB-REQ-0005", "NB-REQ-0017")
def test_a_cell_reads_a_frame_and_keeps_its_result(kernel: Kernel) -> None:
    made = kernel.run("import pandas as pd\nframe = pd.DataFrame({'hip': [71681, 70890]})")
    assert not made.error, made.traceback
    cell = (
        "%%adql {line}\nSELECT f.hip, m.plx FROM {{frame}} AS f "
        "JOIN hipparcos.main AS m ON m.hip = f.hip"
    )
    shown = kernel.run(cell.format(line="pair --save pair --noshow"))
    assert not shown.error, shown.traceback
    # On a slow machine how far it came is told before.
    texts = [data["text/plain"] for data in shown.data]
    assert "Stored as mydb.pair: 2 rows x 2 columns." in texts
    assert kernel.value("sorted(pair.to_pandas().hip.tolist())") == [70890, 71681]
    again = kernel.run(cell.format(line="--save pair"))
    assert "ConflictError" in again.traceback
    more = kernel.run(cell.format(line="--save pair --append --noshow"))
    assert "4 rows" in more.data[0]["text/plain"]
    listed = kernel.run("%adql mine")
    assert "mydb.pair" in listed.data[0]["text/plain"]
    assert not kernel.run("%adql drop pair").error
    assert kernel.value("len(lsp.tables(mine=True))") == 0
    for line, says in (("--append", "needs --save"), ("x --save y --async", "leave out --async")):
        wrong = kernel.run(cell.format(line=line))
        assert says in wrong.text + wrong.traceback
    # The place of an error is that in the cell, and not behind what was put in.
    query = "SELECT f.hip FROM {frame} AS f WHERE f.wrong = 1"
    place = kernel.run(f"%%adql\n{query}")
    assert f"line 1, column {query.index('wrong') + 1}\n" in place.traceback
