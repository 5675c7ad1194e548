"""PostgreSQL with Q3C: a cluster of its own, tuned for one catalogue, asked through psql."""

from __future__ import annotations

import io
import itertools
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from benchmarks.harness import Timed
from benchmarks.sky import Sky, target_columns

__all__ = ["Postgres"]

_HINT = "apt-get install --no-install-recommends postgresql-15 postgresql-15-q3c"
_USER = "postgres"

#: For two cores and a catalogue that is read only.
_SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "4GB",
    "effective_cache_size": "12GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "1GB",
    "max_parallel_workers_per_gather": "2",
    "max_parallel_maintenance_workers": "2",
    "random_page_cost": "1.1",
    # It compiles a plan of Q3C for three seconds, to run it in a quarter of one.
    "jit": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "autovacuum": "off",
}

_TYPES = {
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.int16(): "smallint",
    pa.float64(): "double precision",
    pa.float32(): "real",
    pa.bool_(): "boolean",
    pa.string(): "text",
}


class Postgres:
    """A running cluster with the catalogue as ``object`` and the positions as ``target``.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where its files are; they are made if they are missing.
    sky : `~benchmarks.sky.Sky`
        What to load.

    Raises
    ------
    FileNotFoundError
        Raised, with the command to type, if it is not installed.
    """

    def __init__(self, folder: Path, sky: Sky) -> None:
        self.bin = self._find()
        self.folder = folder
        self.data = folder / f"postgres-{sky.rows}"
        # Short, since the names of sockets are.
        self.socket = Path(tempfile.mkdtemp(prefix="lsp-pg-"))
        # The server refuses to be root, and its own user has to get there.
        self.prefix = ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
        fresh = not (self.data / "loaded").exists()
        if fresh:
            shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, exist_ok=True)
        self._give(self.data, self.socket)
        if fresh:
            self._run("initdb", "-D", str(self.data), "-U", _USER, "-E", "UTF8", "--locale=C")
            with (self.data / "postgresql.conf").open("a") as file:
                file.writelines(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        # It names the socket only: nothing listens on the network.
        self.port = 5432
        options = f"-k {self.socket} -p {self.port}"
        self._run(
            *("pg_ctl", "-D", str(self.data), "-w", "-t", "120", "-o", options),
            *("-l", str(self.data / "log"), "start"),
        )
        self.sessions: list[Session] = []
        try:
            if fresh:
                self._load(sky)
                (self.data / "loaded").touch()
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _find() -> Path:
        for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
            share = Path("/usr/share/postgresql") / folder.parent.name / "extension"
            if (folder / "initdb").exists() and (share / "q3c.control").exists():
                return folder
        raise FileNotFoundError(_HINT)

    def _give(self, *paths: Path) -> None:
        if not self.prefix:
            return
        owner = pwd.getpwnam(_USER)
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)
            for parent in path.parents:
                if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self.prefix, str(self.bin / program), *arguments],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def psql(self) -> list[str]:
        """The command that opens a session."""
        return [
            *self.prefix,
            *(str(self.bin / "psql"), "-h", str(self.socket), "-p", str(self.port), "-U", _USER),
            *("-d", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"),
        ]

    def _load(self, sky: Sky) -> None:
        session = self.session()
        session.ask("CREATE EXTENSION q3c")
        targets = pa.RecordBatch.from_pydict(target_columns(sky.rows))
        for name, batches in (("object", sky.arrow()), ("target", iter([targets]))):
            first = next(batches)
            columns = ", ".join(f'"{field.name}" {_TYPES[field.type]}' for field in first.schema)
            session.ask(f"CREATE TABLE {name} ({columns})")
            copy = f"COPY {name} FROM STDIN WITH (FORMAT csv)"
            with subprocess.Popen(
                [*self.psql(), "-c", copy], cwd="/", stdin=subprocess.PIPE
            ) as process:
                assert process.stdin is not None
                options = pa.csv.WriteOptions(include_header=False)
                for batch in itertools.chain([first], batches):
                    text = io.BytesIO()
                    pa.csv.write_csv(batch, text, options)
                    process.stdin.write(text.getbuffer())
            if process.returncode:
                raise RuntimeError(f"{name} could not be loaded.")
        session.ask("CREATE INDEX sky ON object (q3c_ang2ipix(coord_ra, coord_dec))")
        session.ask("CLUSTER object USING sky")
        session.ask('CREATE INDEX id ON object ("objectId")')
        session.ask("VACUUM ANALYZE object")
        session.ask("VACUUM ANALYZE target")

    def session(self) -> Session:
        """A new connection."""
        session = Session(self.psql())
        self.sessions.append(session)
        return session

    def stop(self) -> None:
        """End it; its files stay."""
        for session in self.sessions:
            session.close()
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")
        shutil.rmtree(self.socket, ignore_errors=True)


class Session:
    """One psql, which tells how long the server took until all rows were there."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.ask("\\timing on\nSELECT 1")

    def ask(self, sql: str) -> Timed:
        """Run a statement; the rows it gave, one line each, and the seconds it took.

        Raises
        ------
        RuntimeError
            Raised if it failed.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        end = secrets.token_hex(8)
        self.process.stdin.write(f"{sql};\n\\echo {end}\n")
        self.process.stdin.flush()
        lines: list[str] = []
        for line in self.process.stdout:
            if line.strip() == end:
                break
            lines.append(line.rstrip("\n"))
        else:
            raise RuntimeError("\n".join(lines))
        taken = 0.0
        if lines and (found := re.match(r"Time: ([0-9.]+) ms", lines[-1])):
            taken = float(found[1]) / 1000
            lines.pop()
        return Timed(lines, taken)

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
