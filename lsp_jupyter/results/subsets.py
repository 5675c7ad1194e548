"""Named sets of rows of a result, kept beside it and deleted with it.

``<id>.subsets`` lists them; ``<id>.<number>.subset`` has the rows of one, as ranges. A subset that
changes gets a new file, so that who reads the old one reads it whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from lsp_jupyter.errors import (
    ConflictError,
    LimitError,
    NotFoundError,
    ParameterError,
    ResultNotFoundError,
)

from .ranges import Ranges
from .store import ResultStore

__all__ = ["Subset", "SubsetStore", "check_name"]

#: Subsets of one result, and characters of a name.
MOST, NAME = 100, 64
#: What begins the name of rows that are held, and such a name.
_HELD = "\x00"
_KEY = re.compile("\x00[0-9a-f]{16}-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Subset:
    """What is known of a subset.

    Attributes
    ----------
    name : `str`
        Unique in its result.
    rows : `int`
        How many it has.
    kind : `str`
        What it was made from: ``ranges``, ``selection``, ``expression`` or ``view``.
    told : `dict`
        What was said then: the ``expression`` of subsets, or the ``view``.
    adql : `str`
        The condition that a view's rows meet; empty where there is none.
    changed : `str`
        When its rows were found (UTC, ISO 8601).
    file : `str`
        The name of its file.
    """

    name: str
    rows: int
    kind: str
    told: dict[str, Any] = field(default_factory=dict)
    adql: str = ""
    changed: str = ""
    file: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it travels."""
        out: dict[str, Any] = {"name": self.name, "rows": self.rows, "kind": self.kind}
        return out | self.told | {"adql": self.adql, "changed": self.changed}


class SubsetStore:
    """The subsets of every result.

    Its methods touch the disk: call them from a thread. They may be called from several threads.

    Parameters
    ----------
    results : `~lsp_jupyter.results.store.ResultStore`
        The results.
    """

    def __init__(self, results: ResultStore) -> None:
        self._results = results
        self._lock = threading.Lock()

    def all(self, result_id: str) -> list[Subset]:
        """The subsets of a result, in the order they were made."""
        try:
            told = json.loads(self._index(result_id).read_text())
            return [Subset(**one) for one in told]
        except FileNotFoundError:
            return []

    def get(self, result_id: str, name: str) -> Subset:
        """A subset.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is none of that name.
        """
        found = self.all(result_id)
        for one in found:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in found[:20])
        raise NotFoundError(
            f"There is no subset '{name[:NAME]}'.",
            hint=f"There are: {names}." if names else "This result has no subsets yet.",
        )

    def path(self, result_id: str, name: str) -> Path:
        """The file of its rows; see `~lsp_jupyter.results.relation.SubsetFile`.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if there is none: a view names it, and the view is what is wrong.
        """
        if _KEY.fullmatch(name):
            return self._held(result_id, name[1:])
        try:
            return self._results.root / self.get(result_id, name).file
        except NotFoundError as error:
            raise ParameterError(error.message, parameter="subset", hint=error.hint) from None

    def hold(self, result_id: str, owner: str, ranges: Ranges) -> str:
        """Keep rows that are no subset, such as a selection, for the views of a moment.

        Parameters
        ----------
        result_id : `str`
            The result.
        owner : `str`
            Whose they are; those held before for the same owner are given up.
        ranges : `numpy.ndarray`
            The rows, as `~lsp_jupyter.results.ranges.merge` gives them.

        Returns
        -------
        name : `str`
            What an expression of subsets calls them, in quotes. No subset can be called so.
        """
        whose = hashlib.sha256(owner.encode()).hexdigest()[:16]
        data = ranges.astype("<i8").tobytes()
        key = f"{whose}-{hashlib.sha256(data).hexdigest()[:32]}"
        path = self._held(result_id, key)
        if not path.exists():
            for old in path.parent.glob(f"{result_id}.{whose}-*.held"):
                old.unlink(missing_ok=True)
            partial = path.with_name(f"{result_id}.{secrets.token_hex(8)}.part")
            partial.write_bytes(data)
            partial.replace(path)
            if not self._results.path(result_id).exists():
                path.unlink(missing_ok=True)
        return f"{_HELD}{key}"

    def _held(self, result_id: str, key: str) -> Path:
        return self._results.root / f"{result_id}.{key}.held"

    def ranges(self, result_id: str, name: str) -> Ranges:
        """Its rows, as `~lsp_jupyter.results.ranges.merge` gives them."""
        try:
            path = self._results.root / self.get(result_id, name).file
            data = np.fromfile(path, dtype="<i8")
        except FileNotFoundError:
            raise NotFoundError(f"The subset '{name}' was changed or deleted meanwhile.") from None
        return data.reshape(-1, 2).astype(np.int64)

    def put(
        self,
        result_id: str,
        name: str,
        ranges: Ranges,
        kind: str,
        *,
        told: dict[str, Any] | None = None,
        adql: str = "",
    ) -> Subset:
        """Make or replace a subset.

        Parameters
        ----------
        result_id, name : `str`
            Which.
        ranges : `numpy.ndarray`
            Its rows, as `~lsp_jupyter.results.ranges.merge` gives them.
        kind, told, adql
            See `Subset`.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it cannot be called so.
        lsp_jupyter.errors.LimitError
            Raised if the result has too many subsets.
        """
        check_name(name)
        subset = Subset(
            name,
            int((ranges[:, 1] - ranges[:, 0]).sum()),
            kind,
            told or {},
            adql,
            datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            f"{result_id}.{secrets.token_hex(8)}.subset",
        )

        def change(found: list[Subset]) -> list[Subset]:
            names = [one.name for one in found]
            if name in names:
                found[names.index(name)] = subset
            elif len(found) >= MOST:
                raise LimitError(
                    f"A result has at most {MOST} subsets.", hint="Delete one that you do not need."
                )
            else:
                found.append(subset)
            return found

        path = self._results.root / subset.file
        ranges.astype("<i8").tofile(path)
        try:
            self._change(result_id, change)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return subset

    def rename(self, result_id: str, name: str, new: str) -> Subset:
        """Give a subset another name.

        Raises
        ------
        lsp_jupyter.errors.ConflictError
            Raised if another one has it.
        """
        check_name(new)
        subset = replace(self.get(result_id, name), name=new)

        def change(found: list[Subset]) -> list[Subset]:
            if new != name and any(one.name == new for one in found):
                raise ConflictError(f"There is a subset '{new}' already.", hint="Delete it first.")
            return [subset if one.name == name else one for one in found]

        self._change(result_id, change)
        return subset

    def delete(self, result_id: str, name: str) -> None:
        """Delete a subset."""
        self.get(result_id, name)
        self._change(result_id, lambda found: [one for one in found if one.name != name])

    def _index(self, result_id: str) -> Path:
        return self._results.path(result_id).with_suffix(".subsets")

    def _change(self, result_id: str, change: Callable[[list[Subset]], list[Subset]]) -> None:
        index = self._index(result_id)
        with self._lock:
            before = self.all(result_id)
            after = change(list(before))
            partial = index.with_name(f".{index.name}.{os.getpid()}")
            partial.write_text(json.dumps([asdict(one) for one in after]))
            partial.replace(index)
            gone = {one.file for one in before} - {one.file for one in after}
            whole = self._results.path(result_id).exists()
            if not whole:
                # The result was deleted meanwhile, and everything beside it must go too.
                gone |= {one.file for one in after}
                index.unlink(missing_ok=True)
        for file in gone:
            with contextlib.suppress(FileNotFoundError):
                (self._results.root / file).unlink()
        if not whole:
            raise ResultNotFoundError("The result was deleted meanwhile.")


def check_name(name: str) -> None:
    """Refuse a name that a subset cannot have.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is empty, too long, or holds what cannot be printed.
    """
    if not name.strip() or name != name.strip() or len(name) > NAME or not name.isprintable():
        raise ParameterError(
            f"A subset needs a name of at most {NAME} printable characters.", parameter="name"
        )
