"""STILTS: a pair match of two FITS files, as one would type it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
from astropy.table import Table

from benchmarks.sky import Sky, target_columns

__all__ = ["Stilts"]

_HINT = "apt-get install --no-install-recommends stilts default-jre-headless"


class Stilts:
    """The catalogue and the positions to match as FITS files with nothing but positions.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where they are; they are made if they are missing.
    sky : `~benchmarks.sky.Sky`
        What to write.

    Raises
    ------
    FileNotFoundError
        Raised, with the command to type, if it is not installed.
    """

    def __init__(self, folder: Path, sky: Sky) -> None:
        if shutil.which("stilts") is None:
            raise FileNotFoundError(_HINT)
        folder = folder / f"stilts-{sky.rows}"
        folder.mkdir(parents=True, exist_ok=True)
        self.objects, self.targets = folder / "object.fits", folder / "target.fits"
        if not self.objects.exists():
            _write(self.targets, target_columns(sky.rows))
            names = ("objectId", "coord_ra", "coord_dec")
            read = pa.Table.from_batches(sky.arrow()).select(names)
            columns = [np.asarray(read[name]) for name in names]
            _write(self.objects, dict(zip(("id", "ra", "dec"), columns, strict=True)))

    def match(self, radius: float) -> int:
        """Number of all pairs within a radius, arcseconds."""
        done = subprocess.run(
            [
                *("stilts", "-Xmx8g", "tmatch2", "matcher=sky", f"params={radius}"),
                *(f"in1={self.targets}", f"in2={self.objects}", "find=all", "join=1and2"),
                *("values1=ra dec", "values2=ra dec", "progress=none", "omode=count"),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        found = re.search(r"rows: *([0-9]+)", done.stdout)
        if found is None:
            raise RuntimeError(f"STILTS said: {done.stdout} {done.stderr}")
        return int(found[1])

    def stop(self) -> None:
        """Nothing runs."""


def _write(path: Path, columns: dict[str, np.ndarray]) -> None:
    partial = path.with_suffix(".partial.fits")
    Table(columns).write(partial, overwrite=True)
    partial.rename(path)
