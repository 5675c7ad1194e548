"""The functions of this service, each declared with its signature (ADQL 2.1 sections 2.3 and 4).

A translator has one way to write each of them; what is not declared here does
not exist.
"""

from __future__ import annotations

from lsp_jupyter.adql.functions.declared import (
    ANY,
    GEOMETRY,
    NUMBER,
    STRING,
    TIME,
    WHOLE,
    Function,
)
from lsp_jupyter.adql.functions.geometry import SHAPES
from lsp_jupyter.adql.functions.ivoa import IVOA
from lsp_jupyter.adql.functions.qserv import QSERV
from lsp_jupyter.adql.functions.standard import STANDARD
from lsp_jupyter.adql.functions.statistics import STATISTICS

__all__ = [
    "ANY",
    "FUNCTIONS",
    "GEOMETRY",
    "NUMBER",
    "STRING",
    "TIME",
    "WHOLE",
    "Function",
    "features",
]

FUNCTIONS: dict[str, Function] = {
    function.name: function for function in (*STANDARD, *SHAPES, *IVOA, *QSERV, *STATISTICS)
}
"""Every function by its name in upper case."""

_FEATURE = "ivo://ivoa.net/std/TAPRegExt#features-"


def features() -> list[tuple[str, str, str]]:
    """What this service has of the optional parts of ADQL 2.1.

    Returns
    -------
    features : `list` of `tuple`
        Of the feature type (an IVOA identifier, TAPRegExt 1.0 section 2.3), the form, and a
        description.
    """
    found = [
        (f"{_FEATURE}adqlgeo", function.name, f"{function.form}: {function.description}")
        for function in FUNCTIONS.values()
        if function.group == "geometry"
    ]
    found += [
        (f"{_FEATURE}adql-string", function.name, function.description)
        for function in FUNCTIONS.values()
        if function.group == "text"
    ]
    found += [
        (f"{_FEATURE}adql-string", "ILIKE", "LIKE without regard to upper and lower case."),
        (f"{_FEATURE}adql-conditional", "COALESCE", FUNCTIONS["COALESCE"].description),
        (f"{_FEATURE}adql-offset", "OFFSET", "Leaves out the first rows."),
        (f"{_FEATURE}adql-type", "CAST", "Turns a value into another type."),
        (f"{_FEATURE}adql-unit", "IN_UNIT", "Turns a number into another unit."),
        (f"{_FEATURE}adql-common-table", "WITH", "Names a query that others read."),
        (f"{_FEATURE}adql-sets", "UNION", "The rows of two queries."),
        (f"{_FEATURE}adql-sets", "EXCEPT", "The rows of one query that another has not."),
        (f"{_FEATURE}adql-sets", "INTERSECT", "The rows that two queries share."),
    ]
    found += [
        (f"{_FEATURE}udf", form, function.description)
        for function in (*IVOA, *QSERV, *STATISTICS)
        for form in (function.form, *function.others)
    ]
    return found
