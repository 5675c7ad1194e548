"""Whether the state folder's disk can be used."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lsp_jupyter.errors import OverloadError, UsageError

__all__ = ["NETWORK", "filesystem", "refuse_network", "require_space"]

#: File systems on which neither locks nor memory maps can be relied upon.
NETWORK = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)

_MOUNTS = Path("/proc/self/mounts")


def filesystem(path: Path, mounts: Path = _MOUNTS) -> str:
    """Type of the file system a path is on; empty where the system does not tell.

    Parameters
    ----------
    path : `~pathlib.Path`
        Any path.
    mounts : `~pathlib.Path`
        The system's table of mounts, in the format of ``/proc/mounts``.
    """
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    target = Path(os.path.realpath(path))
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # Blanks and such are written as octal escapes.
        point = Path(fields[1].encode().decode("unicode_escape"))
        # Of two mounts on one point the later hides the earlier.
        if target.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def refuse_network(path: Path, mounts: Path = _MOUNTS) -> None:
    """Refuse a state folder on a network file system.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is on one.
    """
    kind = filesystem(path, mounts)
    if kind in NETWORK:
        raise UsageError(
            f"The state folder is on a network file system ({kind}), where jobs can be lost.",
            hint="Set LspConfig.state_dir or LSP_HOME to a folder on a local disk.",
        )


def require_space(path: Path, floor: int) -> None:
    """Refuse new work when the disk is nearly full.

    Parameters
    ----------
    path : `~pathlib.Path`
        Where results go.
    floor : `int`
        Bytes that must be free.

    Raises
    ------
    lsp_jupyter.errors.OverloadError
        Raised if they are not.
    """
    if shutil.disk_usage(path).free < floor:
        raise OverloadError(
            "The service is short of disk space and takes no new jobs now.",
            retry_after=60,
            hint="Delete jobs you no longer need, or try again later.",
        )
