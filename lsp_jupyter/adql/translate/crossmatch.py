"""Cross-matches: joins by distance, made into joins by equality.

A condition such as ``DISTANCE(a, b) < r`` between two sources says that their
positions share a cube of `~lsp_jupyter.adql.translate.grid`, once one of them is
spread over the cubes near it. That is added to the conditions of the join, and
none is taken away: the pairs are those of the query, found without trying all.

A cone around one of the two holds, wider by ``r``, for the other one as well.
That is added too, since it tells which part of a table has to be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.bound import Condition
from lsp_jupyter.adql.shapes import Circle, Contains, Point
from lsp_jupyter.adql.translate.grid import WIDEST, Leaf, SameCell, Spread, choose
from lsp_jupyter.adql.translate.nearness import Nearness, conjuncts, nearness, owner, owners
from lsp_jupyter.adql.types import CIRCLE, DOUBLE, INTEGER, POINT

__all__ = ["rewrite"]

_UNKNOWN = 100_000
"""Rows of a table of which nothing is known, such as an upload."""
_UNEVEN = 100.0
"""How much more of a table a cone may hold than its part of the sky."""
_SLACK = 1e-9
"""Degrees added to a cone that follows from another one: far more than rounding."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A clause in which a match may stand: WHERE, or the ON of ``join``.

    All its ``conditions`` must hold. Rows of a source in ``spread`` may occur more than once
    before it, as it leaves one of them; with one in ``fixed`` they may be matched.
    """

    join: plan.Join | None
    conditions: tuple[Condition, ...]
    spread: frozenset[str]
    fixed: frozenset[str]


def rewrite(
    query: plan.Query,
    known: Sequence[Condition] = (),
    common: Mapping[str, plan.Query] = {},
) -> plan.Query:
    """Add to a query what its cross-matches imply.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        The query; those inside it are left as they are.
    known : sequence of `~lsp_jupyter.adql.bound.Condition`
        The conditions of the queries around it.
    common : mapping of `str` to `~lsp_jupyter.adql.plan.Query`
        The common tables.

    Returns
    -------
    query : `~lsp_jupyter.adql.plan.Query`
        The same rows, with a `Spread` for each match and a `SameCell` beside its condition; the
        very query if it has no match.
    """
    matches = [
        (place, near)
        for place in _places(query)
        for condition in place.conditions
        if (near := nearness(condition)) is not None and owners(near.one) and owners(near.two)
    ]
    if not matches or _numbered(query):
        return query
    rewriter = _Rewriter(query, known, common)
    for place, near in matches:
        rewriter.match(place, near)
    return rewriter.result()


def _places(query: plan.Query) -> Iterator[_Place]:
    everything = _aliases(query.sources)
    yield _Place(None, conjuncts(query.where), everything, everything)
    for source in query.sources:
        for joined in plan.joined_sources(source):
            if not isinstance(joined, plan.Joined):
                continue
            left = _aliases((joined.first,))
            for join in joined.joins:
                right = _aliases((join.source,))
                both = left | right
                if join.on is not None and join.kind != "full":
                    # An outer join keeps each row of one side, so that may only occur once.
                    sides = {"left": (right, left), "right": (left, right)}
                    spread, fixed = sides.get(join.kind, (both, both))
                    yield _Place(join, conjuncts(join.on), spread, fixed)
                left = both


def _aliases(sources: Iterable[plan.Source]) -> frozenset[str]:
    return frozenset(leaf.alias for source in sources for leaf in _leaves(source))


def _leaves(source: plan.Source) -> Iterator[Leaf]:
    for one in plan.joined_sources(source):
        if not isinstance(one, plan.Joined):
            yield one


def _by_alias(query: plan.Query) -> dict[str, Leaf]:
    return {leaf.alias: leaf for source in query.sources for leaf in _leaves(source)}


def _numbered(query: plan.Query) -> bool:
    """Whether the query asks for the rows' own numbers, which a spread source does not have."""
    return any(isinstance(node, bound.Call) and node.sources for node in plan.walk_query(query))


class _Rewriter:
    def __init__(
        self, query: plan.Query, known: Sequence[Condition], common: Mapping[str, plan.Query]
    ) -> None:
        self.query = query
        self.common = common
        self.known = (*known, *conjuncts(query.where))
        self.leaves = _by_alias(query)
        self.sources: dict[str, Leaf | Spread] = dict(self.leaves)
        self.added: dict[int, list[Condition]] = {}
        self.cells: list[str] = []

    def match(self, place: _Place, near: Nearness) -> None:
        """Use one condition, if it is a match."""
        sides = ((near.one, near.two), (near.two, near.one))
        fit = [(owner(one), one, two) for one, two in sides if self._fits(place, one, two)]
        if not fit or near.radius > WIDEST or self._equal(place, near):
            return
        alias, point, other = min(fit, key=lambda side: self._rows(place, side[1]))
        assert alias is not None
        grid = choose(near.radius, max(self._all_rows(one) for one in (point, other)))
        cell = self._name(alias)
        self.sources[alias] = Spread(alias, self.sources[alias], point, cell, grid)
        added = self.added.setdefault(id(place.join), [])
        added.append(SameCell(alias, cell, other, grid))
        for one, two in sides:
            added += self._implied(place, one, two, near.radius)

    def result(self) -> plan.Query:
        """The query with all that was added."""
        if not self.added:
            return self.query
        where = self._with(self.query.where, None)
        return replace(
            self.query, where=where, sources=tuple(map(self._source, self.query.sources))
        )

    def _with(self, condition: Condition | None, join: plan.Join | None) -> Condition | None:
        added = self.added.get(id(join))
        return bound.And((*conjuncts(condition), *added)) if added else condition

    def _source(self, source: plan.Source) -> plan.Source:
        if not isinstance(source, plan.Joined):
            # Only this translator reads it now, which knows one more kind of source.
            return cast("plan.Source", self.sources[source.alias])
        joins = [
            replace(join, source=self._source(join.source), on=self._with(join.on, join))
            for join in source.joins
        ]
        return plan.Joined(self._source(source.first), tuple(joins))

    def _fits(self, place: _Place, point: Point, other: Point) -> bool:
        """Whether the source of a point can be spread to find another one's match."""
        mine, its = owner(point), owner(other)
        return (
            mine in place.spread
            and its is not None
            and its != mine
            # What is not of this query is of one around it.
            and (its in place.fixed or its not in self.leaves)
        )

    def _equal(self, place: _Place, near: Nearness) -> bool:
        """Whether the two are joined by equality already."""
        pair = {owners(near.one), owners(near.two)}
        return any(
            isinstance(one, bound.Comparison)
            and one.operator == "="
            and {owners(one.left), owners(one.right)} == pair
            for one in (*place.conditions, *self.known)
        )

    def _name(self, alias: str) -> str:
        """A name for the column of cells that no column of the source begins with."""
        leaf, name = self.leaves[alias], f"cell{len(self.cells)}"
        taken = leaf.table.columns if isinstance(leaf, plan.TableSource) else ()
        while any(column.name.lower().startswith(name) for column in taken):
            name = f"_{name}"
        self.cells.append(name)
        return name

    # -- cones -----------------------------------------------------------------

    def _implied(self, place: _Place, point: Point, other: Point, radius: float) -> list[Condition]:
        """The cone in which the other one is, since it is near a point that is in a cone."""
        if other.table is None or other.table not in place.spread | place.fixed:
            return []
        conditions = (*place.conditions, *self.known)
        cones = list(self._cones(point, self.leaves, conditions))
        if not cones:
            return []
        longitude, latitude, reached = min(cones, key=lambda cone: cone[2])
        wide = reached + max(radius, 0.0) + _SLACK
        if any(wide >= own for _, _, own in self._cones(other, self.leaves, conditions)):
            return []
        ra, dec, size = (bound.Constant(DOUBLE, value) for value in (longitude, latitude, wide))
        circle = Circle(CIRCLE, Point(POINT, ra, dec), size)
        inside = Contains(INTEGER, other, circle)
        return [bound.Comparison("=", inside, bound.Constant(INTEGER, 1))]

    def _cones(
        self, point: Point, leaves: Mapping[str, Leaf], conditions: Sequence[Condition]
    ) -> Iterator[tuple[float, float, float]]:
        """Centre and radius of the cones a point is in, degrees."""
        for condition in conditions:
            near = nearness(condition)
            centre = near.centre(point) if near is not None else None
            if near is not None and centre is not None:
                yield (*centre, near.radius)
        inner = self._inner(leaves.get(owner(point) or ""))
        origin = None if inner is None else _origin(point, inner)
        if inner is not None and origin is not None:
            yield from self._cones(origin, _by_alias(inner), conjuncts(inner.where))

    def _inner(self, leaf: Leaf | None) -> plan.Query | None:
        match leaf:
            case plan.QuerySource(query=query):
                return query
            case plan.CommonSource(name=name):
                return self.common.get(name)
            case _:
                return None

    # -- sizes -----------------------------------------------------------------

    def _rows(self, place: _Place, point: Point) -> float:
        """Roughly how many positions there are within the cones around them."""
        rows = float(self._all_rows(point))
        conditions = (*place.conditions, *self.known)
        for _, _, radius in self._cones(point, self.leaves, conditions):
            part = (1.0 - math.cos(math.radians(min(radius, 180.0)))) / 2.0
            rows = min(rows, rows * part * _UNEVEN)
        return rows

    def _all_rows(self, point: Point) -> int:
        leaf = self.leaves.get(owner(point) or "")
        return _UNKNOWN if leaf is None else self._size(leaf)

    def _size(self, leaf: Leaf) -> int:
        if isinstance(leaf, plan.TableSource):
            return _UNKNOWN if leaf.table.rows is None else leaf.table.rows
        if isinstance(leaf, plan.SetSource):
            return sum(map(self._result, leaf.queries))
        inner = self._inner(leaf)
        return _UNKNOWN if inner is None else self._result(inner)

    def _result(self, query: plan.Query) -> int:
        size = max(map(self._size, _by_alias(query).values()))
        return size if query.top is None else min(size, query.top)


def _origin(point: Point, query: plan.Query) -> Point | None:
    """What a point of a derived table is inside of it."""
    longitude, latitude = point.longitude, point.latitude
    if not (isinstance(longitude, bound.ColumnRef) and isinstance(latitude, bound.ColumnRef)):
        return None
    first, second = (query.outputs[int(one.name[1:]) - 1].value for one in (longitude, latitude))
    return Point(POINT, first, second)
