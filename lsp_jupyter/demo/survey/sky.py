"""What there is in the sky: the truth that images and catalogues are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_jupyter.demo.survey.fields import Field

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["EPOCH", "Objects", "Tile"]

#: When objects stand where `Objects.ra` and `Objects.dec` say: MJD, TAI.
EPOCH = 60_630.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A square part of a field that is made at once.

    Attributes
    ----------
    field : `Field`
        Which field.
    number : `int`
        Counts the tiles of the field.
    west, east, south, north : `float`
        Its edges in the plane that touches the sky at the field's centre: degrees, east positive.
    """

    field: Field
    number: int
    west: float
    east: float
    south: float
    north: float


@dataclass(frozen=True, slots=True)
class Objects:
    """Stars and galaxies of a tile; arrays of one length.

    Attributes
    ----------
    field : `Field`
        Which field they are in.
    id : `numpy.ndarray` of `int`
        Rubin-like, above 2**53: the tract and the patch in the high bits. It is also the objectId
        of those that are detected.
    patch : `numpy.ndarray` of `int`
        The patch of the tract whose inner part they are in.
    ra, dec : `numpy.ndarray`
        At `EPOCH`: degrees, ICRS.
    pm_ra, pm_dec, parallax : `numpy.ndarray`
        Of stars: mas/yr (pm_ra times cos dec), mas; 0 for galaxies.
    galaxy : `numpy.ndarray` of `bool`
        Whether it is a galaxy.
    flux : `numpy.ndarray`, shape ``(n, 6)``
        Mean total flux in ``ugrizy`` as it reaches us, reddening included: nanojansky.
    bulge : `numpy.ndarray`
        The bulge's part of the flux; 0 for stars.
    bulge_radius, disk_radius : `numpy.ndarray`
        Half-light radii along the major axis of a de Vaucouleurs bulge (Sersic index 4) and an
        exponential disk: arcsec; 0 for stars.
    axis_ratio, angle : `numpy.ndarray`
        Minor to major axis of both, and the major axis from north through east: degrees.
    redshift : `numpy.ndarray`
        Of galaxies; 0 for stars.
    variable : `numpy.ndarray` of `int`
        Its kind of variability, see `variables`; 0 for none.
    gaia : `numpy.ndarray` of `int`
        The ``source_id`` of the real star it is; 0 if it is simulated.
    """

    field: Field
    id: Integers
    patch: Integers
    ra: Floats
    dec: Floats
    pm_ra: Floats
    pm_dec: Floats
    parallax: Floats
    galaxy: npt.NDArray[np.bool_]
    flux: Floats
    bulge: Floats
    bulge_radius: Floats
    disk_radius: Floats
    axis_ratio: Floats
    angle: Floats
    redshift: Floats
    variable: Integers
    gaia: Integers

    def __len__(self) -> int:
        return len(self.id)
