"""Rows of the catalogues of the Minor Planet Center: orbits and names of small bodies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.id_draws import normal, uniform
from lsp_jupyter.demo.survey.observing.visits import NIGHTS
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.truth.orbit_distance import nearest_approach
from lsp_jupyter.demo.survey.truth.orbits import SUN, Asteroids

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = [
    "current_identification_rows",
    "minor_planet_rows",
    "numbered_identification_rows",
    "orbit_rows",
]

#: The part of the bodies whose orbits are so well known that they have numbers, and the first one.
NUMBERED, FIRST_NUMBER = 0.3, 851_203

#: When the catalogue was made of the survey's reports: MJD.
COPIED = 60_700.0

#: Main-belt asteroids and others by the distances of their orbits, as the Minor Planet Center
#: counts kinds of orbits.
_NEAR, _MARS, _BELT, _TROJAN, _MIDDLE, _CENTAUR, _DISTANT = 2, 10, 11, 12, 19, 22, 23


def minor_planet_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``MPCORB``: the orbits of all bodies.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    release : `str`
        ``dp1``.
    """
    bodies = sky.asteroids()
    yield {
        "mpcDesignation": bodies.packed,
        "ssObjectId": bodies.id,
        "q": bodies.q,
        "e": bodies.e,
        "incl": bodies.incl,
        "node": bodies.node,
        "peri": bodies.peri,
        "t_p": bodies.t_p,
        "epoch": np.full(len(bodies), bodies.epoch),
        "mpcH": np.round(bodies.H, 2),
    }


def _kinds(bodies: Asteroids) -> Integers:
    axis = bodies.q / (1 - bodies.e)
    return np.select(
        [bodies.q < 1.3, bodies.q < 1.67, axis < 4.6, axis < 5.5, axis < 7.0, axis < 30.1],
        [_NEAR, _MARS, np.where(axis > 2.0, _BELT, _MIDDLE), _TROJAN, _MIDDLE, _CENTAUR],
        _DISTANT,
    )


def _numbered(bodies: Asteroids, seed: int) -> npt.NDArray[np.bool_]:
    return np.asarray(uniform(seed, "numbered", bodies.id) < NUMBERED)


def _names(bodies: Asteroids) -> dict[str, Array]:
    return {
        "packed_primary_provisional_designation": bodies.packed,
        "unpacked_primary_provisional_designation": bodies.designation,
    }


def _written(bodies: Asteroids, seed: int) -> dict[str, Array]:
    """When rows were made and changed."""
    made = COPIED + 20 * uniform(seed, "created", bodies.id)
    return {"created_at": made, "updated_at": made + 60 * uniform(seed, "updated", bodies.id)}


def orbit_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``mpc_orbits``; parameters as of `minor_planet_rows`.

    Nothing but the Sun pulls at these bodies: what would be told of other forces is not there.
    """
    bodies = sky.asteroids()
    n = len(bodies)
    axis = bodies.q / (1 - bodies.e)
    period = 2 * np.pi * np.sqrt(axis**3 / SUN)
    numbered = _numbered(bodies, seed)
    # Those with numbers were found in images of years before.
    oppositions = np.where(numbered, 4 + np.floor(6 * uniform(seed, "seen", bodies.id)), 1)
    campaign = (NIGHTS[1] - NIGHTS[0]).days
    arc = np.where(
        numbered,
        oppositions * 430 * (0.8 + 0.4 * uniform(seed, "arc", bodies.id)),
        campaign * (0.2 + 1.2 * uniform(seed, "arc", bodies.id)),
    )
    total = np.rint(np.where(numbered, 18 * oppositions, 10 + 20 * uniform(seed, "n", bodies.id)))
    rms = 0.25 * np.exp(0.3 * normal(seed, "rms", bodies.id))
    written = _written(bodies, seed)
    values = {
        "a": axis,
        "q": bodies.q,
        "e": bodies.e,
        "i": bodies.incl,
        "node": bodies.node,
        "argperi": bodies.peri,
        "peri_time": bodies.t_p,
        "mean_anomaly": ((bodies.epoch - bodies.t_p) / period * 360) % 360,
        "period": period,
        "mean_motion": 360 / period,
    }
    yield {
        "id": np.arange(1, n + 1),
        "designation": bodies.designation,
        "mpc_orb_jsonb": _json(bodies, values, total),
        "orbit_type_int": _kinds(bodies),
        "u_param": np.clip(np.rint(9 - 2.6 * np.log10(np.maximum(arc, 1) / 10)), 0, 9),
        "nopp": oppositions,
        "arc_length_total": np.round(arc, 2),
        "arc_length_sel": np.round(arc * 0.998, 2),
        "nobs_total": total,
        "nobs_total_sel": total - np.rint(0.05 * total),
        "epoch_mjd": np.full(n, bodies.epoch),
        "h": np.round(bodies.H, 3),
        "g": np.round(bodies.G, 3),
        "not_normalized_rms": np.round(rms, 4),
        "normalized_rms": np.round(rms / 0.3, 4),
        "earth_moid": nearest_approach(bodies).distance,
        "fitting_datetime": written["updated_at"],
        **written,
        **_names(bodies),
        **values,
        **_uncertainties(bodies, values, arc, total),
    }


def _uncertainties(
    bodies: Asteroids, values: dict[str, Floats], arc: Floats, total: Floats
) -> dict[str, Floats]:
    """How well orbits are known: the longer the arc, the better."""
    # 0.1 arcsec at each end of the arc, in radians.
    sharp = 0.1 / 206_265 / np.sqrt(total)
    part = np.maximum(arc / values["period"], 1e-3)
    shape = sharp / part**1.5
    pole = np.degrees(sharp / np.minimum(part, 1.0))
    slope = values["mean_motion"]
    turning = 1.5 * shape * slope
    eccentric = np.maximum(bodies.e, 0.01)
    swing = np.degrees(shape / eccentric)
    return {
        "a_unc": values["a"] * shape,
        "q_unc": bodies.q * 1.5 * shape,
        "e_unc": 1.2 * shape,
        "i_unc": pole,
        "node_unc": pole / np.maximum(np.sin(np.radians(bodies.incl)), 1e-3),
        "argperi_unc": swing,
        "peri_time_unc": swing / slope,
        "mean_anomaly_unc": swing,
        "period_unc": 1.5 * shape * values["period"],
        "mean_motion_unc": turning,
    }


def _json(bodies: Asteroids, values: dict[str, Floats], total: Floats) -> Array:
    """The orbits in the manner of the Minor Planet Center's own documents."""
    names = ("q", "e", "i", "node", "argperi", "peri_time")
    texts = [
        json.dumps(
            {
                "designation_data": {
                    "packed_primary_provisional_designation": str(bodies.packed[row]),
                    "unpacked_primary_provisional_designation": str(bodies.designation[row]),
                },
                "epoch_data": {"epoch": bodies.epoch, "timesystem": "TT", "timeform": "MJD"},
                "magnitude_data": {
                    "H": round(float(bodies.H[row]), 3),
                    "G": round(float(bodies.G[row]), 3),
                },
                "orbit_fit_statistics": {"nobs_total": int(total[row])},
                "COM": {
                    "coefficient_names": list(names),
                    "coefficient_values": [float(values[name][row]) for name in names],
                },
            }
        )
        for row in range(len(bodies))
    ]
    return np.array(texts, object)


def current_identification_rows(
    sky: Sky,
    size: Size,  # noqa: ARG001
    seed: int,
    release: str,  # noqa: ARG001
) -> Iterator[Frame]:
    """Rows of ``current_identifications``; parameters as of `minor_planet_rows`.

    Each body has one designation.
    """
    bodies = sky.asteroids()
    yield {
        "id": np.arange(1, len(bodies) + 1),
        "packed_secondary_provisional_designation": bodies.packed,
        "unpacked_secondary_provisional_designation": bodies.designation,
        "published": np.ones(len(bodies), bool),
        "object_type": np.zeros(len(bodies), np.int64),
        "numbered": _numbered(bodies, seed),
        **_names(bodies),
        **_written(bodies, seed),
    }


def numbered_identification_rows(
    sky: Sky,
    size: Size,  # noqa: ARG001
    seed: int,
    release: str,  # noqa: ARG001
) -> Iterator[Frame]:
    """Rows of ``numbered_identifications``; parameters as of `minor_planet_rows`.

    None of the bodies has a name yet.
    """
    bodies = sky.asteroids()
    some = np.flatnonzero(_numbered(bodies, seed))
    columns = _names(bodies) | _written(bodies, seed)
    yield {name: values[some] for name, values in columns.items()} | {
        "id": np.arange(1, len(some) + 1),
        "permid": np.array([str(FIRST_NUMBER + 7 * number) for number in range(len(some))]),
    }
