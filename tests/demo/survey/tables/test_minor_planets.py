from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables import minor_planets
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")


def _rows(rows: Callable[..., object], release: str = "dp2") -> dict[str, np.ndarray]:
    (frame,) = rows(tiny_sky(), TINY, 1, release)  # type: ignore[misc]
    return dict(frame)


def test_orbits_are_those_of_the_bodies() -> None:
    bodies = tiny_sky().asteroids()
    first = _rows(minor_planets.minor_planet_rows, "dp1")
    second = _rows(minor_planets.orbit_rows)
    assert (first["ssObjectId"] == bodies.id).all()
    assert (first["mpcDesignation"] == second["packed_primary_provisional_designation"]).all()
    for one, other in (
        ("q", "q"),
        ("e", "e"),
        ("incl", "i"),
        ("node", "node"),
        ("peri", "argperi"),
    ):
        assert (first[one] == second[other]).all()
    assert np.allclose(second["a"] * (1 - second["e"]), second["q"])
    # Kepler's third law, and where bodies are at the epoch.
    assert np.allclose(second["period"], 365.2569 * second["a"] ** 1.5, rtol=1e-6)
    past = (second["epoch_mjd"] - second["peri_time"]) / second["period"] * 360
    assert np.allclose(np.cos(np.radians(past - second["mean_anomaly"])), 1)
    assert np.allclose(second["mean_motion"] * second["period"], 360)


def test_long_arcs_make_well_known_orbits() -> None:
    made = _rows(minor_planets.orbit_rows)
    long = made["arc_length_total"] > 1000
    assert 0 < long.mean() < 1
    belt = made["a"] < 4
    assert made["a_unc"][long & belt].max() < made["a_unc"][~long & belt].min()
    assert made["u_param"][long].max() <= made["u_param"][~long].min()
    assert (made["nobs_total_sel"] <= made["nobs_total"]).all()
    assert ((made["u_param"] >= 0) & (made["u_param"] <= 9)).all()
    for name in ("e_unc", "i_unc", "node_unc", "peri_time_unc", "mean_anomaly_unc"):
        assert (made[name] > 0).all()


def test_documents_hold_the_elements() -> None:
    made = _rows(minor_planets.orbit_rows)
    for row, text in enumerate(made["mpc_orb_jsonb"]):
        told = json.loads(text)
        names = told["COM"]["coefficient_names"]
        values = dict(zip(names, told["COM"]["coefficient_values"], strict=True))
        assert values["q"] == made["q"][row]
        assert (
            told["designation_data"]["unpacked_primary_provisional_designation"]
            == (made["designation"][row])
        )


def test_kinds_of_orbits() -> None:
    made = _rows(minor_planets.orbit_rows)
    belt = (made["a"] > 2.0) & (made["a"] < 4.6) & (made["q"] > 1.67)
    assert belt.any()
    assert (made["orbit_type_int"][belt] == 11).all()
    distant = made["a"] > 30.1
    assert (made["orbit_type_int"][distant] == 23).all()


def test_names_agree() -> None:
    current = _rows(minor_planets.current_identification_rows)
    numbered = _rows(minor_planets.numbered_identification_rows)
    orbits = _rows(minor_planets.orbit_rows)
    assert set(current["unpacked_primary_provisional_designation"]) == set(orbits["designation"])
    mine = current["unpacked_primary_provisional_designation"][current["numbered"]]
    assert set(mine) == set(numbered["unpacked_primary_provisional_designation"])
    assert 0 < len(mine) < len(orbits["id"])
    assert len(set(numbered["permid"])) == len(mine)
    assert (current["created_at"] <= current["updated_at"]).all()


@pytest.mark.parametrize(
    "rows",
    [minor_planets.orbit_rows, minor_planets.current_identification_rows],
    ids=lambda rows: rows.__name__,
)
def test_numbers_count_rows(rows: Callable[..., object]) -> None:
    assert _rows(rows)["id"].tolist() == list(range(1, len(tiny_sky().asteroids()) + 1))
