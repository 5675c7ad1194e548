"""The functions of Qserv's scisql library that Rubin users write."""

from __future__ import annotations

from collections.abc import Sequence

from lsp_jupyter.adql.functions.declared import (
    NUMBER,
    Function,
    Rule,
    declare,
    double,
    integer,
    unit,
)
from lsp_jupyter.adql.types import DOUBLE, Type

__all__ = ["QSERV"]

_CGS = "erg.s**-1.cm**-2.Hz**-1"
_MAG, _FLUX, _NJY, _DN = unit("mag"), unit(_CGS), unit("nJy"), unit("adu")


def _photometry(name: str, takes: str, result: Rule, description: str) -> Function:
    names = takes.split()
    arguments = ", ".join(f"{one} DOUBLE PRECISION" for one in names)
    return declare(
        "qserv",
        f"scisql_{name}({arguments}) -> DOUBLE PRECISION",
        (NUMBER,) * len(names),
        result,
        description,
    )


def _spatial(name: str, takes: str, description: str, result: Rule = integer) -> Function:
    names = takes.split()
    arguments = ", ".join(f"{one} DOUBLE PRECISION" for one in names)
    kind = "DOUBLE PRECISION" if result is not integer else "INTEGER"
    return declare(
        "qserv",
        f"{name}({arguments}) -> {kind}",
        (NUMBER,) * len(names),
        result,
        description,
        spatial=True,
    )


def _statistic(name: str, takes: str, description: str) -> Function:
    def like(types: Sequence[Type]) -> Type:
        return DOUBLE.with_unit(types[0].unit, types[0].ucd)

    names = takes.split()
    arguments = ", ".join(f"{one} DOUBLE PRECISION" for one in names)
    return declare(
        "qserv",
        f"scisql_{name}({arguments}) -> DOUBLE PRECISION",
        (NUMBER,) * len(names),
        like,
        description,
        aggregate=True,
    )


_AREA = "1 for rows of the first positional table in FROM {}, else 0; it may stand alone in WHERE."

QSERV = (
    _photometry("nanojanskyToAbMag", "flux", _MAG, "AB magnitude of nanojanskys; NULL up to 0."),
    _photometry(
        "nanojanskyToAbMagSigma", "flux sigma", _MAG, "Error of the AB magnitude of nanojanskys."
    ),
    _photometry("fluxToAbMag", "flux", _MAG, f"AB magnitude of {_CGS}; NULL up to 0."),
    _photometry("fluxToAbMagSigma", "flux sigma", _MAG, f"Error of the AB magnitude of {_CGS}."),
    _photometry("abMagToNanojansky", "mag", _NJY, "Nanojanskys of an AB magnitude."),
    _photometry(
        "abMagToNanojanskySigma", "mag sigma", _NJY, "Error of the nanojanskys of an AB magnitude."
    ),
    _photometry("abMagToFlux", "mag", _FLUX, f"The {_CGS} of an AB magnitude."),
    _photometry("abMagToFluxSigma", "mag sigma", _FLUX, f"Error of the {_CGS} of an AB magnitude."),
    _photometry("dnToFlux", "dn fluxMag0", _FLUX, f"The {_CGS} of counts."),
    _photometry(
        "dnToFluxSigma",
        "dn dnSigma fluxMag0 fluxMag0Sigma",
        _FLUX,
        f"Error of the {_CGS} of counts.",
    ),
    _photometry("dnToAbMag", "dn fluxMag0", _MAG, "AB magnitude of counts; NULL up to 0."),
    _photometry(
        "dnToAbMagSigma",
        "dn dnSigma fluxMag0 fluxMag0Sigma",
        _MAG,
        "Error of the AB magnitude of counts.",
    ),
    _photometry("fluxToDn", "flux fluxMag0", _DN, f"Counts of {_CGS}."),
    _photometry(
        "fluxToDnSigma", "flux sigma fluxMag0 fluxMag0Sigma", _DN, f"Error of the counts of {_CGS}."
    ),
    _photometry("abMagToDn", "mag fluxMag0", _DN, "Counts of an AB magnitude."),
    _photometry(
        "abMagToDnSigma",
        "mag sigma fluxMag0 fluxMag0Sigma",
        _DN,
        "Error of the counts of an AB magnitude.",
    ),
    _spatial("scisql_angSep", "ra1 dec1 ra2 dec2", "Degrees between two positions.", double),
    _spatial(
        "scisql_s2PtInCircle",
        "ra dec ra0 dec0 radius",
        "1 if a position is within a radius of another (degrees), else 0.",
    ),
    _spatial(
        "scisql_s2PtInBox",
        "ra dec raMin decMin raMax decMax",
        "1 if a position is between two meridians and two parallels (degrees), else 0.",
    ),
    _spatial(
        "scisql_s2PtInEllipse",
        "ra dec ra0 dec0 semiMajor semiMinor angle",
        "1 if a position is in an ellipse, else 0; semi-axes in arcseconds, the angle in degrees "
        "from north to east.",
    ),
    _spatial(
        "scisql_s2PtInCPoly",
        "ra dec ra1 dec1 ra2 dec2 ra3 dec3",
        "1 if a position is in a polygon of these or more vertices (degrees), else 0.",
    ),
    _spatial("qserv_areaspec_circle", "ra0 dec0 radius", _AREA.format("in a circle (degrees)")),
    _spatial(
        "qserv_areaspec_box",
        "raMin decMin raMax decMax",
        _AREA.format("between meridians and parallels (degrees)"),
    ),
    _spatial(
        "qserv_areaspec_ellipse",
        "ra0 dec0 semiMajor semiMinor angle",
        _AREA.format("in an ellipse (arcseconds, degrees from north to east)"),
    ),
    _spatial(
        "qserv_areaspec_poly",
        "ra1 dec1 ra2 dec2 ra3 dec3",
        _AREA.format("in a polygon of these or more vertices (degrees)"),
    ),
    _statistic("median", "x", "The value in the middle, as MEDIAN."),
    _statistic("percentile", "x p", "The value below which p percent of the values are."),
)
"""The functions."""
