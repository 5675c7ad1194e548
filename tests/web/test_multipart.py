"""Forms with files, however their bytes are cut into pieces."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsp_jupyter.errors import LimitError, LspError, OverloadError, UsageError
from lsp_jupyter.web.multipart import FileBody, MultipartForm, boundary_of

BODY = (
    b"a preamble nobody reads\r\n"
    b"--XX\r\n"
    b'Content-Disposition: form-data; name="QUERY"\r\n\r\n'
    b"SELECT\r\n--X no boundary\r\n"
    b"--XX  \r\n"
    b'content-disposition: form-data; name="empty"\r\n\r\n'
    b"\r\n--XX\r\n"
    b'Content-Disposition: form-data; name="t\\"1"; filename="../../etc/x y.vot"\r\n'
    b"Content-Type: application/x-votable+xml\r\n\r\n"
    b"\r\n\r\n--XX\r\n"
    b"Content-Disposition: form-data; filename=b.csv; name=b\r\n\r\n"
    b"1,2\r\n\r\n--XX--\r\nan epilogue"
)


def form(folder: Path, **limits: int) -> MultipartForm:
    return MultipartForm(
        b"XX", folder / "new", **{"limit": 1000, "values": 1000, "floor": 0} | limits
    )


def check(read: MultipartForm) -> None:
    read.close()
    assert read.fields == [("QUERY", b"SELECT\r\n--X no boundary"), ("empty", b"")]
    assert [(part.name, part.filename) for part in read.files] == [
        ('t"1', "../../etc/x y.vot"),
        ("b", "b.csv"),
    ]
    assert [part.path.read_bytes() for part in read.files] == [b"\r\n", b"1,2\r\n"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, len(BODY)), max_size=12))
def test_pieces_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    read = form(tmp_path_factory.mktemp("form"))
    places = [0, *sorted(cuts), len(BODY)]
    for start, end in pairwise(places):
        read.feed(BODY[start:end])
    check(read)
    read.discard()


def test_a_byte_at_a_time(tmp_path: Path) -> None:
    read = form(tmp_path)
    for number in range(len(BODY)):
        read.feed(BODY[number : number + 1])
    check(read)
    assert {path.parent for path in (part.path for part in read.files)} == {tmp_path / "new"}
    read.discard()
    read.discard()
    assert not any(tmp_path.iterdir())


PART = b'--XX\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'

WRONG = {
    "nothing": (b"", UsageError, "last boundary"),
    "cut off": (BODY[:-20], UsageError, "last boundary"),
    "no name": (b"--XX\r\nContent-Disposition: form-data\r\n\r\n", UsageError, "no name"),
    "no disposition": (b"--XX\r\n\r\nx\r\n--XX--", UsageError, "no name"),
    "encoded": (
        (
            b'--XX\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n"
        ),
        UsageError,
        "base64",
    ),
    "headers without end": (b"--XX\r\n" + b"x" * 20_000, UsageError, "longer"),
    "garbage after a boundary": (b"--XX garbage\r\n", UsageError, "not followed"),
    "many parts": (
        b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 201,
        UsageError,
        "more than 200",
    ),
    "a long file": (PART + b"x" * 1001 + b"\r\n--XX--", LimitError, "longer than"),
    "a long value": (
        PART.replace(b'; filename="a"', b"") + b"x" * 1001 + b"\r\n--XX--",
        LimitError,
        "too long",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_form_is_refused_at_its_end(tmp_path: Path, case: str) -> None:
    body, kind, words = WRONG[case]
    read = form(tmp_path)
    read.feed(body)
    read.feed(b"more")
    with pytest.raises(kind, match=words):
        read.close()
    read.discard()
    assert not any(tmp_path.iterdir())


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    read = form(tmp_path, floor=1 << 62)
    read.feed(BODY)
    with pytest.raises(OverloadError, match="No space left"):
        read.close()


def test_a_whole_body_goes_to_one_file(tmp_path: Path) -> None:
    body = FileBody(tmp_path / "new", limit=10)
    body.feed(b"12345")
    body.feed(b"67890")
    body.close()
    assert body.path.read_bytes() == b"1234567890"
    body.discard()
    body = FileBody(tmp_path / "new", limit=10)
    body.feed(b"x" * 11)
    with pytest.raises(LspError):
        body.close()
    body.discard()
    assert not any(tmp_path.iterdir())


def test_boundaries() -> None:
    assert boundary_of("multipart/form-data; boundary=abc") == b"abc"
    assert boundary_of('Multipart/Form-Data; charset=utf-8; boundary="a b"') == b"a b"
    assert boundary_of("application/x-www-form-urlencoded") is None
    assert boundary_of("") is None
    for wrong in ("multipart/form-data", f"multipart/form-data; boundary={'x' * 80} "):
        with pytest.raises(UsageError, match="boundary"):
            boundary_of(wrong)
