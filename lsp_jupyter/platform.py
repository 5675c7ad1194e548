"""The only place where the parts of the platform are wired together."""

from __future__ import annotations

import asyncio
from typing import Self

from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.engines import Engines
from lsp_jupyter.engines.remote_tap import RemoteTap
from lsp_jupyter.identity import local_caller
from lsp_jupyter.images.archive import ImageArchive
from lsp_jupyter.images.bulk.jobs import BulkCutouts
from lsp_jupyter.images.bulk.wall import Wall
from lsp_jupyter.images.cutouts.jobs import Cutouts
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.mosaics.products import Products, mosaicking
from lsp_jupyter.images.pool import ImagePool
from lsp_jupyter.images.stores.chain import StoreChain
from lsp_jupyter.jobs.follower import Follower
from lsp_jupyter.jobs.job import Origin
from lsp_jupyter.jobs.runner import Jobs
from lsp_jupyter.jobs.services import OutsideServices
from lsp_jupyter.jobs.store import JobStore
from lsp_jupyter.jobs.upload_reader import convert
from lsp_jupyter.jobs.uploads import UploadTables
from lsp_jupyter.jobs.work import WorkJobs
from lsp_jupyter.results.analysis import Analysis
from lsp_jupyter.results.finding import Finding
from lsp_jupyter.results.histogram import Histograms
from lsp_jupyter.results.statistics import Statistics
from lsp_jupyter.results.store import ResultStore
from lsp_jupyter.results.subsets import SubsetStore
from lsp_jupyter.results.views import Views
from lsp_jupyter.workspace.description import OwnDescription
from lsp_jupyter.workspace.provider import MyTables
from lsp_jupyter.workspace.saving import Saving
from lsp_jupyter.workspace.sweeping import sweep
from lsp_jupyter.workspace.tables import UserTables
from lsp_jupyter.workspace.updates import updating

__all__ = ["Platform"]


class Platform:
    """One instance's services over one state folder.

    Building it is cheap; processes start in `start`. Use it as an asynchronous
    context manager or pair `start` with `close`.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Settings of the instance.

    Attributes
    ----------
    state : `~pathlib.Path`
        The state folder.
    caller : `~lsp_jupyter.identity.Caller`
        Who asks in a single-user server.
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        What can be queried.
    engine : `~lsp_jupyter.engines.duckdb.DuckDBEngine`
        Where queries run.
    services : `~lsp_jupyter.jobs.services.OutsideServices`
        Other places where queries can run.
    outside : `~lsp_jupyter.engines.remote_tap.RemoteTap`
        Runs them there.
    results : `~lsp_jupyter.results.store.ResultStore`
        The result files.
    views : `~lsp_jupyter.results.views.Views`
        Results sorted and filtered.
    statistics : `~lsp_jupyter.results.statistics.Statistics`
        What their columns are like.
    analysis : `~lsp_jupyter.results.analysis.Analysis`
        What charts of results are drawn from.
    histograms : `~lsp_jupyter.results.histogram.Histograms`
        Rows of results counted along an axis.
    subsets : `~lsp_jupyter.results.subsets.SubsetStore`
        Named sets of rows of results.
    finding : `~lsp_jupyter.results.finding.Finding`
        Finds the rows of subsets, and conditions for them.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The durable job records.
    jobs : `~lsp_jupyter.jobs.runner.Jobs`
        The job service: what every Aspect calls.
    tables : `~lsp_jupyter.workspace.tables.UserTables`
        Tables of the users' own.
    saving : `~lsp_jupyter.workspace.saving.Saving`
        Stores them.
    stores : `~lsp_jupyter.images.stores.chain.StoreChain`
        Fetches image files that are elsewhere.
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        The files of published images.
    pool : `~lsp_jupyter.images.pool.ImagePool`
        The processes that work on pixels.
    cutouts : `~lsp_jupyter.images.cutouts.jobs.Cutouts`
        Cuts parts out of images.
    wall : `~lsp_jupyter.images.bulk.wall.Wall`
        Pictures of many positions, some at a time.
    bulk : `~lsp_jupyter.images.bulk.jobs.BulkCutouts`
        Makes cutouts of many positions.
    products : `~lsp_jupyter.images.mosaics.products.Products`
        Mosaics, and their recipes.
    work : `~lsp_jupyter.jobs.work.WorkJobs`
        Jobs that are not queries: of images, and of changes of user tables.
    follower : `~lsp_jupyter.jobs.follower.Follower`
        Has the engine follow what is published.
    """

    def __init__(self, config: LspConfig) -> None:
        self.config = config
        self.state = config.state()
        self.caller = local_caller(self.state, config.instance)
        self.catalog = Catalog(self.state)
        self.results = ResultStore(self.state / "results", config)
        self.engine = DuckDBEngine(config, self.state / "spool")
        self.services = OutsideServices(config, self.state / "services")
        self.outside = RemoteTap(
            config, self.state / "answers", convert, self.services.authorization
        )
        self.subsets = SubsetStore(self.results)
        self.views = Views(self.results, self.engine, self.subsets.path)
        self.statistics = Statistics(self.views, self.engine)
        self.analysis = Analysis(self.views, self.engine)
        self.histograms = Histograms(self.views, self.engine)
        self.finding = Finding(self.views, self.subsets, self.engine)
        self.store = JobStore(self.state / "jobs.sqlite")
        self.tables = UserTables(config, self.state)
        self.jobs = Jobs(
            config,
            catalog=self.catalog,
            results=self.results,
            engine=Engines(self.engine, self.outside),
            store=self.store,
            state=self.state,
            providers=(MyTables(self.tables), OwnDescription(self.tables, self.catalog)),
            services=self.services,
        )
        self.saving = Saving(config, self.tables, self.jobs)
        self.stores = StoreChain(config, self.state / "cache" / "images")
        self.archive = ImageArchive(self.catalog, ImageIndex(self.state), self.stores)
        self.pool = ImagePool(config, self.state / "pixels")
        self.products = Products(config, self.archive, self.pool, self.state)
        self.cutouts = Cutouts(config, self.archive, self.pool, self.jobs)
        self.bulk = BulkCutouts(
            config, self.archive, self.pool, UploadTables(self.state / "work" / "uploads")
        )
        self.wall = Wall(config, self.archive, self.pool, self.bulk)
        self.work = WorkJobs(
            config,
            JobStore(self.state / "work.sqlite"),
            self.state / "work",
            self.state / "leases",
            {
                Origin.UPDATE: updating(self.saving),
                Origin.SODA: self.cutouts.work,
                Origin.CUTOUTS: self.bulk.work,
                Origin.MOSAIC: mosaicking(self.products),
            },
        )
        self._sweeping: asyncio.Task[None] | None = None
        self.follower = Follower(self.catalog, self.engine)

    async def start(self) -> None:
        """Start the engine's processes and take over what an earlier server left.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the state folder cannot be used; nothing keeps running then.
        """
        await self.engine.start()
        try:
            await self.outside.start()
            await self.jobs.start()
            await self.pool.start()
            await self.work.start()
            await self.follower.start()
            self._sweeping = asyncio.create_task(sweep(self.tables, self.state / "leases"))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End every process; running jobs of this server end in ERROR."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self.work.close()
        await self.pool.close()
        await self.stores.close()
        await self.follower.close()
        await self.jobs.close()
        await self.outside.close()
        await self.engine.close()
        self.tables.close()
        self.archive.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()
