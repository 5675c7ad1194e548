"""Services that can be called with the values of a table (DataLink 1.1 section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lsp_jupyter.formats.markup import attributes, escape

__all__ = ["Parameter", "Service", "service_element"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a service takes.

    Attributes
    ----------
    name, datatype, arraysize, xtype, unit, ucd, description : `str`
        As of a VOTable PARAM.
    value : `str`
        What it is, or is by default.
    column : `str`
        The column of the table that holds its values; empty if there is none.
    low, high : `str`
        The limits of what gives an answer (SODA 1.0 section 4.2).
    options : `tuple` of `str`
        All that it can be; empty if there are no such.
    """

    name: str
    datatype: str = "char"
    arraysize: str = "*"
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    description: str = ""
    value: str = ""
    column: str = ""
    low: str = ""
    high: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service, as a client reads of it in a VOTable.

    Attributes
    ----------
    url : `str`
        Absolute.
    parameters : `tuple` of `Parameter`
        What it takes.
    name, description : `str`
        For people.
    standard : `str`
        Identifier of what it keeps to; empty for one of our own.
    content_type : `str`
        Of what it answers with; empty if that depends.
    id : `str`
        What rows of a table of links refer to it by.
    """

    url: str
    parameters: tuple[Parameter, ...]
    name: str = ""
    description: str = ""
    standard: str = ""
    content_type: str = ""
    id: str = ""

    def columns(self) -> Iterable[str]:
        """The columns it takes values of."""
        return (each.column for each in self.parameters if each.column)


def service_element(service: Service, identifiers: Mapping[str, str]) -> str:
    """The RESOURCE that describes a service.

    Parameters
    ----------
    service : `Service`
        What to describe.
    identifiers : mapping
        XML identifiers of columns.
    """
    return _element(service, tuple((name, identifiers[name]) for name in service.columns()))


@lru_cache(maxsize=256)
def _element(service: Service, columns: tuple[tuple[str, str], ...]) -> str:
    identifiers = dict(columns)
    head = {"type": "meta", "utype": "adhoc:service", "ID": service.id, "name": service.name}
    told = {
        "standardID": service.standard,
        "accessURL": service.url,
        "contentType": service.content_type,
    }
    return "".join(
        [
            f"<RESOURCE{attributes(head)}>\n",
            _description(service.description),
            *(
                f'<PARAM name="{name}" datatype="char" arraysize="*" value="{escape(value)}"/>\n'
                for name, value in told.items()
                if value
            ),
            '<GROUP name="inputParams">\n',
            *(_parameter(each, identifiers) for each in service.parameters),
            "</GROUP>\n</RESOURCE>\n",
        ]
    )


def _parameter(one: Parameter, identifiers: Mapping[str, str]) -> str:
    head = {
        "name": one.name,
        "datatype": one.datatype,
        "arraysize": one.arraysize,
        "xtype": one.xtype,
        "unit": one.unit,
        "ucd": one.ucd,
        "ref": identifiers.get(one.column, ""),
    }
    values = "".join(
        [
            f'<MIN value="{escape(one.low)}"/>' if one.low else "",
            f'<MAX value="{escape(one.high)}"/>' if one.high else "",
            *(f'<OPTION value="{escape(each)}"/>' for each in one.options),
        ]
    )
    inner = _description(one.description) + (f"<VALUES>{values}</VALUES>\n" if values else "")
    start = f'<PARAM{attributes(head)} value="{escape(one.value)}"'
    return f"{start}>\n{inner}</PARAM>\n" if inner else f"{start}/>\n"


def _description(text: str) -> str:
    return f"<DESCRIPTION>{escape(text)}</DESCRIPTION>\n" if text else ""
