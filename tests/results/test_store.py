"""Result files: growing, finished, deleted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Attachment, State, Status
from lsp_jupyter.errors import EngineError, ResultNotFoundError
from lsp_jupyter.results.store import ResultStore
from tests.results.conftest import Growth

SCHEMA = pa.schema(
    [pa.field("id", pa.int64(), metadata={"ucd": "meta.id"}), pa.field("s", pa.string())],
    metadata={"lsp:query": "SELECT …"},
)


def table(start: int, stop: int) -> pa.Table:
    numbers = range(start, stop)
    return pa.table([numbers, [f"row {n}" for n in numbers]], schema=SCHEMA)


def batch(start: int, stop: int) -> pa.RecordBatch:
    return table(start, stop).combine_chunks().to_batches()[0]


class TestGrowing:
    def test_each_batch_is_seen_and_nothing_changes_under_a_reader(
        self, store: ResultStore
    ) -> None:
        growth = Growth(store, SCHEMA)
        with pytest.raises(ResultNotFoundError):
            store.open(growth.id)
        growth.add(batch(0, 10))
        early = store.open(growth.id)
        growth.add(batch(10, 25))
        later = store.open(growth.id)
        growth.finish()
        done = store.open(growth.id)
        assert [r.rows for r in (early, later, done)] == [10, 25, 25]
        assert [r.complete for r in (early, later, done)] == [False, False, True]
        assert early.read() == table(0, 10)
        assert later.read(8, 5) == table(8, 13)
        assert done.read() == table(0, 25)
        assert done.schema.equals(SCHEMA, check_metadata=True)
        assert done.verify()

    def test_reader_survives_replacement_and_deletion(self, store: ResultStore) -> None:
        growth = Growth(store, SCHEMA)
        growth.add(batch(0, 10))
        early = store.open(growth.id)
        # As the engine does: the finished file is another one of the same name.
        other = Growth(store, SCHEMA)
        other.add(batch(0, 20))
        status = other.finish()
        os.rename(store.path(other.id), store.path(growth.id))
        growth.add(batch(10, 12))
        assert store.open(growth.id).read() == table(0, 12)
        store.finish(growth.id, status)
        merged = store.open(growth.id)
        assert merged.read() == table(0, 20)
        store.delete(growth.id)
        assert early.read() == table(0, 10)
        assert merged.read() == table(0, 20)

    def test_empty_result(self, store: ResultStore) -> None:
        growth = Growth(store, SCHEMA)
        growth.finish()
        result = store.open(growth.id)
        assert (result.rows, result.complete) == (0, True)
        assert result.read() == SCHEMA.empty_table()
        assert result.take([]) == SCHEMA.empty_table()
        assert list(result.iter_batches()) == []


class TestFinished:
    @pytest.mark.parametrize("rows", [1, 7, 100, 1000])
    def test_every_way_of_reading(
        self, store: ResultStore, keep: Callable[..., str], rows: int
    ) -> None:
        result = store.open(keep(table(0, 100), rows))
        assert len(result.batches) == -(-100 // rows)
        assert result.read(95, 50) == table(95, 100)
        assert result.read(-5, 3) == table(0, 3)
        assert result.read(100, 5).num_rows == 0
        assert result.read(500).num_rows == 0
        assert result.read(3, -1).num_rows == 0
        order = np.random.default_rng(0).permutation(100)
        assert result.take(order)["id"].to_pylist() == order.tolist()
        assert result.take([99, 0, 99])["s"].to_pylist() == ["row 99", "row 0", "row 99"]
        pieces = list(result.iter_batches(6))
        assert max(piece.num_rows for piece in pieces) <= 6
        assert pa.Table.from_batches(pieces) == table(0, 100)
        for wrong in ([100], [-1]):
            with pytest.raises(IndexError):
                result.take(wrong)

    def test_metadata(self, store: ResultStore, keep: Callable[..., str]) -> None:
        result = store.open(keep(table(0, 3)))
        assert result.metadata == {"lsp:query": "SELECT …", "rows": "3", "overflow": "false"}
        assert result.schema.field("id").metadata == {b"ucd": b"meta.id"}

    def test_files_are_private(self, store: ResultStore, keep: Callable[..., str]) -> None:
        result = store.open(keep(table(0, 3)))
        assert store.root.stat().st_mode & 0o777 == 0o700
        for path in store.root.iterdir():
            assert path.stat().st_mode & 0o777 == 0o600
        assert result.path == store.path(result.id)

    def test_another_process_reads_it(self, store: ResultStore, keep: Callable[..., str]) -> None:
        name = keep(table(0, 30), 10)
        again = ResultStore(store.root, store.config).open(name)
        assert again.complete
        assert again.read() == table(0, 30)

    def test_length_is_checked(self, store: ResultStore) -> None:
        growth = Growth(store, SCHEMA)
        growth.add(batch(0, 10))
        with pytest.raises(EngineError, match="not as long"):
            store.finish(growth.id, Status(State.DONE, header=8, size=17))
        with pytest.raises(EngineError, match="not as long"):
            store.finish(store.new(), Status(State.DONE, header=8, size=17))

    def test_it_can_be_read_before_it_is_recorded(self, store: ResultStore) -> None:
        growth = Growth(store, SCHEMA)
        growth.add(batch(0, 10))
        status = growth.end()
        early = store.prepare(growth.id, status)
        assert early.complete
        # However many others are read meanwhile, and though no other process sees it yet.
        for _ in range(40):
            other = Growth(store, SCHEMA)
            other.add(batch(0, 1))
            other.finish()
            store.open(other.id)
        assert store.open(growth.id).read() == table(0, 10)
        with pytest.raises(ResultNotFoundError):
            ResultStore(store.root, store.config).open(growth.id)
        assert store.finish(growth.id, status) is early
        assert ResultStore(store.root, store.config).open(growth.id).read() == table(0, 10)

    def test_it_can_be_deleted_before_it_is_recorded(self, store: ResultStore) -> None:
        growth = Growth(store, SCHEMA)
        growth.add(batch(0, 10))
        store.prepare(growth.id, growth.end())
        store.delete(growth.id)
        with pytest.raises(ResultNotFoundError):
            store.open(growth.id)

    def test_damage_is_found(self, store: ResultStore, keep: Callable[..., str]) -> None:
        result = store.open(keep(table(0, 1000)))
        data = bytearray(result.path.read_bytes())
        data[len(data) // 2] ^= 1
        result.path.write_bytes(data)
        assert not result.verify()

    def test_damaged_record(self, store: ResultStore, keep: Callable[..., str]) -> None:
        name = keep(table(0, 10))
        store.path(name).with_suffix(".json").write_text("{")
        with pytest.raises(EngineError):
            ResultStore(store.root, store.config).open(name)


class TestGoing:
    def test_delete(self, store: ResultStore, keep: Callable[..., str]) -> None:
        name, other = keep(table(0, 10)), keep(table(0, 10))
        store.order_path(name, "0" * 32).write_bytes(b"")
        told: list[str] = []
        store.on_delete(told.append)
        store.delete(name)
        store.delete(name)
        assert told == [name, name]
        with pytest.raises(ResultNotFoundError):
            store.open(name)
        assert {path.name.partition(".")[0] for path in store.root.iterdir()} == {other}

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "../x", "x" * 32, "A" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n"]
    )
    def test_names_are_no_paths(self, store: ResultStore, name: str) -> None:
        for method in (store.path, store.open, store.delete):
            with pytest.raises(ResultNotFoundError):
                method(name)

    def test_names_are_random(self, store: ResultStore) -> None:
        names = {store.new() for _ in range(1000)}
        assert len(names) == 1000
        assert all(len(name) == 32 for name in names)

    def test_sweep(self, store: ResultStore, keep: Callable[..., str], tmp_path: Path) -> None:
        known, unknown, young = keep(table(0, 1)), keep(table(0, 1)), keep(table(0, 1))
        growing = Growth(store, SCHEMA)
        growing.add(batch(0, 1))
        lost = store.path(store.new())
        lost.write_bytes(b"half a stream")
        (store.root / "attached").mkdir()
        (store.root / "notes.txt").touch()
        for path in store.root.iterdir():
            if not path.name.startswith(young):
                os.utime(path, (1, 1))
        assert store.sweep({known}) == 2
        names = {path.name.partition(".")[0] for path in store.root.iterdir()}
        assert names == {known, young, growing.id, "attached", "notes"}
        assert unknown not in names

    def test_a_long_synchronous_query_is_left_alone(
        self, tmp_path: Path, keep: Callable[..., str]
    ) -> None:
        young = keep(table(0, 1))
        keep(table(0, 1))
        config = LspConfig(state_dir=str(tmp_path), sync_timeout=3600)
        store = ResultStore(tmp_path / "results", config)
        for path in store.root.iterdir():
            age = 5000 if path.name.startswith(young) else 9000
            os.utime(path, (time.time() - age,) * 2)
        assert store.sweep(()) == 1
        assert {path.name.partition(".")[0] for path in store.root.iterdir()} == {young}


class TestHeld:
    def test_what_is_held_outlives_its_deletion(
        self, store: ResultStore, keep: Callable[..., str]
    ) -> None:
        inputs = [keep(table(0, 10)), keep(table(10, 20))]
        wanted = [Attachment(f"job_{n}", store.path(name)) for n, name in enumerate(inputs)]
        made = store.new()
        held = store.hold(made, wanted)
        for name in inputs:
            store.delete(name)
        assert [one.alias for one in held] == ["job_0", "job_1"]
        for one, rows in zip(held, (table(0, 10), table(10, 20)), strict=True):
            with pa.ipc.open_stream(one.path.read_bytes()) as reader:
                assert reader.read_all() == rows
        store.release(held)
        store.release(held)
        assert list(store.root.iterdir()) == []

    def test_deleted_already(self, store: ResultStore, keep: Callable[..., str]) -> None:
        there, gone = keep(table(0, 10)), store.new()
        wanted = [Attachment("a", store.path(there)), Attachment("b", store.path(gone))]
        with pytest.raises(ResultNotFoundError, match="was deleted"):
            store.hold(store.new(), wanted)
        assert not list(store.root.glob("*.input"))

    def test_deleting_what_is_made_lets_go(
        self, store: ResultStore, keep: Callable[..., str]
    ) -> None:
        source, made = keep(table(0, 10)), store.new()
        store.hold(made, [Attachment("a", store.path(source))])
        store.delete(made)
        assert not list(store.root.glob("*.input"))
        assert store.open(source).rows == 10
