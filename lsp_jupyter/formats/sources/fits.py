"""Binary tables of FITS files (FITS 4.0 section 7.3), read piece by piece.

Astropy reads the headers; the rows are decoded here, because astropy keeps
whole columns in memory. Columns of bits and of complex numbers, and arrays of
texts, are left out.
"""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.source import Source, described_field, listed, step

__all__ = ["fits_source"]

_FORM = re.compile(r"\s*(\d*)([LXBIJKAEDCMPQ])(?:([LXBIJKAEDCM]))?")
#: numpy type of one element, and what a column of them becomes.
_ELEMENTS: Mapping[str, tuple[str, pa.DataType]] = {
    "L": ("u1", pa.bool_()),
    "B": ("u1", pa.uint8()),
    "I": (">i2", pa.int16()),
    "J": (">i4", pa.int32()),
    "K": (">i8", pa.int64()),
    "E": (">f4", pa.float32()),
    "D": (">f8", pa.float64()),
    "A": ("S1", pa.string()),
}
_SIZES = {"X": 1, "C": 8, "M": 16, "P": 8, "Q": 16}
#: Offsets that mean an integer type FITS has not (FITS 4.0 table 19).
_SHIFTED = {
    ("B", -128.0): (pa.int16(), 0x80),
    ("I", 2.0**15): (pa.int32(), 0x8000),
    ("J", 2.0**31): (pa.int64(), 0x80000000),
    ("K", 2.0**63): (pa.uint64(), 0),
}


@dataclass(frozen=True)
class _Field:
    """A column as the header describes it."""

    name: str
    code: str
    count: int
    offset: int
    inner: str
    words: dict[str, str]
    null: int | None
    scale: float
    zero: float

    @property
    def kind(self) -> pa.DataType | None:
        """What it becomes; nothing if it cannot be read."""
        code = self.inner or self.code
        if code not in _ELEMENTS or self.count == 0:
            return None
        element = _ELEMENTS[code][1]
        if (self.scale, self.zero) != (1.0, 0.0) and code not in "LA":
            shifted = _SHIFTED.get((code, self.zero)) if self.scale == 1.0 else None
            element = shifted[0] if shifted else pa.float64()
        if code == "A":
            return element
        if self.inner:
            return pa.list_(element)
        return element if self.count == 1 else pa.list_(element, self.count)


@dataclass(frozen=True)
class _Layout:
    """Where the rows of a table are, and what they hold."""

    start: int
    width: int
    rows: int
    heap: int
    fields: tuple[_Field, ...]


def fits_source(path: Path, table: str = "") -> Source:
    """A binary table of a FITS file, which may be compressed by gzip.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file.
    table : `str`
        Its EXTNAME, or its number among the tables; the first by default.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is no such table, or the file is cut off.
    """
    with _opened(path) as file:
        header, start, others = _find(file, path.name, table)
        layout = _layout(header, start, path.name)
        size = file.seek(0, 2)
    needed = start + layout.width * layout.rows + int(header.get("PCOUNT", 0))
    if size < needed:
        whole = max(0, (size - start) // max(1, layout.width))
        raise PublishError(
            f"{path.name} is cut off: it declares {layout.rows:,} rows, but "
            f"{min(whole, layout.rows):,} are there.",
            hint="Fetch or write the file again.",
        )
    kept = [field for field in layout.fields if field.kind is not None]
    left = [field.name for field in layout.fields if field.kind is None]
    notes = []
    if left:
        notes.append(f"left out: {listed(left)} (bits, complex numbers, arrays of texts, nothing)")
    if others:
        notes.append(f"the file has other tables too: {listed(others)} (--from)")
    schema = pa.schema(
        [
            described_field(field.name, kind, field.words)
            for field in kept
            if (kind := field.kind) is not None
        ]
    )
    return Source(
        name=path.name,
        form="FITS",
        schema=schema,
        read=partial(_batches, path, layout, kept, schema),
        rows=layout.rows,
        title=str(header.get("EXTNAME", "")),
        notes=tuple(notes),
    )


def _opened(path: Path) -> IO[bytes]:
    """The file, decompressed to a temporary one if it has to be."""
    file = path.open("rb")
    if file.read(2) != b"\x1f\x8b":
        file.seek(0)
        return file
    file.seek(0)
    try:
        with file, gzip.open(file) as packed, tempfile.NamedTemporaryFile() as whole:
            shutil.copyfileobj(packed, whole, 1 << 20)
            whole.flush()
            # Astropy wants a file that cannot be written to; it goes when it is closed.
            return Path(whole.name).open("rb")
    except (OSError, EOFError) as error:
        raise PublishError(
            f"{path.name} cannot be decompressed: {error}.", hint="Fetch the file again."
        ) from None


def _find(file: IO[bytes], name: str, wanted: str) -> tuple[Any, int, list[str]]:
    """Header and start of the wanted table, and the names of the others."""
    from astropy.io import fits

    found: list[tuple[str, Any, int]] = []
    try:
        # "with" would close the file too, which is ours.
        units = fits.open(file, memmap=False, lazy_load_hdus=True, do_not_scale_image_data=True)
        for unit in units:
            if isinstance(unit, fits.BinTableHDU):
                header = unit.header
                label = str(header.get("EXTNAME", "")) or str(len(found) + 1)
                found.append((label, header, int(unit.fileinfo()["datLoc"])))
    except (OSError, ValueError, TypeError, KeyError, fits.VerifyError) as error:
        raise PublishError(
            f"{name} cannot be read as FITS: {str(error).splitlines()[0]}.",
            hint="Fetch or write the file again.",
        ) from None
    for number, (label, header, start) in enumerate(found, 1):
        if wanted in ("", label, str(number)):
            others = [each[0] for each in found if each[0] != label]
            return header, start, others
    names = listed([label for label, _, _ in found])
    if not found:
        raise PublishError(f"{name} holds no binary table.", hint="Images are not published so.")
    raise PublishError(f"{name} has no table {wanted}. Its tables are: {names}.")


def _layout(header: Any, start: int, name: str) -> _Layout:
    fields = []
    offset = 0
    for number in range(1, int(header["TFIELDS"]) + 1):
        form = _FORM.match(str(header.get(f"TFORM{number}", "")))
        if form is None:
            raise PublishError(f"Column {number} of {name} has no TFORM that can be read.")
        count, code = int(form[1] or 1), form[2]
        words = {
            key: str(header.get(f"{card}{number}", "")).strip()
            for key, card in (("unit", "TUNIT"), ("ucd", "TUCD"), ("description", "TCOMM"))
        }
        words["description"] = words["description"] or str(
            header.comments[f"TTYPE{number}"] if f"TTYPE{number}" in header else ""
        )
        if words["description"].lower().startswith(("label for", "field name", "column name")):
            words["description"] = ""
        text_array = code == "A" and "," in str(header.get(f"TDIM{number}", ""))
        fields.append(
            _Field(
                name=str(header.get(f"TTYPE{number}", f"col{number}")).strip(),
                code=code,
                count=0 if text_array else count,
                offset=offset,
                inner=(form[3] or "X") if code in "PQ" else "",
                words=words,
                null=header.get(f"TNULL{number}"),
                scale=float(header.get(f"TSCAL{number}", 1.0)),
                zero=float(header.get(f"TZERO{number}", 0.0)),
            )
        )
        size = _SIZES.get(code) or np.dtype(_ELEMENTS[code][0]).itemsize
        offset += (count + 7) // 8 if code == "X" else count * size
    width, rows = int(header["NAXIS1"]), int(header["NAXIS2"])
    if offset > width:
        raise PublishError(f"The columns of {name} are wider than its rows.")
    heap = start + int(header.get("THEAP", width * rows))
    return _Layout(start, width, rows, heap, tuple(fields))


def _batches(
    path: Path, layout: _Layout, fields: list[_Field], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    rows = step(layout.width)
    with _opened(path) as file:
        for first in range(0, layout.rows, rows):
            count = min(rows, layout.rows - first)
            file.seek(layout.start + first * layout.width)
            data = np.frombuffer(file.read(count * layout.width), "u1").reshape(count, -1)
            arrays = [_column(file, layout, field, data) for field in fields]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(
    file: IO[bytes], layout: _Layout, field: _Field, data: npt.NDArray[np.uint8]
) -> pa.Array:
    kind = field.kind
    if field.inner:
        return _heaped(file, layout, field, data)
    dtype = np.dtype(_ELEMENTS[field.code][0])
    size = dtype.itemsize * field.count
    raw = np.ascontiguousarray(data[:, field.offset : field.offset + size])
    if field.code == "A":
        return _texts(raw.view(f"S{size}").ravel())
    flat = _numbers(raw.view(dtype).ravel(), field)
    if field.count == 1:
        return flat
    return pa.FixedSizeListArray.from_arrays(flat, field.count).cast(kind)


def _texts(cells: npt.NDArray[np.bytes_]) -> pa.Array:
    """Texts end at a zero byte, and blanks at their end do not count."""
    array = pa.array(cells.tolist(), pa.binary())
    try:
        texts = array.cast(pa.string())
    except pa.ArrowInvalid:
        texts = pa.array([cell.decode("latin-1") for cell in cells.tolist()], pa.string())
    texts = pc.utf8_rtrim(texts, " ")
    if pc.any(pc.match_substring(texts, "\0"), min_count=0).as_py():
        texts = pa.array([text.partition("\0")[0].rstrip() for text in texts.to_pylist()])
    return texts


def _numbers(values: npt.NDArray[Any], field: _Field) -> pa.Array:
    """Scaled numbers, with missing ones."""
    code = field.inner or field.code
    if code == "L":
        return pa.array(values == ord("T"), mask=~np.isin(values, list(b"TF")))
    missing = values == field.null if field.null is not None and code in "BIJK" else None
    native = values.astype(values.dtype.newbyteorder("="))
    if (field.scale, field.zero) == (1.0, 0.0):
        return pa.array(native, mask=missing)
    shifted = _SHIFTED.get((code, field.zero)) if field.scale == 1.0 else None
    if shifted is None:
        return pa.array(native * field.scale + field.zero, pa.float64(), mask=missing)
    kind, offset = shifted
    if code == "K":
        return pa.array(native.view(np.uint64) ^ np.uint64(1 << 63), kind, mask=missing)
    if code == "B":
        return pa.array(native.astype(np.int16) - offset, kind, mask=missing)
    return pa.array(native.astype(np.int64) + offset, kind, mask=missing)


def _heaped(
    file: IO[bytes], layout: _Layout, field: _Field, data: npt.NDArray[np.uint8]
) -> pa.Array:
    """Arrays of differing length, which lie behind the rows."""
    pair, size = (">i4", 8) if field.code == "P" else (">i8", 16)
    raw = np.ascontiguousarray(data[:, field.offset : field.offset + size]).view(pair)
    dtype = np.dtype(_ELEMENTS[field.inner][0])
    pieces = []
    for count, place in raw.reshape(-1, 2).tolist():
        file.seek(layout.heap + place)
        piece = file.read(count * dtype.itemsize) if count > 0 else b""
        if len(piece) < count * dtype.itemsize:
            raise PublishError(f"An array of column {field.name} lies beyond the end of its file.")
        pieces.append(piece)
    if field.inner == "A":
        return _texts(np.array(pieces, np.bytes_))
    lengths = np.array([len(piece) // dtype.itemsize for piece in pieces])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    flat = _numbers(np.frombuffer(b"".join(pieces), dtype), field)
    return pa.ListArray.from_arrays(pa.array(offsets), flat).cast(field.kind)
