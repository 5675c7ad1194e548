"""New jobs: what a request must be to become one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.identity import Caller

from .job import Job, Origin, Phase

__all__ = ["Intake"]

#: Seconds for which the result of a synchronous query is kept.
SYNC_KEPT = 3600.0
#: Characters of a client's own label, and of all parameters beside the query.
RUN_ID_MAX = 256
PARAMETERS_MAX = 64 << 10
#: Tags of a job, and characters of one.
TAGS, TAG_MAX = 20, 64


class Intake:
    """Makes the records of new jobs, within the limits of the instance.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    """

    def __init__(self, config: LspConfig) -> None:
        self._config = config

    def job(
        self,
        caller: Caller,
        parameters: Mapping[str, str],
        origin: Origin,
        *,
        run_id: str = "",
        destruction: datetime | None = None,
        execution_duration: float | None = None,
    ) -> Job:
        """A new PENDING job; parameters are those of `lsp_jupyter.jobs.runner.Jobs.create`."""
        now = datetime.now(UTC)
        if origin is Origin.TAP_SYNC:
            destruction = destruction or now + timedelta(seconds=SYNC_KEPT)
            longest = self._config.sync_timeout
            execution_duration = min(execution_duration or longest, longest)
        return Job(
            id=secrets.token_hex(16),
            owner=caller.subject,
            phase=Phase.PENDING,
            parameters=self.parameters(parameters),
            origin=origin,
            created=now,
            destruction=self.destruction(destruction, now),
            execution_duration=self.duration(execution_duration),
            run_id=self.run_id(run_id),
        )

    def run_id(self, wanted: str) -> str:
        """A client's own label, as it is kept.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is too long.
        """
        if len(wanted) > RUN_ID_MAX:
            raise ParameterError(
                f"RUNID is longer than {RUN_ID_MAX} characters.", parameter="RUNID"
            )
        return _encodable(wanted)

    def name(self, wanted: str) -> str:
        """What an owner calls a job, as it is kept: on one line.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is too long.
        """
        name = " ".join(_encodable(wanted).split())
        if len(name) > RUN_ID_MAX:
            raise ParameterError(
                f"The name is longer than {RUN_ID_MAX} characters.", parameter="name"
            )
        return name

    def tags(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The tags of a job, as they are kept: each once, without commas.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if there are too many, or one is too long.
        """
        words = (" ".join(_encodable(one).replace(",", " ").split()) for one in wanted)
        tags = tuple(dict.fromkeys(filter(None, words)))
        if len(tags) > TAGS or any(len(one) > TAG_MAX for one in tags):
            raise ParameterError(
                f"A job has {TAGS} tags at most, of {TAG_MAX} characters at most.",
                parameter="tags",
            )
        return tags

    def destruction(self, wanted: datetime | None, created: datetime) -> datetime:
        """When a job shall go: as wished, but no later than the instance allows."""
        latest = created + timedelta(seconds=self._config.destruction)
        if wanted is None:
            return latest
        return min(wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC), latest)

    def duration(self, wanted: float | None) -> float:
        """Seconds a job may run: as wished, but no more than the instance allows."""
        # 0 asks for no limit (UWS 1.1 section 2.2.1.5): it gets as much as there is.
        longest = self._config.execution_duration
        return min(wanted, longest) if wanted and wanted > 0 else longest

    def parameters(self, given: Mapping[str, str]) -> dict[str, str]:
        """Parameters by upper-case name.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one is given twice.
        lsp_jupyter.errors.LimitError
            Raised if they are too long to keep.
        """
        out: dict[str, str] = {}
        for name, value in given.items():
            upper = _encodable(name.upper())
            if upper in out:
                raise ParameterError(f"{upper[:40]} is given twice.", parameter=upper[:40])
            out[upper] = _encodable(value)
        longest = self._config.query_max_bytes
        if len(out.get("QUERY", "").encode()) > longest:
            raise LimitError(
                f"The query is longer than {longest:,} bytes.",
                hint="Shorten it; long lists of values are better joined from a table.",
            )
        rest = sum(len(name) + len(value) for name, value in out.items() if name != "QUERY")
        if rest > PARAMETERS_MAX:
            raise LimitError(f"The parameters are longer than {PARAMETERS_MAX:,} characters.")
        return out


def _encodable(text: str) -> str:
    """The text without what UTF-8 cannot write, so that it can be stored and sent back."""
    return text.encode(errors="replace").decode()
