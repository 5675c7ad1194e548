from __future__ import annotations

from pathlib import Path

import pytest

from lsp_jupyter.catalogs.felis import read_felis
from lsp_jupyter.catalogs.words import linked
from lsp_jupyter.errors import PublishError

FELIS = """
name: survey
description: A survey
  of stars
version: {current: "2.1"}
resources:
  base: {uri: base.yaml}
tables:
- name: Star
  description: One row a star
  primaryKey: '#Star.starId'
  tap:table_index: 20
  columns:
  - {name: starId, datatype: long, description: Its number, ivoa:ucd: meta.id, tap:principal: 1}
  - {name: ra, datatype: double, ivoa:unit: deg, ivoa:ucd: pos.eq.ra;meta.main, tap:column_index: 2}
  - {name: dec, datatype: double, fits:tunit: deg, ivoa:ucd: pos.eq.dec;meta.main, tap:std: 1}
  - {name: g_psfFlux, datatype: float, ivoa:unit: nJy, tap:column_index: 1}
  - {name: g_psfFluxErr, datatype: float, ivoa:unit: nJy}
  - {name: seen, datatype: timestamp, precision: 6}
  - {name: band, datatype: char, length: 1, votable:arraysize: 1}
  - {name: note, "@id": "#note", datatype: text, votable:utype: a:b}
  - {name: outline, datatype: double, votable:arraysize: "*", votable:xtype: polygon}
  columnGroups:
  - {name: place, description: Where it is, ivoa:ucd: pos.eq, columns: ['#Star.ra', '#Star.dec']}
- name: Visit
  tap:table_index: 10
  columnRefs:
    base:
      Exposure:
        visitId:
        when: {ref_name: mjd, description: The middle}
  columns:
  - {name: starId, datatype: long}
  constraints:
  - "@type": ForeignKey
    description: The star
    columns: ['#Visit.starId']
    referencedColumns: ['#Star.starId']
  - {"@type": Unique, columns: ['#Visit.starId']}
"""
BASE = """
name: base
tables:
- name: Exposure
  columns:
  - {name: visitId, datatype: long, description: Number}
  - {name: mjd, datatype: double, ivoa:unit: d, description: Begin}
"""


@pytest.fixture
def felis(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    path = tmp_path / "survey.yaml"
    path.write_text(FELIS)
    return path


def test_everything_a_table_needs(felis: Path) -> None:
    schema = read_felis(felis)
    assert (schema.name, schema.version, schema.description) == (
        "survey",
        "2.1",
        "A survey of stars",
    )
    star, visit = schema.tables
    columns = {column.name: column for column in star.columns}
    assert list(columns) == ["g_psfFlux", "ra", "starId", "dec", *list(columns)[4:]]
    assert (star.place, visit.place) == (20, 10)
    number = columns["starId"]
    assert (number.datatype, number.principal, number.indexed) == ("long", True, True)
    assert (columns["dec"].unit, columns["dec"].std) == ("deg", True)
    assert (columns["seen"].datatype, columns["seen"].xtype) == ("char", "timestamp")
    assert (columns["band"].datatype, columns["band"].arraysize) == ("char", "*")
    assert (columns["note"].datatype, columns["note"].utype) == ("unicodeChar", "a:b")
    assert (columns["outline"].arraysize, columns["outline"].xtype) == ("*", "polygon")
    (group,) = star.groups
    assert (group.name, group.ucd, group.members) == ("place", "pos.eq", (("ra", ""), ("dec", "")))
    assert [(each.name, each.description) for each in visit.columns] == [
        ("visitId", "Number"),
        ("when", "The middle"),
        ("starId", ""),
    ]
    (key,) = schema.table("VISIT", "dp9").keys
    assert (key.target, key.columns, key.description) == (
        "dp9.Star",
        (("starId", "starId"),),
        "The star",
    )


@pytest.mark.req("LSP-REQ-0009")
def test_values_and_uncertainties_are_linked(felis: Path) -> None:
    (group,) = linked(read_felis(felis).table("star", "s").columns)
    assert group.name == "g_psfFlux"
    assert group.members == (("g_psfFlux", "value"), ("g_psfFluxErr", "error"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: survey", "nome: survey", "the schema has no name"),
        ("datatype: float", "datatype: real", "g_psfFlux of Star has the datatype real"),
        ("'#Star.starId'\n  tap", "'#Star.id'\n  tap", "primary key of Star refers to a column"),
        ("columns: ['#Visit.starId']\n", "columns: ['#Visit.x']\n", "foreign key of Visit refers"),
        ("name: dec,", "name: ra,", "more than one column ra"),
        ("ref_name: mjd", "ref_name: jd", "takes column jd from Exposure of base"),
        ("uri: base.yaml", "uri: ../base.yaml", "resource base is no file in the same folder"),
        ("uri: base.yaml", "uri: more.yaml", "more.yaml cannot be read"),
        ("tables:", "tables: [", "not valid YAML at line"),
        ("tables:\n- name: Star", "tables:\n- nam: Star", "a table has no name"),
        ("name: survey", "name: survey\nx: !!python/object/apply:os.system [exit]", None),
    ],
)
def test_what_is_not_felis_is_told(felis: Path, old: str, new: str, words: str | None) -> None:
    text = felis.read_text()
    assert old in text
    felis.write_text(text.replace(old, new, 1))
    if words is None:
        assert len(read_felis(felis).tables) == 2, "what a tag names is never called"
        return
    with pytest.raises(PublishError, match=words) as caught:
        read_felis(felis)
    assert str(felis.parent) not in str(caught.value)


def test_tables_that_are_not_there(felis: Path) -> None:
    with pytest.raises(PublishError, match=r"no table Galaxy. Its tables are: Star, Visit"):
        read_felis(felis).table("Galaxy", "s")


@pytest.mark.parametrize(
    ("name", "tables", "columns"), [("dp1", 12, 1838), ("dp2", 16, 1970), ("ivoa_obscore", 1, 36)]
)
def test_the_schemas_of_rubin(name: str, tables: int, columns: int) -> None:
    """Read as data, where they are installed."""
    import importlib.util

    try:
        spec = importlib.util.find_spec("lsst.sdm.schemas")
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("lsst-sdm-schemas is not installed")
    schema = read_felis(Path(next(iter(spec.submodule_search_locations))) / f"{name}.yaml")
    assert len(schema.tables) == tables
    assert sum(len(table.columns) for table in schema.tables) == columns
