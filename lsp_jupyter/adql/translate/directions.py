"""Computed points in SQL: unit vectors from rotations, motions, cells and boxes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lsp_jupyter.adql import shapes
from lsp_jupyter.adql.translate.healpix import centre
from lsp_jupyter.adql.translate.polygons import centroid
from lsp_jupyter.adql.translate.sphere import place
from lsp_jupyter.adql.translate.writer import (
    Components,
    Writer,
    components,
    dot,
    let,
    let_all,
    literal,
    struct,
)

__all__ = ["angle", "direction", "propagated"]

_MAS = math.pi / (180.0 * 3_600_000.0)
"""Radians in a milliarcsecond."""
_AU = 4.740470446
"""The astronomical unit in km yr/s."""


def direction(writer: Writer, node: shapes.Direction) -> str:
    """A unit vector as a structure of x, y and z; unknown where anything of it is NULL."""
    written: str = _DIRECTIONS[type(node)](writer, node)
    return written


def angle(writer: Writer, node: shapes.Angle) -> str:
    """Longitude from 0 to 360 or latitude of a direction, degrees."""

    def written(name: str) -> str:
        x, y, z = components(name)
        if node.axis:
            return f"DEGREES(ATAN2({z}, SQRT({x} * {x} + {y} * {y})))"
        return f"((DEGREES(ATAN2({y}, {x})) + 360) % 360)"

    return let(writer, writer.direction(node.direction), written)


def _rotated(writer: Writer, node: shapes.Rotated) -> str:
    rows = [node.matrix[start : start + 3] for start in (0, 3, 6)]
    factors: list[Components] = [(literal(a), literal(b), literal(c)) for a, b, c in rows]

    def written(v: str) -> str:
        x, y, z = (dot(row, components(v)) for row in factors)
        return struct((x, y, z))

    return let(writer, place(writer, node.point), written)


def _angles(writer: Writer, point: shapes.Point) -> dict[str, str]:
    """The coordinates of a point in radians."""
    ra, dec = writer.position(point.longitude, 1), writer.position(point.latitude, 1)
    return {"a": f"RADIANS({ra})", "d": f"RADIANS({dec})"}


def _frame(v: str) -> dict[str, str]:
    """The unit vector of the coordinates of ``v``, and what leads east and north from it."""
    return {
        "x": f"COS({v}.d) * COS({v}.a)",
        "y": f"COS({v}.d) * SIN({v}.a)",
        "z": f"SIN({v}.d)",
        "sa": f"SIN({v}.a)",
        "ca": f"COS({v}.a)",
        "cd": f"COS({v}.d)",
    }


def _corner(writer: Writer, node: shapes.Corner) -> str:
    known = _angles(writer, node.centre)
    for name, sign, size in (("e", node.east, node.width), ("n", node.north, node.height)):
        known[name] = f"{sign} * TAN(RADIANS({writer.position(size, 1)}) / 2)"

    def written(v: str, f: str) -> str:
        return _normalised(
            writer,
            (
                f"{f}.x - {v}.e * {f}.sa - {v}.n * {f}.z * {f}.ca",
                f"{f}.y + {v}.e * {f}.ca - {v}.n * {f}.z * {f}.sa",
                f"{f}.z + {v}.n * {f}.cd",
            ),
        )

    return let_all(writer, known, lambda v: let_all(writer, _frame(v), lambda f: written(v, f)))


def _normalised(writer: Writer, parts: Components) -> str:
    """A vector of length 1."""

    def written(name: str) -> str:
        x, y, z = components(name)
        length = f"SQRT({dot((x, y, z), (x, y, z))})"
        return struct((f"{x} / {length}", f"{y} / {length}", f"{z} / {length}"))

    return let(writer, struct(parts), written)


def _motion(writer: Writer, node: shapes.Moved) -> dict[str, str]:
    """What moves: coordinates, motion east, north and along the sight (rad/yr), and years."""
    parallax, east, north, speed, start, end = (writer.position(one, 3) for one in node.motion)
    return {
        **_angles(writer, node.point),
        "e": f"COALESCE({east}, 0) * {literal(_MAS)}",
        "n": f"COALESCE({north}, 0) * {literal(_MAS)}",
        "s": f"COALESCE({speed} * {parallax}, 0) * {literal(_MAS / _AU)}",
        "t": f"({end} - {start})",
        # As they are known, for what is NULL.
        "p": parallax,
        "v": speed,
        "lost": f"{east} IS NULL OR {north} IS NULL",
    }


def _place(m: str, f: str) -> Components:
    """Where the star is, not normalised, after a motion ``m`` from a frame ``f``."""
    along = f"(1 + {m}.s * {m}.t)"
    return (
        f"{f}.x * {along} + {m}.t * (-{m}.e * {f}.sa - {m}.n * {f}.z * {f}.ca)",
        f"{f}.y * {along} + {m}.t * ({m}.e * {f}.ca - {m}.n * {f}.z * {f}.sa)",
        f"{f}.z * {along} + {m}.t * {m}.n * {f}.cd",
    )


def _moved(writer: Writer, node: shapes.Moved) -> str:
    return let_all(
        writer,
        _motion(writer, node),
        lambda m: let_all(writer, _frame(m), lambda f: _normalised(writer, _place(m, f))),
    )


def propagated(writer: Writer, node: shapes.Moved) -> str:
    """Position, parallax, motions and radial velocity of a star after some time.

    The rigorous treatment of ESA SP-1200 (1997), volume 1, section 1.5.5; what was NULL is NULL.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    node : `~lsp_jupyter.adql.shapes.Moved`
        The star; angles in degrees and mas, velocities in mas/yr and km/s.
    """

    def square(m: str) -> str:
        return f"({m}.e * {m}.e + {m}.n * {m}.n)"

    def scale(m: str) -> str:
        """The distance at first over that at last."""
        along = f"{m}.t * {m}.t * ({square(m)} + {m}.s * {m}.s)"
        return f"(1 / SQRT(1 + 2 * {m}.s * {m}.t + {along}))"

    def written(m: str, f: str, u: str, k: str) -> str:
        along = f"(1 + {m}.s * {m}.t)"
        starts: Components = (
            f"(-{m}.e * {f}.sa - {m}.n * {f}.z * {f}.ca)",
            f"({m}.e * {f}.ca - {m}.n * {f}.z * {f}.sa)",
            f"({m}.n * {f}.cd)",
        )
        bases = (f"{f}.x", f"{f}.y", f"{f}.z")
        cubed = f"{k} * {k} * {k} / {literal(_MAS)}"
        x, y, z = (
            f"(({step} * {along} - {base} * {square(m)} * {m}.t) * {cubed})"
            for step, base in zip(starts, bases, strict=True)
        )
        flat = f"SQRT({u}.x * {u}.x + {u}.y * {u}.y)"
        radial = f"(({m}.s + ({square(m)} + {m}.s * {m}.s) * {m}.t) * {k} * {k})"
        spin = f"({x} * {u}.x + {y} * {u}.y)"
        rise = f"{z} * {flat} - {u}.z * {spin} / {flat}"
        kept = f"{m}.v IS NULL OR COALESCE({m}.p, 0) = 0"
        velocity = f"{radial} * {literal(_AU)} / ({m}.p * {k} * {literal(_MAS)})"
        items = (
            f"(DEGREES(ATAN2({u}.y, {u}.x)) + 360) % 360",
            f"DEGREES(ATAN2({u}.z, {flat}))",
            f"{m}.p * {k}",
            f"CASE WHEN {m}.lost THEN NULL ELSE ({y} * {u}.x - {x} * {u}.y) / {flat} END",
            f"CASE WHEN {m}.lost THEN NULL ELSE {rise} END",
            f"CASE WHEN {kept} THEN {m}.v ELSE {velocity} END",
        )
        return f"CASE WHEN {u}.x IS NULL THEN NULL ELSE [{', '.join(items)}] END"

    def scaled(m: str, f: str, u: str) -> str:
        return let(writer, scale(m), lambda k: written(m, f, u, k))

    def placed(m: str, f: str) -> str:
        end = _normalised(writer, _place(m, f))
        return let(writer, end, lambda u: scaled(m, f, u))

    return let_all(
        writer,
        _motion(writer, node),
        lambda m: let_all(writer, _frame(m), lambda f: placed(m, f)),
    )


def _cell_centre(writer: Writer, node: shapes.CellCentre) -> str:
    return centre(writer, node.order, node.cell)


def _centroid(writer: Writer, node: shapes.Centroid) -> str:
    return centroid(writer, node.polygon)


_DIRECTIONS: dict[type, Callable[[Writer, Any], str]] = {
    shapes.Rotated: _rotated,
    shapes.Moved: _moved,
    shapes.CellCentre: _cell_centre,
    shapes.Corner: _corner,
    shapes.Centroid: _centroid,
}
