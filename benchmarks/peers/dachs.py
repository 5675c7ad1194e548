"""DaCHS: a VO server of the GAVO data centre, with the demo's stars as ``lspbench.source``.

It is used as Debian packages it, with its own database in the system's cluster.
Both are prepared once by the commands of ``_HINT``; this loads the table and runs
its server on a port of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from benchmarks.client import Client

__all__ = ["TABLE", "Dachs"]

TABLE = "lspbench.source"

_HINT = """as root: apt-get install --no-install-recommends postgresql-15 postgresql-15-q3c
pg_ctlcluster 15 main start
apt-get install --no-install-recommends gavodachs2-server"""
_USER = "dachsroot"
_INPUTS = Path("/var/gavo/inputs/lspbench")

#: A table with the index that DaCHS makes of cones, and rows from a CSV file.
_DESCRIPTOR = """<resource schema="lspbench">
  <meta name="creationDate">2026-11-23T00:00:00Z</meta>
  <meta name="title">Bright stars for a benchmark</meta>
  <meta name="description">The demo catalogue of a platform that is measured.</meta>
  <meta name="subject">surveys</meta>
  <table id="source" onDisk="True" adql="True" mixin="//scs#q3cindex">
    <index columns="source_id"/>
    <index columns="phot_g_mean_mag"/>
    {columns}
  </table>
  <data id="import">
    <sources pattern="source.csv"/>
    <csvGrammar/>
    <make table="source"><rowmaker idmaps="*"/></make>
  </data>
</resource>
"""
_COLUMN = '<column name="{name}" type="{type}" unit="{unit}" ucd="{ucd}" description="{name}"/>'
_TYPES = {pa.int64(): "bigint", pa.float64(): "double precision", pa.float32(): "real"}

_SETTINGS = """[web]
bindAddress: 127.0.0.1
serverPort: {port}
serverURL: http://127.0.0.1:{port}
"""


class Dachs:
    """A running server with the stars.

    Parameters
    ----------
    rows : iterable of `pyarrow.RecordBatch`
        The stars, with what each column is as metadata of its field; read only
        if they were not loaded before.
    schema : `pyarrow.Schema`
        Theirs.
    count : `int`
        How many there are.

    Raises
    ------
    FileNotFoundError
        Raised, with the commands to type, if it is not installed.
    """

    def __init__(self, rows: Iterable[pa.RecordBatch], schema: pa.Schema, count: int) -> None:
        if shutil.which("dachs") is None or os.geteuid():
            raise FileNotFoundError(_HINT)
        if not self._has(count):
            self._load(rows, schema)
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = int(sock.getsockname()[1])
        self.folder = Path(tempfile.mkdtemp(prefix="lsp-dachs-"))
        self.folder.chmod(0o755)
        settings = self.folder / "gavo.rc"
        settings.write_text(_SETTINGS.format(port=self.port))
        self.log = self.folder / "log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                ["dachs", "serve", "start", "--foreground"],
                cwd="/",
                stdout=out,
                stderr=out,
                env={**os.environ, "GAVOCUSTOM": str(settings)},
            )
        self._wait()

    def client(self) -> Client:
        """Somebody who asks it."""
        return Client(self.port, "")

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        self.stop()
        raise RuntimeError(f"DaCHS did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End it and wait; the table stays for another run."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _has(count: int) -> bool:
        done = _run("psql", "-d", "gavo", "-Atc", f"SELECT COUNT(*) FROM {TABLE}")
        if done.returncode and "does not exist" not in done.stderr:
            raise FileNotFoundError(f"{_HINT}\n(It said: {done.stderr.strip()})")
        return done.stdout.strip() == str(count)

    @staticmethod
    def _load(rows: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        _INPUTS.mkdir(parents=True, exist_ok=True)
        with pyarrow.csv.CSVWriter(_INPUTS / "source.csv", schema) as writer:
            for batch in rows:
                writer.write_batch(batch)
        columns = "\n    ".join(
            _COLUMN.format(
                name=field.name,
                type=_TYPES[field.type],
                unit=(field.metadata or {}).get(b"unit", b"").decode(),
                ucd=(field.metadata or {}).get(b"ucd", b"").decode(),
            )
            for field in schema
        )
        (_INPUTS / "q.rd").write_text(_DESCRIPTOR.format(columns=columns))
        for path in (_INPUTS, *_INPUTS.iterdir()):
            shutil.chown(path, _USER, "gavo")
        done = _run("dachs", "imp", "lspbench/q")
        if done.returncode:
            raise RuntimeError(f"DaCHS did not load the table: {done.stderr}")
        _run("psql", "-d", "gavo", "-c", f"VACUUM ANALYZE {TABLE}")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["runuser", "-u", _USER, "--", *command],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
