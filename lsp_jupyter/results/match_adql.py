"""Two results put beside each other, as an ADQL query."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from lsp_jupyter.errors import ParameterError

from .view_adql import quoted_name

__all__ = ["Side", "key_join", "position_columns", "sky_match"]

#: Arcseconds at most between two positions that are one: beyond a degree it is no match.
MAX_RADIUS = 3600.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two.

    Attributes
    ----------
    table : `str`
        As ADQL: ``job."…"``.
    schema : `pyarrow.Schema`
        Its columns.
    columns : `tuple` of `str`
        Right ascension and declination in degrees, or the column of the key.
    """

    table: str
    schema: pa.Schema
    columns: tuple[str, ...] = ()

    def named(self, alias: str) -> list[str]:
        """Its columns as ADQL.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it has none of such a name.
        """
        for name in self.columns:
            if name not in self.schema.names:
                raise ParameterError(
                    f"The table {alias} has no column '{name[:80]}'.",
                    parameter=alias,
                    hint="It has: " + ", ".join(self.schema.names[:20]) + ".",
                )
        return [f"{alias}.{quoted_name(name)}" for name in self.columns]


def position_columns(schema: pa.Schema) -> tuple[str, str] | None:
    """The columns of the position of each row, by their UCD, or by name.

    Returns
    -------
    columns : `tuple` of `str`, optional
        Right ascension and declination; `None` if there are none.
    """
    found: dict[str, list[tuple[int, str]]] = {"ra": [], "dec": []}
    for field in schema:
        ucd = (field.metadata or {}).get(b"ucd", b"").decode().lower()
        numeric = pa.types.is_floating(field.type)
        for axis, some in found.items():
            if not numeric:
                continue
            words = ucd.split(";")
            if words[0] == f"pos.eq.{axis}":
                some.append((0 if "meta.main" in words else 1, field.name))
            elif field.name.lower() in (axis, f"{axis}j2000", f"{axis}_deg", f"coord_{axis}"):
                some.append((2, field.name))
    if not found["ra"] or not found["dec"]:
        return None
    return min(found["ra"])[1], min(found["dec"])[1]


def sky_match(a: Side, b: Side, radius: float, *, keep: bool = False) -> str:
    """Pairs of rows at the same place of the sky.

    Parameters
    ----------
    a, b : `Side`
        With the columns of their positions.
    radius : `float`
        Arcseconds between the two at most.
    keep : `bool`
        Whether rows of the first without a partner come too.

    Returns
    -------
    adql : `str`
        The query; its last column is the separation in arcseconds.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if the radius or a column is wrong.
    """
    if not (math.isfinite(radius) and 0 < radius <= MAX_RADIUS):
        raise ParameterError(
            f"The radius must be above 0 and at most {MAX_RADIUS:g} arcseconds.",
            parameter="radius",
        )
    one, other = (f"POINT({', '.join(s.named(n))})" for s, n in ((a, "a"), (b, "b")))
    separation = f"DISTANCE({one}, {other})"
    return _query(
        a, b, f"{separation} <= {radius!r} / 3600.0", [f"3600.0 * {separation} AS sep_arcsec"], keep
    )


def key_join(a: Side, b: Side, *, keep: bool = False) -> str:
    """Pairs of rows with the same value of one column each.

    Parameters and errors as those of `sky_match`.
    """
    (one,), (other,) = a.named("a"), b.named("b")
    return _query(a, b, f"{one} = {other}", [], keep)


def _query(a: Side, b: Side, on: str, more: Sequence[str], keep: bool) -> str:
    join = "LEFT JOIN" if keep else "JOIN"
    items = ", ".join(["a.*", "b.*", *more])
    return f"SELECT {items}\nFROM {a.table} AS a\n{join} {b.table} AS b\n  ON {on}"
