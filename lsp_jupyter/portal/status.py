"""What anybody may know: versions, and whether the platform is up."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jupyter_core.paths import jupyter_path

from lsp_jupyter._version import __version__
from lsp_jupyter.web import BaseHandler

__all__ = ["HealthHandler", "VersionHandler", "labextension_version"]

#: Version of the private HTTP interface; grows when an older front end would fail.
API = 1


@cache
def labextension_version() -> str | None:
    """Version of the lab extension this server hands out; `None` if there is none."""
    built = Path(__file__).resolve().parents[2] / "labextension"
    installed = [Path(path) / "lsp-jupyter" for path in jupyter_path("labextensions")]
    for folder in (*installed, built):
        try:
            version = json.loads((folder / "package.json").read_text())["version"]
        except (OSError, ValueError, KeyError):
            continue
        return str(version)
    return None


class VersionHandler(BaseHandler):
    """``version``: what is installed, so that a front end that is too old is told."""

    public = early = True

    def get(self) -> None:
        """Answer package, lab extension and interface versions, instance and role."""
        config = self.settings_of_instance
        self.send_json(
            {
                "package": __version__,
                "labextension": labextension_version(),
                "api": API,
                "instance": config.instance,
                "role": config.role,
            }
        )


class HealthHandler(BaseHandler):
    """``health``: 200 when the platform is up; 503 and the reason when it is not."""

    public = early = True

    async def get(self) -> None:
        """Answer within about a second."""
        await self.settings["lsp_startup"].wait(1.0)
        self.send_json({"status": "ok"})
