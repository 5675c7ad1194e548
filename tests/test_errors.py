"""Errors survive the wire as the same class."""

from __future__ import annotations

import pytest

from lsp_jupyter import errors
from lsp_jupyter.errors import (
    AdqlError,
    LspError,
    OverloadError,
    ParameterError,
    PublishError,
    error_from_dict,
)


def all_errors(base: type[LspError] = LspError) -> list[type[LspError]]:
    children = [child for child in base.__subclasses__() if child.code != base.code]
    return [base, *(kind for child in children for kind in all_errors(child))]


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_comes_back_as_the_same_class(kind: type[LspError]) -> None:
    back = error_from_dict(kind("It is wrong.", hint="Do this.").to_dict())
    assert type(back) is kind
    assert (back.message, back.hint, back.status) == ("It is wrong.", "Do this.", kind.status)


def test_one_without_a_code_of_its_own_is_what_it_is_a_kind_of() -> None:
    class _LostError(PublishError):
        pass

    assert type(error_from_dict(_LostError("No.").to_dict())) is PublishError


def test_codes_are_unique_and_all_classes_are_public() -> None:
    kinds = all_errors()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert {kind.__name__ for kind in kinds} < set(errors.__all__)


def test_place_and_parameter_survive() -> None:
    error = error_from_dict(AdqlError("No.", line=3, column=7, length=4).to_dict())
    assert isinstance(error, AdqlError)
    assert (error.line, error.column, error.length) == (3, 7, 4)
    assert str(error) == "Line 3, column 7: No."
    parameter = error_from_dict(ParameterError("No.", parameter="MAXREC").to_dict())
    assert isinstance(parameter, ParameterError)
    assert parameter.parameter == "MAXREC"
    busy = error_from_dict(OverloadError("Busy.", retry_after=9).to_dict())
    assert isinstance(busy, OverloadError)
    assert busy.retry_after == 9


def test_an_unknown_code_is_still_an_error() -> None:
    assert type(error_from_dict({"code": "Later", "message": "New."})) is LspError
