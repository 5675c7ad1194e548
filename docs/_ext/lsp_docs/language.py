"""What the documentation says of ADQL, checked against `lsp_jupyter.adql`.

``lsp-adql-functions`` lists what the language says it has. ``lsp-adql`` shows a
query that must compile. ``lsp-adql-refused`` shows queries, one a line, that
must not, with the answer each one gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lsp_docs.nodes import literal, paragraph, sentence, table
from lsp_jupyter.adql import FUNCTIONS, Column, Table, compile_query, features
from lsp_jupyter.errors import AdqlError

logger = logging.getLogger(__name__)


def _table(schema: str, name: str, **columns: str) -> Table:
    return Table(
        schema=schema,
        name=name,
        columns=tuple(Column(column, datatype) for column, datatype in columns.items()),
        source=(f"{schema}_{name}", "main", "data"),
        position=("ra", "dec"),
    )


class DemoSchema:
    """As much of the demo catalogues as the examples name."""

    tables = (
        _table(
            "gaia",
            "source",
            source_id="long",
            ra="double",
            dec="double",
            phot_g_mean_mag="float",
            phot_bp_mean_mag="float",
            phot_rp_mean_mag="float",
        ),
        _table("hipparcos", "main", hip="int", ra="double", dec="double", plx="double"),
    )

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """Tables of that name, compared without regard to case."""
        return [
            table
            for table in self.tables
            if table.name.lower() == name.lower()
            and (schema is None or table.schema.lower() == schema.lower())
        ]

    def names(self) -> Iterable[str]:
        """Every ``schema.name``."""
        return [table.full_name for table in self.tables]


class FunctionsDirective(SphinxDirective):
    """One table a group of functions, and one of the optional features that are none."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for function in FUNCTIONS.values():
            groups.setdefault(function.group, []).append((function.form, function.description))
        others = [(form, text) for _, form, text in features() if form not in FUNCTIONS]
        if others:
            groups["other optional parts of ADQL 2.1"] = others
        out: list[nodes.Node] = []
        for title, forms in groups.items():
            section = nodes.section(ids=[nodes.make_id(f"functions-{title}")])
            section += nodes.title(text=title[0].upper() + title[1:])
            section += table(
                ("Form", "What it gives"),
                (32, 68),
                [(paragraph(literal(form)), description) for form, description in forms],
            )
            out.append(section)
        return out


class QueryDirective(SphinxDirective):
    """A query that works."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        try:
            compile_query(text, DemoSchema(), maxrec=100)
        except AdqlError as error:
            logger.warning("This query is refused: %s", error, location=self.get_location())
        block = nodes.literal_block(text, text)
        block["language"] = "sql"
        return [block]


class RefusedDirective(SphinxDirective):
    """Queries that are refused, and how."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        rows = []
        for line in filter(None, self.content):
            try:
                compile_query(line, DemoSchema(), maxrec=100)
            except AdqlError as error:
                place = f" (column {error.column})" if error.line else ""
                answer = sentence(error.message + place)
                rows.append((paragraph(literal(line)), answer, sentence(error.hint)))
            else:
                logger.warning("This query is accepted: %s", line, location=self.get_location())
        return [table(("Query", "Answer", "Hint"), (40, 25, 35), rows)]
