"""The process that works on pixels: ``python -m lsp_jupyter.images.worker``.

It reads messages (`lsp_jupyter.engines.wire`) from its standard input, the first of which says
what can be done (`lsp_jupyter.images.tasks`), does one task at a time, and ends when its input
closes, whatever it is doing then. What it learns of files it may keep between tasks. Large
results go to files that the task names.

What holds it: an address space limit, a scrubbed environment, and the SIGKILL of its parent.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module

from lsp_jupyter.engines.parent import Channel, end_if_alone, next_message
from lsp_jupyter.engines.watcher import Watcher
from lsp_jupyter.engines.wire import Message
from lsp_jupyter.errors import EngineError, LimitError, LspError, NotFoundError, OverloadError

from .tasks import Task

__all__ = ["main"]

#: Seconds between two looks at whether the parent is there.
LOOK_EVERY = 0.5


def failure_of(error: BaseException) -> LspError:
    """What to tell of an exception: never a path of this machine, never a traceback."""
    if isinstance(error, LspError):
        return error
    if isinstance(error, MemoryError):
        return LimitError(
            "This takes more memory than an image task may use.", hint="Ask for fewer pixels."
        )
    if isinstance(error, FileNotFoundError):
        return NotFoundError("The file of this image is not there any more.")
    if isinstance(error, OSError) and error.strerror:
        return OverloadError(f"The image cannot be read or written now: {error.strerror}.")
    return EngineError("The image task failed inside the platform.")


def _answer(channel: Channel, tasks: Mapping[str, str], message: Message) -> None:
    try:
        module, _, name = tasks[message["task"]].partition(":")
        task: Task = getattr(import_module(module), name)
        value = task(message["args"], lambda told: channel.send("progress", **told))
        channel.send("done", value=dict(value))
    except Exception as error:
        failure = failure_of(error)
        if failure is not error:
            traceback.print_exc(file=sys.stderr)
        channel.send("error", error=failure.to_dict(), fatal=isinstance(error, MemoryError))


def main() -> None:
    """Serve until standard input closes."""
    os.umask(0o077)
    # Nothing that prints may disturb the protocol: it gets a descriptor of its own.
    channel = Channel(os.dup(1))
    os.dup2(2, 1)
    start = next_message()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (start["address_space"], hard))
    # What every task needs, so that the first one is not late.
    from astropy.io import fits

    # It asks for this setting at every card of a header that it looks at: as a plain value of
    # this process a cutout takes a third less.
    type(fits.conf).strip_header_whitespace = fits.conf.strip_header_whitespace

    watcher = Watcher(LOOK_EVERY, end_if_alone)
    channel.send("ready")
    while True:
        message = next_message()
        with watcher.watching():
            _answer(channel, start["tasks"], message)


if __name__ == "__main__":
    main()
