"""Which jobs somebody looks for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .job import Job, Origin, Phase
from .rows import stamp

__all__ = ["KEPT", "Search", "marks"]

#: Phases of the jobs that are listed if nothing else is said.
KEPT = tuple(phase for phase in Phase if phase is not Phase.ARCHIVED)
#: All that is searched for words; ``fold`` is `str.lower`, since SQLite's own knows ASCII only.
_TEXT = (
    "fold(coalesce(json_extract(parameters, '$.QUERY'), '') || char(10) || run_id || char(10)"
    " || name || char(10) || id || char(10)"
    " || coalesce((SELECT group_concat(value, char(10)) FROM json_each(tags)), ''))"
)


@dataclass(frozen=True, slots=True)
class Search:
    """What the jobs that are looked for have in common.

    Attributes
    ----------
    phases : collection of `Phase`
        Only these; all but ARCHIVED if not given.
    origins : collection of `Origin`, optional
        Only these.
    after, before : `~datetime.datetime`, optional
        Only those created after, or before it.
    text : `str`
        Words, each of which stands in the query, the labels, a tag or the id; capitals do not
        matter.
    tag : `str`
        One of their tags.
    """

    phases: Collection[Phase] = KEPT
    origins: Collection[Origin] | None = None
    after: datetime | None = None
    before: datetime | None = None
    text: str = ""
    tag: str = ""

    def condition(self) -> tuple[str, list[Any]]:
        """The condition of SQL, and its values."""
        parts = [f"phase IN ({marks(self.phases)})"]
        found: list[Any] = [*map(str, self.phases)]
        if self.origins is not None:
            parts.append(f"origin IN ({marks(self.origins)})")
            found += map(str, self.origins)
        if self.after is not None:
            parts.append("created > ?")
            found.append(stamp(self.after))
        if self.before is not None:
            parts.append("created < ?")
            found.append(stamp(self.before))
        for word in self.text.lower().split():
            parts.append(f"instr({_TEXT}, ?)")
            found.append(word)
        if self.tag:
            parts.append("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
            found.append(self.tag)
        return " AND ".join(parts), found

    def matches(self, job: Job) -> bool:
        """Whether a job is one of them."""
        text = "\n".join((job.query, job.run_id, job.name, *job.tags, job.id)).lower()
        return (
            job.phase in self.phases
            and (self.origins is None or job.origin in self.origins)
            and (self.after is None or job.created > self.after)
            and (self.before is None or job.created < self.before)
            and (not self.tag or self.tag in job.tags)
            and all(word in text for word in self.text.lower().split())
        )


def marks(values: Collection[Any]) -> str:
    """A question mark for each value of a statement of SQL."""
    return ", ".join("?" * len(values))
