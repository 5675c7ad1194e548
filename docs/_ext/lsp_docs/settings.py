"""``lsp-settings``: every setting, from the traitlets of `LspConfig`."""

from __future__ import annotations

import inspect
import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lsp_docs.nodes import literal, paragraph
from lsp_jupyter.config import LspConfig

#: A comment line in the class body that opens a group of settings.
GROUP = re.compile(r"^\s*# -- (?P<title>.+?) -+$")
SETTING = re.compile(r"^\s{4}(?P<name>[a-z]\w*) = \w+\(")


def groups() -> dict[str, list[str]]:
    """Names of the settings by group, both in the order of the source."""
    traits = LspConfig.class_own_traits(config=True)
    found: dict[str, list[str]] = {}
    title = "general"
    for line in inspect.getsource(LspConfig).splitlines():
        if match := GROUP.match(line):
            title = match["title"]
        elif (match := SETTING.match(line)) and match["name"] in traits:
            found.setdefault(title, []).append(match["name"])
    missing = set(traits) - {name for names in found.values() for name in names}
    if missing:
        raise RuntimeError(f"Settings that no group holds: {sorted(missing)}")
    return found


def describe_default(value: object, text: str) -> str:
    """A default with its unit, as people read it.

    Parameters
    ----------
    value : `object`
        The trait's default.
    text : `str`
        Its help, which names the unit.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return repr(value)
    plain = f"{value:,}" if isinstance(value, int) else f"{value:,g}"
    unit = re.search(r"\b(bytes|seconds)\b", text, re.IGNORECASE)
    if unit and unit[1].lower() == "seconds":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
            if value >= 2 * size and value % size == 0:
                return f"{plain} s ({value / size:g} {name})"
        return f"{plain} s"
    if unit and isinstance(value, int):
        for size, name in ((1 << 30, "GiB"), (1 << 20, "MiB")):
            if value >= size and value % (size // 2) == 0:
                return f"{plain} bytes ({value / size:g} {name})"
        return f"{plain} bytes"
    return plain


class SettingsDirective(SphinxDirective):
    """One definition a setting: name, default with its unit, allowed range, help."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(inspect.getsourcefile(LspConfig) or "")
        traits = LspConfig.class_own_traits(config=True)
        out: list[nodes.Node] = []
        for title, names in groups().items():
            section = nodes.section(ids=[nodes.make_id(f"settings-{title}")])
            section += nodes.title(text=title[0].upper() + title[1:])
            items = nodes.definition_list()
            for name in names:
                items += self.item(name, traits[name])
            section += items
            out.append(section)
        return out

    def item(self, name: str, trait: object) -> nodes.definition_list_item:
        """One setting."""
        item = nodes.definition_list_item(ids=[nodes.make_id(f"setting-{name}")])
        term = nodes.term()
        term += literal(name)
        text = getattr(trait, "help", "")
        facts = ["default: "]
        default: nodes.Node | str
        if name in getattr(LspConfig, "_trait_default_generators", {}) or (
            f"_default_{name}" in vars(LspConfig)
        ):
            default = "worked out at the start, see below"
        else:
            value = trait.default_value  # type: ignore[attr-defined]
            default = literal(describe_default(value, text))
        definition = nodes.definition()
        line = paragraph(*facts, default)
        if (values := getattr(trait, "values", None)) is not None:
            line += nodes.Text("; one of ")
            for index, value in enumerate(values):
                line += [nodes.Text(", " if index else ""), literal(repr(value))]
        low = getattr(trait, "min", None)
        if low not in (None, float("-inf")):
            line += nodes.Text("; at least ")
            line += literal(describe_default(low, text))
        definition += line
        definition += paragraph(text)
        item += [term, definition]
        return item
