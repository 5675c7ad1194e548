"""VOSI 1.1: what the TAP service can do, whether it is up, and what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import AnyUrl
from vo_models.tapregext.models import (
    DataLimit,
    DataLimits,
    DataModelType,
    Language,
    LanguageFeature,
    LanguageFeatureList,
    OutputFormat,
    TableAccess,
    TimeLimits,
    Version,
)
from vo_models.vodataservice.models import ParamHTTP
from vo_models.voresource.models import (
    AccessURL,
    Capability,
    SecurityMethod,
    WebBrowser,
)
from vo_models.vosi.availability.models import Availability
from vo_models.vosi.capabilities.models import VOSICapabilities

from lsp_jupyter.adql import features
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.table_documents import examples_page, table_document, tableset_document
from lsp_jupyter.api.xml import TYPE, to_document
from lsp_jupyter.errors import NotFoundError, OverloadError, ParameterError
from lsp_jupyter.formats.registry import FORMATS
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.catalogs.release import ForeignKey
    from lsp_jupyter.catalogs.snapshot import CatalogSchema
    from lsp_jupyter.config import LspConfig

__all__ = [
    "AvailabilityHandler",
    "CapabilitiesHandler",
    "ExamplesHandler",
    "TableHandler",
    "TablesHandler",
]

#: How clients may log in (IVOA Single-Sign-On Profile 2.0 section 2.4): Basic
#: with the token as password, or the token as Bearer.
SECURITY = (AnyUrl("ivo://ivoa.net/sso#BasicAA"), AnyUrl("ivo://ivoa.net/sso#OAuth"))

#: COALESCE, whose feature type is younger than the validators people use: they
#: call it an error, and no client asks for it.
UNDECLARED = "ivo://ivoa.net/std/TAPRegExt#features-adql-conditional"

#: Tables that keep to a data model.
_MODELS = {
    "ivoa.ObsCore": DataModelType(value="ObsCore-1.1", ivo_id="ivo://ivoa.net/std/ObsCore#core-1.1")
}

#: Resources that need no credentials.
OPEN = ("/capabilities", "/availability")


class CapabilitiesHandler(BaseHandler):
    """``tap/capabilities``: languages, formats, limits and where everything is."""

    vo = True
    public = True

    async def get(self) -> None:
        """Answer with the capabilities document (TAPRegExt 1.0)."""
        guarded = bool(self.identity_provider.auth_enabled)
        config, root = self.settings_of_instance, self.link("tap")
        document = await asyncio.to_thread(capabilities, config, root, guarded, self._models())
        self.send_bytes(document, TYPE)

    def _models(self) -> list[DataModelType]:
        names = {
            entry.spec.full_name
            for release, entries, _ in self.platform.catalog.entries()
            for entry in entries
            if release.public
        }
        return [model for name, model in _MODELS.items() if name in names]


class AvailabilityHandler(BaseHandler):
    """``tap/availability``: whether queries can be run."""

    vo = True
    public = True
    early = True

    async def get(self) -> None:
        """Answer within about a second, whatever the state of the platform."""
        notes: list[str] = []
        startup = self.settings.get("lsp_startup")
        if startup is not None:
            try:
                await startup.wait(1.0)
            except OverloadError as error:
                notes.append(str(error))
        document = Availability(
            available=not notes, up_since=None if notes else self.settings["started"], note=notes
        )
        self.send_bytes(to_document(document), TYPE)


class _TablesBase(BaseHandler):
    vo = True

    def keys(self) -> dict[str, tuple[ForeignKey, ...]]:
        """Foreign keys by table."""
        return {
            entry.spec.full_name: entry.spec.keys
            for _, entries, _ in self.platform.catalog.entries()
            for entry in entries
        }


class TablesHandler(_TablesBase):
    """``tap/tables``: every schema, table and column the caller may query.

    Attributes
    ----------
    many : `int`
        Columns from which on ``detail=min`` leaves them out. With fewer the
        whole is one short document, and a client is spared the requests for
        single tables (which pyvo 1.9 sends without its credentials).
    """

    many: ClassVar[int] = 10_000

    async def get(self) -> None:
        """Answer with the tableset."""
        detail = (Parameters.of(self.request).get("DETAIL") or "max").lower()
        if detail not in ("min", "max"):
            raise ParameterError(
                f"detail can be min or max, not “{detail[:60]}”.", parameter="DETAIL"
            )
        schema = self.platform.catalog.snapshot(self.caller)
        texts = {
            table.schema: ": ".join(filter(None, (release.title, release.description)))
            for release in schema.releases
            for table in release.tables
        }
        document = await asyncio.to_thread(
            tableset_document,
            schema,
            texts,
            self.keys(),
            with_columns=detail == "max" or _columns(schema) < self.many,
        )
        self.send_bytes(document, TYPE)


def _columns(schema: CatalogSchema) -> int:
    return sum(len(table.columns) for table in schema.tables())


class TableHandler(_TablesBase):
    """``tap/tables/{name}``: one table with its columns."""

    def get(self, name: str) -> None:
        """Answer with the table."""
        schema, _, table = name.rpartition(".")
        visible = self.platform.catalog.snapshot(self.caller)
        found = visible.find(table, schema or None)
        if len(found) != 1:
            raise NotFoundError(
                f"There is no table “{name[:100]}”.", hint="See tap/tables for their names."
            )
        names = set(visible.names())
        keys = [key for key in self.keys().get(found[0].full_name, ()) if key.target in names]
        self.send_bytes(table_document(found[0], keys), TYPE)


class ExamplesHandler(BaseHandler):
    """``tap/examples``: queries to begin with (DALI 1.1 section 2.3)."""

    vo = True

    def get(self) -> None:
        """Answer with an XHTML page that clients can read too."""
        examples = self.platform.catalog.examples(self.caller)
        page = examples_page([(example.title, example.adql) for example in examples])
        self.send_bytes(page, "application/xhtml+xml")


def capabilities(
    config: LspConfig, root: str, guarded: bool, models: Sequence[DataModelType] = ()
) -> bytes:
    """The capabilities document of the TAP service.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits to tell.
    root : `str`
        Absolute URL of the service.
    guarded : `bool`
        Whether credentials are needed.
    models : sequence of `DataModelType`
        What tables of the service keep to.
    """
    methods = [SecurityMethod(standard_id=name) for name in SECURITY] if guarded else []

    def at(path: str, *, use: Literal["full", "base"] = "full", role: str | None = None) -> Any:
        return {
            "access_url": [AccessURL(value=AnyUrl(f"{root}{path}"), use=use)],
            "security_method": [] if path in OPEN else methods,
            "role": role,
            "version": "1.1" if role else None,
        }

    service = TableAccess(
        interface=[ParamHTTP(**at("", use="base", role="std"))],
        data_model=list(models),
        language=[_language()],
        output_format=[
            OutputFormat(
                mime=form.mime, alias=[form.name, *form.aliases], ivo_id=form.ivoid or None
            )
            for form in FORMATS
        ],
        retention_period=_seconds(config.destruction),
        execution_duration=_seconds(config.execution_duration),
        output_limit=DataLimits(
            default=DataLimit(value=config.maxrec, unit="row"),
            hard=DataLimit(value=config.maxrec, unit="row"),
        ),
    )
    resources = {
        "ivo://ivoa.net/std/VOSI#capabilities": ParamHTTP(**at("/capabilities")),
        "ivo://ivoa.net/std/VOSI#availability": ParamHTTP(**at("/availability")),
        "ivo://ivoa.net/std/VOSI#tables-1.1": ParamHTTP(**at("/tables")),
        "ivo://ivoa.net/std/DALI#examples": WebBrowser(**at("/examples")),
    }
    document = VOSICapabilities(
        capability=[
            service,
            *(
                Capability(standard_id=AnyUrl(name), interface=[interface])
                for name, interface in resources.items()
            ),
        ]
    )
    return to_document(document)


def _language() -> Language:
    lists = [
        LanguageFeatureList(
            type=kind,
            feature=[LanguageFeature(form=form, description=text) for _, form, text in group],
        )
        for kind, group in groupby(sorted(features()), key=lambda feature: feature[0])
        if kind != UNDECLARED
    ]
    return Language(
        name="ADQL",
        version=[
            Version(value=number, ivo_id=f"ivo://ivoa.net/std/ADQL#v{number}")
            for number in ("2.1", "2.0")
        ],
        description="Astronomical Data Query Language",
        language_features=lists,
    )


def _seconds(limit: float) -> TimeLimits:
    return TimeLimits(default=int(limit), hard=int(limit))
