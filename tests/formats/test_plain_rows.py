"""Plain rows of TABLEDATA: what the fast way reads is what the parser reads."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources import votable
from lsp_jupyter.formats.sources.votable import votable_source
from lsp_jupyter.formats.sources.votable_rows import PlainRows

HEAD = (
    '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/>'
    '<FIELD name="b" datatype="unicodeChar" arraysize="*"/><DATA><TABLEDATA>'
)
TAIL = "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"


def read(path: Path, text: str) -> list[dict[str, object]]:
    path.write_bytes(text.encode())
    return [row for batch in votable_source(path).read() for row in batch.to_pylist()]


def parsed(path: Path, text: str) -> list[dict[str, object]]:
    """The same, by the parser alone: the start of the rows is not recognised."""
    return read(path, text.replace("<TABLEDATA>", "<TABLEDATA >"))


PIECES = st.lists(
    st.one_of(
        st.tuples(
            st.integers(-9, 9), st.text(st.characters(codec="utf-8", exclude_categories=["C"]))
        ).map(lambda row: f"<TR><TD>{row[0]}</TD>\n <TD>{escape(row[1])}</TD></TR>\n"),
        st.sampled_from(
            [
                "<TR><TD/><TD/></TR>",
                "<TR><TD></TD><TD>x\r\ny</TD></TR>",
                "<TR ><TD>1</TD><TD encoding='base64'>&lt;&#65;</TD></TR>",
                "<!-- <TR><TD>7</TD><TD>no</TD></TR> -->",
                "<TR><TD>1</TD><TD><![CDATA[<TR><TD>2</TD></TR>]]></TD></TR>",
                "<?pi <TR><TD>7</TD><TD>no</TD></TR> ?>",
            ]
        ),
    ),
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(PIECES, st.integers(20, 400))
def test_both_ways_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], size: int
) -> None:
    path = tmp_path_factory.mktemp("rows") / "x"
    text = HEAD + "".join(pieces) + TAIL
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(votable, "_PIECE", size)
        found = read(path, text)
        assert found == parsed(path, text)
    assert found == parsed(path, text)


def test_plain_rows_need_no_parser() -> None:
    rows = PlainRows(2)
    assert rows.take(b"<TR><TD>1</TD><TD/></TR> <TR><TD>2") == ([["1"], [""]], b"")
    assert rows.take(b"</TD><TD>x</TD></TR>") == ([["2"], ["x"]], b"")
    assert rows.take(b"</TABLEDATA></DATA>") == ([], b"</TABLEDATA></DATA>")
    assert rows.take(b"more") == ([], b"more")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("<TR><TD>1</TD></TR>", "1 cells instead of 2"),
        ("<TR><TD>1</TD><TD>2</TD><TD>3</TD></TR>", "3 cells instead of 2"),
        ("<TR><TD>1</TD><TD>\x01</TD></TR>", "not well-formed"),
        ("<TR><TD>1</TD><TD>2</TD></TR><TR><TD>1</TD>", "mismatched|cut off"),
        ("<TR><TD>x</TD><TD>2</TD></TR>", "no int"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(PublishError, match=words):
        read(tmp_path / "x", HEAD + rows + TAIL)
