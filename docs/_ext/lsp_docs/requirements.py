"""``lsp-requirements``: each formal requirement and the tests that show it.

Python tests name a requirement by ``@pytest.mark.req("PRTL-REQ-0056")`` on a
function, a class or (as ``pytestmark``) a module. Browser tests name it by a
Playwright tag, ``{ tag: ['@PRTL-REQ-0056'] }``. Both are read from the source
text; no test is imported or run.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lsp_docs.nodes import literal, paragraph, table

logger = logging.getLogger(__name__)

ASPECTS = {
    "LSP": "Platform",
    "PRTL": "Portal Aspect",
    "NB": "Notebook Aspect",
    "API": "API Aspect",
}
REQUIREMENT = re.compile(r"\b(?:LSP|PRTL|NB|API)-REQ-\d{4}\b")
TAGGED = re.compile(
    r"\b(?:test|it|describe)(?:\.\w+)*\(\s*(?P<quote>['\"`])(?P<title>.*?)(?P=quote)\s*,"
    r"\s*\{\s*tag:(?P<tags>[^}]*)\}",
    re.DOTALL,
)


def marks(node: ast.expr) -> Iterator[str]:
    """The ids in every ``pytest.mark.req(...)`` within an expression."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "req"
            and isinstance(call.func.value, ast.Attribute)
            and call.func.value.attr == "mark"
        ):
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def scan_python(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of requirement id and test name in one Python test module."""
    tree = ast.parse(text)
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield from ((req, "") for req in marks(value))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from _scan_definition(node, "")


def _scan_definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, prefix: str
) -> Iterator[tuple[str, str]]:
    name = f"{prefix}{node.name}"
    # A parameter set may carry a mark of its own; it lies within the decorator.
    for decorator in node.decorator_list:
        yield from ((req, name) for req in marks(decorator))
    if isinstance(node, ast.ClassDef):
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _scan_definition(child, f"{name}::")


def scan_typescript(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of requirement id and test title in one TypeScript test file."""
    for match in TAGGED.finditer(text):
        for req in REQUIREMENT.findall(match["tags"]):
            yield req, match["title"]


def scan(root: Path) -> Iterator[tuple[str, Path, str]]:
    """Every mark below a checkout: requirement id, file, test name."""
    files = [
        *sorted((root / "tests").rglob("test_*.py")),
        *sorted((root / "tests").rglob("*.spec.ts")),
        *sorted((root / "src").rglob("*.test.ts*")),
    ]
    for path in files:
        if "node_modules" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        reader = scan_python if path.suffix == ".py" else scan_typescript
        for req, name in reader(text):
            yield req, path, name


class RequirementsDirective(SphinxDirective):
    """The register with, for each requirement, its tests or 'not yet'."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        docs = Path(self.env.srcdir)
        register = docs / "requirements.csv"
        self.env.note_dependency(str(register))
        # Marks may have moved in any test file, even one that is new.
        self.env.note_reread()
        with register.open(encoding="utf-8", newline="") as file:
            known = {row["id"]: row for row in csv.DictReader(file)}
        tests: dict[str, list[str]] = {}
        for req, path, name in scan(docs.parent):
            where = path.relative_to(docs.parent).as_posix() + (f"::{name}" if name else "")
            if req not in known:
                logger.warning("%s names %s, which the register does not have", where, req)
            elif where not in tests.setdefault(req, []):
                tests[req].append(where)

        shown = sum(req in tests for req in known)
        out: list[nodes.Node] = [
            paragraph(f"{shown} of {len(known)} requirements have at least one test today.")
        ]
        for prefix, title in ASPECTS.items():
            rows = [row for req, row in known.items() if req.startswith(f"{prefix}-")]
            done = sum(row["id"] in tests for row in rows)
            section = nodes.section(ids=[f"requirements-{prefix.lower()}"])
            section += nodes.title(text=title)
            section += paragraph(f"{done} of {len(rows)} have a test.")
            section += table(
                ("Requirement", "Title", "Tests"),
                (18, 36, 46),
                [self.row(row, tests.get(row["id"], [])) for row in rows],
            )
            out.append(section)
        return out

    def row(self, row: dict[str, str], tests: list[str]) -> list[nodes.Node | str]:
        """The cells of one requirement."""
        cell: nodes.Node | str = "not yet"
        if tests:
            items = nodes.bullet_list()
            for test in tests:
                item = nodes.list_item()
                item += paragraph(literal(test))
                items += item
            cell = items
        name = nodes.inline(ids=[row["id"].lower()])
        name += nodes.Text(row["id"])
        return [paragraph(name), row["title"], cell]
