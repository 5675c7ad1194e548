"""A Butler server for each release: what `lsst.daf.butler.remote_butler` speaks with.

So kernels read repositories whose files and databases they cannot reach, or may not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from lsp_jupyter.errors import LimitError, NotFoundError
from lsp_jupyter.images.repositories import Repository, find_repository
from lsp_jupyter.web import BaseHandler

__all__ = ["ButlerHandler"]

#: Bytes of a request at most.
_MOST = 32 << 20
_READ = 1 << 20


class ButlerHandler(BaseHandler):
    """``butler/{release}/v1/…``: the images of a release through a Butler of another process."""

    vo = True

    async def get(self, release: str, call: str) -> None:
        """Answer one request of the protocol."""
        repository, types = await asyncio.to_thread(self._repository, release)
        if len(self.request.body) > _MOST:
            raise LimitError(f"A request can have {_MOST:,} bytes.")
        out = self.platform.pool.scratch(".json")
        try:
            told = await self.unless_gone(
                self.platform.pool.run(
                    "butler",
                    {
                        "uri": repository.uri,
                        "collections": list(repository.collections),
                        "types": types,
                        "call": call,
                        "query": {
                            name: self.get_query_argument(name)
                            for name in self.request.query_arguments
                        },
                        "body": self.request.body.decode("utf-8", "replace"),
                        "files": self.link(f"images/{repository.release}/"),
                        "out": str(out),
                    },
                    seconds=self.settings_of_instance.sync_timeout,
                )
            )
            self.set_status(told["status"])
            self.set_header("Content-Type", "application/json")
            await self.stream(_pieces(out))
        finally:
            await asyncio.to_thread(out.unlink, missing_ok=True)

    post = get

    def _repository(self, release: str) -> tuple[Repository, list[str]]:
        found = find_repository(self.platform.state, release)
        if not found.butler or not self.platform.archive.allows(self.caller, found.release):
            raise NotFoundError(f"There is no Butler repository of a release {release[:60]}.")
        return found, list(self.platform.archive.index.types(found.release))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_READ):
            yield piece
