"""The server the browser tests talk to: the demo sky, a token, and folders of its own."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
from jupyterlab.galata import configure_jupyter_server

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.demo.load import load_demo
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from tests.images.stars import make

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821

configure_jupyter_server(c)

# Galata opens its server to everyone; ours is locked as a real one is.
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ["LSP_UI_PORT"])
c.ServerApp.allow_root = True
c.ServerApp.disable_check_xsrf = False
c.ServerApp.jpserver_extensions = {"lsp_jupyter": True, "jupyterlab": True}
c.IdentityProvider.token = os.environ["LSP_UI_TOKEN"]
c.LabApp.extension_manager = "readonly"

# The lab extension of this checkout, whether or not it was installed.
checkout = Path(__file__).resolve().parents[2]
extensions = Path(tempfile.mkdtemp(prefix="lsp-ui-extensions-"))
(extensions / "lsp-jupyter").symlink_to(checkout / "labextension")
c.LabServerApp.extra_labextensions_path = [
    str(extensions),
    c.LabServerApp.extra_labextensions_path,
]

# Defaults of this JupyterLab: it asks no other host for news, and no cursor blinks.
settings = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
    },
    "@jupyterlab/codemirror-extension:plugin": {"defaultConfig": {"cursorBlinkRate": 0}},
}
folder = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "labconfig"
folder.mkdir(parents=True)
(folder / "default_setting_overrides.json").write_text(json.dumps(settings))

# A folder given by LSP_UI_STATE is kept and used again, which spares the loading.
state = os.environ.get("LSP_UI_STATE") or tempfile.mkdtemp(prefix="lsp-ui-state-")
c.LspConfig.state_dir = state
load_demo(LspConfig(state_dir=state))

# Observations without their files: squares of a degree along the equator, a band and a night each.
catalog = Catalog(Path(state))
if not any(release.name == RELEASE.name for release, _, _ in catalog.entries()):
    bands = "gri"
    observations = [
        {
            "obs_id": f"{band}-{number}",
            "dataproduct_type": "image",
            "dataproduct_subtype": f"lsst.{kind}",
            "s_ra": 10.0 + number,
            "s_dec": 0.5,
            "s_region": f"POLYGON ICRS {9.5 + number} 0 {10.5 + number} 0 "
            f"{10.5 + number} 1 {9.5 + number} 1",
            "t_min": 60600.25 + number,
            "t_max": 60600.26 + number,
            "t_exptime": 30.0,
            "lsst_band": band,
            "lsst_visit": 2024102800500 + number,
            "lsst_detector": number % 3,
        }
        for kind in ("visit_image", "raw")
        for number, band in enumerate(bands * 4)
    ]
    rows = pa.Table.from_pylist(observations, schema=table_schema(OBSCORE))
    publish_table(catalog, RELEASE, OBSCORE, rows.to_batches())
catalog.close()

# Images of one place in three bands, for stamps.
stars = Path(state) / "images-of-stars"
stars.mkdir(exist_ok=True)
index = ImageIndex(Path(state))
index.replace(
    "stars",
    [
        ImageFile(
            f"ivo://lsp_jupyter.local/stars?{UUID(int=number)}",
            "stars",
            "deep_coadd",
            {"band": band},
            str(path := make(stars / f"{band}.fits", seed=number)),
            size=path.stat().st_size,
            band=band,
            s_ra=150.0,
            s_dec=2.0,
            s_fov=0.015,
            s_region="POLYGON ICRS 149.9945 1.9945 150.0055 1.9945 150.0055 2.0055 149.9945 2.0055",
        )
        for number, band in enumerate("gri", 1)
    ],
    dimensions={"deep_coadd": ("band",)},
)
index.close()

# An outside service that is this server itself.
token = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "mirror-token"
token.touch(0o600)
token.write_text(c.IdentityProvider.token)
c.LspConfig.tap_services = {
    "mirror": {
        "title": "Mirror",
        "url": f"http://127.0.0.1:{c.ServerApp.port}/lsp_jupyter/tap",
        "token_file": str(token),
    }
}
c.LspConfig.tap_near = ["127.0.0.1"]
