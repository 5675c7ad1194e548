"""The server extension: configuration in, routes out."""

from __future__ import annotations

import gc
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from traitlets.config import Configurable

from lsp_jupyter.config import LspConfig

if TYPE_CHECKING:
    from lsp_jupyter.jobs.job import Job
    from lsp_jupyter.platform import Platform
    from lsp_jupyter.portal.rsp_environment import RspEnvironment
    from lsp_jupyter.portal.runtime import RuntimeFile
    from lsp_jupyter.portal.startup import Route, Startup

__all__ = ["LspJupyterApp"]


class LspJupyterApp(ExtensionApp):
    """The platform inside a Jupyter server.

    In the local role it owns the `~lsp_jupyter.platform.Platform`; in the
    attached role it forwards everything to a platform elsewhere and starts
    nothing. A platform that does not start never keeps Jupyter from starting:
    its routes then answer 503 with the reason.
    """

    name = "lsp_jupyter"
    description = "The LSST Science Platform: catalogues, ADQL and VO services."
    load_other_extensions = True
    classes: list[type[Configurable]] = [LspConfig]

    instance_config: LspConfig
    startup: Startup
    runtime: RuntimeFile
    platform: Platform | None = None
    rsp: RspEnvironment | None = None

    def initialize_settings(self) -> None:
        """Read the configuration and prepare what every handler uses."""
        from lsp_jupyter.portal.events import EventHub
        from lsp_jupyter.portal.runtime import RuntimeFile
        from lsp_jupyter.portal.selections import SelectionStore
        from lsp_jupyter.portal.startup import Startup

        self.instance_config = LspConfig(parent=self)
        self.startup = Startup(self._start, self.log)
        token = secrets.token_urlsafe(32)
        self.runtime = RuntimeFile(token)
        self.settings.update(
            lsp_config=self.instance_config,
            lsp_startup=self.startup,
            lsp_kernel_token=token,
            lsp_events=EventHub(),
            lsp_selections=SelectionStore(),
        )

    def initialize_handlers(self) -> None:
        """Register the routes of the role."""
        from lsp_jupyter.portal.startup import gated

        self.handlers.extend(gated(self._routes()))

    def _routes(self) -> list[Route]:
        if self.instance_config.role == "attached":
            from lsp_jupyter.portal.attached import attached_routes

            return attached_routes()
        from lsp_jupyter.api.routes import routes as api_routes
        from lsp_jupyter.portal.routes import routes as portal_routes

        return [*portal_routes(), *api_routes()]

    async def _start_jupyter_server_extension(self, _: Any) -> None:
        """Start the platform; requests that come before it is up wait for it."""
        from lsp_jupyter.errors import LspError

        # A failure is in the log, and in every answer.
        with suppress(LspError):
            await self.startup.wait()

    async def _start(self) -> None:
        config = self.instance_config
        # First of all, so that a kernel hears why the platform is not up.
        self.runtime.write(self.serverapp, config.state_dir)
        state = config.state()
        if config.role == "attached":
            self._attach(state)
            self._tell_kernels()
            return
        from lsp_jupyter.platform import Platform

        platform = Platform(config)
        await platform.start()
        self.platform = platform
        platform.jobs.subscribe(self._tell)
        platform.saving.subscribe(self._tell_tables)
        self._provide(lsp_platform=platform)
        self._tell_kernels()
        # What is there now stays. Going through it again and again would stop
        # every request for 150 to 300 ms each time (measured).
        gc.freeze()

    def _tell(self, job: Job) -> None:
        from lsp_jupyter.jobs.job import Phase
        from lsp_jupyter.portal.jobs import job_news

        if job.phase is Phase.ARCHIVED:
            self.settings["lsp_selections"].drop(job.owner, job.id)
        self.settings["lsp_events"].publish(job.owner, "job", job.id, job_news(job))

    def _tell_tables(self, owner: str) -> None:
        self.settings["lsp_events"].publish(owner, "tables", "", {})

    def _tell_kernels(self) -> None:
        from lsp_jupyter.portal.rsp_environment import RspEnvironment
        from lsp_jupyter.portal.runtime import server_url
        from lsp_jupyter.web import PREFIX

        if self.serverapp is None:
            return
        url, document = server_url(self.serverapp), None
        if self.platform is not None:
            from lsp_jupyter.api.discovery import discovery

            releases = [release for release, _, _ in self.platform.catalog.entries()]
            document = discovery(releases, lambda path: f"{url}{PREFIX}/{path}")
        self.rsp = RspEnvironment(url)
        self.rsp.write(self.settings["lsp_kernel_token"], document)

    def _attach(self, state: Path) -> None:
        from lsp_jupyter.portal.attached import Upstream
        from lsp_jupyter.portal.copies import Copies

        config = self.instance_config
        upstream = Upstream(config)
        upstream.check()
        copies = Copies(
            Path(state, "results", "attached"), keep=config.destruction, floor=config.disk_floor
        )
        copies.sweep()
        self._provide(lsp_upstream=upstream, lsp_copies=copies)

    def _provide(self, **settings: object) -> None:
        """Hand services to the handlers: Jupyter copied the settings when it loaded us."""
        self.settings.update(settings)
        if self.serverapp is not None:
            self.serverapp.web_app.settings.update(settings)

    def current_activity(self) -> list[str]:
        """The jobs that run: an idle server that runs one is not idle."""
        from lsp_jupyter.jobs.job import Phase

        if self.platform is None:
            return []
        active = [phase for phase in Phase if phase.active]
        jobs = self.platform.jobs.list(self.platform.caller, phases=active)
        return [job.id for job in jobs]

    async def stop_extension(self) -> None:
        """End every process and channel of the platform."""
        if "lsp_startup" not in self.settings:
            return  # It was never loaded.
        self.runtime.remove()
        if self.rsp is not None:
            self.rsp.remove()
        await self.startup.cancel()
        self.settings["lsp_events"].close()
        if self.platform is not None:
            gc.unfreeze()
            await self.platform.close()
            self.platform = None
        if "lsp_copies" in self.settings:
            await self.settings["lsp_copies"].close()
