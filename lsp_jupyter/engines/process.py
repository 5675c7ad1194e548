"""One worker process, seen from the server."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import shutil
import signal
import site
import sys
import sysconfig
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from lsp_jupyter.errors import EngineError, WorkerDiedError, error_from_dict

from . import wire

__all__ = ["WorkerProcess", "environment"]

log = logging.getLogger(__name__)

#: Seconds a process may take to get ready.
START_TIMEOUT = 60.0
#: Seconds within which a killed process must be gone.
KILL_TIMEOUT = 2.0
#: Seconds between two looks at a process that works, and how often in a row it must have been
#: found stopped to count as dead.
LOOK_EVERY = 1.5
LOOKS = 2


class WorkerProcess:
    """A worker that answers one message at a time.

    Parameters
    ----------
    module : `str`
        What it runs, as ``python -m`` takes it.
    folder : `~pathlib.Path`
        A folder of its own; removed with it.
    work : `str`
        What it does, for messages.
    """

    def __init__(self, module: str, folder: Path, work: str = "query") -> None:
        self._module = module
        self._folder = folder
        self._work = work
        self._process: asyncio.subprocess.Process | None = None
        self._drain: asyncio.Task[None] | None = None
        self._killed = False
        self._stopped = 0

    @property
    def pid(self) -> int:
        """Process id; 0 before it started."""
        return 0 if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it may be asked something."""
        return self._process is not None and self._process.returncode is None and not self._killed

    @property
    def scratch(self) -> Path:
        """Where it may put temporary files."""
        return self._folder / "tmp"

    async def start(self, message: wire.Message) -> wire.Message:
        """Start it, give it its first message and wait until it is ready.

        Returns
        -------
        answer : `dict`
            Its ``ready`` message.

        Raises
        ------
        lsp_jupyter.errors.EngineError
            Raised if it does not get ready; it is gone then.
        """
        empty = self._folder / "cwd"
        try:
            for path in (self._folder, empty, self.scratch):
                path.mkdir(mode=0o700, exist_ok=True)
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-s", "-P", "-m", self._module),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=empty,
                env=environment(self.scratch),
                # Control-C in the server's terminal is the server's to handle.
                start_new_session=True,
            )
            self._drain = asyncio.create_task(self._drain_errors())
            async with asyncio.timeout(START_TIMEOUT):
                return await anext(self.call(message, until="ready"))
        except TimeoutError:
            await self.kill()
            raise EngineError(f"A process for a {self._work} did not get ready in time.") from None
        except OSError as error:
            await self.kill()
            raise EngineError(
                f"A process for a {self._work} cannot be started: {error.strerror}."
            ) from error
        except BaseException:
            await self.kill()
            raise

    async def call(
        self, message: wire.Message, until: str = "done"
    ) -> AsyncGenerator[wire.Message]:
        """Send a message and give all its answers, the last of which is ``until``.

        Raises
        ------
        lsp_jupyter.errors.WorkerDiedError
            Raised if the process ends before it is done.
        lsp_jupyter.errors.LspError
            Raised if it answers with an error.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EngineError(f"The process for a {self._work} was not started.")
        with contextlib.suppress(ConnectionError):  # a death shows itself when reading
            process.stdin.write(wire.pack(message))
            await process.stdin.drain()
        self._stopped = 0
        looks = _Every(LOOK_EVERY, self._look)
        try:
            while True:
                answer = await self._answer(process.stdout)
                last = answer.get("op") == until
                if last:
                    # Who waits for one answer alone may leave this suspended.
                    looks.end()
                yield answer
                if last:
                    return
        finally:
            looks.end()

    async def _answer(self, stdout: asyncio.StreamReader) -> wire.Message:
        try:
            answer = await wire.read(stdout)
        except ValueError:
            await self.kill()
            raise EngineError(
                f"The process for a {self._work} sent what cannot be understood."
            ) from None
        if answer is None:
            cause = await self._cause()
            raise WorkerDiedError(
                f"The process that ran the {self._work} ended before it was done: {cause}.",
                hint=f"Run the {self._work} again; if it happens again, ask for less.",
            )
        if answer.get("op") == "error":
            if answer.get("fatal"):
                await self.kill()
            raise error_from_dict(answer["error"])
        return answer

    def _look(self) -> None:
        """End it if it was stopped: it would neither answer nor end."""
        assert self._process is not None
        self._stopped = self._stopped + 1 if _is_stopped(self._process.pid) else 0
        if self._stopped >= LOOKS and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _cause(self) -> str:
        assert self._process is not None
        try:
            # Not `wait_for`: it may swallow a cancellation (Python 3.11), and a lane would go on.
            async with asyncio.timeout(KILL_TIMEOUT):
                code = await self._process.wait()
        except TimeoutError:
            # It closed its output but lives: of no use to anybody.
            await self.kill()
            return "it stopped answering"
        if self._stopped >= LOOKS:
            return "it had been stopped"
        if code >= 0:
            return f"it exited with code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        note = ", perhaps because the machine ran out of memory" if name == "SIGKILL" else ""
        return f"it was ended by {name}{note}"

    async def kill(self) -> None:
        """End it at once, whatever it does, and remove what it left."""
        process, self._killed = self._process, True
        if process is not None:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if self._drain is not None:
            await self._drain
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _drain_errors(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        rest = b""
        while part := await self._process.stderr.read(1 << 14):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                log.warning("worker %d: %s", self.pid, line[:2000].decode(errors="replace"))
            rest = rest[:2000]
        if rest:
            log.warning("worker %d: %s", self.pid, rest.decode(errors="replace"))


class _Every:
    """Calls a function of the running loop again and again."""

    def __init__(self, seconds: float, function: Callable[[], None]) -> None:
        self._seconds = seconds
        self._function = function
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(seconds, self._call)

    def _call(self) -> None:
        self._timer = self._loop.call_later(self._seconds, self._call)
        self._function()

    def end(self) -> None:
        """Call it no more."""
        self._timer.cancel()


def _is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal; false where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    # The name before the state may hold anything, blanks and brackets too.
    return status.rpartition(")")[2].split()[0] in ("T", "t")


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a worker: nothing of the server's but how to find the code.

    Parameters
    ----------
    scratch : `~pathlib.Path`
        Its home and temporary folder.
    """
    env = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # Each arena of glibc reserves 64 MB of the address space that is limited.
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OPENBLAS_NUM_THREADS": "1",
    }
    if library := os.environ.get("LD_LIBRARY_PATH"):
        env["LD_LIBRARY_PATH"] = library
    own = {Path(path).resolve() for path in site.getsitepackages()}
    own.add(Path(sysconfig.get_path("purelib")).resolve())
    found = [Path(__file__).resolve().parents[2]]
    for name in ("duckdb", "pyarrow", "numpy"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            found.append(Path(spec.origin).resolve().parent.parent)
    # Folders of the interpreter itself come after its standard library by themselves.
    if paths := [str(path) for path in dict.fromkeys(found) if path not in own]:
        env["PYTHONPATH"] = os.pathsep.join(paths)
    return env
