"""Columns whose values lead on."""

from __future__ import annotations

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.api.anchors import Anchors, Follower, time_of
from lsp_jupyter.catalogs.release import ForeignKey, TableSpec

ID = Column("id", "long", ucd="meta.id;src")
THINGS = TableSpec("s", "Things", (ID, Column("ra", "double")))
VISITS = TableSpec(
    "s",
    "Visits",
    (
        Column("visit", "long", ucd="meta.id;obs.image"),
        Column("name", "char", ucd="time.epoch"),
        Column("mid", "double", ucd="time.epoch;obs.exposure"),
    ),
)
SEEN = TableSpec(
    "s",
    "Seen",
    (Column("thing", "long"), Column("visit", "long"), Column("flux", "double")),
    keys=(
        ForeignKey("s.Things", (("thing", "id"),)),
        ForeignKey("s.Visits", (("visit", "visit"),)),
        ForeignKey("s.Hidden", (("visit", "x"),)),
        ForeignKey("s.Things", (("thing", "id"), ("visit", "ra"))),
    ),
)
STARS = TableSpec(
    "t",
    "Stars",
    (Column("key", "char", ucd="meta.id;meta.main"), Column("midpMjdTai", "double")),
    position=("ra", "dec"),
    keys=(ForeignKey("s.Things", (("key", "id"),)),),
)


def test_keys_make_anchors() -> None:
    anchors = Anchors([THINGS, VISITS, SEEN, STARS])
    things = anchors.find("S.things", "ID")
    assert things is not None
    assert things.path == "datalink/s.Things/id"
    assert things.followers == [Follower(SEEN, "thing"), Follower(STARS, "key")]
    assert anchors.led_to("s.Seen", "thing") is things
    assert anchors.led_to("s.Things", "id") is things
    assert anchors.find("s.Seen", "thing") is None
    assert anchors.led_to("s.Seen", "flux") is None
    stars = anchors.led_to("t.Stars", "key")
    assert stars is not None
    assert stars.table is STARS
    assert [one.is_of_exposures for one in (things, stars)] == [False, False]
    visits = anchors.find("s.Visits", "visit")
    assert visits is not None
    assert visits.is_of_exposures


def test_what_a_caller_may_not_read_is_no_anchor() -> None:
    anchors = Anchors([SEEN, VISITS])
    assert anchors.find("s.Things", "id") is None
    assert anchors.led_to("s.Seen", "thing") is None


def test_times_are_found_in_the_table_or_in_one_that_it_refers_to() -> None:
    tables = {table.full_name: table for table in (THINGS, VISITS, SEEN, STARS)}
    assert time_of(Follower(SEEN, "thing"), tables) == ("mid", VISITS, ("visit", "visit"))
    assert time_of(Follower(SEEN, "thing"), {}) == ("", None, ("", ""))
    # One row for each thing is no series.
    assert time_of(Follower(STARS, "key"), tables)[0] == ""
    sources = TableSpec(
        "s", "Sources", (Column("thing", "long"), Column("midpointMjdTai", "double"))
    )
    assert time_of(Follower(sources, "thing"), {}) == ("midpointMjdTai", None, ("", ""))
