from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lsp_jupyter.demo.survey.truth.orbit_distance import nearest_approach
from lsp_jupyter.demo.survey.truth.orbits import TO_ECLIPTIC, Asteroids, observatory
from tests.demo.survey.skies import tiny_sky


def _bodies(*elements: tuple[float, ...]) -> Asteroids:
    q, e, incl, node, peri = np.array(elements).T
    some = tiny_sky().asteroids()
    return replace(some, id=np.arange(len(q)), q=q, e=e, incl=incl, node=node, peri=peri)


def test_distances_of_real_asteroids() -> None:
    # Elements and distances by JPL's Small-Body Database: Eros, Apophis, Ceres.
    made = nearest_approach(
        _bodies(
            (1.13316, 0.22283, 10.828, 304.270, 178.929),
            (0.74607, 0.19120, 3.34088, 203.90, 126.687),
            (2.5466, 0.07914, 10.588, 80.25, 73.29),
        )
    )
    assert made.distance[0] == pytest.approx(0.1491, abs=0.002)
    assert made.distance[1] < 0.004
    assert made.distance[2] == pytest.approx(1.583, abs=0.01)
    # What meets the Earth on such orbits comes at some kilometres a second.
    assert 4 < made.speed[1] < 8


def test_no_pair_of_places_is_nearer() -> None:
    bodies = tiny_sky().asteroids()
    made = nearest_approach(bodies)
    earth = np.array([observatory(60_600.0 + day)[0] @ TO_ECLIPTIC.T for day in range(0, 366, 3)])
    for row in range(0, len(bodies), 5):
        anomaly = np.linspace(0, 2 * np.pi, 400)
        radius = bodies.q[row] * (1 + bodies.e[row]) / (1 + bodies.e[row] * np.cos(anomaly))
        node, incl = np.radians(bodies.node[row]), np.radians(bodies.incl[row])
        along = anomaly + np.radians(bodies.peri[row])
        place = radius[:, None] * np.stack(
            [
                np.cos(node) * np.cos(along) - np.sin(node) * np.sin(along) * np.cos(incl),
                np.sin(node) * np.cos(along) + np.cos(node) * np.sin(along) * np.cos(incl),
                np.sin(along) * np.sin(incl),
            ],
            axis=1,
        )
        least = np.linalg.norm(place[:, None] - earth, axis=2).min()
        assert made.distance[row] == pytest.approx(least, rel=0.01)


def test_there_is_nothing_to_be_near() -> None:
    some = tiny_sky().asteroids()
    none = replace(
        some,
        **{name: getattr(some, name)[:0] for name in ("id", "q", "e", "incl", "node", "peri")},
    )
    assert len(nearest_approach(none).distance) == 0
