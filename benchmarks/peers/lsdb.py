"""LSDB: a cross-match of HATS catalogues on two Dask workers, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Timed
from benchmarks.sky import Sky, target_columns

__all__ = ["Lsdb"]

_PACKAGES = ("lsdb==0.11.1", "dask==2026.8.0", "distributed==2026.8.0")


class Lsdb:
    """A process with the catalogue and the positions to match.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where the environment is; it is made if it is missing.
    sky : `~benchmarks.sky.Sky`
        What to read: the very files that we have published.
    """

    def __init__(self, folder: Path, sky: Sky) -> None:
        environment = folder / "lsdb"
        python = environment / "bin" / "python"
        if not (environment / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *_PACKAGES], check=True)
            (environment / "ready").touch()
        targets = folder / f"target-{sky.rows}.parquet"
        pq.write_table(pa.table(target_columns(sky.rows)), targets)
        self.log = environment / "log"
        script = Path(__file__).with_name("lsdb_match.py")
        self.process = subprocess.Popen(
            # Its folder has a module of the same name as theirs.
            [python, "-P", str(script), str(sky.hats), str(targets)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
        )
        self._read()

    def _read(self) -> dict[str, float]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"LSDB ended: {self.log.read_text()}")
        answer: dict[str, float] = json.loads(line)
        return answer

    def match(self, radius: float) -> Timed:
        """Number of all pairs within a radius, arcseconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{radius}\n")
        self.process.stdin.flush()
        answer = self._read()
        return Timed(int(answer["rows"]), answer["seconds"])

    def stop(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
