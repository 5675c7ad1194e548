"""Coordinate systems that are a rotation away from ICRS (IVOA vocabulary refframe)."""

from __future__ import annotations

from lsp_jupyter.adql.vectors import Vector, lonlat, unit_vector

__all__ = ["SYSTEMS", "Matrix", "rotate", "rotation"]

Matrix = tuple[float, ...]
"""Nine numbers, row by row."""

SYSTEMS: dict[str, Matrix] = {
    "ICRS": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    # Equinox J2000.
    "FK5": (
        *(0.9999999999999928, -1.1102233282139344e-07, -4.4118044877913306e-08),
        *(1.1102233723050045e-07, 0.9999999999999891, 9.647792236864428e-08),
        *(4.41180342697633e-08, -9.64779275195813e-08, 0.9999999999999943),
    ),
    # Equinox B1950, without the terms of aberration, which are no rotation.
    "FK4": (
        *(0.9999256809514503, 0.011181371753884863, 0.004858960740738751),
        *(-0.011181372203850917, 0.9999374861373453, -2.7073328535969073e-05),
        *(-0.004858959705285428, -2.7258532094298532e-05, 0.9999881948140962),
    ),
    "GALACTIC": (
        *(-0.05487565771259168, -0.8734370519556163, -0.4838350736167155),
        *(0.4941094371927275, -0.44482972122329517, 0.7469821839866676),
        *(-0.8676661375596587, -0.19807633727300075, 0.4559838136873016),
    ),
    "SUPER_GALACTIC": (
        *(0.37501555570303163, 0.3413588718562475, 0.8618801851683191),
        *(-0.8983204377276138, -0.09572710024885137, 0.4287851600030194),
        *(0.2288749093754375, -0.9350456902649069, 0.270750499492446),
    ),
    # Mean ecliptic and equinox of J2000.
    "ECLIPTIC": (
        *(0.9999999999999942, -7.078368958079222e-08, 8.056213983565801e-08),
        *(3.2897004077419646e-08, 0.9174821299149585, 0.3977769994440478),
        *(-1.0207044725484357e-07, -0.39777699944404304, 0.9174821299149556),
    ),
}
"""What turns ICRS into each system."""


def rotation(source: str, target: str) -> Matrix:
    """The matrix that turns one system of `SYSTEMS` into another.

    Parameters
    ----------
    source, target : `str`
        Names of systems.
    """
    one, two = SYSTEMS[source], SYSTEMS[target]
    return tuple(
        sum(two[3 * row + term] * one[3 * column + term] for term in range(3))
        for row in range(3)
        for column in range(3)
    )


def rotate(matrix: Matrix, longitude: float, latitude: float) -> tuple[float, float]:
    """A position in another system, degrees.

    Parameters
    ----------
    matrix : `tuple` of `float`
        From `rotation`.
    longitude, latitude : `float`
        Degrees.
    """
    x, y, z = unit_vector(longitude, latitude)
    turned: Vector = (
        matrix[0] * x + matrix[1] * y + matrix[2] * z,
        matrix[3] * x + matrix[4] * y + matrix[5] * z,
        matrix[6] * x + matrix[7] * y + matrix[8] * z,
    )
    return lonlat(turned)
