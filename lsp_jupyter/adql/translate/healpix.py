"""Nested HEALPix cells in SQL (Górski et al. 2005): of an index, or computed in place."""

from __future__ import annotations

from collections.abc import Sequence

from lsp_jupyter.adql import bound, shapes
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.nodes import Value
from lsp_jupyter.adql.translate.sphere import INDEX
from lsp_jupyter.adql.translate.sql import column
from lsp_jupyter.adql.translate.writer import Writer, let, struct

__all__ = ["centre", "index", "ranges"]

_ORDER = 29
_SIDE = 1 << _ORDER
_MOST_CELLS = 64
"""Cells at most that are looked up as ranges: a longer list is quicker as a list."""
# Steps that put a zero between all bits of a number below 2**32, or take it out again.
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
_GATHER = (
    (1, 0x3333333333333333),
    (2, 0x0F0F0F0F0F0F0F0F),
    (4, 0x00FF00FF00FF00FF),
    (8, 0x0000FFFF0000FFFF),
    (16, 0x00000000FFFFFFFF),
)


def index(writer: Writer, order: Value, point: shapes.Point) -> str:
    """The number of the cell of a point; NULL if there is no such order.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    order : `~lsp_jupyter.adql.nodes.Value`
        From 0 to 29.
    point : `~lsp_jupyter.adql.shapes.Point`
        The point.
    """
    if point.table is not None:
        cell = writer.text(column(point.table, INDEX))
    else:
        cell = _cell(writer, point)
    fixed = constant(order)
    if fixed is not None:
        return f"({cell} >> {2 * (_ORDER - int(fixed))})"
    level = writer.position(order, 3)
    known = f"{level} BETWEEN 0 AND {_ORDER}"
    return f"CASE WHEN {known} THEN {cell} >> CAST(2 * ({_ORDER} - {level}) AS INTEGER) END"


def ranges(writer: Writer, node: Value, cells: Sequence[object]) -> str | None:
    """Whether an indexed position is in one of some cells, as ranges of the index.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    node : `~lsp_jupyter.adql.nodes.Value`
        What is compared with the numbers of the cells.
    cells : sequence
        Those numbers.

    Returns
    -------
    sql : `str`, optional
        `None` if it is not the cell of an indexed position, or there are many cells.
    """
    match node:
        case bound.Call(arguments=(order, shapes.Point(table=str() as source))) if (
            node.function.name == "IVO_HEALPIX_INDEX" and 0 < len(cells) <= _MOST_CELLS
        ):
            level = constant(order)
        case _:
            return None
    if level is None:
        return None
    shift, most = 2 * (_ORDER - int(level)), 12 << 2 * int(level)
    known = sorted({one for one in cells if isinstance(one, int) and 0 <= one < most})
    if len(known) < len(set(cells)):
        return None
    merged: list[tuple[int, int]] = []
    for one in known:
        if merged and merged[-1][1] == one - 1:
            merged[-1] = (merged[-1][0], one)
        else:
            merged.append((one, one))
    cell = writer.text(column(source, INDEX))
    tests = [
        f"{cell} BETWEEN {low << shift} AND {((high + 1) << shift) - 1}" for low, high in merged
    ]
    return f"({' OR '.join(tests)})"


def _cell(writer: Writer, point: shapes.Point) -> str:
    """The cell of order 29 of a point without index."""
    ra, dec = writer.position(point.longitude, 1), writer.position(point.latitude, 1)
    # Quarter turns from 0 to 4, the sine and the cosine of the latitude.
    angles = (
        f"{{'t': (({ra} % 360) + 360) % 360 / 90, "
        f"'z': SIN(RADIANS({dec})), 's': COS(RADIANS({dec}))}}"
    )
    return let(
        writer,
        angles,
        lambda p: let(writer, _face(writer, p), _interleaved),
    )


def _face(writer: Writer, p: str) -> str:
    """Number of the base cell, and the steps in it, of a position."""

    def equator(n: str) -> str:
        first, second = f"({n}.j >> {_ORDER})", f"({n}.k >> {_ORDER})"
        face = (
            f"CASE WHEN {first} = {second} THEN {first} % 4 + 4 "
            f"WHEN {first} < {second} THEN {first} ELSE {second} + 8 END"
        )
        return _steps(face, f"{n}.k & {_SIDE - 1}", f"{_SIDE - 1} - ({n}.j & {_SIDE - 1})")

    def cap(n: str) -> str:
        north = f"{p}.z >= 0"
        return _steps(
            f"CASE WHEN {north} THEN {n}.q ELSE {n}.q + 8 END",
            f"CASE WHEN {north} THEN {_SIDE - 1} - {n}.k ELSE {n}.j END",
            f"CASE WHEN {north} THEN {_SIDE - 1} - {n}.j ELSE {n}.k END",
        )

    across, up = f"(0.5e0 + {p}.t)", f"(0.75e0 * {p}.z)"
    belt = (
        f"{{'j': CAST(FLOOR({_SIDE} * ({across} - {up})) AS BIGINT), "
        f"'k': CAST(FLOOR({_SIDE} * ({across} + {up})) AS BIGINT)}}"
    )
    quarter = f"LEAST(3, CAST(FLOOR({p}.t) AS BIGINT))"
    reach = f"(SQRT(3e0) * {p}.s / SQRT(1 + ABS({p}.z)))"

    def caps(q: str) -> str:
        def along(part: str) -> str:
            return f"LEAST({_SIDE - 1}, CAST(FLOOR({_SIDE} * ({part}) * {reach}) AS BIGINT))"

        numbers = f"{{'q': {q}, 'j': {along(f'{p}.t - {q}')}, 'k': {along(f'1 - {p}.t + {q}')}}}"
        return let(writer, numbers, cap)

    return (
        f"CASE WHEN ABS({p}.z) <= 2e0 / 3 THEN {let(writer, belt, equator)} "
        f"WHEN ABS({p}.z) <= 1 THEN {let(writer, quarter, caps)} END"
    )


def _steps(face: str, x: str, y: str) -> str:
    return f"{{'f': {face}, 'x': {x}, 'y': {y}}}"


def _interleaved(f: str) -> str:
    """The cell of order 29 from its base cell and the steps in it."""
    x, y = (_bits(f"{f}.{axis}", _SPREAD, "<<") for axis in "xy")
    return f"({f}.f << {2 * _ORDER}) + {x} + ({y} << 1)"


def _bits(number: str, steps: tuple[tuple[int, int], ...], shift: str) -> str:
    """The bits of a number moved apart or together."""
    masks = " ".join(f"WHEN {step} THEN {mask}" for step, mask in steps)
    moved = f"(_n | (_n {shift} _s)) & CASE _s {masks} END"
    widths = ", ".join(f"{step}::BIGINT" for step, _ in steps)
    return f"LIST_REDUCE([{widths}], LAMBDA _n, _s: {moved}, {number})"


def centre(writer: Writer, order: Value, cell: Value) -> str:
    """The unit vector of the centre of a cell; NULL if there is none of that number.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    order, cell : `~lsp_jupyter.adql.nodes.Value`
        Whole numbers.
    """
    level, place = writer.text(writer.long(order)), writer.text(writer.long(cell))
    numbers = f"{{'o': {level}, 'c': {place}}}"

    def known(n: str) -> str:
        side = f"(1::BIGINT << CAST({n}.o AS INTEGER))"
        even = f"{_SPREAD[-1][1]} & ({side} * {side} - 1)"
        x = _bits(f"({n}.c & {even})", _GATHER, ">>")
        y = _bits(f"(({n}.c >> 1) & {even})", _GATHER, ">>")
        face = f"({n}.c >> CAST(2 * {n}.o AS INTEGER))"
        parts = f"{{'n': CAST({side} AS DOUBLE), 'f': {face}, 'x': {x}, 'y': {y}}}"
        inside = let(writer, parts, lambda p: let(writer, _ring(p), ring))
        return (
            f"CASE WHEN {n}.o BETWEEN 0 AND {_ORDER} THEN CASE WHEN {n}.c >= 0 "
            f"AND {n}.c < 12 * {side} * {side} THEN {inside} END END"
        )

    def ring(r: str) -> str:
        share = f"({r}.m / {r}.n * {r}.m / {r}.n / 3)"
        flat = f"((2 * {r}.n - {r}.r) * 2 / (3 * {r}.n))"
        polar = f"{r}.m < {r}.n"
        height = f"CASE WHEN {polar} THEN SIGN({flat}) * (1 - {share}) ELSE {flat} END"
        polar_across = f"SQRT({share} * (2 - {share}))"
        across = f"CASE WHEN {polar} THEN {polar_across} ELSE SQRT(1 - POW({flat}, 2)) END"
        turn = f"(PI() / 4 * ({r}.j * {r}.m + {r}.d) / {r}.m)"
        return struct((f"{across} * COS({turn})", f"{across} * SIN({turn})", height))

    return let(writer, numbers, known)


def _ring(p: str) -> str:
    """The ring of a cell, counted from the north and from the nearer pole, and its place there."""
    row = f"([2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4][{p}.f + 1] * {p}.n - {p}.x - {p}.y - 1)"
    turn = f"[1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7][{p}.f + 1]"
    nearer = f"LEAST({row}, 4 * {p}.n - {row}, {p}.n)"
    return f"{{'n': {p}.n, 'r': {row}, 'm': {nearer}, 'j': {turn}, 'd': {p}.x - {p}.y}}"
