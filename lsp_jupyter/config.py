"""Every limit and instance setting, a documented traitlet each.

Set them in ``jupyter_lsp_jupyter_config.py`` (or ``.json``) as
``c.LspConfig.<name> = value``; the server and the ``lsp`` command read the
same file. Defaults are those of the platform's limits document.
"""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir
from traitlets import Bool, Dict, Enum, Float, Int, List, Unicode, default
from traitlets.config import Configurable

__all__ = ["LspConfig"]

MIB = 1 << 20
GIB = 1 << 30


class LspConfig(Configurable):
    """Settings of one platform instance."""

    # -- the instance ------------------------------------------------------

    instance = Unicode("local", help="Name of this instance; part of provenance.").tag(config=True)
    state_dir = Unicode(
        help="The folder that holds everything the instance knows. Made with mode 0700. "
        "Local disk only. Default: $LSP_HOME, else <Jupyter data folder>/lsp_jupyter/<instance>."
    ).tag(config=True)
    authority = Unicode(
        "lsp_jupyter.local", help="IVOA authority used in identifiers (IVOA Identifiers 2.0)."
    ).tag(config=True)
    publisher = Unicode(
        "", help="Who runs this instance, for its registry records. Empty: its name."
    ).tag(config=True)
    contact_email = Unicode(
        "", help="Where questions go, for its registry records. Empty: postmaster@<authority>."
    ).tag(config=True)
    public_url = Unicode(
        "",
        help="Absolute URL under which clients reach this server, for documents that need one. "
        "Empty: taken from each request.",
    ).tag(config=True)
    role = Enum(
        ["local", "attached"],
        "local",
        help="'local' owns engine, jobs and results; 'attached' forwards to platform_url.",
    ).tag(config=True)
    platform_url = Unicode(
        "", help="Role 'attached': URL of the platform service, ending in /lsp_jupyter/."
    ).tag(config=True)
    platform_token_file = Unicode(
        "", help="Role 'attached': file (mode 0600) that holds the user's token for platform_url."
    ).tag(config=True)

    # -- the engine --------------------------------------------------------

    interactive_workers = Int(2, min=1, help="Warm processes for short queries.").tag(config=True)
    scan_workers = Int(1, min=0, help="Processes for long queries.").tag(config=True)
    worker_memory = Int(GIB, min=64 * MIB, help="Engine memory limit of one worker, bytes.").tag(
        config=True
    )
    worker_headroom = Int(
        5 * GIB // 2,
        help="Address space of one worker beyond worker_memory and the files it maps, bytes.",
    ).tag(config=True)
    worker_threads = Int(2, min=1, help="Engine threads of one worker.").tag(config=True)
    worker_spill = Int(8 * GIB, min=0, help="Temporary disk space of one worker, bytes.").tag(
        config=True
    )

    # -- queries -----------------------------------------------------------

    query_max_bytes = Int(MIB, min=1024, help="Longest query text, bytes of UTF-8.").tag(
        config=True
    )
    query_max_depth = Int(100, min=10, help="Deepest nesting of a query.").tag(config=True)
    query_max_nodes = Int(
        20_000, min=100, help="Largest query tree; a list of literals counts as one node."
    ).tag(config=True)
    query_strict = Bool(
        False,
        help="Whether to refuse what ADQL 2.1 does not have: CASE, hexadecimal numbers, the "
        "operators & | ^ ~, and booleans compared with 0 and 1.",
    ).tag(config=True)
    maxrec = Int(100_000_000, min=0, help="Rows of a result at most, and by default.").tag(
        config=True
    )
    result_max_bytes = Int(4 * GIB, min=MIB, help="Bytes of a result at most.").tag(config=True)
    result_one_batch = Int(
        256 * MIB, min=0, help="A finished result up to this size is rewritten as one batch, bytes."
    ).tag(config=True)
    result_format = Unicode("votable", help="Format of a TAP result when none is asked for.").tag(
        config=True
    )

    compress = Enum(
        ("remote", "always", "never"),
        "remote",
        help="Whether tables are compressed on the way to clients that accept gzip. To programs "
        "on this machine that takes longer than sending them; 'remote' spares them.",
    ).tag(config=True)

    upload_max_bytes = Int(
        GIB,
        min=1024,
        help="Bytes of the tables uploaded with one query at most; of each also when decompressed.",
    ).tag(config=True)

    # -- outside services --------------------------------------------------

    tap_services = Dict(
        value_trait=Dict(value_trait=Unicode(), key_trait=Unicode()),
        key_trait=Unicode(),
        default_value={
            "gaia": {
                "title": "Gaia archive, ESA",
                "url": "https://gea.esac.esa.int/tap-server/tap",
            },
            "vizier": {
                "title": "VizieR, CDS",
                "url": "https://tapvizier.cds.unistra.fr/TAPVizieR/tap",
            },
            "simbad": {
                "title": "SIMBAD, CDS",
                "url": "https://simbad.cds.unistra.fr/simbad/sim-tap",
            },
            "irsa": {"title": "IRSA, IPAC", "url": "https://irsa.ipac.caltech.edu/TAP"},
            "noirlab": {
                "title": "Astro Data Lab, NOIRLab",
                "url": "https://datalab.noirlab.edu/tap",
            },
            "heasarc": {
                "title": "HEASARC, NASA",
                "url": "https://heasarc.gsfc.nasa.gov/xamin/vo/tap",
            },
            "eso": {"title": "Science archive, ESO", "url": "https://archive.eso.org/tap_obs"},
            "gavo": {"title": "GAVO data centre", "url": "https://dc.g-vo.org/tap"},
        },
        help="Outside TAP services that are offered: a name, and title, url and, for one that "
        "knows its users, token_file (mode 0600). None is asked before a user does.",
    ).tag(config=True)
    tap_near = List(
        Unicode(),
        help="Hosts of outside services that may be on this machine or its networks.",
    ).tag(config=True)
    tap_timeout = Float(
        60.0, min=0.1, help="Seconds for which an outside service may be silent."
    ).tag(config=True)

    name_resolver = Unicode(
        "",
        help="URL of a service that finds objects by name, with {name} where the name goes, such "
        "as https://cds.unistra.fr/cgi-bin/nph-sesame/-oI/SNV?{name}. Without one no name leaves "
        "this server. tap_near and tap_timeout hold for it too.",
    ).tag(config=True)

    # -- jobs --------------------------------------------------------------

    sync_timeout = Float(60.0, min=1, help="Longest synchronous query, seconds.").tag(config=True)
    execution_duration = Float(
        4 * 3600.0, min=1, help="Longest asynchronous query, seconds; also the default."
    ).tag(config=True)
    destruction = Float(
        7 * 86400.0, min=60, help="Seconds after which a job and its result are collected."
    ).tag(config=True)
    running_per_user = Int(4, min=1, help="Asynchronous jobs of one user that run at once.").tag(
        config=True
    )
    queued_per_user = Int(100, min=1, help="Asynchronous jobs of one user that may wait.").tag(
        config=True
    )
    reuse_results = Bool(
        True,
        help="Whether the stored result of an identical query of the same user answers a new job "
        "while the tables it read are unchanged.",
    ).tag(config=True)
    poll_max = Float(300.0, min=1, help="Longest blocking poll, seconds (UWS 1.1 WAIT).").tag(
        config=True
    )
    disk_floor = Int(
        GIB, min=0, help="Free disk space below which new jobs are refused, bytes."
    ).tag(config=True)

    user_tables_max_bytes = Int(
        50 * GIB, min=MIB, help="Bytes that the tables of one user may take."
    ).tag(config=True)

    # -- images ------------------------------------------------------------

    image_workers = Int(2, min=1, help="Processes for cutouts, pictures and mosaics.").tag(
        config=True
    )
    image_memory = Int(
        6 * GIB, min=GIB, help="Address space of one of them with the files it maps, bytes."
    ).tag(config=True)
    image_pixels = Int(
        64_000_000, min=10_000, help="Pixels of one image plane that is made for a client at most."
    ).tag(config=True)
    picture_cache = Int(
        8 * GIB, min=GIB, help="Bytes that images kept for tiles and previews may take."
    ).tag(config=True)
    product_cache = Int(
        10 * GIB, min=GIB, help="Bytes that mosaics which can be made again may take."
    ).tag(config=True)

    image_cache = Int(
        20 * GIB, min=0, help="Bytes of image files kept that were fetched from remote stores."
    ).tag(config=True)
    image_file_max = Int(
        8 * GIB, min=MIB, help="Bytes of an image file that is fetched from a remote store at most."
    ).tag(config=True)
    image_store_timeout = Float(
        30.0, min=0.1, help="Seconds for which a remote store may be silent."
    ).tag(config=True)
    butler_direct = Bool(
        True,
        help="Whether kernels open public Butler repositories by themselves where they can reach "
        "them. Otherwise, and always for private releases, they read through this server.",
    ).tag(config=True)
    image_stores = Dict(
        value_trait=List(Unicode()),
        key_trait=Unicode(),
        help="Where else the files of a store are: the beginning of their addresses, and what may "
        "stand in its place, the nearest first, such as {'s3://far/dp1/': ['/data/dp1/']}. The "
        "store itself is asked last.",
    ).tag(config=True)

    # -- portal ------------------------------------------------------------

    grid_page = Int(1000, min=50, help="Rows of one table page at most.").tag(config=True)
    cell_max = Int(2048, min=64, help="Characters of one table cell shown at most.").tag(
        config=True
    )
    cell_whole = Int(
        16 << 20, min=2048, help="Characters of one table cell that is asked for alone at most."
    ).tag(config=True)
    heartbeat = Float(25.0, min=1, help="Seconds between heartbeats of the event channel.").tag(
        config=True
    )
    demo = Bool(False, help="Whether this is the isolated demo.").tag(config=True)

    @default("state_dir")
    def _default_state_dir(self) -> str:
        home = os.environ.get("LSP_HOME")
        return home or str(Path(jupyter_data_dir()) / "lsp_jupyter" / self.instance)

    def state(self) -> Path:
        """The state folder, made with mode 0700 if it is missing."""
        path = Path(self.state_dir).expanduser().absolute()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path
