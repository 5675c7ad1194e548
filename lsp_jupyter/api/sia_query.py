"""The parameters of a search for images as a query of ``ivoa.ObsCore`` (SIA 2.0 section 2.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import ParameterError

__all__ = ["PARAMETERS", "sia_query"]

_FULL = 360.0
#: Degrees from which on a range of coordinates is no polygon any more.
_WIDE = 60.0
#: Sides by which a polygon follows a parallel.
_STEPS = 24
#: Values of one parameter at most.
_MOST = 1_000
_PRODUCTS = ("image", "cube")
_STATES = ("I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX", "POLI", "POLA")
_LEVELS = range(5)

#: Text parameters and the columns they are compared with, without regard to case.
_TEXTS = {
    "ID": "obs_publisher_did",
    "COLLECTION": "obs_collection",
    "FACILITY": "facility_name",
    "INSTRUMENT": "instrument_name",
    "TARGET": "target_name",
    "FORMAT": "access_format",
    "DPSUBTYPE": "dataproduct_subtype",
}
#: Parameters that are intervals of one column.
_INTERVALS = {
    "FOV": "s_fov",
    "SPATRES": "s_resolution",
    "SPECRP": "em_res_power",
    "EXPTIME": "t_exptime",
    "TIMERES": "t_resolution",
}
#: Parameters that are intervals, and must overlap that between two columns.
_OVERLAPS = {"BAND": ("em_min", "em_max"), "TIME": ("t_min", "t_max")}


def sia_query(given: Parameters, within: str) -> str:
    """The ADQL of a search.

    Values of one parameter are joined by OR, parameters by AND.

    Parameters
    ----------
    given : `~lsp_jupyter.api.parameters.Parameters`
        What a client sent.
    within : `str`
        What the identifiers of all images of the searched release begin with.

    Returns
    -------
    adql : `str`
        A query of ``ivoa.ObsCore``.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if a value cannot be used.
    """
    conditions = [f"obs_publisher_did LIKE {_quoted(within + '%')}"]
    for name, write in PARAMETERS.items():
        values = given.all(name)
        if len(values) > _MOST:
            raise ParameterError(
                f"{name} has {len(values):,} values; {_MOST:,} are possible.",
                parameter=name,
                hint="Join ivoa.ObsCore with an uploaded table through TAP instead.",
            )
        if values:
            conditions.append(f"({' OR '.join(write(value) for value in values)})")
    # Texts are quoted, all else is a number or a word of our own; and it is ADQL, not SQL.
    return f"SELECT * FROM ivoa.ObsCore WHERE {' AND '.join(conditions)}"  # noqa: S608


# -- one value of a parameter --------------------------------------------------


def _position(value: str) -> str:
    """Whether the outline of an image and a shape have a place in common."""
    shape, *words = value.split()
    numbers = _numbers(words, "POS")
    match shape.upper(), len(numbers):
        case "CIRCLE", 3:
            _check_place(numbers[0], numbers[1])
            if not 0 <= numbers[2] <= 180:
                raise _refused("POS", value, "The radius is from 0 to 180 degrees.")
            return f"INTERSECTS({_written('CIRCLE', numbers)}, s_region) = 1"
        case "RANGE", 4:
            return _range(value, numbers)
        case "POLYGON", count if count >= 6 and count % 2 == 0:
            for longitude, latitude in zip(numbers[::2], numbers[1::2], strict=True):
                _check_place(longitude, latitude)
            return f"INTERSECTS({_written('POLYGON', numbers)}, s_region) = 1"
        case _:
            raise _refused(
                "POS",
                value,
                "Write CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2, or POLYGON ra1 dec1 ra2 "
                "dec2 ra3 dec3 …, in degrees.",
            )


def _range(value: str, numbers: Sequence[float]) -> str:
    west, east, south, north = numbers
    west, east = max(west, 0.0), min(east, _FULL)
    south, north = max(south, -90.0), min(north, 90.0)
    if west > east or south > north:
        raise _refused("POS", value, "The lower limit of each coordinate comes first.")
    _check_place(west, south)
    _check_place(east, north)
    if 0 < east - west <= _WIDE and 0 < north - south <= _WIDE and max(-south, north) < 85:
        steps = [west + (east - west) * step / _STEPS for step in range(_STEPS + 1)]
        corners = [(x, south) for x in steps] + [(x, north) for x in reversed(steps)]
        outline = [number for corner in corners for number in corner]
        return f"INTERSECTS({_written('POLYGON', outline)}, s_region) = 1"
    # What is as wide as that is told by the circles round the images.
    half = "s_fov / 2"
    parts = [f"s_dec + {half} >= {south!r}", f"s_dec - {half} <= {north!r}"]
    if east - west < _FULL:
        reach = f"{half} / COS(RADIANS(s_dec))"
        near = " OR ".join(
            f"(s_ra + {reach} >= {west + turn!r} AND s_ra - {reach} <= {east + turn!r})"
            for turn in (-_FULL, 0.0, _FULL)
        )
        parts.append(f"({near})")
    return f"({' AND '.join(parts)})"


def _interval(name: str) -> Callable[[str], str]:
    column = _INTERVALS[name]

    def write(value: str) -> str:
        low, high = _limits(value, name)
        parts = [f"{column} >= {low!r}"] if low > -math.inf else []
        parts += [f"{column} <= {high!r}"] if high < math.inf else []
        return f"({' AND '.join(parts) or f'{column} IS NOT NULL'})"

    return write


def _overlap(name: str) -> Callable[[str], str]:
    first, last = _OVERLAPS[name]

    def write(value: str) -> str:
        low, high = _limits(value, name)
        parts = [f"{last} >= {low!r}"] if low > -math.inf else []
        parts += [f"{first} <= {high!r}"] if high < math.inf else []
        return f"({' AND '.join(parts) or f'{first} IS NOT NULL'})"

    return write


def _text(name: str) -> Callable[[str], str]:
    column = _TEXTS[name]
    return lambda value: f"LOWER({column}) = {_quoted(value.lower())}"


def _polarization(value: str) -> str:
    state = _one_of(value.upper(), _STATES, "POL")
    return f"pol_states LIKE '%/{state}/%'"


def _product(value: str) -> str:
    return f"dataproduct_type = {_quoted(_one_of(value.lower(), _PRODUCTS, 'DPTYPE'))}"


def _level(value: str) -> str:
    return f"calib_level = {_one_of(value, [str(level) for level in _LEVELS], 'CALIB')}"


#: How a value of each parameter is written.
PARAMETERS: dict[str, Callable[[str], str]] = {
    "POS": _position,
    **{name: _overlap(name) for name in _OVERLAPS},
    "POL": _polarization,
    **{name: _interval(name) for name in _INTERVALS},
    **{name: _text(name) for name in _TEXTS},
    "DPTYPE": _product,
    "CALIB": _level,
}


# -- pieces --------------------------------------------------------------------


def _numbers(words: Sequence[str], name: str) -> list[float]:
    numbers = []
    for word in words:
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise ParameterError(f"“{word[:40]}” in {name} is not a number.", parameter=name)
        numbers.append(number)
    return numbers


def _limits(value: str, name: str) -> tuple[float, float]:
    """An interval, or a number as one (DALI 1.1 section 3.3.2)."""
    numbers = _numbers(value.split(), name)
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2:
        raise _refused(name, value, "Write one number, or two: the lower limit and the upper one.")
    low, high = numbers
    if low > high or low == math.inf or high == -math.inf:
        raise _refused(name, value, "The lower limit comes first; -Inf and +Inf leave one out.")
    return low, high


def _check_place(longitude: float, latitude: float) -> None:
    if not 0.0 <= longitude <= _FULL:
        raise ParameterError(
            f"The right ascension {longitude:g} in POS is not from 0 to 360.", parameter="POS"
        )
    if not -90.0 <= latitude <= 90.0:
        raise ParameterError(
            f"The declination {latitude:g} in POS is not from -90 to 90.",
            parameter="POS",
            hint="The right ascension comes first.",
        )


def _one_of(value: str, known: Sequence[str], name: str) -> str:
    if value not in known:
        raise _refused(name, value, f"Use one of {', '.join(known)}.")
    return value


def _refused(name: str, value: str, hint: str) -> ParameterError:
    return ParameterError(f"“{value[:100]}” is not possible as {name}.", parameter=name, hint=hint)


def _written(shape: str, numbers: Sequence[float]) -> str:
    return f"{shape}({', '.join(map(repr, numbers))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
