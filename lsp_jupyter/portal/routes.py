"""Where the private handlers are."""

from __future__ import annotations

from lsp_jupyter.portal.adql import (
    CompleteHandler,
    ExplainHandler,
    FormatHandler,
)
from lsp_jupyter.portal.analysis import (
    DensityHandler,
    PickHandler,
    PointsHandler,
    RegionHandler,
)
from lsp_jupyter.portal.catalog import CatalogHandler, ExamplesHandler
from lsp_jupyter.portal.cutouts import CutoutFileHandler, CutoutsHandler, CutoutsJobHandler
from lsp_jupyter.portal.files import FilesHandler, OpenFileHandler
from lsp_jupyter.portal.filing import WorkspaceHandler
from lsp_jupyter.portal.form import ReadFormHandler
from lsp_jupyter.portal.histogram import HistogramHandler
from lsp_jupyter.portal.jobs import AbortHandler, EstimateHandler, JobHandler, JobsHandler
from lsp_jupyter.portal.names import NamesHandler
from lsp_jupyter.portal.repositories import RepositoriesHandler
from lsp_jupyter.portal.results import (
    ArrowHandler,
    DownloadHandler,
    FileHandler,
    ResultHandler,
    RowsHandler,
)
from lsp_jupyter.portal.saving import AdqlHandler, MatchHandler, SaveHandler, SizeHandler
from lsp_jupyter.portal.selecting import SelectionHandler
from lsp_jupyter.portal.services import (
    ServiceColumnsHandler,
    ServiceExamplesHandler,
    ServiceHandler,
    ServicesHandler,
    ServiceTablesHandler,
)
from lsp_jupyter.portal.shown import CheckHandler, StatisticsHandler
from lsp_jupyter.portal.stamps import StampsHandler
from lsp_jupyter.portal.startup import Route
from lsp_jupyter.portal.status import HealthHandler, VersionHandler
from lsp_jupyter.portal.subsets import (
    SubsetHandler,
    SubsetRangesHandler,
    SubsetsHandler,
    SubsetWhereHandler,
)
from lsp_jupyter.portal.surveys import SurveysHandler
from lsp_jupyter.portal.tables import TableHandler, TablesHandler
from lsp_jupyter.portal.tabs import EventsHandler, ShowHandler
from lsp_jupyter.web import PREFIX, MissingHandler

__all__ = ["routes"]

#: A job's id, which is its result's id too.
ID = "([A-Za-z0-9]+)"
#: The name of an outside service.
SERVICE = "([a-z0-9._-]+)"


def routes() -> list[Route]:
    """The routes of the portal, and those anybody may use.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL; whatever else is under ``portal/`` is
        answered with 404.
    """
    root = f"/{PREFIX}"
    job, result = f"{root}/portal/jobs/{ID}", f"{root}/portal/results/{ID}"
    return [
        (f"{root}/version", VersionHandler, {}),
        (f"{root}/health", HealthHandler, {}),
        (f"{root}/portal/catalog", CatalogHandler, {}),
        (f"{root}/portal/examples", ExamplesHandler, {}),
        (f"{root}/portal/adql/complete", CompleteHandler, {}),
        (f"{root}/portal/adql/format", FormatHandler, {}),
        (f"{root}/portal/adql/explain", ExplainHandler, {}),
        (f"{root}/portal/form/read", ReadFormHandler, {}),
        (f"{root}/portal/names", NamesHandler, {}),
        (f"{root}/portal/repositories", RepositoriesHandler, {}),
        (f"{root}/portal/surveys", SurveysHandler, {}),
        (f"{root}/portal/estimate", EstimateHandler, {}),
        (f"{root}/portal/jobs", JobsHandler, {}),
        (f"{root}/portal/files", FilesHandler, {}),
        (f"{root}/portal/files/open", OpenFileHandler, {}),
        (f"{root}/portal/stamps", StampsHandler, {}),
        (f"{root}/portal/cutouts", CutoutsHandler, {}),
        (f"{root}/portal/cutouts/{ID}", CutoutsJobHandler, {}),
        (f"{root}/portal/cutouts/{ID}/([^/]+)", CutoutFileHandler, {}),
        (job, JobHandler, {}),
        (f"{job}/abort", AbortHandler, {}),
        (f"{root}/portal/results/match", MatchHandler, {}),
        (result, ResultHandler, {}),
        (f"{result}/rows", RowsHandler, {}),
        (f"{result}/arrow", ArrowHandler, {}),
        (f"{result}/file", FileHandler, {}),
        (f"{result}/download", DownloadHandler, {}),
        (f"{result}/selection", SelectionHandler, {}),
        (f"{result}/statistics", StatisticsHandler, {}),
        (f"{result}/check", CheckHandler, {}),
        (f"{result}/size", SizeHandler, {}),
        (f"{result}/save", SaveHandler, {}),
        (f"{result}/workspace", WorkspaceHandler, {}),
        (f"{result}/adql", AdqlHandler, {}),
        (f"{result}/subsets", SubsetsHandler, {}),
        (f"{result}/subsets/([^/]+)", SubsetHandler, {}),
        (f"{result}/subsets/([^/]+)/ranges", SubsetRangesHandler, {}),
        (f"{result}/subsets/([^/]+)/where", SubsetWhereHandler, {}),
        (f"{result}/points", PointsHandler, {}),
        (f"{result}/density", DensityHandler, {}),
        (f"{result}/histogram", HistogramHandler, {}),
        (f"{result}/pick", PickHandler, {}),
        (f"{result}/region", RegionHandler, {}),
        (f"{root}/portal/tables", TablesHandler, {}),
        (f"{root}/portal/tables/([^/]+)", TableHandler, {}),
        (f"{root}/portal/services", ServicesHandler, {}),
        (f"{root}/portal/services/{SERVICE}", ServiceHandler, {}),
        (f"{root}/portal/services/{SERVICE}/tables", ServiceTablesHandler, {}),
        (f"{root}/portal/services/{SERVICE}/columns", ServiceColumnsHandler, {}),
        (f"{root}/portal/services/{SERVICE}/examples", ServiceExamplesHandler, {}),
        (f"{root}/portal/show", ShowHandler, {}),
        (f"{root}/portal/events", EventsHandler, {}),
        (f"{root}/portal(?:/.*)?", MissingHandler, {}),
    ]
