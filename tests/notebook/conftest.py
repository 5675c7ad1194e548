"""Kernels of the real server: one in this process, one as the server itself starts them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient

from lsp_jupyter.notebook import session
from lsp_jupyter.notebook.client import Client
from tests.servers import Server

#: Runs for hours on the demo catalogue.
LONG = (
    "SELECT COUNT(*) AS n FROM gaia.source AS a, gaia.source AS b "
    "WHERE SIN(a.ra * b.dec) > COS(a.dec * b.ra)"
)


@pytest.fixture
def as_kernel(lab_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """This process finds the server as one of its kernels does."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(lab_server.runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(lab_server.process.pid))
    monkeypatch.setattr(session, "_client", Client())
    return lab_server


@dataclass
class Outputs:
    """What a cell gave."""

    text: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] = field(default_factory=dict)
    comms: list[dict[str, Any]] = field(default_factory=list)

    @property
    def traceback(self) -> str:
        """The lines an error shows."""
        return "\n".join(self.error.get("traceback", []))


class Kernel:
    """A kernel that the server started, as a front end talks to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        with server.session() as http:
            made = http.post(f"{server.url}api/kernels", json={"name": "python3"})
            made.raise_for_status()
        self.id = made.json()["id"]
        self.client = BlockingKernelClient(
            connection_file=str(server.runtime / f"kernel-{self.id}.json")
        )
        self.client.load_connection_file()
        # A busy machine misses beats of the heart.
        self.client.start_channels(hb=False)
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, **metadata: str) -> Outputs:
        """Run a cell to its end."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return self.collect(message["header"]["msg_id"])

    def collect(
        self, request: str, *, seen: Callable[[Outputs], bool] | None = None, timeout: float = 60
    ) -> Outputs:
        """Gather what a request gives until the kernel is idle again."""
        outputs = Outputs()
        end = time.monotonic() + timeout
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            except Empty:
                raise TimeoutError(f"The kernel did not finish: {outputs}") from None
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "stream":
                outputs.text += content["text"]
            elif kind in ("display_data", "execute_result", "update_display_data"):
                outputs.data.append(content["data"])
            elif kind == "error":
                outputs.error = content
            elif kind.startswith("comm_"):
                outputs.comms.append({"kind": kind, **content, "buffers": message["buffers"]})
            elif kind == "status" and content["execution_state"] == "idle":
                return outputs
            if seen is not None and seen(outputs):
                return outputs

    def tell(self, comm: str, content: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a widget's custom message; give the messages that came back."""
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self.client.shell_channel.send(message)
        return self.collect(message["header"]["msg_id"]).comms

    def interrupt(self) -> None:
        """What the stop button does."""
        with self.server.session() as http:
            http.post(f"{self.server.url}api/kernels/{self.id}/interrupt").raise_for_status()

    def value(self, expression: str) -> Any:
        """The value of an expression, by way of JSON."""
        outputs = self.run(f"import json; print(json.dumps({expression}))")
        assert not outputs.error, outputs.traceback
        return json.loads(outputs.text)

    def stop(self) -> None:
        """End it."""
        self.client.stop_channels()
        with self.server.session() as http:
            http.delete(f"{self.server.url}api/kernels/{self.id}")


@pytest.fixture(scope="session")
def kernel(lab_server: Server) -> Iterator[Kernel]:
    """One kernel with the extension loaded, for all tests that bind names of their own."""
    kernel = Kernel(lab_server)
    loaded = kernel.run("%load_ext lsp_jupyter\nimport lsp_jupyter as lsp")
    assert not loaded.error, loaded.traceback
    yield kernel
    kernel.stop()
