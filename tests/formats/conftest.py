"""A table with every type a result may hold, and helpers that read documents back."""

from __future__ import annotations

import datetime
import decimal
import io
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from astropy.io.votable import parse
from astropy.io.votable.tree import TableElement, VOTableFile

from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.registry import writer_for

UTC = datetime.UTC


def described(name: str, type_: pa.DataType, **metadata: str) -> pa.Field:
    return pa.field(name, type_, metadata=metadata or None)


EVERY_TYPE = pa.table(
    [
        pa.array([True, None, False], pa.bool_()),
        pa.array([0, None, 255], pa.uint8()),
        pa.array([-128, None, 127], pa.int8()),
        pa.array([-32768, None, 32767], pa.int16()),
        pa.array([0, None, 65535], pa.uint16()),
        pa.array([-(2**31), None, 2**31 - 1], pa.int32()),
        pa.array([0, None, 2**32 - 1], pa.uint32()),
        pa.array([-(2**63), None, 2**63 - 1], pa.int64()),
        pa.array([0, None, 2**63 - 1], pa.uint64()),
        pa.array([0.1, None, 3.0e38], pa.float32()),
        pa.array([0.1, None, 1.7976931348623157e308], pa.float64()),
        pa.array([decimal.Decimal("12.50"), None, decimal.Decimal("-0.01")], pa.decimal128(9, 2)),
        pa.array([decimal.Decimal(10**17), None, decimal.Decimal(-1)], pa.decimal128(18, 0)),
        pa.array([decimal.Decimal(2**62), None, decimal.Decimal(-1)], pa.decimal128(38, 0)),
        pa.array(["plain", None, 'a<b & "c">d ]]>'], pa.string()),
        pa.array(["Ωmega 星 🔭", None, "naïve"], pa.string()),
        pa.array(["red", None, "blue"], pa.dictionary(pa.int32(), pa.string())),
        pa.array(["view", None, ""], pa.string_view()),
        pa.array(
            [datetime.datetime(1991, 4, 2), None, datetime.datetime(2025, 6, 30, 1, 2, 3, 450000)],
            pa.timestamp("us"),
        ),
        pa.array(
            [datetime.datetime(2000, 1, 1, 12, tzinfo=UTC), None, datetime.datetime(2016, 1, 1)],
            pa.timestamp("ns", tz="Europe/Paris"),
        ),
        pa.array([datetime.date(2016, 1, 1), None, datetime.date(1582, 10, 15)], pa.date32()),
        pa.array([[1.5, None, 3.0], None, []], pa.list_(pa.float64())),
        pa.array([[1, None], None, [2, 3, 4]], pa.list_(pa.int32())),
        pa.array([[10.0, 20.0], None, [30.0, -40.0]], pa.list_(pa.float64(), 2)),
        pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16())),
        pa.array([b"\x00\xff", None, b"abc"], pa.binary()),
        pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "é"}]),
        pa.array([uuid.UUID(int=7).bytes, None, uuid.UUID(int=8).bytes], pa.uuid()),
        pa.array([None, None, None], pa.null()),
    ],
    schema=pa.schema(
        [
            described("flag", pa.bool_(), description="yes or no"),
            described("u8", pa.uint8()),
            described("i8", pa.int8()),
            described("i16", pa.int16(), datatype="int"),
            described("u16", pa.uint16()),
            described("i32", pa.int32(), ucd="meta.number"),
            described("u32", pa.uint32()),
            described("i64", pa.int64(), ucd="meta.id;meta.main"),
            described("u64", pa.uint64()),
            described("f32", pa.float32(), unit="mag", ucd="phot.mag;em.opt.V"),
            described("ra", pa.float64(), unit="deg", ucd="pos.eq.ra;meta.main"),
            described("dec_", pa.decimal128(9, 2), unit="deg", ucd="pos.eq.dec;meta.main"),
            described("d18", pa.decimal128(18, 0)),
            described("huge", pa.decimal128(38, 0), datatype="long"),
            described("text", pa.string(), datatype="char", arraysize="*"),
            described("wide", pa.string(), description='Größe < 3 & "quoted"\x07'),
            described("color", pa.dictionary(pa.int32(), pa.string())),
            described("view", pa.string_view()),
            described("epoch", pa.timestamp("us"), ucd="time.epoch"),
            described("instant", pa.timestamp("ns", tz="Europe/Paris")),
            described("day", pa.date32()),
            described("floats", pa.list_(pa.float64())),
            described("ints", pa.list_(pa.int32())),
            described("point", pa.list_(pa.float64(), 2), xtype="point", unit="deg", ucd="pos.eq"),
            described("pair", pa.list_(pa.int16()), arraysize="2"),
            described("bytes", pa.binary()),
            described("nested", pa.struct([("a", pa.int64()), ("b", pa.string())])),
            described("uuid", pa.uuid()),
            described("nothing", pa.null()),
        ]
    ),
)


def write(table: pa.Table, format_name: str, **header: object) -> bytes:
    """A whole document, from batches of unequal length."""
    made = TableHeader(table.schema, **header)  # type: ignore[arg-type]
    return b"".join(writer_for(format_name).write(made, table.to_batches(max_chunksize=2)))


def document(data: bytes) -> VOTableFile:
    return parse(io.BytesIO(data), verify="exception")


def element(data: bytes) -> TableElement:
    return document(data).get_first_table()


@pytest.fixture(scope="session")
def stilts(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run a STILTS command on a document and return what it prints."""
    program = shutil.which("stilts")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("stilts is not installed")
        pytest.skip("stilts is not installed")

    def run(command: str, data: bytes, *options: str) -> str:
        path = Path(tmp_path_factory.mktemp("stilts")) / "in.vot"
        path.write_bytes(data)
        done = subprocess.run(
            [program, command, *(option.format(path) for option in options)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run
