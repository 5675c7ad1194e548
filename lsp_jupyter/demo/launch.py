"""Start an isolated JupyterLab on the demo catalogues."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from lsp_jupyter.config import LspConfig

__all__ = ["launch_lab"]

#: What the demo's JupyterLab starts with, by settings plugin.
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": False,
        "fetchNews": "false",
    },
    "lsp-jupyter:plugin": {"openAtStart": True},
}

#: Environment variables by which Jupyter finds its folders, and the folder of each.
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}


def isolate(root: Path) -> None:
    """Give this process's Jupyter folders of its own, before Jupyter is imported.

    Parameters
    ----------
    root : `~pathlib.Path`
        The folder that will hold them; nothing of the user's own Jupyter
        configuration is read or changed.
    """
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "JPY_"))]:
        del os.environ[name]
    for name, folder in FOLDERS.items():
        path = root / folder
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[name] = str(path)
    labconfig = root / "config" / "labconfig"
    labconfig.mkdir(exist_ok=True)
    (labconfig / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES, indent=1))


def welcome(work: Path, *, survey: bool = False) -> Path:
    """The folder the demo's notebooks live in, with the first ones in it.

    A notebook the user changed is left as it is.

    Parameters
    ----------
    work : `~pathlib.Path`
        The folder.
    survey : `bool`
        Whether the simulated survey is there, so that its notebook can run.
    """
    work.mkdir(parents=True, exist_ok=True)
    for name in ("first-light", "demo-survey") if survey else ("first-light",):
        source = resources.files("lsp_jupyter.demo") / "data" / f"{name}.ipynb"
        target = work / f"{name}.ipynb"
        if not target.exists():
            with resources.as_file(source) as path:
                shutil.copyfile(path, target)
    return work


def launch_lab(
    config: LspConfig,
    *,
    port: int,
    token: str,
    browser: bool,
    work: Path | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run JupyterLab in this process until it is stopped.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        The instance; its state folder also holds the demo's Jupyter folders.
    port : `int`
        TCP port on 127.0.0.1; 0 takes a free one.
    token : `str`
        What browsers and clients log in with. It is passed as configuration,
        never through the environment or as an argument of a process.
    browser : `bool`
        Whether to open a browser.
    work : `~pathlib.Path`, optional
        Folder of notebooks; by default one in the state folder.
    ready : callable, optional
        Called when the server is about to listen.
    """
    state = config.state()
    isolate(state / "jupyter")
    # So that `lsp` in a terminal of this Lab works on the same state.
    os.environ["LSP_HOME"] = str(state)
    repository = state / "butler" / "dp1"
    if repository.is_dir():
        # So that Butler("dp1") finds it, as on the Rubin Science Platform.
        os.environ["DAF_BUTLER_REPOSITORIES"] = json.dumps({"dp1": str(repository)})
    # Only now: Jupyter reads its folders from the environment when imported.
    from jupyterlab.labapp import LabApp
    from traitlets.config import Config

    settings = Config(
        {
            "ServerApp": {
                "ip": "127.0.0.1",
                "port": port,
                "port_retries": 0 if port else 50,
                "open_browser": browser,
                "root_dir": str(welcome(work or state / "notebooks", survey=repository.is_dir())),
                # Containers run as root; the demo only listens on this machine.
                "allow_root": True,
                "jpserver_extensions": {"lsp_jupyter": True, "jupyterlab": True},
            },
            "IdentityProvider": {"token": token},
            "LabApp": {
                "default_url": "/lab",
                "open_browser": browser,
                # The other one asks a package index when it is opened.
                "extension_manager": "readonly",
            },
            "LspConfig": {"state_dir": str(state), "instance": config.instance, "demo": True},
        }
    )
    server = LabApp.initialize_server(argv=[], config=settings)
    ready()
    server.start()
