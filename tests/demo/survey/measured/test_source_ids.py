from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.measured.source_ids import dia_object_ids, source_ids
from lsp_jupyter.demo.survey.observing.fields import FIELDS, field
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Tile

TINY = size("tiny")


def _tile(name: str, number: int) -> Tile:
    return Tile(field(name), number, -0.1, 0.1, -0.1, 0.1)


def test_no_two_sources_of_a_survey_have_one_number() -> None:
    detectors = np.repeat(np.arange(9), 3)
    made = [
        source_ids(visit, _tile(visit.field.name, number), detectors)
        for visit in schedule(TINY, 1)
        for number in (0, 1, 4095)
    ]
    ids = np.concatenate(made)
    assert len(np.unique(ids)) == len(ids)
    assert ids.min() > 2**53
    assert ids.dtype == np.int64
    assert ids.min() > 0


def test_later_exposures_have_higher_numbers() -> None:
    visits = schedule(TINY, 1)
    tile = _tile("ECDFS", 7)
    firsts = [int(source_ids(visit, tile, np.array([0]))[0]) for visit in visits]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_objects_of_difference_images_tell_their_patch(one: object) -> None:
    tile = _tile(one.name, 3)  # type: ignore[attr-defined]
    patch = np.array([0, 12, 12, 24])
    ids = dia_object_ids(tile, patch)
    assert len(set(ids.tolist())) == 4
    assert ids.min() > 2**53 or tile.field.tract < 100
    assert (ids >> 40 == tile.field.tract * 100 + patch).all()
    # Those of coadds have no such bit.
    assert (ids >> 39 & 1 == 1).all()
