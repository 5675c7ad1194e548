"""OAI-PMH 2.0 as registries speak it (Registry Interfaces 1.1 section 2).

Errors are documents of the protocol and come with status 200.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from lsp_jupyter.api.records import text_instant
from lsp_jupyter.api.xml import add, tree_document

if TYPE_CHECKING:
    from lsp_jupyter.api.records import Record

__all__ = ["OaiError", "answer", "refuse"]

_OAI = "http://www.openarchives.org/OAI/2.0/"
_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"

#: Metadata formats: prefix, namespace and schema.
FORMATS = {
    "ivo_vor": (
        "http://www.ivoa.net/xml/RegistryInterface/v1.0",
        "http://www.ivoa.net/xml/RegistryInterface/v1.0",
    ),
    "oai_dc": (_DC, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"),
}
#: The one set: resources that come from here.
SET = "ivo_managed"

#: Arguments of each verb, and those of them it needs.
VERBS: Mapping[str, tuple[set[str], set[str]]] = {
    "Identify": (set(), set()),
    "ListMetadataFormats": ({"identifier"}, set()),
    "ListSets": ({"resumptionToken"}, set()),
    "GetRecord": ({"identifier", "metadataPrefix"}, {"identifier", "metadataPrefix"}),
    "ListIdentifiers": (
        {"metadataPrefix", "from", "until", "set", "resumptionToken"},
        {"metadataPrefix"},
    ),
    "ListRecords": (
        {"metadataPrefix", "from", "until", "set", "resumptionToken"},
        {"metadataPrefix"},
    ),
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class OaiError(Exception):
    """A request that cannot be answered (OAI-PMH 2.0 section 3.6).

    Parameters
    ----------
    code : `str`
        One of the protocol's.
    message : `str`
        For people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def answer(
    arguments: Mapping[str, str], url: str, name: str, email: str, records: Sequence[Record]
) -> bytes:
    """Answer a request.

    Parameters
    ----------
    arguments : mapping
        Those of the request, the verb among them.
    url : `str`
        Of the registry.
    name, email : `str`
        What it is called, and where questions go.
    records : sequence of `~lsp_jupyter.api.records.Record`
        All it has; the second is that of the registry itself.

    Returns
    -------
    document : `bytes`
        Also if the request cannot be answered.
    """
    try:
        verb = _checked(arguments)
        root = _envelope(url, arguments)
        body = SubElement(root, f"oai:{verb}")
        if verb == "Identify":
            _identify(body, url, name, email, records)
        elif verb == "ListMetadataFormats":
            _list_formats(body, arguments, records)
        elif verb == "ListSets":
            found = SubElement(body, "oai:set")
            add(found, "oai:setSpec", SET)
            add(found, "oai:setName", "Resources that come from here")
        elif verb == "GetRecord":
            prefix = _prefix(arguments)
            _record(body, _found(arguments["identifier"], records), prefix)
        else:
            prefix = _prefix(arguments)
            for record in _selected(arguments, records):
                if verb == "ListRecords":
                    _record(body, record, prefix)
                else:
                    _header(body, record)
    except OaiError as error:
        return refuse(error, url, arguments)
    return tree_document(root)


def refuse(error: OaiError, url: str, arguments: Mapping[str, str]) -> bytes:
    """The document of an error; parameters are those of `answer`."""
    told = {} if error.code in ("badVerb", "badArgument") else arguments
    root = _envelope(url, told)
    add(root, "oai:error", str(error)).set("code", error.code)
    return tree_document(root)


def _envelope(url: str, arguments: Mapping[str, str]) -> Element:
    root = Element("oai:OAI-PMH", {"xmlns:oai": _OAI})
    add(root, "oai:responseDate", text_instant(datetime.now(UTC)))
    request = add(root, "oai:request", url)
    for name, value in arguments.items():
        request.set(name, value)
    return root


def _checked(arguments: Mapping[str, str]) -> str:
    verb = arguments.get("verb", "")
    if verb not in VERBS:
        raise OaiError("badVerb", f"“{verb[:60]}” is not one of {', '.join(VERBS)}.")
    allowed, needed = VERBS[verb]
    given = set(arguments) - {"verb"}
    if given - allowed:
        raise OaiError("badArgument", f"{verb} has no {', '.join(sorted(given - allowed))[:100]}.")
    if "resumptionToken" in given:
        raise OaiError("badResumptionToken", "Every list is sent as a whole.")
    if needed - given:
        raise OaiError("badArgument", f"{verb} needs {', '.join(sorted(needed - given))}.")
    return verb


def _prefix(arguments: Mapping[str, str]) -> str:
    prefix = arguments["metadataPrefix"]
    if prefix not in FORMATS:
        raise OaiError("cannotDisseminateFormat", f"The formats are {', '.join(FORMATS)}.")
    return prefix


def _found(identifier: str, records: Sequence[Record]) -> Record:
    # IVOA identifiers are compared without regard to case (IVOA Identifiers 2.0 section 2.3).
    for record in records:
        if record.identifier.lower() == identifier.lower():
            return record
    raise OaiError("idDoesNotExist", f"There is no record “{identifier[:200]}”.")


def _selected(arguments: Mapping[str, str], records: Sequence[Record]) -> list[Record]:
    begin, until = arguments.get("from"), arguments.get("until")
    if begin and until and len(begin) != len(until):
        raise OaiError("badArgument", "from and until must be given in the same granularity.")
    low = _instant(begin, "from") if begin else None
    high = _instant(until, "until") if until else None
    if high and until and _DAY.fullmatch(until):
        high += timedelta(days=1, seconds=-1)
    if low and high and low > high:
        raise OaiError("badArgument", "from is after until.")
    if arguments.get("set", SET) != SET:
        raise OaiError("noRecordsMatch", f"The only set is {SET}.")
    found = [
        record
        for record in records
        if (low is None or _floor(record) >= low) and (high is None or _floor(record) <= high)
    ]
    if not found:
        raise OaiError("noRecordsMatch", "No record changed at that time.")
    return found


def _floor(record: Record) -> datetime:
    return record.updated.replace(microsecond=0)


def _instant(text: str, name: str) -> datetime:
    if _DAY.fullmatch(text) or _SECOND.fullmatch(text):
        try:
            time = datetime.fromisoformat(text)
            return time if time.tzinfo else time.replace(tzinfo=UTC)
        except ValueError:
            pass
    raise OaiError("badArgument", f"{name} must be like 2026-11-22 or 2026-11-22T18:30:00Z.")


def _identify(body: Element, url: str, name: str, email: str, records: Sequence[Record]) -> None:
    add(body, "oai:repositoryName", name)
    add(body, "oai:baseURL", url)
    add(body, "oai:protocolVersion", "2.0")
    add(body, "oai:adminEmail", email)
    add(body, "oai:earliestDatestamp", text_instant(min(each.updated for each in records)))
    add(body, "oai:deletedRecord", "no")
    add(body, "oai:granularity", "YYYY-MM-DDThh:mm:ssZ")
    SubElement(body, "oai:description").append(records[1].element())


def _list_formats(body: Element, arguments: Mapping[str, str], records: Sequence[Record]) -> None:
    if "identifier" in arguments:
        _found(arguments["identifier"], records)
    for prefix, (namespace, schema) in FORMATS.items():
        found = SubElement(body, "oai:metadataFormat")
        add(found, "oai:metadataPrefix", prefix)
        add(found, "oai:schema", schema)
        add(found, "oai:metadataNamespace", namespace)


def _record(body: Element, record: Record, prefix: str) -> None:
    found = SubElement(body, "oai:record")
    _header(found, record)
    metadata = SubElement(found, "oai:metadata")
    if prefix == "ivo_vor":
        metadata.append(record.element())
        return
    core = SubElement(
        metadata,
        "oai_dc:dc",
        {"xmlns:oai_dc": _DC, "xmlns:dc": "http://purl.org/dc/elements/1.1/"},
    )
    add(core, "dc:title", record.title)
    add(core, "dc:identifier", record.identifier)
    add(core, "dc:description", record.description)
    add(core, "dc:date", text_instant(record.updated))


def _header(parent: Element, record: Record) -> None:
    found = SubElement(parent, "oai:header")
    add(found, "oai:identifier", record.identifier)
    add(found, "oai:datestamp", text_instant(record.updated))
    add(found, "oai:setSpec", SET)
