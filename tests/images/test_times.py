"""Times of images that were made of others."""

from __future__ import annotations

import pyarrow as pa

from lsp_jupyter.images.times import timed

SCHEMA = pa.schema(
    [
        pa.field("obs_publisher_did", pa.string(), metadata={"ucd": "meta.ref.ivoid"}),
        pa.field("t_min", pa.float64(), metadata={"unit": "d"}),
        pa.field("t_max", pa.float64(), metadata={"unit": "d"}),
    ]
)


def rows(
    *batches: list[tuple[str, float | None, float | None]], links: list[str]
) -> dict[str, tuple[float | None, float | None]]:
    pairs = [(text[0], text[1]) for text in links]
    made = [
        pa.RecordBatch.from_pylist(
            [dict(zip(SCHEMA.names, row, strict=True)) for row in batch], schema=SCHEMA
        )
        for batch in batches
    ]
    table = pa.Table.from_batches(timed(made, pairs), schema=SCHEMA)
    assert table.schema.equals(SCHEMA, check_metadata=True)
    return {one: (begin, end) for one, begin, end in zip(*table.to_pydict().values(), strict=True)}


def test_from_the_first_input_to_the_last() -> None:
    """Wherever the inputs stand; what has times keeps them, what has none has none."""
    coadds = [("C", None, None), ("D", 1.0, 2.0), ("E", None, None), ("N", None, None)]
    visits = [("a", 10.0, 11.0), ("b", 5.0, 6.0), ("c", 20.0, 21.0), ("n", None, None)]
    found = rows(coadds, visits, links=["Ca", "Cb", "Da", "Nn"])
    assert found == {
        "a": (10.0, 11.0),
        "b": (5.0, 6.0),
        "c": (20.0, 21.0),
        "n": (None, None),
        "C": (5.0, 11.0),
        "D": (1.0, 2.0),
        "E": (None, None),
        "N": (None, None),
    }


def test_through_what_has_no_times_itself() -> None:
    found = rows([("C", None, None), ("w", None, None), ("a", 1.0, 2.0)], links=["Cw", "wa"])
    assert found["C"] == found["w"] == (1.0, 2.0)


def test_what_was_made_of_each_other() -> None:
    found = rows(
        [("C", None, None), ("D", None, None), ("a", 1.0, 2.0)], links=["CD", "DC", "Da", "CC"]
    )
    assert found["C"] == found["D"] == (1.0, 2.0)
