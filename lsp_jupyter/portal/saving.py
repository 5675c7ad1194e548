"""Tables as they are shown, kept: their size, a table of one's own, and as ADQL."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from lsp_jupyter.errors import OverloadError, ParameterError
from lsp_jupyter.formats.registry import Rows, TableHeader, provenance, writer_for
from lsp_jupyter.portal.shown import ShownHandler, column_names
from lsp_jupyter.portal.tables import StoringHandler
from lsp_jupyter.results.match_adql import Side, key_join, position_columns, sky_match
from lsp_jupyter.results.shown import ShownTable, shown_table
from lsp_jupyter.results.subset_words import subset_names, subset_sql
from lsp_jupyter.results.view_adql import view_adql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lsp_jupyter.formats.registry import Format
    from lsp_jupyter.workspace.table import Mode, UserTable

__all__ = ["AdqlHandler", "MatchHandler", "SaveHandler", "SizeHandler"]

#: Rows that are written to estimate what all of them take.
SAMPLE = 1000


class SizeHandler(ShownHandler):
    """``portal/results/{id}/size``: how large a download will be."""

    async def post(self, job_id: str) -> None:
        """Answer ``rows``, ``columns``, and about how many ``bytes`` the file will have.

        Fields ``view``, ``columns`` and ``format`` as for the download.
        """
        view, body = await self.asked({"columns": list, "format": str})
        try:
            form = writer_for(body.get("format", "csv"))
        except ParameterError as error:
            raise ParameterError(error.message, parameter="format", hint=error.hint) from None
        result = await self.finished(job_id)
        names = column_names(body.get("columns"))
        shown = await self.unless_gone(
            shown_table(self.platform.views, self.platform.engine, result.id, view, names)
        )
        scratch = self.settings_of_instance.state()
        size = await self.unless_gone(asyncio.to_thread(_size, shown, form, scratch))
        await self.send({"rows": shown.rows, "columns": len(shown.schema), "bytes": size})


class SaveHandler(ShownHandler, StoringHandler):
    """``portal/results/{id}/save``: the table as it is shown becomes one of the caller's own."""

    async def post(self, job_id: str) -> None:
        """Store it; fields ``view``, ``columns``, ``name``, ``mode``, ``title``, ``description``.

        Answers as ``portal/tables`` does.
        """
        view, body = await self.asked(
            {"columns": list, "name": str, "mode": str, "title": str, "description": str}
        )
        if not body.get("name"):
            raise ParameterError(
                "'name' is missing.", parameter="name", hint="Send the name of the table."
            )
        result = await self.finished(job_id)
        names = column_names(body.get("columns"))
        description = body.get("description", "")
        if not description and body.get("mode") != "append":
            query = result.metadata.get("lsp:query", "").strip()
            description = f"As shown of the result of {query}" if query else "As shown"

        async def store(tell: Callable[[int], None]) -> UserTable:
            platform = self.platform
            shown = await shown_table(platform.views, platform.engine, result.id, view, names)
            path = platform.tables.folder(self.caller).incoming(".arrow")
            try:
                floor = self.settings_of_instance.disk_floor
                await asyncio.to_thread(_write, path, shown, floor)
                return await platform.saving.save(
                    self.caller,
                    body["name"],
                    path=path,
                    own=True,
                    mode=cast("Mode", body.get("mode", "create")),
                    title=body.get("title", ""),
                    description=description,
                    tell=tell,
                )
            finally:
                await asyncio.to_thread(path.unlink, missing_ok=True)

        await self.store(store)


class AdqlHandler(ShownHandler):
    """``portal/results/{id}/adql``: the query that gives what a view shows."""

    async def post(self, job_id: str) -> None:
        """Answer ``adql``; fields ``view`` and ``columns``."""
        view, body = await self.asked({"columns": list})
        names = column_names(body.get("columns"))
        result, relation = await self.platform.views.relation(
            (await self.finished(job_id)).id, view
        )
        conditions = {
            name: (await self.unless_gone(self.platform.finding.where(result.id, name)))["where"]
            for name in (subset_names(view.subset) if view.subset else ())
        }

        def subset(text: str) -> str:
            return subset_sql(text, lambda name: f"({conditions[name]})")

        table = f'job."{job_id}"'
        adql = await asyncio.to_thread(view_adql, relation, table, names, subset)
        await self.send({"adql": adql})


class MatchHandler(ShownHandler):
    """``portal/results/match``: the query that joins two results."""

    async def post(self) -> None:
        """Answer ``adql``, and the columns by which it joins.

        Fields ``a`` and ``b`` (jobs); ``kind``: ``sky``, with ``radius`` in arcseconds and,
        if they are not found by themselves, ``a_columns`` and ``b_columns`` (right ascension
        and declination, degrees), or ``key``, with the name of one column in each of these;
        ``keep``: whether rows of the first without a partner come too.
        """
        body = self.fields(
            {
                "a": str,
                "b": str,
                "kind": str,
                "radius": object,
                "a_columns": list,
                "b_columns": list,
                "keep": bool,
            }
        )
        kind = body.get("kind", "sky")
        if kind not in ("sky", "key"):
            raise ParameterError("'kind' must be 'sky' or 'key'.", parameter="kind")
        a, b = [await self._side(body, name, kind) for name in ("a", "b")]
        keep = body.get("keep", False)
        if kind == "key":
            adql = key_join(a, b, keep=keep)
        else:
            radius = body.get("radius", 1.0)
            if not isinstance(radius, int | float) or isinstance(radius, bool):
                raise ParameterError("'radius' must be a number.", parameter="radius")
            adql = sky_match(a, b, float(radius), keep=keep)
        await self.send({"adql": adql, "a_columns": a.columns, "b_columns": b.columns})

    async def _side(self, body: dict[str, Any], name: str, kind: str) -> Side:
        job_id = body.get(name, "")
        if not job_id:
            raise ParameterError(f"'{name}' is missing.", parameter=name, hint="Name two jobs.")
        result = await self.finished(job_id)
        count = 2 if kind == "sky" else 1
        given = column_names(body.get(f"{name}_columns"))
        if given is None and kind == "sky":
            found = position_columns(result.schema)
            given = None if found is None else list(found)
        if given is None or len(given) != count:
            what = "two columns of its position" if kind == "sky" else "one column"
            raise ParameterError(
                f"Name {what} of the table {name}.",
                parameter=f"{name}_columns",
                hint="It has: " + ", ".join(result.schema.names[:20]) + ".",
            )
        return Side(f'job."{job_id}"', result.schema, tuple(given))


def _size(shown: ShownTable, form: Format, scratch: Path) -> int:
    def written(batches: list[pa.RecordBatch], rows: int) -> int:
        infos = provenance(shown.schema)
        header = TableHeader(shown.schema, False, infos, rows, scratch)
        return sum([len(part) for part in form.write(header, Rows(lambda: batches))])

    empty = written([], 0)
    batches = shown.sample(SAMPLE)
    rows = sum(batch.num_rows for batch in batches)
    if not rows:
        return empty
    full = max(0, written(batches, rows) - empty)
    return empty + int(full * shown.rows / rows)


def _write(path: Path, shown: ShownTable, floor: int) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, shown.schema) as writer:
        for number, batch in enumerate(shown.iter_batches()):
            if number % 16 == 0 and shutil.disk_usage(path.parent).free < floor:
                raise OverloadError(
                    "The disk is too full to store this table.",
                    retry_after=60,
                    hint="Store fewer rows, or delete tables you no longer need.",
                )
            writer.write_batch(batch)
