"""The folder of result files, each with a sidecar that makes it complete.

``<id>.arrow`` is the stream, ``<id>.json`` says that it is finished and where
its batches lie, ``<id>.<view>.order`` is the row order of a view, and
``<id>.<number>.input`` another result that the query of this one reads. A
stream without a sidecar still grows, or is what a killed server left.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.arrow_stream import Place, map_file
from lsp_jupyter.engines.protocol import Attachment, Batch, Status
from lsp_jupyter.errors import EngineError, ResultNotFoundError

from . import sidecar
from .result import Result

__all__ = ["Result", "ResultStore"]

#: Opened results kept ready.
KEEP_OPEN = 32
#: Seconds a file of no known result is left alone: its record may be on its way.
SWEEP_AGE = 600.0

_ID = re.compile(r"[0-9a-f]{32}")


class _Growing:
    """A result that is being written, and the file as it was opened then.

    The descriptor is kept because the finished file may be another one of the
    same name.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.header = 0
        self.places: list[Place] = []
        self.size = 0


class ResultStore:
    """All results of one instance.

    Its methods touch the disk: call those marked so from a thread. They may be
    called from several threads.

    Parameters
    ----------
    root : `~pathlib.Path`
        The folder; made with mode 0700.
    config : `~lsp_jupyter.config.LspConfig`
        Settings of the instance.
    """

    def __init__(self, root: Path, config: LspConfig) -> None:
        self.root = root
        self.config = config
        self._lock = threading.Lock()
        self._growing: dict[str, _Growing] = {}
        self._open: OrderedDict[str, Result] = OrderedDict()
        # Finished, and their sidecars are being written.
        self._prepared: dict[str, Result] = {}
        self._listeners: list[Callable[[str], None]] = []
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def new(self) -> str:
        """A name for a new result: 128 random bits, never used before."""
        return secrets.token_hex(16)

    def path(self, result_id: str) -> Path:
        """Where its stream is, or will be.

        Raises
        ------
        lsp_jupyter.errors.ResultNotFoundError
            Raised if that cannot be the name of a result.
        """
        # Names come from our own records; the check keeps any other out of the file system.
        if not _ID.fullmatch(result_id):
            raise ResultNotFoundError("There is no such result.")
        return self.root / f"{result_id}.arrow"

    def order_path(self, result_id: str, view: str) -> Path:
        """Where the row order of a view is, or will be; ``view`` is its key."""
        return self.path(result_id).with_name(f"{result_id}.{view}.order")

    def grow(self, result_id: str, status: Status) -> None:
        """Take note of how far a running task is.

        It must be called with no ``await`` since the engine gave the status:
        the first call opens the file the batches lie in.
        """
        if not status.batches:
            return
        with self._lock:
            growing = self._growing.get(result_id)
            if growing is None:
                fd = os.open(self.path(result_id), os.O_RDONLY | os.O_CLOEXEC)
                growing = self._growing[result_id] = _Growing(fd)
            growing.header = status.header
            growing.size = status.size
            growing.places += _places(status.batches[len(growing.places) :])

    def open(self, result_id: str) -> Result:
        """A result, finished or growing.

        Raises
        ------
        lsp_jupyter.errors.ResultNotFoundError
            Raised if there is none, or no row of it yet.
        """
        path = self.path(result_id)
        with self._lock:
            known = self._open.get(result_id)
            if known is not None:
                self._open.move_to_end(result_id)
                return known
            if result_id in self._prepared:
                return self._prepared[result_id]
            growing = self._growing.get(result_id)
            if growing is not None:
                return Result(
                    result_id,
                    path,
                    map_file(growing.fd),
                    header=growing.header,
                    places=list(growing.places),
                    complete=False,
                    overflow=False,
                    size=growing.size,
                )
        result = sidecar.load(result_id, path)
        self._keep(result)
        return result

    def _keep(self, result: Result) -> None:
        """Have it ready when it is asked for again."""
        with self._lock:
            self._open[result.id] = result
            while len(self._open) > KEEP_OPEN:
                self._open.popitem(last=False)

    def finish(self, result_id: str, status: Status, *, durable: bool = True) -> Result:
        """Make a result complete. Touches the disk.

        Parameters
        ----------
        result_id : `str`
            Its name.
        status : `~lsp_jupyter.engines.protocol.Status`
            The engine's last word on the task that made it.
        durable : `bool`
            Whether the record must survive a power failure.

        Returns
        -------
        result : `Result`
            The complete result.

        Raises
        ------
        lsp_jupyter.errors.EngineError
            Raised if the file is not what the status says.
        """
        result = self.prepare(result_id, status)
        sidecar.save(result, durable=durable)
        with self._lock:
            self._prepared.pop(result_id, None)
        self._keep(result)
        self._stop_growing(result_id)
        return result

    def prepare(self, result_id: str, status: Status) -> Result:
        """Have a finished result readable before `finish` makes it complete.

        Returns and raises what `finish` does. It opens a file that was written
        just now, and does nothing else with the disk.
        """
        with self._lock:
            known = self._prepared.get(result_id)
            if known is not None:
                return known
        path = self.path(result_id)
        data = None
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == status.size > 0:
                data = map_file(file.fileno())
        if data is None:
            raise EngineError("The result file is not as long as the engine said.")
        result = Result(
            result_id,
            path,
            data,
            header=status.header,
            places=_places(status.batches),
            complete=True,
            overflow=status.overflow,
            size=status.size,
            sha256=status.sha256,
        )
        with self._lock:
            self._prepared[result_id] = result
        return result

    def share(
        self, result_id: str, source: str, told: Mapping[str, str], *, durable: bool = True
    ) -> Result:
        """Make a finished result the result of another job too. Touches the disk.

        The two have one file under two names, so either may be deleted.

        Parameters
        ----------
        result_id : `str`
            The new name.
        source : `str`
            The finished result.
        told : mapping
            Provenance of the new one, where it differs.
        durable : `bool`
            Whether it must survive a power failure.

        Returns
        -------
        result : `Result`
            The complete result.

        Raises
        ------
        lsp_jupyter.errors.ResultNotFoundError
            Raised if there is no such result, or it is not complete.
        """
        found = self.open(source)
        if not found.complete:
            raise ResultNotFoundError("The result is not complete yet.")
        path = self.path(result_id)
        try:
            _link(found.path, path)
        except FileNotFoundError:
            raise ResultNotFoundError("The result was deleted.") from None
        if durable:
            # It may be one that was written for a synchronous query alone.
            with path.open("rb") as file:
                os.fsync(file.fileno())
        result = found.shared(result_id, path, told)
        sidecar.save(result, durable=durable)
        self._keep(result)
        return result

    def delete(self, result_id: str) -> None:
        """Remove a result and what belongs to it. Touches the disk.

        Results opened before stay readable.
        """
        path = self.path(result_id)
        with self._lock:
            self._open.pop(result_id, None)
            self._prepared.pop(result_id, None)
        # The sidecar goes first: what is half deleted is not complete.
        path.with_suffix(".json").unlink(missing_ok=True)
        self._stop_growing(result_id)
        for callback in list(self._listeners):
            callback(result_id)
        for other in self.root.glob(f"{result_id}.*"):
            other.unlink(missing_ok=True)

    def hold(self, result_id: str, inputs: Sequence[Attachment]) -> tuple[Attachment, ...]:
        """Keep other results while a result is made from them, whoever deletes them.

        Touches the disk. Give what it returns to `release` when the result is
        made; where that never happens, `delete` and `sweep` do it.

        Parameters
        ----------
        result_id : `str`
            The result that is made.
        inputs : sequence of `~lsp_jupyter.engines.protocol.Attachment`
            The results it is made from.

        Returns
        -------
        held : `tuple` of `~lsp_jupyter.engines.protocol.Attachment`
            The same under names of their own.

        Raises
        ------
        lsp_jupyter.errors.ResultNotFoundError
            Raised if one of them was deleted already.
        """
        held: list[Attachment] = []
        for number, one in enumerate(inputs):
            path = self.path(result_id).with_name(f"{result_id}.{number}.input")
            try:
                _link(one.path, path)
            except FileNotFoundError:
                self.release(held)
                raise ResultNotFoundError(
                    "A result that this query reads was deleted.",
                    hint="Run the query that made it again.",
                ) from None
            held.append(replace(one, path=path))
        return tuple(held)

    def release(self, held: Iterable[Attachment]) -> None:
        """Let go of what `hold` gave. Touches the disk."""
        for one in held:
            one.path.unlink(missing_ok=True)

    def on_delete(self, callback: Callable[[str], None]) -> None:
        """Have a function called with the name of each result that is deleted, in any thread."""
        self._listeners.append(callback)

    def sweep(self, keep: Collection[str]) -> int:
        """Remove files of results that no job knows. Touches the disk.

        Those are spared that were written within ten minutes, or within the time of two
        synchronous queries, which have no record until they end.

        Parameters
        ----------
        keep : collection of `str`
            Results of known jobs.

        Returns
        -------
        number : `int`
            Results removed.
        """
        limit = time.time() - max(SWEEP_AGE, 2 * self.config.sync_timeout)
        lost = set()
        for file in self.root.iterdir():
            name = file.name.lstrip(".").partition(".")[0]
            with contextlib.suppress(FileNotFoundError):
                if _ID.fullmatch(name) and name not in keep and file.stat().st_mtime < limit:
                    lost.add(name)
        with self._lock:
            lost -= self._growing.keys()
        for name in lost:
            self.delete(name)
            for file in self.root.glob(f".{name}.*"):
                file.unlink(missing_ok=True)
        return len(lost)

    def _stop_growing(self, result_id: str) -> None:
        with self._lock:
            growing = self._growing.pop(result_id, None)
        if growing is not None:
            os.close(growing.fd)


def _link(path: Path, name: Path) -> None:
    """Give a file another name, as new as any: `ResultStore.sweep` goes by the file's time."""
    os.utime(path)
    os.link(path, name)


def _places(batches: Sequence[Batch]) -> list[Place]:
    return [Place(batch.offset, batch.length, batch.rows) for batch in batches]
