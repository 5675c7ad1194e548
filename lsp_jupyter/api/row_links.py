"""DataLink 1.1 for rows of catalogues: light curves, measurements, images and stamps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lsp_jupyter.api.anchors import Anchor, Follower, anchors_for, time_of
from lsp_jupyter.api.answer import completed
from lsp_jupyter.api.link_table import LinkHandler, Row
from lsp_jupyter.api.table_documents import spelled
from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.links import Link
from lsp_jupyter.images.obscore import OBSCORE

if TYPE_CHECKING:
    from lsp_jupyter.catalogs.release import TableSpec
    from lsp_jupyter.formats.services import Service

__all__ = ["RowLinksHandler"]

_TEXT = ("char", "unicodeChar")
_VOTABLE = "application/x-votable+xml"
#: Rows for which images are looked up: each is a query of its own.
_STAMPED = 20
#: Radius of a stamp, degrees.
_STAMP = 0.0014
_WHOLE = re.compile(r"[+-]?\d{1,19}")
_LIMIT = 2**63


class RowLinksHandler(LinkHandler):
    """``datalink/{schema.table}/{column}``: what belongs to rows of a catalogue.

    ID is a value of the column.
    """

    anchor: Anchor

    async def prepare_for(self, *place: str) -> None:
        """Find the column.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if it leads nowhere.
        """
        table, column = place
        found = anchors_for(self).find(table, column)
        if found is None:
            raise NotFoundError(
                f"There are no links of {table[:100]}.{column[:100]}.",
                hint="Answers of queries describe the services of links for their columns.",
            )
        self.anchor = found

    async def answer(self, ids: list[str]) -> tuple[list[Row], list[Service]]:
        """The links of these rows."""
        values = {did: _literal(self.anchor, did) for did in ids}
        places = await self._places([value for value in values.values() if value])
        rows: list[Row] = []
        stamped = 0
        for did, value in values.items():
            if not value or value not in places:
                rows.append(Row(did, Link("#this", error=self._missing(did, value))))
                continue
            rows += (Row(did, link) for link in self._links(value, places[value]))
            place = places[value]
            if place is not None and stamped < _STAMPED and not self.anchor.is_of_exposures:
                stamped += 1
                rows += (Row(did, link) for link in await self._stamps(*place))
        return rows, []

    def _missing(self, did: str, value: str) -> str:
        name = f"{self.anchor.table.full_name}.{self.anchor.column.name}"
        if value:
            return f"NotFoundFault: There is no row with {name} = {did[:100]}."
        return f"UsageFault: {did[:100]!r} is no value of {name}."

    async def _places(self, values: Sequence[str]) -> dict[str, tuple[float, float] | None]:
        """Which of these values there are, and where the rows are."""
        table, column = self.anchor.table, spelled(self.anchor.column.name)
        if not values:
            return {}
        columns = [column, *(spelled(name) for name in table.position or ())]
        query = _select(", ".join(columns), _name(table), f"{column} IN ({', '.join(values)})")
        found: dict[str, tuple[float, float] | None] = {}
        for value, *place in await self._rows(query):
            known = len(place) == 2 and None not in place
            found[_quoted(value)] = (place[0], place[1]) if known else None
        return found

    def _links(self, value: str, place: tuple[float, float] | None) -> Iterator[Link]:
        anchor = self.anchor
        own = _name(anchor.table)
        condition = f"{spelled(anchor.column.name)} = {value}"
        yield _query(
            "#this",
            _select("*", own, condition),
            f"The row of {anchor.table.full_name}",
            local="row",
        )
        for follower in anchor.followers:
            yield self._followed(follower, value)
        if not self._has_images():
            return
        if anchor.is_of_exposures:
            yield _query(
                "#auxiliary",
                _select("*", OBSCORE.full_name, f"lsst_visit = {value}"),
                "Its images",
                local="images",
            )
        elif place is not None:
            ra, dec = place
            yield _query(
                "#auxiliary",
                _select("*", OBSCORE.full_name, _covers(ra, dec)),
                "Images that cover it",
                local="images",
            )

    def _followed(self, follower: Follower, value: str) -> Link:
        """The rows of another table that refer to a row; by time, if they have any."""
        name, condition = follower.table.full_name, f"t.{spelled(follower.column)} = {value}"
        when, other, (mine, theirs) = "", None, ("", "")
        if not self.anchor.is_of_exposures:
            tables = {each.full_name: each for each in self._tables()}
            when, other, (mine, theirs) = time_of(follower, tables)
        if not when:
            return _query(
                "#auxiliary",
                _select("*", f"{_name(follower.table)} AS t", condition),
                f"Rows of {name} that refer to it",
                local=name,
                kind="#measurements",
            )
        if other is None:
            columns, source, time = "t.*", f"{_name(follower.table)} AS t", f"t.{spelled(when)}"
        else:
            time = f"u.{spelled(when)}"
            columns = f"{time}, t.*"
            source = (
                f"{_name(follower.table)} AS t JOIN {_name(other)} AS u "
                f"ON t.{spelled(mine)} = u.{spelled(theirs)}"
            )
        return _query(
            "#auxiliary",
            _select(columns, source, condition, time),
            f"Light curve: rows of {name} by time",
            local=name,
            kind="#timeseries",
        )

    async def _stamps(self, ra: float, dec: float) -> list[Link]:
        """Cutouts round a place from the deep images that cover it."""
        if not self._has_images():
            return []
        query = _select(
            "obs_publisher_did, obs_collection, dataproduct_subtype, lsst_band",
            OBSCORE.full_name,
            f"calib_level = 3 AND lsst_tract IS NOT NULL AND {_covers(ra, dec)}",
            "obs_collection, dataproduct_subtype, lsst_band",
        )
        circle = f"{ra!r} {dec!r} {_STAMP}"
        return [
            Link(
                "#cutout",
                f"soda/sync?ID={quote(did, safe='')}&CIRCLE={quote(circle)}",
                description=f"Stamp of 10 arcsec from {collection} {kind}, band {band}",
                mime="image/fits",
                kind="#image",
                local=f"stamp {band}",
            )
            for did, collection, kind, band in await self._rows(query)
        ]

    def _has_images(self) -> bool:
        snapshot = self.platform.catalog.snapshot(self.caller)
        return bool(snapshot.find(OBSCORE.name, OBSCORE.schema))

    def _tables(self) -> Iterator[TableSpec]:
        names = set(self.platform.catalog.snapshot(self.caller).names())
        for _, entries, _ in self.platform.catalog.entries():
            yield from (each.spec for each in entries if each.spec.full_name in names)

    async def _rows(self, query: str) -> list[tuple[Any, ...]]:
        job = await completed(self, {"QUERY": query})
        result = self.platform.jobs.result(self.caller, job.id)

        def read() -> list[tuple[Any, ...]]:
            return [
                row
                for batch in result.iter_batches()
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
            ]

        return await asyncio.to_thread(read)


def _query(semantics: str, adql: str, description: str, *, local: str, kind: str = "") -> Link:
    return Link(
        semantics,
        f"tap/sync?REQUEST=doQuery&LANG=ADQL&QUERY={quote(adql)}",
        description=description,
        mime=_VOTABLE,
        kind=kind,
        local=local,
    )


def _select(columns: str, source: str, where: str, order: str = "") -> str:
    lines = [f"SELECT {columns}", f"FROM {source}", f"WHERE {where}"]
    return "\n".join([*lines, f"ORDER BY {order}"] if order else lines)


def _covers(ra: float, dec: float) -> str:
    return f"1 = CONTAINS(POINT('ICRS', {ra!r}, {dec!r}), s_region)"


def _name(table: TableSpec) -> str:
    return f"{spelled(table.schema)}.{spelled(table.name)}"


def _literal(anchor: Anchor, did: str) -> str:
    """A value in ADQL; empty if it cannot be one of the column."""
    if anchor.column.datatype in _TEXT:
        return _quoted(did)
    whole = _WHOLE.fullmatch(did) and -_LIMIT <= int(did) < _LIMIT
    return str(int(did)) if whole else ""


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
