"""A table of links as an answer (DataLink 1.1 sections 2 and 3)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lsp_jupyter.api.answer import format_of
from lsp_jupyter.api.image_services import LINKS
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import (
    LspError,
    NotFoundError,
    OverloadError,
    ParameterError,
    UsageError,
)
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.images.access import DATALINK
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.formats.services import Service
    from lsp_jupyter.images.links import Link

__all__ = ["MOST_IDS", "LinkHandler", "Row"]

#: Identifiers that are answered at once; of more the answer says that it is cut off.
MOST_IDS = 1_000
#: Parameters of one request at most: some clients send all the identifiers they have.
_MOST_SENT = 50_000

#: Names of the VOTable that this service answers with unless asked otherwise.
_PLAIN = ("votable", "application/x-votable+xml", "text/xml", "application/xml", "votable/td")


def _field(name: str, kind: pa.DataType, ucd: str, description: str, unit: str = "") -> pa.Field:
    text = {"datatype": "char", "arraysize": "*"} if pa.types.is_string(kind) else {}
    metadata = text | {"ucd": ucd, "description": description, "unit": unit}
    return pa.field(name, kind, metadata={key: value for key, value in metadata.items() if value})


_SCHEMA = pa.schema(
    [
        _field("ID", pa.string(), "meta.id;meta.main", "What was asked for"),
        _field("access_url", pa.string(), "meta.ref.url", "Where it is"),
        _field("service_def", pa.string(), "meta.ref", "The service that gives it"),
        _field("error_message", pa.string(), "meta.code.error", "Why there is no link"),
        _field("description", pa.string(), "meta.note", "What it is, for people"),
        _field("semantics", pa.string(), "meta.code", "What it is to what was asked for"),
        _field("content_type", pa.string(), "meta.code.mime", "Media type of what is there"),
        _field(
            "content_length", pa.int64(), "phys.size;meta.file", "Size of what is there", "byte"
        ),
        _field("content_qualifier", pa.string(), "meta.code", "Kind of data that is there"),
        _field("local_semantics", pa.string(), "meta.id.assoc", "What this service calls it"),
        _field("link_auth", pa.string(), "meta.code", "Whether credentials are needed"),
        _field("link_authorized", pa.bool_(), "meta.code", "Whether yours are good for it"),
    ]
)


@dataclass(frozen=True, slots=True)
class Row:
    """A link of something.

    Attributes
    ----------
    id : `str`
        What was asked for.
    link : `~lsp_jupyter.images.links.Link`
        What belongs to it.
    """

    id: str
    link: Link


class LinkHandler(BaseHandler):
    """What services of links share."""

    vo = True

    @abstractmethod
    async def answer(self, ids: list[str]) -> tuple[list[Row], list[Service]]:
        """The links of these, in their order, and the services that they name."""

    async def get(self, *place: str) -> None:
        """Answer with the links of every ID."""
        given = Parameters.of(self.request, most=_MOST_SENT)
        form, mime = self._format(given)
        await self.prepare_for(*place)
        ids = list(dict.fromkeys(given.all("ID")))
        if not ids:
            raise ParameterError(
                "ID is missing.",
                parameter="ID",
                hint="Send one or more, such as values of obs_publisher_did of ivoa.ObsCore.",
            )
        rows, services = await self.answer(ids[:MOST_IDS])
        guarded = bool(self.identity_provider.auth_enabled)
        header = TableHeader(
            schema=_SCHEMA,
            overflow=len(ids) > MOST_IDS,
            infos={"standardID": LINKS},
            rows=len(rows),
            services=tuple(services),
        )
        document = await asyncio.to_thread(
            lambda: b"".join(form.write(header, [self._batch(rows, guarded)]))
        )
        self.send_bytes(document, mime)

    post = get

    async def prepare_for(self, *place: str) -> None:
        """Look at the address; whatever is wrong with it is raised here."""

    def _format(self, given: Parameters) -> tuple[Any, str]:
        asked = given.either("RESPONSEFORMAT", "FORMAT") or DATALINK
        name, *more = (part.strip().lower() for part in asked.split(";"))
        if name in _PLAIN and not any(one.startswith("serialization") for one in more):
            return format_of({"RESPONSEFORMAT": "votable/td"}, ""), DATALINK
        form = format_of({"RESPONSEFORMAT": asked}, "")
        return form, form.mime

    def _batch(self, rows: Sequence[Row], guarded: bool) -> pa.RecordBatch:
        values = [
            (
                row.id,
                self.link(row.link.path) if row.link.path else None,
                row.link.service or None,
                row.link.error or None,
                row.link.description or None,
                row.link.semantics,
                row.link.mime or None,
                row.link.size or None,
                row.link.kind or None,
                row.link.local or None,
                None if row.link.error else "true" if guarded else "false",
                None if row.link.error else True,
            )
            for row in rows
        ]
        columns = list(zip(*values, strict=True)) or [()] * len(_SCHEMA)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Begin the message as DataLink 1.1 section 3.5 wants it."""
        kind, error, trace = kwargs.get("exc_info") or (None, None, None)
        if isinstance(error, LspError) and not error.message.startswith(_FAULTS):
            error.message = f"{_fault(error)}: {error.message}"
            kwargs["exc_info"] = (kind, error, trace)
        super().write_error(status_code, **kwargs)


_FAULTS = ("NotFoundFault", "UsageFault", "TransientFault", "FatalFault", "DefaultFault")


def _fault(error: LspError) -> str:
    if isinstance(error, NotFoundError):
        return "NotFoundFault"
    if isinstance(error, UsageError):
        return "UsageFault"
    return "TransientFault" if isinstance(error, OverloadError) else "FatalFault"
