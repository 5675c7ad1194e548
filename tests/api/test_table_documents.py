"""Table descriptions against the schema of the standard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.api.table_documents import table_document, tableset_document
from lsp_jupyter.catalogs.release import ForeignKey
from tests.api.schemas import validated

NASTY = "a <b> & \"c\" 'd' ]]> \x01 é"
TABLES = [
    Table(
        "gaia",
        "source",
        (
            Column("source_id", "long", unit="", ucd="meta.id;meta.main", principal=True),
            Column("ra", "double", unit="deg", description=NASTY, indexed=True, std=True),
            Column("name", "char", arraysize="*", xtype="", utype="x:y"),
            Column("size", "int"),
            Column("when", "char", arraysize="*", xtype="timestamp"),
        ),
        ("a", "main", "data"),
        description=NASTY,
        title="T",
        rows=7,
    ),
    Table("gaia", "empty", (), ("b", "main", "data")),
    Table("alone", "one", (Column("a", "boolean"),), ("c", "main", "data"), rows=0),
]

KEYS = {
    "gaia.source": [
        ForeignKey("alone.one", (("source_id", "a"), ("size", "a")), description=NASTY),
        ForeignKey("secret.table", (("ra", "a"),)),
    ]
}


class Catalog:
    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        return [each for each in TABLES if (each.schema, each.name) == (schema, name)]

    def names(self) -> Iterable[str]:
        return [each.full_name for each in TABLES]


@pytest.mark.req("API-REQ-0030")
@pytest.mark.parametrize("with_columns", [True, False])
def test_the_tableset_is_valid_and_complete(with_columns: bool) -> None:
    tree = validated(tableset_document(Catalog(), {"gaia": NASTY}, KEYS, with_columns=with_columns))
    clean = NASTY.replace("\x01", "\ufffd")
    assert [each.findtext("name") for each in tree] == ["alone", "gaia"]
    gaia = tree[1]
    assert gaia.findtext("description") == clean
    assert [each.findtext("name") for each in gaia.findall("table")] == [
        "gaia.empty",
        "gaia.source",
    ]
    source = gaia.findall("table")[1]
    assert (source.findtext("description"), source.findtext("nrows")) == (clean, "7")
    targets = [each.findtext("targetTable") for each in source.findall("foreignKey")]
    assert targets == (["alone.one"] if with_columns else [])
    names = [each.findtext("name") for each in source.findall("column")]
    assert names == (["source_id", "ra", "name", '"size"', '"when"'] if with_columns else [])


def test_a_table_has_its_columns_with_all_they_have() -> None:
    tree = validated(table_document(TABLES[0], KEYS["gaia.source"]))
    ra = tree.findall("column")[1]
    tags = "name description unit dataType flag flag"
    assert [each.tag for each in ra] == tags.split()
    assert [each.text for each in ra.findall("flag")] == ["indexed", "std"]
    assert ra.get("std") == "true"
    pairs = [(pair[0].text, pair[1].text) for pair in tree.iter("fkColumn")]
    assert pairs == [("source_id", "a"), ('"size"', "a"), ("ra", "a")]
    when = tree.findall("column")[4].find("dataType")
    assert (when.text, when.get("arraysize"), when.get("extendedType")) == (
        "char",
        "*",
        "timestamp",
    )
