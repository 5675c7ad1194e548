"""What the TAP service can do (VOSI 1.1 section 2.1, TAPRegExt 1.0)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

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
    UploadMethod,
    Version,
)
from vo_models.vodataservice.models import ParamHTTP
from vo_models.voresource.models import (
    AccessURL,
    Capability,
    SecurityMethod,
    WebBrowser,
)
from vo_models.vosi.capabilities.models import VOSICapabilities

from lsp_jupyter.adql import features
from lsp_jupyter.api.xml import to_document
from lsp_jupyter.formats.registry import FORMATS

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig

__all__ = ["SECURITY", "capabilities"]

#: How clients may log in (IVOA Single-Sign-On Profile 2.0 section 2.4): Basic
#: with the token as password, or the token as Bearer.
SECURITY = (AnyUrl("ivo://ivoa.net/sso#BasicAA"), AnyUrl("ivo://ivoa.net/sso#OAuth"))

#: COALESCE, whose feature type is younger than the validators people use: they
#: call it an error, and no client asks for it.
UNDECLARED = "ivo://ivoa.net/std/TAPRegExt#features-adql-conditional"

#: How tables are uploaded: in the body of the request, or by the address of a result of
#: the caller's own. TAP wants both to be declared (TAP 1.1 section 2.7.6).
UPLOADS = (
    "ivo://ivoa.net/std/TAPRegExt#upload-inline",
    "ivo://ivoa.net/std/TAPRegExt#upload-http",
)

#: Tables that keep to a data model.
MODELS = {
    "ivoa.ObsCore": DataModelType(value="ObsCore-1.1", ivo_id="ivo://ivoa.net/std/ObsCore#core-1.1")
}

#: Resources that need no credentials.
OPEN = ("/capabilities", "/availability")


def capabilities(config: LspConfig, root: str, guarded: bool, tables: Iterable[str] = ()) -> bytes:
    """The capabilities document of the TAP service.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits to tell.
    root : `str`
        Absolute URL of the service.
    guarded : `bool`
        Whether credentials are needed.
    tables : iterable of `str`
        Full names of the tables that everybody may query, for the data models they keep to.
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
        data_model=[MODELS[name] for name in tables if name in MODELS],
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
        upload_method=[UploadMethod(ivo_id=name) for name in UPLOADS],
        upload_limit=DataLimits(
            default=DataLimit(value=config.upload_max_bytes, unit="byte"),
            hard=DataLimit(value=config.upload_max_bytes, unit="byte"),
        ),
    )
    # Not "full" where there are credentials: pyvo then forgets those that a user has set for
    # the whole service, as lsst-rsp does.
    resources = {
        "ivo://ivoa.net/std/VOSI#capabilities": ParamHTTP(**at("/capabilities")),
        "ivo://ivoa.net/std/VOSI#availability": ParamHTTP(**at("/availability")),
        "ivo://ivoa.net/std/VOSI#tables-1.1": ParamHTTP(**at("/tables", use="base")),
        "ivo://ivoa.net/std/DALI#examples": WebBrowser(**at("/examples", use="base")),
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
