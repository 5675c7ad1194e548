"""The durable records of jobs, leases, and the disk they are on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lsp_jupyter.errors import EngineError, JobNotFoundError, OverloadError, StateError, UsageError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.disk import filesystem, refuse_network, require_space
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.leases import Lease, is_free, sweep_leases
from lsp_jupyter.jobs.search import Search
from lsp_jupyter.jobs.store import JobStore
from tests.jobs.service import ANN, BOB

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ACTIVE = (Phase.QUEUED, Phase.EXECUTING)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "jobs.sqlite")


def make(job_id: str, **fields: object) -> Job:
    job = Job(
        id=job_id,
        owner="ann",
        phase=Phase.PENDING,
        parameters={"QUERY": "SELECT 'ä☃\x00'"},
        origin=Origin.TAP_ASYNC,
        created=NOW,
        destruction=NOW + timedelta(days=7),
        execution_duration=14400.0,
    )
    return replace(job, **fields)  # type: ignore[arg-type]


FULL = {
    "phase": Phase.COMPLETED,
    "run_id": "mine",
    "started": NOW + timedelta(microseconds=1),
    "ended": NOW + timedelta(seconds=2),
    "result_id": "0" * 32,
    "handle": '{"engine": "x"}',
    "lease": "1" * 16,
    "rows": 2**40,
    "size": 2**50,
    "fraction": 0.25,
    "overflow": True,
    "error": {"code": "X", "message": "é"},
    "name": "Étoiles",
    "tags": ("paper", "ß"),
}


class TestRecords:
    @pytest.mark.parametrize("fields", [{}, FULL])
    def test_what_goes_in_comes_out(
        self, store: JobStore, tmp_path: Path, fields: dict[str, object]
    ) -> None:
        job = make("a", **fields)
        store.insert(job, ANN)
        assert store.get(ANN, "a") == job
        store.close()
        assert JobStore(tmp_path / "jobs.sqlite").get(ANN, "a") == job

    def test_the_file_is_private(self, store: JobStore, tmp_path: Path) -> None:
        assert (tmp_path / "jobs.sqlite").stat().st_mode & 0o777 == 0o600

    def test_only_the_owner_finds_it(self, store: JobStore) -> None:
        store.insert(make("a"), ANN)
        with pytest.raises(JobNotFoundError):
            store.get(BOB, "a")
        assert store.find(BOB, Search()) == []
        assert store.count(BOB, list(Phase)) == 0
        store.remove(BOB, "a")
        store.want_abort(BOB, "a")
        assert store.get(ANN, "a").id == "a"
        assert store.wanted_aborts("") == []

    @pytest.mark.parametrize("durable", [True, False])
    def test_change_needs_the_phase(self, store: JobStore, durable: bool) -> None:
        store.insert(make("a"), ANN, durable=durable)
        job = store.change("a", (Phase.PENDING,), durable=durable, phase=Phase.QUEUED, lease="x")
        assert (job.phase, job.lease) == (Phase.QUEUED, "x")
        with pytest.raises(StateError, match="QUEUED"):
            store.change("a", (Phase.PENDING,), phase=Phase.ABORTED)
        assert store.get(ANN, "a") == job
        with pytest.raises(JobNotFoundError):
            store.change("b", tuple(Phase), phase=Phase.ABORTED)

    def test_an_id_is_used_once(self, store: JobStore) -> None:
        store.insert(make("a"), ANN)
        with pytest.raises(sqlite3.IntegrityError):
            store.insert(make("a"), ANN)

    def test_who_asked_is_kept(self, store: JobStore) -> None:
        caller = Caller("ann", frozenset({"g"}), frozenset({"s"}), frozenset({"dp1"}), "here")
        store.insert(make("a", phase=Phase.QUEUED), caller)
        store.insert(make("b"), caller)
        assert [(job.id, who) for job, who in store.active()] == [("a", caller)]

    def test_one_server_takes_over(self, store: JobStore) -> None:
        job = make("a", phase=Phase.EXECUTING, lease="old")
        store.insert(job, ANN)
        assert store.adopt(job, "new")
        assert not store.adopt(job, "newer")
        assert store.get(ANN, "a").lease == "new"

    def test_due_and_prune(self, store: JobStore) -> None:
        for name, days in (("a", 1), ("b", 2), ("c", 3)):
            store.insert(make(name, destruction=NOW + timedelta(days=days)), ANN)
        moment = NOW + timedelta(days=2)
        assert [job.id for job, _ in store.due(moment)] == ["a", "b"]
        store.change("a", (Phase.PENDING,), phase=Phase.ARCHIVED)
        assert [job.id for job, _ in store.due(moment)] == ["b"]
        assert store.prune(moment, [Origin.TAP_SYNC]) == 0
        assert store.prune(moment, list(Origin)) == 1
        assert {job.id for job in store.find(ANN, Search(list(Phase)))} == {"b", "c"}

    def test_archived_are_listed_on_request_only(self, store: JobStore) -> None:
        store.insert(make("a", phase=Phase.ARCHIVED), ANN)
        assert store.find(ANN, Search()) == []
        assert [job.id for job in store.find(ANN, Search([Phase.ARCHIVED]))] == ["a"]

    def test_two_servers_see_each_other(self, store: JobStore, tmp_path: Path) -> None:
        other = JobStore(tmp_path / "jobs.sqlite")
        store.changed_elsewhere()
        store.insert(make("a"), ANN)
        assert not store.changed_elsewhere()
        other.change("a", (Phase.PENDING,), phase=Phase.QUEUED, lease="mine")
        assert store.changed_elsewhere()
        assert not store.changed_elsewhere()
        assert store.get(ANN, "a").phase is Phase.QUEUED
        other.want_abort(ANN, "a")
        assert store.wanted_aborts("mine") == ["a"]
        assert store.wanted_aborts("yours") == []

    def test_many_writers_lose_nothing(self, store: JobStore, tmp_path: Path) -> None:
        stores = [store, *(JobStore(tmp_path / "jobs.sqlite") for _ in range(3))]
        failures: list[Exception] = []

        def write(number: int) -> None:
            try:
                for n in range(40):
                    name = f"{number}-{n}"
                    stores[number].insert(make(name), ANN, durable=n % 2 == 0)
                    stores[number].change(name, (Phase.PENDING,), phase=Phase.QUEUED)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.count(ANN, [Phase.QUEUED]) == 160

    def test_a_newer_store_is_left_alone(self, store: JobStore, tmp_path: Path) -> None:
        store.close()
        with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
            connection.execute("PRAGMA user_version = 99")
        with pytest.raises(EngineError, match="newer"):
            JobStore(tmp_path / "jobs.sqlite")


class TestLeases:
    def test_free_when_released(self, tmp_path: Path) -> None:
        lease = Lease(tmp_path / "leases")
        other = Lease(tmp_path / "leases")
        assert lease.id != other.id
        assert not is_free(tmp_path / "leases", lease.id)
        lease.release()
        lease.release()
        assert is_free(tmp_path / "leases", lease.id)
        assert not is_free(tmp_path / "leases", other.id)
        other.release()

    def test_free_when_the_process_is_killed(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from lsp_jupyter.jobs.leases import Lease\n"
            "lease = Lease(Path(sys.argv[1])); print(lease.id, flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            name = process.stdout.readline().strip()
            sweep_leases(tmp_path)
            assert not is_free(tmp_path, name)
            process.kill()
            process.wait()
        assert is_free(tmp_path, name)
        sweep_leases(tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "0" * 16])
    def test_unknown_names_are_free(self, tmp_path: Path, name: str) -> None:
        assert is_free(tmp_path, name)


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
tmpfs /home/ann/local tmpfs rw 0 0
//share /mnt/my\\040share cifs rw 0 0
me@host: /home/ann/remote fuse.sshfs rw 0 0
/dev/vdb /over ext4 rw 0 0
lustre@tcp:/x /over lustre rw 0 0
short line
"""


class TestDisk:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/var/state", "ext4"),
            ("/home/ann/state", "nfs4"),
            ("/home", "nfs4"),
            ("/homely", "ext4"),
            ("/home/ann/local/state", "tmpfs"),
            ("/home/ann/remote/state", "fuse.sshfs"),
            ("/mnt/my share/state", "cifs"),
            ("/over/state", "lustre"),
        ],
    )
    def test_filesystem(self, tmp_path: Path, path: str, kind: str) -> None:
        mounts = tmp_path / "mounts"
        mounts.write_text(MOUNTS)
        assert filesystem(Path(path), mounts) == kind
        if kind in ("ext4", "tmpfs"):
            refuse_network(Path(path), mounts)
        else:
            with pytest.raises(UsageError, match=kind) as caught:
                refuse_network(Path(path), mounts)
            assert "local disk" in caught.value.hint

    def test_a_link_to_a_network_disk_is_one(self, tmp_path: Path) -> None:
        mounts = tmp_path / "mounts"
        target = tmp_path / "net"
        target.mkdir()
        (tmp_path / "link").symlink_to(target)
        mounts.write_text(f"/dev/x / ext4 rw 0 0\nserver:/ {os.path.realpath(target)} nfs rw 0 0\n")
        assert filesystem(tmp_path / "link" / "state", mounts) == "nfs"

    def test_systems_that_do_not_tell(self, tmp_path: Path) -> None:
        assert filesystem(tmp_path, tmp_path / "none") == ""
        refuse_network(tmp_path, tmp_path / "none")

    def test_this_machine(self, tmp_path: Path) -> None:
        assert filesystem(tmp_path)
        refuse_network(tmp_path)

    def test_space(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10, 5, 5))
        require_space(tmp_path, 5)
        with pytest.raises(OverloadError) as caught:
            require_space(tmp_path, 6)
        assert caught.value.status == 503
