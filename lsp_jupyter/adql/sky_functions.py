"""User defined functions that take or give positions, resolved to shapes and questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lsp_jupyter.adql import bound, shapes, tree
from lsp_jupyter.adql.constructors import (
    as_shape,
    circle,
    computed,
    fixed_point,
    fixed_position,
    point,
    polygon,
)
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.frames import SYSTEMS, Matrix, rotate, rotation
from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.geometry import contains, misused
from lsp_jupyter.adql.places import nearest, refuse
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.scope import Scope
from lsp_jupyter.adql.types import DIRECTION, DOUBLE, INTEGER, NULL, Kind
from lsp_jupyter.adql.words import AREASPEC
from lsp_jupyter.errors import AdqlError

__all__ = ["resolve_spatial"]

_ORDERS = 29
_ARCSECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Call:
    """A call with what is needed to resolve it."""

    node: tree.Call
    function: Function
    values: tuple[bound.Value, ...]
    tables: Mapping[str, Table]

    def misused(self) -> AdqlError:
        """The error of arguments that do not fit."""
        return misused(self.node, self.function)

    def point(self, values: Sequence[bound.Value]) -> shapes.Point:
        """A point of two of the arguments."""
        return point(self.function.name, self.node.at, values, self.tables)

    def numbers(self, count: int) -> None:
        """Refuse anything but that many numbers."""
        if len(self.values) != count or not all(one.type.numeric for one in self.values):
            raise self.misused()


def resolve_spatial(
    node: tree.Call,
    function: Function,
    arguments: tuple[bound.Value, ...],
    tables: Mapping[str, Table],
    scope: Scope,
) -> bound.Value:
    """Resolve a call of a user defined function of positions.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.tree.Call`
        The call as written.
    function : `~lsp_jupyter.adql.functions.Function`
        The function.
    arguments : `tuple` of `~lsp_jupyter.adql.bound.Value`
        Its resolved arguments.
    tables : mapping
        The table of each source, to recognise indexed positions.
    scope : `~lsp_jupyter.adql.scope.Scope`
        Where the function stands.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the arguments do not fit.
    """
    name = function.name
    values = tuple([as_shape(argument) for argument in arguments])
    if name.startswith(AREASPEC):
        values = (*_position(node, scope), *values)
        name = _AREAS[name.removeprefix(AREASPEC)]
    return _RESOLVED[name](_Call(node, function, values, tables))


def _position(node: tree.Call, scope: Scope) -> tuple[bound.Value, bound.Value]:
    """The position of the first positional table in FROM."""
    for table in scope.tables():
        if table.table is not None and table.table.position is not None:
            ra, dec = table.table.position
            found = {one.name: one.value for one in table.columns()}
            return found[ra], found[dec]
    raise refuse(
        f"{node.name.text} needs a table with positions in FROM.",
        node.at,
        "Write CONTAINS(POINT(ra, dec), CIRCLE(ra0, dec0, radius)) = 1.",
    )


# -- IVOA ----------------------------------------------------------------------


def _order(call: _Call) -> bound.Value:
    order = call.values[0]
    if order.type.kind not in (Kind.INTEGER, Kind.NULL):
        raise call.misused()
    fixed = constant(order)
    if fixed is not None and not 0 <= fixed <= _ORDERS:
        raise refuse(
            f"There is no HEALPix order {fixed}.", order.at, f"Orders are from 0 to {_ORDERS}."
        )
    return order


def _healpix_index(call: _Call) -> bound.Value:
    match call.values:
        case (_, shapes.Point() as position):
            pass
        case (_, longitude, latitude):
            position = call.point((longitude, latitude))
        case _:
            raise call.misused()
    result = call.function.result(())
    return bound.Call(result, call.function, (_order(call), position), at=call.node.at)


def _healpix_center(call: _Call) -> bound.Value:
    call.numbers(2)
    cell = call.values[1]
    if cell.type.kind not in (Kind.INTEGER, Kind.NULL):
        raise call.misused()
    return computed(shapes.CellCentre(DIRECTION, _order(call), cell), call.node.at)


def _star(call: _Call) -> shapes.Moved:
    if len(call.values) == 6:
        # Without parallax and radial velocity, as some archives have it.
        ra, dec, east, north, start, end = call.values
        unknown = bound.Constant(NULL, None)
        return _star(
            _Call(
                call.node,
                call.function,
                (ra, dec, unknown, east, north, unknown, start, end),
                call.tables,
            )
        )
    call.numbers(8)
    return shapes.Moved(DIRECTION, call.point(call.values[:2]), call.values[2:])


def _epoch_prop_pos(call: _Call) -> bound.Value:
    return computed(_star(call), call.node.at)


def _epoch_prop(call: _Call) -> bound.Value:
    call.numbers(8)
    return bound.Call(call.function.result(()), call.function, (_star(call),), at=call.node.at)


def _transform(call: _Call) -> bound.Value:
    if len(call.values) != 3:
        raise call.misused()
    source, target, shape = _system(call, 0), _system(call, 1), call.values[2]
    matrix, at = rotation(source, target), call.node.at
    if isinstance(shape, shapes.Point):
        return _rotated(shape, matrix)
    if isinstance(shape, shapes.Circle):
        return circle(_rotated(shape.centre, matrix), shape.radius, at)
    if isinstance(shape, shapes.Polygon):
        return polygon([_rotated(vertex, matrix) for vertex in shape.vertices], at)
    if shape.type.kind is Kind.POLYGON:
        raise refuse(
            f"{call.function.spelling} cannot turn a column of polygons.",
            shape.at,
            "Turn the other shape into the system of the column.",
        )
    raise call.misused()


def _system(call: _Call, position: int) -> str:
    value = call.values[position]
    names = ", ".join(SYSTEMS)
    if not (isinstance(value, bound.Constant) and isinstance(value.value, str)):
        raise refuse(
            f"{call.function.spelling} takes the names of systems in quotes.",
            value.at,
            f"There are {names}.",
        )
    # The names are those of a vocabulary, which has them in upper case.
    if value.value not in SYSTEMS:
        near = nearest(value.value, SYSTEMS)
        hint = f"Did you mean {near[0]}?" if near else f"There are {names}."
        raise refuse(f"The system {value.value} is not available.", value.at, hint)
    return value.value


def _rotated(one: shapes.Point, matrix: Matrix) -> shapes.Point:
    fixed = fixed_position(one)
    if fixed is not None:
        return fixed_point(*rotate(matrix, *fixed), one.at)
    return computed(shapes.Rotated(DIRECTION, one, matrix), one.at)


# -- Qserv ---------------------------------------------------------------------


def _ang_sep(call: _Call) -> bound.Value:
    call.numbers(4)
    result = DOUBLE.with_unit("deg", "pos.angDistance")
    first, second = call.point(call.values[:2]), call.point(call.values[2:])
    return shapes.Distance(result, first, second, at=call.node.at)


def _in_circle(call: _Call) -> bound.Value:
    call.numbers(5)
    cone = circle(call.point(call.values[2:4]), call.values[4], call.node.at)
    return contains(call.point(call.values[:2]), cone, call.node.at)


def _in_box(call: _Call) -> bound.Value:
    call.numbers(6)
    values = call.values
    for value in (values[3], values[5]):
        fixed = constant(value)
        if fixed is not None and not -90 <= fixed <= 90:
            raise refuse(
                f"The declination {fixed:g} is not on the sky.",
                value.at,
                "Declinations are degrees from -90 to 90.",
            )
    return shapes.InZone(INTEGER, call.point(values[:2]), *values[2:], at=call.node.at)


def _in_ellipse(call: _Call) -> bound.Value:
    call.numbers(7)
    major, minor = (constant(value) for value in call.values[4:6])
    if major is not None and minor is not None and not 0 <= minor <= major <= 10 * _ARCSECONDS:
        raise refuse(
            "The semi-axes of the ellipse do not fit.",
            call.values[4].at,
            "The larger comes first; both are arcseconds from 0 to 36000.",
        )
    return shapes.InEllipse(
        INTEGER,
        call.point(call.values[:2]),
        call.point(call.values[2:4]),
        *call.values[4:],
        at=call.node.at,
    )


def _in_polygon(call: _Call) -> bound.Value:
    count = len(call.values)
    if count < 8 or count % 2:
        raise call.misused()
    call.numbers(count)
    pairs = zip(call.values[2::2], call.values[3::2], strict=True)
    outline = polygon([call.point(pair) for pair in pairs], call.node.at)
    return contains(call.point(call.values[:2]), outline, call.node.at)


_AREAS = {
    "CIRCLE": "SCISQL_S2PTINCIRCLE",
    "BOX": "SCISQL_S2PTINBOX",
    "ELLIPSE": "SCISQL_S2PTINELLIPSE",
    "POLY": "SCISQL_S2PTINCPOLY",
}

_RESOLVED: dict[str, Callable[[_Call], bound.Value]] = {
    "IVO_HEALPIX_INDEX": _healpix_index,
    "IVO_HEALPIX_CENTER": _healpix_center,
    "IVO_EPOCH_PROP_POS": _epoch_prop_pos,
    "IVO_EPOCH_PROP": _epoch_prop,
    "IVO_GEOM_TRANSFORM": _transform,
    "SCISQL_ANGSEP": _ang_sep,
    "SCISQL_S2PTINCIRCLE": _in_circle,
    "SCISQL_S2PTINBOX": _in_box,
    "SCISQL_S2PTINELLIPSE": _in_ellipse,
    "SCISQL_S2PTINCPOLY": _in_polygon,
}
