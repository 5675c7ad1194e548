from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.draft import Draft, Wishes, draft
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.source import Source, described_field


def source(position: tuple[str, str] | None = None, **columns: str) -> Source:
    """A source whose columns are given as ``name="type unit ucd"``."""
    fields = []
    for name, text in columns.items():
        kind, unit, ucd = (*text.split(), "", "")[:3]
        words = {"unit": unit.strip("-"), "ucd": ucd}
        fields.append(described_field(name, pa.type_for_alias(kind), words))
    schema = pa.schema(fields)

    def read() -> Iterator[pa.RecordBatch]:
        yield from schema.empty_table().to_batches()

    return Source("file", "Test", schema, read, position=position)


def drafted(given: Source, **wishes: object) -> Draft:
    return draft(given, Wishes("s", "t", **wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("columns", "position", "words"),
    [
        ({"ra": "double", "dec": "double"}, ("ra", "dec"), "by their names"),
        ({"RAJ2000": "float", "DEJ2000": "float"}, ("RAJ2000", "DEJ2000"), "becomes double"),
        ({"ra": "double rad", "dec": "double rad"}, None, "ra is in rad"),
        ({"ra": "string", "dec": "string"}, None, "ra holds char"),
        ({"x": "double"}, None, "none found"),
        (
            {"ra": "double", "dec": "double", "a": "double - pos.eq.ra;meta.main",
             "d": "double - pos.eq.dec;meta.main"},
            ("a", "d"),
            "by their UCDs",
        ),
        (
            {"r1": "double - pos.eq.ra", "r2": "double - pos.eq.ra", "d": "double - pos.eq.dec"},
            None,
            "none found",
        ),
    ],
)  # fmt: skip
def test_positions_are_found(
    columns: dict[str, str], position: tuple[str, str] | None, words: str
) -> None:
    made = drafted(source(**columns))
    assert made.spec.position == position
    assert any(words in line for line in made.report)
    for name in position or ():
        (column,) = (each for each in made.spec.columns if each.name == name)
        assert (column.datatype, column.unit, column.indexed) == ("double", "deg", True)
        assert column.ucd.startswith("pos.eq.")


def test_positions_as_the_file_or_the_publisher_says() -> None:
    columns = dict.fromkeys(("ra", "dec", "a", "d"), "double")
    assert drafted(source(("a", "d"), **columns)).spec.position == ("a", "d")
    assert drafted(source(**columns), position=("d", "a")).spec.position == ("d", "a")
    assert drafted(source(**columns), position=("", "")).spec.position is None
    with pytest.raises(PublishError, match=r"no column x to be the position.*ra, dec, a, d"):
        drafted(source(**columns), position=("x", "d"))


@pytest.mark.parametrize(
    ("name", "kind", "unit", "ucd"),
    [
        ("gmag", "double", "mag", "phot.mag"),
        ("phot_g_mean_mag", "double", "mag", "phot.mag"),
        ("psfFlux", "double", "", "phot.flux"),
        ("pmRA", "double mas/yr", "mas/yr", "pos.pm;pos.eq.ra"),
        ("plx", "double mas", "mas", "pos.parallax.trig"),
        ("mjd", "double", "d", "time.epoch"),
        ("name", "string", "", "meta.id"),
        ("comment", "string", "", ""),
        ("flux", "string", "", ""),
        ("xyz", "double", "", ""),
        ("glon", "double", "deg", "pos.galactic.lon"),
        ("speed", "double km.s-1", "km.s-1", ""),
        ("v", "double erg/s/cm2", "erg.s**-1.cm**-2", ""),
    ],
)
def test_units_and_ucds_are_guessed(name: str, kind: str, unit: str, ucd: str) -> None:
    made = drafted(source(**{name: kind}))
    (column,) = made.spec.columns
    assert (column.unit, column.ucd) == (unit, ucd)
    told = any(line.startswith("guessed") and name in line for line in made.report)
    assert told is (bool(ucd) or (bool(unit) and len(kind.split()) < 2))


@pytest.mark.req("LSP-REQ-0008", "LSP-REQ-0009")
def test_uncertainties_follow_their_values() -> None:
    columns = {
        "gmag": "double",
        "e_gmag": "double",
        "plx": "double mas",
        "plx_error": "double",
        "z_ra": "double",
        "z_raErr": "float",
        "z_dec": "double",
        "z_ra_dec_Cov": "float",
        "x": "double",
        "x_err_lo": "double",
        "x_err_hi": "double",
        "x_flag": "bool",
        "sigma_y": "double",
    }
    made = drafted(source(**columns))
    found = {column.name: column for column in made.spec.columns}
    assert (found["e_gmag"].unit, found["e_gmag"].ucd) == ("mag", "stat.error;phot.mag")
    assert (found["plx_error"].unit, found["plx_error"].ucd) == (
        "mas",
        "stat.error;pos.parallax.trig",
    )
    groups = {group.name: set(group.members[1:]) for group in made.spec.groups}
    assert groups == {
        "gmag": {("e_gmag", "error")},
        "plx": {("plx_error", "error")},
        "z_ra": {("z_raErr", "error"), ("z_ra_dec_Cov", "covariance")},
        "z_dec": {("z_ra_dec_Cov", "covariance")},
        "x": {("x_err_lo", "error_low"), ("x_err_hi", "error_high"), ("x_flag", "flag")},
    }


def test_one_column_identifies_rows() -> None:
    made = drafted(source(objectId="int64", sourceId="int64", id="string"))
    marked = [column.name for column in made.spec.columns if column.indexed]
    assert marked == ["objectId"]
    made = drafted(source(a="int64", b="int64 - meta.id;meta.main"))
    assert [column.name for column in made.spec.columns if column.indexed] == ["b"]


def test_a_description_goes_before_guesses() -> None:
    felis = TableSpec(
        "s",
        "t",
        (
            Column("Mag", "float", unit="mag(AB)", description="Brightness"),
            Column("flux", "double"),
            Column("lost", "int"),
        ),
        description="Described",
    )
    made = drafted(source(flux="double", mag="double", more="int64"), felis=felis)
    assert [column.name for column in made.spec.columns] == ["Mag", "flux", "more"]
    assert made.spec.description == "Described"
    assert (made.spec.columns[0].datatype, made.spec.columns[0].unit) == ("float", "mag(AB)")
    assert made.spec.columns[1].unit == "", "a description that names no unit means none"
    report = "\n".join(made.report)
    assert "not in the data and left out: lost" in report
    assert "not described by the Felis file: more" in report


def test_wishes(capsys: pytest.CaptureFixture[str]) -> None:
    given = source(a="int64", b="double", c="double")
    made = drafted(
        given,
        rename={"a": "id"},
        leave_out=frozenset({"c"}),
        types={"id": "char"},
        units={"b": "Jy"},
        ucds={"b": "phot.flux"},
    )
    first, second = made.spec.columns
    assert (first.name, first.datatype, first.arraysize) == ("id", "char", "*")
    assert (second.unit, second.ucd) == ("Jy", "phot.flux")
    assert [batch.schema.names for batch in made.rows()] in ([], [["id", "b"]])
    for wish in ({"rename": {"x": "y"}}, {"leave_out": frozenset("x")}, {"types": {"x": "int"}}):
        with pytest.raises(PublishError, match="no column x"):
            drafted(given, **wish)


def test_types_no_table_can_have() -> None:
    schema = pa.schema([("a", pa.struct([("x", pa.int32())]))])
    given = Source("file", "Test", schema, lambda: iter(()))
    with pytest.raises(PublishError, match=r"Column a .*struct.*--leave-out a"):
        drafted(given)


def test_a_unit_that_is_none() -> None:
    made = drafted(source(x="double furlongs", y="double none"))
    assert [column.unit for column in made.spec.columns] == ["furlongs", ""]
    assert any("'furlongs' of x" in line for line in made.report)
